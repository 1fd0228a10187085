"""The recipe of diarisation, egs/diarization: what its stages do.

Read in this order: `keys` (its configuration), `stages` (prepare, train, evaluate, report), `variants` (what
is tried), `corpora` (conversations, and the same under music), `hearing` (vectors of voices of a recording),
`supervised` (UIS-RNN's training), `measuring` (threshold and errors of a variant), `evaluation`, `results`
and `tables`. The diariser itself is `musasr.diarizers`.
"""
