"""What a user asks for: a recipe (a configuration), in a working directory, with a choice of systems.

- `config` loads a recipe and only resolves it, by `plain_yaml` and `merging`; `checks` says afterwards if it
  makes sense. First of these is `schema`, whether each key takes its value: `keys` and
  `transcription_keys` are the tables of them all, of kinds of `values`
- `systems`: FRONT+BACK:FINE, of the names that the recipe declares; `conditions`: what they are tested under;
  `training_graph`: what has to be trained for them, from what; `decoding`: how they listen;
  `filming`: the film that they transcribe
- `workdir`: where everything stands; `done_marks`: what of it is finished, and with which settings
- `packs`: a trained model as one file, and `open_model`, which opens a folder and a file alike
- `run`: all of these as one thing that every stage is given. Read this first
"""
