"""A published model as a recipe's recogniser: ``{reader: musasr.recognition.packed_reader:PackedReader}``."""

from pathlib import Path

from torch import Tensor

from musasr.errors import ConfigError
from musasr.recipe.packs import open_model
from musasr.recognition.separation import separate_in_parts, speech_of
from musasr.recognizers.reader import Reading


class PackedReader:
    """What `musasr pack` wrote, checked and at work: it separates first, where it has a separator."""

    def __init__(self, *, pack: str, sampling_rate: int, device: str = "cpu"):
        """Load the model. (What it imports takes seconds.)

        Args:
            pack: The file, or a training's folder.
            sampling_rate: Of the waveforms that it will get, Hz.
            device: Where to compute.

        Raises:
            ConfigError: There is no such file, it has no recogniser, or is of another rate.
            StateError: The file is no pack, or holds something else than what was packed.
        """
        from musasr.recognizers.espnet_reader import build_espnet_reader
        from musasr.tasks.checkpoints import load_model
        from musasr.tasks.folder import recipe_of, workdir_of
        from musasr.text import Units

        with open_model(Path(pack)) as folder:
            recipe, self.model = recipe_of(folder), load_model(folder).to(device).eval()
            if self.model.s2t_model is None:
                raise ConfigError("has no recogniser", where=pack, mend="name a system with one")
            units = Units.load(workdir_of(folder).units)
        self.sampling_rate = recipe["sampling_rate"]
        self.num_samples = recipe["decode"]["separate_seconds"] * self.sampling_rate
        self.reader = build_espnet_reader(
            self.model.s2t_model, units, recipe["decode"], sampling_rate=self.sampling_rate, device=device
        )

    def __call__(self, waveforms: Tensor, lengths: Tensor) -> list[Reading]:
        """The best hypothesis of each waveform of (B, T)."""
        if self.model.enh_model is None:
            return self.reader(waveforms, lengths)
        estimates = separate_in_parts(self.model, waveforms, lengths, num_samples=self.num_samples)
        return self.reader(speech_of(estimates, self.model.sources), lengths)
