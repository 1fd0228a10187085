"""Systems at work: mixtures in, estimates and words out.

- `recognizer`: a separator in front of any reader: read this first
- `separation`: a batch in parts, sources by name, a cue; `blending`: what the reader hears of the estimates
- `condition`: one system on one test condition, written to files; `evaluation`: all of a run, in processes
  and parts
- `long_separation`: sound of any length in chunks
- files into their sources, `musasr separate`: `file_separation` first; `stem_places` (which files, where to),
  `stems` (what adds up to a file), `stem_files` (written); `chunk_files`, `fingerprint` (what is done)
- `examples`: the best, median and worst utterance of a condition, kept for the report
"""
