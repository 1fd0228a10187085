"""``python -m musasr.bin.enh_inference``: ESPnet's command of that name, with our classes."""

import musasr.tasks.registry  # noqa: F401  (first: ESPnet then knows our classes)

from espnet2.bin.enh_inference import main  # isort: skip

if __name__ == "__main__":
    main()
