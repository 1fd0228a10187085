"""Recognisers. To the rest of the house each is a `reader`: waveforms in, words out.

- `reader`: that protocol; `espnet_reader`: ESPnet's model with our parts and search; `build`: one of a
  user's own
- the paper's model, in the order of data: `features`, `encoder`, `attention` in `decoder` (trained by
  `unrolled`)
- `attention_weights`: where the decoder looks while it writes
- the search: `search`, `ctc_prefix`, `beams`
- what comes trained: `open_reader` opens all of it; `espnet_folder` (from the files that `espnet_archive`
  finds and `espnet_building` builds, with `espnet_search`, `espnet_units`, `espnet_classes`),
  `faster_whisper_reader` and `transformers_whisper_reader` (with `transformers_whisper_files`, `whisper`,
  `whisper_attention`), `resampling`
- when each word was said: `word_times` from the frames of units: `unit_times`, `alignment`
"""
