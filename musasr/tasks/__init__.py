"""ESPnet's plugs: our models, mixtures and settings in its task; the one room that imports its tasks.

In the order of reading: registry (our classes in its class choices, before anything else of its tasks), task
(builds a model and a loader from its options), options (writes these options, a training's config.yaml, from
the recipe), folder (what a training leaves), preprocessor (what the loader does to an utterance), batches
(its iterators, as the engine takes batches), optimizers (its optimisers by name), checkpoints (weights:
averaged, handed on, loaded), separator_alone (a separator without its recogniser, and without ESPnet's
tasks), export (a model for its own programs), packing (a model as one file).

Its names, which its options, batches and checkpoints have and therefore ours:

* ``enh`` (enhancement) is a separator, ``asr`` a recogniser, as subtasks: ``subtask_series: [enh, asr]``.
  Options of a part begin with its subtask: ``enh_separator``, ``asr_encoder``. Those that one subtask alone
  can have do not: ``frontend`` (a recogniser's features), ``specaug``.
* The built parts are ``enh_model`` and ``s2t_model``: ESPnet's joint task may end in other subtasks that turn
  speech to text (``st``, translation), so a recogniser is ``asr_`` in options and ``s2t_model`` in Python and
  in weights.
* ``encoder``, ``separator``, ``decoder`` of ``enh_model``: waveform to features, features to those of each
  source, back to waveforms. ``encoder``, ``decoder`` of ``s2t_model``: features to frames, frames to units.
* In a batch ``speech`` is the model's input, so the mixture; ``speech_ref1``, ``speech_ref2`` ... are the
  sources alone, in the order of ``model_conf: {sources: [...]}``; ``num_spk`` ("speakers") is their number.
  ``text`` is units.
* What a separator is given beside the mixture, our ``cue``, is ``additional``.
* ``PART`` and ``PART_conf``: the name of a class in the choices, and its arguments.
"""
