"""Beam search over a batch of utterances at once."""

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from espnet2.legacy.nets.batch_beam_search import BatchHypothesis
from espnet2.legacy.nets.beam_search import Hypothesis
from espnet2.legacy.nets.scorers.length_bonus import LengthBonus

from musasr.errors import ConfigError
from musasr.recognizers.ctc_prefix import CtcPrefixScorer
from musasr.recognizers.shrinking_search import ShrinkingBeamSearch

if TYPE_CHECKING:  # it brings all decoders that ESPnet has
    from espnet2.asr.espnet_model import ESPnetASRModel

logger = logging.getLogger(__name__)

# ESPnet gives -1e10 to what cannot be (CTC's share of it, the place of a hypothesis that is none): far below
# any score that a hypothesis can have.
IMPOSSIBLE = -1e6


@dataclass(frozen=True)
class TokenHypothesis:
    """A recognised sequence of units.

    Attributes:
        token_ids: Unit ids without <sos/eos>.
        score: Weighted log score; None if the search found nothing.
        is_found: False if no hypothesis came to an end; token_ids is empty then.
    """

    token_ids: list[int]
    score: float | None
    is_found: bool = True


NOTHING = TokenHypothesis([], None, is_found=False)


class DecisiveBeamSearch(ShrinkingBeamSearch):
    """A batched search that also stops an utterance once its best hypotheses can no longer change.

    Log probabilities only fall as a hypothesis grows, and the length bonus for what may still come is known:
    no running hypothesis ends above its score plus that bonus. The result is the one of the whole search.
    """

    def __init__(self, *args, num_best: int = 1, **options):
        """Build the search.

        Args:
            *args: BatchBeamSearch's own.
            num_best: How many hypotheses of an utterance must be final before it stops.
            **options: BatchBeamSearch's own.
        """
        super().__init__(*args, **options)
        self.num_best = num_best

    def post_process(
        self,
        i: int,
        maxlen: int | list[int],
        minlen: int | list[int],
        maxlenratio: float,
        running_hyps: BatchHypothesis,
        ended_hyps: list[Hypothesis] | list[list[Hypothesis]],
    ) -> BatchHypothesis:
        """Collect the hypotheses that ended at unit i; mark the utterances that are decided as done."""
        if self.beam_size >= self.n_vocab:  # else there are always enough that can be
            is_possible = (running_hyps.score > IMPOSSIBLE).cpu()
            running_hyps = running_hyps.replace(active=running_hyps.active_mask().cpu() & is_possible)
        running = super().post_process(i, maxlen, minlen, maxlenratio, running_hyps, ended_hyps)
        if self.normalize_length or len(running) == 0:
            return running
        maxlens = [maxlen] * running.n_utt if isinstance(maxlen, int) else maxlen
        ended = ended_hyps if ended_hyps and isinstance(ended_hyps[0], list) else [ended_hyps]
        heights = self.reachable_scores(running, i, maxlens)
        decided = [self.is_decided(hyps, height) for hyps, height in zip(ended, heights, strict=True)]
        done = running.done_mask() | torch.tensor(decided)
        active = running.active_mask() & ~done.repeat_interleave(running.n_hyp_per_utt)
        return running.replace(done=done, active=active)

    def reachable_scores(self, running: BatchHypothesis, i: int, maxlens: list[int]) -> list[float]:
        """Return for each utterance what no hypothesis that runs after unit i can end above."""
        active = running.active_mask().to(running.score.device)
        best = running.score.masked_fill(~active, -torch.inf).view(running.n_utt, -1).amax(dim=1).tolist()
        bonus = max(0.0, self.weights.get("length_bonus", 0.0))
        return [score + bonus * (maxlen - i - 1) for score, maxlen in zip(best, maxlens, strict=True)]

    def is_decided(self, ended: list[Hypothesis], height: float) -> bool:
        """Return whether enough hypotheses ended with at least this score."""
        return sum(float(hypothesis.score) >= height for hypothesis in ended) >= self.num_best

    @staticmethod
    def _release(hyp: Hypothesis) -> Hypothesis:
        """Drop the scorers' states: nothing scores an ended hypothesis again."""
        return hyp._replace(yseq=hyp.yseq.clone(), score=float(hyp.score), states={}, hs=[])


