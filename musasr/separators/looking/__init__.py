"""Looking to Listen (Ephrat et al. 2018): a mask for each face that is seen, of what is seen and heard.

- `model`: the whole of it, waveforms and faces in, a waveform a face out: read this first
- `network`: visual stream, audio stream, fusion; `streams`: the two stacks of dilated convolutions
- `faces`: vectors of the crops of a face; `spectrum`: analysis, power law, synthesis; `masks`: complex masks
- `front_end`: the model before a recogniser
- `losses`: of compressed spectra, for sources that have a face and for such that have none
"""
