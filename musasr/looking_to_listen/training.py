"""A model as the training engine takes it: its loss on compressed spectra."""

from torch import Tensor, nn

from musasr.separators.looking.losses import assigned_loss, permuted_loss
from musasr.separators.looking.model import LookingToListen
from musasr.separators.looking.spectrum import compress


class TrainedModel(nn.Module):
    """Holds a model; one that sees no faces is trained with the best order of its sources."""

    def __init__(self, model: LookingToListen):
        """Hold it."""
        super().__init__()
        self.model = model

    def forward(
        self, mixture: Tensor, sources: Tensor, faces: Tensor | None = None
    ) -> tuple[Tensor, dict[str, Tensor], Tensor]:
        """(loss, scores, number of mixtures) of mixtures (B, T), sources (B, S, T), faces (B, S, V, ...)."""
        model = self.model
        estimates = model.masked(mixture, None, faces)
        spectra = model.spectrum.analyse(sources.flatten(0, 1)).unflatten(0, sources.shape[:2])
        references = compress(spectra, model.power)
        loss_of = permuted_loss if model.network.visual is None else assigned_loss
        return loss_of(estimates, references), {}, mixture.new_tensor(len(mixture))
