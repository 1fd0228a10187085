"""A paper beside our figures: its file is named in the recipe (`report.paper`),
egs/csj_anime/paper.yaml for one.

`numbers` looks its figures up, `claims` reads what it claims, `comparisons` judges by our measurements,
`verdicts` says it in words.
"""
