"""Separate what is asked for: LASS-Net's recipe (egs/lass).

`words` (a query to the pieces of its words), `mixing` and `items` (what trainings hear), `preparation`,
`training`, `test_list`, `tag_reading` (what a model that knows tags makes of a text), `evaluation`, `report`;
`stages` joins them to `musasr prepare|train|evaluate|report lass`, `asking` to `musasr separate --query`.
"""
