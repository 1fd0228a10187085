"""Who speaks when. `diarizing` first: `diarize(samples, sampling_rate, ...)` gives turns.

- where somebody speaks: `activity` (WebRTC's detector, or `silero`'s); `dereverberation` (WPE) before it
- `windows`: pieces of the speech, and labelled pieces back into turns
- `embedders`: a vector of the voice for each window, from our own network or one by file: `cam_plus_plus`
  (a pretrained one, on the features of `fbank`), ONNX
- `overlap`: second speakers, where a segmentation network hears two
- `clustering`: agglomerative; `uis_rnn`: the supervised alternative
"""
