"""From what recognition left to results.json, tables, figures and a page.

- `measurement`: errors and scores of an utterance, counted; `results`: all of a run: read this first
- `tables`, `figures`, `html`, `terminal`: the same figures, shown; `ablation`: a table of its own
- `paper/`: whose numbers stand beside ours, and what is said of them
"""
