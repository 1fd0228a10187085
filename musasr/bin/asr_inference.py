"""``python -m musasr.bin.asr_inference``: ESPnet's command of that name, with our classes."""

import musasr.tasks.registry  # noqa: F401  (first: ESPnet then knows our classes)

from espnet2.bin.asr_inference import main  # isort: skip

if __name__ == "__main__":
    main()
