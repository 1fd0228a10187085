"""The search for an ESPnet recogniser with any decoder: batched where its decoder can, else ESPnet's own."""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from musasr.errors import ConfigError
from musasr.recognizers.search import NOTHING, TokenHypothesis, to_tokens


@dataclass(frozen=True)
class SearchSettings:
    """Sizes and weights of the search.

    Attributes:
        beam_size: Hypotheses kept.
        ctc_weight: Of CTC's prefix score; None: the model's own of training, and 0 or 1 where it has but one
            of decoder and CTC.
        length_bonus: Added for each unit.
        maxlenratio: Units for each encoded frame at most; 0: as many as there are frames.
        minlenratio: Likewise at least.
    """

    beam_size: int = 10
    ctc_weight: float | None = None
    length_bonus: float = 0.0
    maxlenratio: float = 0.0
    minlenratio: float = 0.0

    def __post_init__(self) -> None:
        is_weight = self.ctc_weight is None or 0.0 <= self.ctc_weight <= 1.0
        if self.beam_size < 1 or not is_weight:
            what = f"beam_size {self.beam_size}, ctc_weight {self.ctc_weight}"
            raise ConfigError(what, where="search", mend="use beam_size >= 1 and 0 <= ctc_weight <= 1")


class EspnetSearch:
    """Finds the best hypothesis of one utterance's encoded frames."""

    def __init__(self, s2t_model: nn.Module, settings: SearchSettings):
        """Build the search.

        Args:
            s2t_model: ESPnet's recognition model, in evaluation mode.
            settings: Of the search.

        Raises:
            ConfigError: ``ctc_weight`` asks for a part that the model has not.
        """
        from espnet2.legacy.nets.batch_beam_search import BatchBeamSearch
        from espnet2.legacy.nets.beam_search import BeamSearch
        from espnet2.legacy.nets.scorer_interface import BatchScorerInterface
        from espnet2.legacy.nets.scorers.ctc import CTCPrefixScorer
        from espnet2.legacy.nets.scorers.length_bonus import LengthBonus

        ctc_weight = _ctc_weight(s2t_model, settings.ctc_weight)
        decoder, num_units = s2t_model.decoder, s2t_model.vocab_size
        scorers = {
            "decoder": decoder if ctc_weight < 1.0 else None,
            "ctc": CTCPrefixScorer(s2t_model.ctc, s2t_model.eos) if ctc_weight > 0.0 else None,
            "length_bonus": LengthBonus(num_units),
        }
        is_batched = scorers["decoder"] is None or isinstance(decoder, BatchScorerInterface)
        kind = BatchBeamSearch if is_batched else BeamSearch
        self.search = kind(
            scorers=scorers,
            weights={"decoder": 1.0 - ctc_weight, "ctc": ctc_weight, "length_bonus": settings.length_bonus},
            beam_size=settings.beam_size,
            vocab_size=num_units,
            sos=s2t_model.sos,
            eos=s2t_model.eos,
            token_list=s2t_model.token_list,
            pre_beam_score_key=None if ctc_weight == 1.0 else "full",
        ).eval()
        self.eos = s2t_model.eos
        self.limits = {"maxlenratio": settings.maxlenratio, "minlenratio": settings.minlenratio}

    @torch.inference_mode()
    def __call__(self, encoded: Tensor) -> TokenHypothesis:
        """The best hypothesis of encoded frames (L, D)."""
        if len(encoded) == 0:
            return NOTHING
        found = self.search(encoded, **self.limits)
        return to_tokens(found[0], self.eos) if found else NOTHING


def _ctc_weight(s2t_model: nn.Module, asked: float | None) -> float:
    """The weight of CTC that model and user want."""
    if s2t_model.decoder is None:
        only = 1.0
    elif s2t_model.ctc is None:
        only = 0.0
    else:
        return s2t_model.ctc_weight if asked is None else asked
    if asked is not None and asked != only:
        part = "decoder" if only == 1.0 else "CTC"
        raise ConfigError(f"ctc_weight {asked} for a recogniser without {part}", mend=f"set it to {only:g}")
    return only
