"""Speech without a text to learn, in many languages and voices, for separators. `prepare` first.

`wording` makes up what is said, `speakers` who says it and how, `espeak` is the synthesiser.
"""
