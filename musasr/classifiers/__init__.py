"""Networks that say of what they hear which class it is, or whose voice: a speaker's vector, a piece's tags.

`se_resnet` (the trunk, "SpeakerNet") and `pooling` (time into one vector) first; `features` what they see,
`losses` what they are trained by, `networks` the whole: embedder and classifier.
Nothing here knows data, configurations or files.
"""
