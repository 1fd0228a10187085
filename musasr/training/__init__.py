"""Trains models: an engine that knows none of them, and the one place that joins it to a recipe.

train is that place, and where to begin: it builds a model of the recipe, hands it to the engine, and writes
the weights that others start from. rehearsal tries all models of a recipe on noise, before there is data.
The engine, in the order of reading: settings (what a training is told), loop (runs it, from where it was
stopped), module (what Lightning's loop asks for: the loss of a batch, the optimiser, the batches of an
epoch), callbacks (what happens around the steps), batch_split (a process's part of a batch, means over all
parts), distributed (the processes that train together), precision (in which arithmetic).

Four things are called by the word. `musasr.recipe.training_graph.Training` is a node of what has to be
trained for the systems that were asked for: a name, such as ``time+mixture:both``, its parents, and its
section. The section of the configuration, ``training: joint:`` say, holds the numbers; several nodes may
share one, as all joint systems do. `Workdir.training(name)` is the folder of a node, ``exp/<name>``, with its
weights. And this package does the work of one node; which node's turn it is, `musasr.jobs.schedule` says.
"""
