"""Systems at work: mixtures in, estimates and words out.

- `recognizer`: a separator in front of any reader: read this first
- `separation`: a batch in parts, sources by name, a cue; `blending`: what the reader hears of the estimates
- `condition`: one system on one test condition, written to files; `evaluation`: all of a run, in processes
  and parts
- `examples`: the best, median and worst utterance of a condition, kept for the report
- `stems`: audio files into their sources
"""
