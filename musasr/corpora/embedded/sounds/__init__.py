"""Short sounds that have names, and sentences that ask for them: a corpus for separators that take a query.

`catalogue.yaml` says how each tag sounds, `captions.yaml` how people ask for it. `prepare` first; `clips`
makes one clip, by `notes` (the General MIDI sound font), `voices` (eSpeak NG) or `noises` (computed).
"""
