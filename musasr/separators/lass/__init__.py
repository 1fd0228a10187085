"""LASS-Net: separates from a mixture what a text asks for (Liu et al. 2022).

`query_net` makes a vector of a text (and of tags, the baseline), `example_net` one of a sound, `film` lets a
vector act on a convolution's channels, `res_unet` makes maps of a spectrogram under such a vector, `masks` a
mask of those, `lass_net` is the whole.
"""
