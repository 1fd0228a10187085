"""One training of networks that classify or embed, on the engine of `musasr.training`.

`batches` (what is drawn of each item, as a function of (seed, epoch, id)), `engine` (from settings to the
folder of a trained network), `folder` (config.yaml and weights, read without running anything) first;
`speakers` (data and trainings of speaker vectors).
"""
