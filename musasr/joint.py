"""The joint model (paper, figure 1): mixture -> separator -> speech estimate -> recogniser."""

from contextlib import nullcontext

import torch
from espnet2.train.abs_espnet_model import AbsESPnetModel
from torch import Tensor, nn

from musasr.separators.losses import neg_si_sdr_loss, si_sdr

SPEECH, MUSIC = 0, 1  # the fixed order of a separator's outputs
RIDGE, SILENCE = 1e-6, 1e-10  # keep the level's equations solvable for alike and for silent estimates
FROZEN = {"none": (), "both": (), "front": ("s2t_model",), "back": ("enh_model",)}


class JointModel(AbsESPnetModel):
    """A separator, a recogniser, or one in front of the other, with the loss L = L_SEP + alpha L_ASR."""

    sources = ("speech", "music")  # the order of the separator's outputs

    def __init__(
        self,
        enh_model: nn.Module | None = None,
        s2t_model: nn.Module | None = None,
        *,
        alpha: float = 2.0,
        fine_tune: str = "none",
    ):
        """Join parts that are built already.

        Args:
            enh_model: ESPnet's enhancement model: encoder, separator, decoder. None: no front-end.
            s2t_model: ESPnet's recognition model: features, encoder, decoder. None: no back-end.
            alpha: Weight of the recognition loss (the paper: 2).
            fine_tune: ``front`` freezes the recogniser, ``back`` the separator, ``both`` and
                ``none`` nothing.
        """
        super().__init__()
        self.enh_model = enh_model
        self.s2t_model = s2t_model
        self.alpha = alpha
        self.frozen = FROZEN[fine_tune]
        for part in self.frozen:
            _freeze(getattr(self, part))

    def forward(
        self,
        speech: Tensor,
        speech_lengths: Tensor,
        text: Tensor | None = None,
        text_lengths: Tensor | None = None,
        speech_ref1: Tensor | None = None,
        speech_ref2: Tensor | None = None,
        **_: object,
    ) -> tuple[Tensor, dict[str, Tensor], Tensor]:
        """The loss of a batch, its parts, and the batch size (ESPnet's model interface and names).

        Args:
            speech: Mixtures (B, T).
            speech_lengths: Samples of each (B,).
            text: Units (B, U), padded with -1; needed where there is a recogniser.
            text_lengths: (B,).
            speech_ref1: Speech alone (B, T); needed where there is a separator.
            speech_ref2: Music alone (B, T).
        """
        loss, stats = speech.new_zeros(()), {}
        estimate = speech
        if self.enh_model is not None:
            estimates = self.separate(speech, speech_lengths)
            references = torch.stack([speech_ref1, speech_ref2], dim=1)
            loss_sep, stats_sep = separation_loss(estimates, references, speech_lengths)
            loss, stats = loss + loss_sep, stats | stats_sep
            estimate = estimates[:, SPEECH]
        if self.s2t_model is not None:
            # In full precision: the recogniser's sums over time suffer from less than the separator's.
            with torch.autocast(speech.device.type, enabled=False):
                loss_asr, stats_asr, _ = self.s2t_model(estimate.float(), speech_lengths, text, text_lengths)
            weight = 1.0 if self.enh_model is None else self.alpha
            loss, stats = loss + weight * loss_asr, stats | _recognition_stats(loss_asr, stats_asr)
        stats["loss"] = loss.detach()
        return loss, stats, speech.new_tensor(float(len(speech)))

    def separate(self, mixture: Tensor, lengths: Tensor, cue: None = None) -> Tensor:
        """Speech and music (B, S, T) of mixtures (B, T), at the level that they have in the mixture.

        Args:
            mixture: (B, T).
            lengths: Valid samples of each (B,).
            cue: The place of a text query or a face track; no separator takes one yet.
        """
        graph = torch.no_grad() if "enh_model" in self.frozen else nullcontext()
        with graph:
            estimates, *_ = self.enh_model.forward_enhance(mixture, lengths)
            return match_level(torch.stack(estimates, dim=1), mixture)

    def collect_feats(self, speech: Tensor, speech_lengths: Tensor, **_: object) -> dict[str, Tensor]:
        """What ESPnet's statistics stage would gather; no global normalisation is used here."""
        return {"feats": speech, "feats_lengths": speech_lengths}

    def train(self, mode: bool = True) -> "JointModel":
        """Training mode for all but the frozen parts, whose statistics must not move either.

        Their LSTMs, which have none, follow the mode: cuDNN keeps what a backward pass needs in training mode
        alone, and the gradient of L_ASR passes through a frozen recogniser on its way to the separator.
        """
        super().train(mode)
        for part in self.frozen:
            getattr(self, part).eval()
            for layer in _recurrent_layers(getattr(self, part)):
                layer.train(mode)
        return self


def _freeze(part: nn.Module) -> None:
    """No gradient for its parameters, no dropout in its LSTMs: see `JointModel.train`."""
    part.requires_grad_(False)
    for layer in _recurrent_layers(part):
        layer.dropout = 0.0


def _recurrent_layers(part: nn.Module) -> list[nn.RNNBase]:
    return [module for module in part.modules() if isinstance(module, nn.RNNBase)]


def separation_loss(
    estimates: Tensor, references: Tensor, lengths: Tensor
) -> tuple[Tensor, dict[str, Tensor]]:
    """L_SEP = -(SI-SDR_speech + SI-SDR_music) / 2, mean over the batch, and both scores in dB.

    Utterances that carry no music (see ``clean_fraction``) have no music to estimate: they count
    neither here nor in the scores.
    """
    has_music = references[:, MUSIC].abs().amax(dim=-1) > 0
    if not has_music.any():
        return estimates.sum() * 0.0, {}
    parts = {
        "estimate": estimates[has_music],
        "reference": references[has_music],
        "lengths": lengths[has_music],
    }
    loss = neg_si_sdr_loss(**parts).mean()
    scores = si_sdr(**{name: value.detach() for name, value in parts.items()}).mean(dim=0)
    stats = {"loss_sep": loss.detach(), "si_sdr_speech": scores[SPEECH], "si_sdr_music": scores[MUSIC]}
    return loss, stats


def match_level(estimates: Tensor, mixture: Tensor) -> Tensor:
    """Estimates (B, S, T) scaled so that their sum comes as near to the mixture (B, T) as it can.

    SI-SDR leaves the level of an estimate (and its sign) free, while a recogniser without feature
    normalisation hears it. The factors g solve the least squares problem
    min_g |mixture - sum_s g_s estimate_s|^2, that is (E E^T) g = E mixture.
    """
    estimates32 = estimates.float()
    # Of unit energy, so that the system is as well conditioned for a quiet estimate as for a loud one.
    energies = estimates32.square().sum(dim=-1, keepdim=True)
    unit = estimates32 * (energies + SILENCE).rsqrt()
    correlations = unit @ unit.transpose(1, 2) + RIDGE * torch.eye(unit.shape[1], device=unit.device)
    factors = torch.linalg.solve(correlations, unit @ mixture.float().unsqueeze(-1))
    return (unit * factors).to(estimates.dtype)


def _recognition_stats(loss: Tensor, stats: dict[str, Tensor | None]) -> dict[str, Tensor]:
    kept = {
        "accuracy": stats.get("acc"),
        "loss_ctc": stats.get("loss_ctc"),
        "loss_att": stats.get("loss_att"),
    }
    return {"loss_asr": loss.detach()} | {name: value for name, value in kept.items() if value is not None}
