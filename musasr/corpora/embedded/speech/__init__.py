"""Japanese sentences, spoken by OpenJTalk's voice made into many. `prepare` first.

- what is said: `lexicon` and `grammar` (open enough that recognition is no guess)
- who says it: `hts_voice`, `voices`; `synthesis` makes the wav of a sentence, `timing` says
  when each word is spoken in it
- `planning`: which sentence by whom in which set; `production`: all wavs, in processes and parts
"""
