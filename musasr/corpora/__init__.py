"""Corpora into data dirs. `contract` says what every reader keeps to, `readers` finds one by its
``type``.

- speech: `csj/`, `kaldi_dir`, `table_corpus`, `embedded/speech/`; `transcribed` and `cutting` are what they
  share: utterances of longer recordings into wavs
- music: `folder`, `rwc`, `musan`, `musdb18`, `embedded/music/`; `titles` (converted once), `splits` (no
  content and no album on two sides)
- `files`, `names`, `tsv`: folders as people keep them, ids, tables
"""
