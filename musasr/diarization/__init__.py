"""The recipe of diarisation, egs/diarization: what its stages do.

Read in this order: `keys` (its configuration), `stages` (prepare, train, evaluate, report), `variants` (what
is tried), `corpora` (conversations, and the same under music), `hearing` (vectors of voices of a recording),
`measuring` (threshold and errors of a variant), `results`. The diariser itself is `musasr.diarizers`.
"""
