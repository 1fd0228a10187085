"""Separators, as ESPnet has them: encoder, separator, decoder.

- time domain: `filterbank`, `conv_tasnet` with `layers`, and `kernels` for a CPU; frequency domain: `stft`,
  `mask_blstm`; both: `band_split`, complex masks by the time domain's blocks; all three: `masking`
- `classes`: their names; `chain`: one of them at work, without ESPnet's model around it; `trained`: one that
  comes trained from elsewhere
- `losses`: SI-SDR, and L_SEP by name of source
"""
