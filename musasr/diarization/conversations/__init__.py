"""People who talk with each other, of whom every turn is known: the embedded corpus of diarisation.

Read in this order: `speakers` (who there is), `utterances` (what they say, as Kaldi data dirs), `script` (who
says what when), `sound` (turns, rooms and a noise floor as samples), `prepare` (the dirs of conversations,
which `musasr.corpora.conversation_dir` reads).
"""
