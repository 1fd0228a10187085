"""What a user asks for: a recipe (a configuration), in a working directory, with a choice of systems.

- `config` loads a recipe and only resolves it, by `merging`; `checks` says afterwards whether it makes sense
- `systems`: FRONT+BACK:FINE, of the names that the recipe declares; `conditions`: what they are tested under;
  `training_graph`: what has to be trained for them, from what; `decoding`: how they listen;
  `filming`: the film that they transcribe
- `workdir`: where everything stands; `done_marks`: what of it is finished, and with which settings
- `run`: all of these as one thing that every stage is given. Read this first
"""
