"""Networks that say of what they hear which class it is, or whose voice: a speaker's vector, a piece's tags.

The trunks (`se_resnet`, which is "SpeakerNet", `conv_stack`, `resnext`, `rexnet`, of `convolutions`, and
`band_statistics`, which has none) and
`pooling` (time into one vector) first; `features` what they see, `losses` what they are trained by,
`networks` the whole: embedder and classifier.
Nothing here knows data, configurations or files.
"""
