"""ESPnet's commands with our classes: for ``python -m espnet2.bin.X`` say ``python -m musasr.bin.X``.

- `enh_s2t_train`: trains from a config.yaml of ours with ESPnet's own trainer.
- `enh_inference`, `asr_inference`: run what ``musasr export`` has written.
"""

from musasr import pickles

pickles.forbid()  # before ESPnet opens anything
