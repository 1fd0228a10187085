"""The joint model (paper, figure 1): mixture -> separator -> speech estimate -> recogniser."""

from collections.abc import Mapping, Sequence
from contextlib import nullcontext

import torch
from espnet2.train.abs_espnet_model import AbsESPnetModel
from torch import Tensor, nn

from musasr.errors import ConfigError, DataError
from musasr.separators.losses import separation_loss

# What a separator gives, in this order, unless its configuration says otherwise.
SOURCES = ("speech", "music")
READ = "speech"  # the source that a recogniser reads
RIDGE, SILENCE = 1e-6, 1e-10  # keep the level's equations solvable for alike and for silent estimates
FROZEN = {"none": (), "both": (), "front": ("s2t_model",), "back": ("enh_model",)}


class JointModel(AbsESPnetModel):
    """A separator, a recogniser, or one in front of the other, with the loss L = L_SEP + alpha L_ASR."""

    def __init__(
        self,
        enh_model: nn.Module | None = None,
        s2t_model: nn.Module | None = None,
        *,
        alpha: float = 2.0,
        fine_tune: str = "none",
        sources: Sequence[str] = SOURCES,
    ):
        """Join parts that are built already.

        Args:
            enh_model: ESPnet's enhancement model: encoder, separator, decoder. None: no front-end.
            s2t_model: ESPnet's recognition model: features, encoder, decoder. None: no back-end.
            alpha: Weight of the recognition loss (the paper: 2).
            fine_tune: ``front`` freezes the recogniser, ``back`` the separator, ``both`` and
                ``none`` nothing.
            sources: What the separator gives, by name and in its order; the recogniser reads "speech".

        Raises:
            ConfigError: A name stands twice, the separator gives another number of sources, or the
                recogniser has no speech to read.
        """
        super().__init__()
        self.enh_model = enh_model
        self.s2t_model = s2t_model
        self.sources = tuple(sources)
        if enh_model is not None:
            _check_sources(self.sources, enh_model.num_spk, is_read=s2t_model is not None)
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
        cue: Tensor | None = None,
        cue_lengths: Tensor | None = None,
        **references: Tensor,
    ) -> tuple[Tensor, dict[str, Tensor], Tensor]:
        """The loss of a batch, its parts, and the batch size (ESPnet's model interface and names).

        Args:
            speech: Mixtures (B, T).
            speech_lengths: Samples of each (B,).
            text: Units (B, U), padded with -1; needed where there is a recogniser.
            text_lengths: (B,).
            cue: What the separator is told of what it should find (B, ...), such as a text's embedding or a
                face track; None where it asks for none.
            cue_lengths: Where cues have a length: (B,).
            references: ``speech_ref1``, ``speech_ref2`` ...: each source alone (B, T), in the order of
                `sources`; needed where there is a separator. ESPnet's loader adds their lengths.

        Raises:
            DataError: A reference is missing.
        """
        loss, stats = speech.new_zeros(()), {}
        if self.enh_model is not None:
            estimates = self.separate(speech, speech_lengths, _with_lengths(cue, cue_lengths))
            loss_sep, stats_sep = separation_loss(
                estimates, self._stack(references), speech_lengths, sources=self.sources
            )
            loss, stats = loss + loss_sep, stats | stats_sep
        if self.s2t_model is not None:
            heard = speech if self.enh_model is None else self.pick(estimates, READ)
            # In full precision: the recogniser's sums over time suffer from less than the separator's.
            with torch.autocast(speech.device.type, enabled=False):
                loss_asr, stats_asr, _ = self.s2t_model(heard.float(), speech_lengths, text, text_lengths)
            weight = 1.0 if self.enh_model is None else self.alpha
            loss, stats = loss + weight * loss_asr, stats | _recognition_stats(loss_asr, stats_asr)
        stats["loss"] = loss.detach()
        return loss, stats, speech.new_tensor(float(len(speech)))

    def separate(
        self, mixture: Tensor, lengths: Tensor, cue: Tensor | Mapping[str, Tensor] | None = None
    ) -> Tensor:
        """The sources (B, S, T) of mixtures (B, T), in the order of `sources`, at their level in the mixture.

        Args:
            mixture: (B, T).
            lengths: Valid samples of each (B,).
            cue: What the separator is told, such as a text's embedding or a face track: one tensor (B, ...),
                or several by name. It reaches the separator as ESPnet's ``additional``, one tensor as
                ``additional["cue"]``; a separator that takes none does not look there.
        """
        graph = torch.no_grad() if "enh_model" in self.frozen else nullcontext()
        with graph:
            estimates, *_ = self.enh_model.forward_enhance(mixture, lengths, _additional(cue))
            return match_level(torch.stack(estimates, dim=1), mixture)

    def pick(self, estimates: Tensor, source: str) -> Tensor:
        """One source (B, T) of the estimates (B, S, T), by its name."""
        return estimates[:, self.sources.index(source)]

    def _stack(self, references: Mapping[str, Tensor]) -> Tensor:
        """The references (B, S, T) of a batch."""
        names = reference_names(self.sources)
        for name, source in names.items():
            if name not in references:
                what = f"the batch has no {name}, the reference of {source!r}"
                raise DataError(what, mend="give each utterance one for each of model_conf.sources")
        return torch.stack([references[name] for name in names], dim=1)

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


def reference_names(sources: Sequence[str]) -> dict[str, str]:
    """ESPnet's name in a batch of each source's reference: ``speech_ref1``, ``speech_ref2`` ... -> source."""
    return {f"speech_ref{number}": source for number, source in enumerate(sources, start=1)}


def _check_sources(sources: tuple[str, ...], num_given: int, *, is_read: bool) -> None:
    """See that each source of the separator has its own name, and that a recogniser finds the speech."""
    where = f"model_conf.sources {', '.join(sources)}"
    if len(set(sources)) != len(sources) or len(sources) != num_given:
        what = f"the separator gives {num_given} sources"
        raise ConfigError(what, where=where, mend="name each of them once, or change its num_spk")
    if is_read and READ not in sources:
        what = f"a recogniser reads {READ!r}, and no source is called so"
        raise ConfigError(what, where=where, mend="name one of them so, or leave the recogniser out")


def _with_lengths(cue: Tensor | None, lengths: Tensor | None) -> Tensor | dict[str, Tensor] | None:
    """A batch's cue as `JointModel.separate` takes it."""
    return cue if cue is None or lengths is None else {"cue": cue, "cue_lengths": lengths}


def _additional(cue: Tensor | Mapping[str, Tensor] | None) -> dict[str, Tensor] | None:
    """A cue as ESPnet hands it to a separator."""
    if cue is None:
        return None
    return dict(cue) if isinstance(cue, Mapping) else {"cue": cue}


def match_level(estimates: Tensor, mixture: Tensor) -> Tensor:
    """Estimates (B, S, T) scaled so that their sum comes as near to the mixture (B, T) as it can.

    SI-SDR leaves the level of an estimate (and its sign) free, while a recogniser without feature
    normalisation hears it. The factors g solve the least squares problem
    min_g |mixture - sum_s g_s estimate_s|^2, that is (E E^T) g = E mixture.
    """
    with torch.autocast(estimates.device.type, enabled=False):  # which would make bfloat16 of the products
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
