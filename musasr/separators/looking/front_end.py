"""Looking to Listen in front of a recogniser: what `musasr.joint.JointModel` asks of a separator."""

from collections import OrderedDict
from collections.abc import Mapping

from torch import Tensor, nn

from musasr.separators.looking.model import LookingToListen


class FaceFrontEnd(nn.Module):
    """A model that looks, under the names of ESPnet's enhancement model; the faces come as the cue."""

    def __init__(self, model: LookingToListen):
        """Hold the model."""
        super().__init__()
        self.model = model

    @property
    def num_spk(self) -> int:
        """Sources that come out: one a face."""
        return self.model.network.num_sources

    def forward_enhance(
        self, mixture: Tensor, lengths: Tensor, additional: Mapping[str, Tensor] | None = None
    ) -> tuple[list[Tensor], Tensor, list[Tensor], OrderedDict]:
        """The voices of mixtures, with gradients to the network and its face encoder.

        Args:
            mixture: (B, T).
            lengths: Valid samples of each (B,).
            additional: Under ``cue`` the faces (B, S, V, ...).

        Returns:
            Waveforms, one (B, T) a face; the mixture; the waveforms again; nothing else.

        Raises:
            ValueError: There are no faces, or another number.
        """
        cue = None if additional is None else additional.get("cue")
        voices = list(self.model.separate(mixture, lengths, cue).unbind(dim=1))
        return voices, mixture, voices, OrderedDict()
