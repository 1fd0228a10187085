"""Separate what is asked for: LASS-Net's recipe (egs/lass).

`words` (a query to the pieces of its words), `mixing` (what trainings hear), `items` (that, for the training
loop), `test_list` (what is tested), `training`, `evaluation` with `controls`, `report`; `stages` joins them to
`musasr prepare|train|evaluate|report lass`, `asking` to `musasr separate --query`.
"""
