"""A film of known content, made of what no training has heard, to see how well it is transcribed.

- `script`: what happens when: read this first; `cast`: who speaks which sentences; `soundtrack`: which music
- `production`: the sound of a scene; `pictures`: what is seen; `container`: both into a file, as they come
- `making`: the whole film, with its truth; `spans`: what the truth says besides words
- `measuring`: a transcription's time and memory; `scoring`: its figures; `results`: the table of all systems
"""
