"""Which station and which tags a piece of music has: recipe and product of the AI Rush's music systems.

The recipe: `stages` (prepare, train, evaluate, report), `keys` and `settings` (its configuration), `features`
(audio to log mel on disk), `items` (what is drawn of it), `labels` (what is asked), `networks`, `variants`
(one training each), `ensemble`, `scoring`, `claims`, `results`. The product: `tagger`, and `bands` over
a recording's time.
"""
