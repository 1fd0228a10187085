"""A film of known content, made of what no training has heard, to see how well it is transcribed.

- `script`: what happens when: read this first; `cast`: who speaks which sentences; `soundtrack`: which music
- `production`: the sound of a scene; `pictures`: what is seen (`musasr.audio.film_writer` writes both)
- `making`: the whole film, with its truth; `spans`: what the truth says besides words
- `transcribing`: systems at work on it, and what `measuring` says they took; `scoring`: their figures;
  `results`: all of them in a table
"""