def build_search(
    asr_model: "ESPnetASRModel",
    *,
    beam_size: int,
    ctc_weight: float = 0.0,
    length_bonus: float = 0.0,
    normalize_length: bool = False,
    num_best: int = 1,
) -> DecisiveBeamSearch:
    """Build the search for a recogniser.

    A hypothesis scores (1 - ctc_weight) log p_attention + ctc_weight log p_ctc + length_bonus * units.

    Args:
        asr_model: Recogniser with a decoder that scores batches.
        beam_size: Hypotheses kept for each utterance.
        ctc_weight: Weight of the CTC prefix score; needs a model that was trained with CTC.
        length_bonus: Added for each unit.
        normalize_length: Choose the best by the score for each unit.
        num_best: Hypotheses of an utterance that will be asked for.

    Returns:
        The search, on the model's device, in evaluation mode.

    Raises:
        ConfigError: If the model has no CTC and ctc_weight is above 0, or a value is out of range.
    """
    if beam_size < 1 or not 0.0 <= ctc_weight < 1.0:
        raise ConfigError(
            f"beam_size {beam_size}, ctc_weight {ctc_weight}",
            where="decoding",
            mend="use beam_size >= 1 and 0 <= ctc_weight < 1",
        )
    if ctc_weight > 0 and asr_model.ctc is None:
        raise ConfigError(
            f"ctc_weight {ctc_weight} for a recogniser without CTC",
            where="decoding",
            mend="set ctc_weight to 0",
        )
    asr_model.eval()
    vocab_size = asr_model.vocab_size
    scorers = {
        "decoder": asr_model.decoder,
        "ctc": CtcPrefixScorer(asr_model.ctc, asr_model.eos) if ctc_weight > 0 else None,
        "length_bonus": LengthBonus(vocab_size),
    }
    weights = {"decoder": 1.0 - ctc_weight, "ctc": ctc_weight, "length_bonus": length_bonus}
    return DecisiveBeamSearch(
        scorers,
        weights,
        beam_size=beam_size,
        vocab_size=vocab_size,
        sos=asr_model.sos,
        eos=asr_model.eos,
        normalize_length=normalize_length,
        num_best=num_best,
    ).eval()


def recognize_batch(
    search: DecisiveBeamSearch,
    encoder_out: torch.Tensor,
    lengths: torch.Tensor,
    *,
    maxlenratio: float = 0.0,
    minlenratio: float = 0.0,
) -> list[TokenHypothesis]:
    """Return the best hypothesis of each utterance; see `recognize_nbest`."""
    nbest = recognize_nbest(search, encoder_out, lengths, maxlenratio=maxlenratio, minlenratio=minlenratio)
    return [hypotheses[0] for hypotheses in nbest]


@torch.no_grad()
def recognize_nbest(
    search: DecisiveBeamSearch,
    encoder_out: torch.Tensor,
    lengths: torch.Tensor,
    *,
    maxlenratio: float = 0.0,
    minlenratio: float = 0.0,
) -> list[list[TokenHypothesis]]:
    """Search a padded batch of utterances at once.

    Args:
        search: From `build_search`.
        encoder_out: Encoded frames (B, L, D).
        lengths: Their numbers (B,).
        maxlenratio: Units allowed for each encoded frame; 0: one, and the search ends when longer hypotheses
            do not get better. A search always ends: it never runs for more units than this allows.
        minlenratio: Units asked for each encoded frame.

    Returns:
        For each utterance its hypotheses, best first, search.num_best at most; where the search found
        nothing, one that is_found=False.
    """
    results = [[NOTHING] for _ in range(len(encoder_out))]
    present = [index for index, length in enumerate(lengths.tolist()) if length > 0]
    if not present:
        return results
    kept = torch.tensor(present)
    kept_lengths = lengths.cpu()[kept]
    frames = encoder_out[kept.to(encoder_out.device), : int(kept_lengths.max())]
    nbest = search(
        frames,
        maxlenratio=maxlenratio,
        minlenratio=minlenratio,
        x_lengths=kept_lengths.to(encoder_out.device),
    )
    for index, hypotheses in zip(present, nbest, strict=True):
        if hypotheses:
            results[index] = [
                to_tokens(hypothesis, search.eos) for hypothesis in hypotheses[: search.num_best]
            ]
        else:
            logger.warning("no hypothesis ended for utterance %d of the batch: it is left empty", index)
    return results


def to_tokens(hypothesis: Hypothesis, eos: int) -> TokenHypothesis:
    """Strip <sos> and everything from the first <eos> on."""
    tokens = hypothesis.yseq.tolist()[1:]
    end = tokens.index(eos) if eos in tokens else len(tokens)
    return TokenHypothesis(tokens[:end], float(hypothesis.score))
