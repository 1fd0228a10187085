"""CTC prefix scores of every unit at once: joint search needs no guess which units CTC may choose from."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from espnet2.asr.ctc import CTC
from espnet2.legacy.nets.scorer_interface import BatchScorerInterface

from musasr.layers.padding import within_lengths
from musasr.recognizers.beams import extended_hypotheses, own_rows

LOG_ZERO = -1e10  # the log probability of what cannot be, as in ESPnet's search: sums of it stay finite
TINY = 1e-300  # stands for a probability of zero where its logarithm is taken


@dataclass(frozen=True)
class Posteriors:
    """What CTC says of B utterances."""

    probabilities: torch.Tensor  # (B, T, V), float64, zero on padding
    lengths: torch.Tensor  # (B,)

    def utterance(self, index: int) -> "Posteriors":
        """Return those of one utterance."""
        return Posteriors(self.probabilities[index : index + 1], self.lengths[index : index + 1])

    def of_utterances(self, kept: torch.Tensor) -> "Posteriors":
        """Return those of some utterances."""
        kept = kept.to(self.lengths.device)
        return Posteriors(self.probabilities[kept], self.lengths[kept])

    def log_of(self, units: torch.Tensor) -> torch.Tensor:
        """Return log p_t(unit) of one unit for each of N hypotheses, (N, T)."""
        num_utterances, num_frames, _ = self.probabilities.shape
        wanted = units.view(num_utterances, 1, -1).expand(-1, num_frames, -1)
        return self.probabilities.gather(2, wanted).transpose(1, 2).flatten(0, 1).clamp_min(TINY).log()

    def add_up(self, log_terms: torch.Tensor) -> torch.Tensor:
        """Return the log (N, 1) of the sum of each hypothesis' terms (N, T) over its utterance's frames."""
        num_utterances, num_frames, _ = self.probabilities.shape
        is_frame = within_lengths(self.lengths, num_frames)
        is_frame = is_frame.repeat_interleave(len(log_terms) // num_utterances, dim=0)
        return torch.logsumexp(log_terms.masked_fill(~is_frame, -torch.inf), dim=1, keepdim=True)


@dataclass(frozen=True)
class PrefixState:
    """Forward variables of N = B * K prefixes, those of an utterance side by side, and their utterances.

    forward[:, :, t] is the log probability that the first t frames spell the whole prefix and end in its
    last unit (0) or in a blank (1).
    """

    posteriors: Posteriors
    forward: torch.Tensor  # (N, 2, T + 1), float64

    def of_utterances(self, kept: torch.Tensor) -> "PrefixState":
        """Return the state of some utterances' prefixes."""
        return PrefixState(
            self.posteriors.of_utterances(kept), own_rows(self.forward, kept, len(self.posteriors.lengths))
        )

    def either(self) -> torch.Tensor:
        """Return the log probability (N, T + 1) that the first t frames spell the prefix."""
        return torch.logaddexp(self.forward[:, 0], self.forward[:, 1])


class CtcPrefixScorer(BatchScorerInterface):
    """log p_ctc(y c ... | x) - log p_ctc(y ... | x) for each next unit c of a prefix y (Watanabe 2017).

    ESPnet's own scorer carries forward variables of every unit that may come next, so it scores only the few
    that attention likes best. But the score itself needs no such variables,

        p(y c ...) = sum_t phi(t - 1) p_t(c),  phi: that the first t - 1 frames spell y,

    which is one matrix product for all units (c again behind c: only what ends in a blank counts); the
    variables follow for those that the search has chosen.
    The scores are ESPnet's with all units allowed.
    """

    has_memory = True  # see musasr.recognizers.shrinking_search

    def __init__(self, ctc: CTC, eos: int, blank: int = 0):
        """Take a trained output layer.

        Args:
            ctc: The recogniser's.
            eos: Unit that ends a hypothesis.
            blank: Unit that CTC emits between others; no hypothesis has it.
        """
        self.ctc, self.eos, self.blank = ctc, eos, blank

    def batch_init_state(self, x: torch.Tensor, xs_lengths: torch.Tensor | None = None) -> Posteriors:
        """Return the posteriors of an utterance (T, D), or of several (B, T, D) with their lengths (B,)."""
        frames = x if x.dim() == 3 else x.unsqueeze(0)
        if xs_lengths is None:
            xs_lengths = torch.full((frames.size(0),), frames.size(1))
        lengths = xs_lengths.to(x.device)
        probabilities = torch.softmax(self.ctc.ctc_lo(frames), dim=2, dtype=torch.float64)
        is_frame = within_lengths(lengths, frames.size(1))
        return Posteriors(probabilities.masked_fill_(~is_frame.unsqueeze(2), 0.0), lengths)

    def batch_score(
        self,
        ys: torch.Tensor,
        states: PrefixState | Sequence[PrefixState | Posteriors],
        xs: torch.Tensor,
    ) -> tuple[torch.Tensor, PrefixState]:
        """Score the next unit of N hypotheses.

        Args:
            ys: Unit ids so far (N, U), <sos> first, those of an utterance side by side.
            states: Stacked, or one for each hypothesis; from before the last unit of ys.
            xs: Encoded frames; not looked at.

        Returns:
            Differences of log probabilities (N, V) and the stacked states.
        """
        if ys.size(1) == 1:
            state, log_prefix = self.start(states[0], len(ys)), 0.0
        else:
            state, log_prefix = self.extend(self.stack(states), last=ys[:, -2], unit=ys[:, -1])
        scores = self.log_prefixes(state, last=ys[:, -1]).clamp_min(LOG_ZERO) - log_prefix
        scores[:, self.blank] = LOG_ZERO
        return scores.to(xs.dtype), state

    def start(self, posteriors: Posteriors, num_hypotheses: int) -> PrefixState:
        """Return the state of the empty prefix, which blanks alone spell."""
        units = torch.full((num_hypotheses,), self.blank, device=posteriors.lengths.device)
        blanks = posteriors.log_of(units).cumsum(1)
        blanks = torch.nn.functional.pad(blanks, (1, 0))
        return PrefixState(posteriors, torch.stack([torch.full_like(blanks, -torch.inf), blanks], dim=1))

    def extend(
        self, state: PrefixState, *, last: torch.Tensor, unit: torch.Tensor
    ) -> tuple[PrefixState, torch.Tensor]:
        """Return the state after one more unit (N,), and the log probability of such a prefix (N, 1)."""
        log_unit = state.posteriors.log_of(unit)
        log_blank = state.posteriors.log_of(torch.full_like(unit, self.blank))
        # A unit that repeats the last one begins only behind a blank.
        before = torch.where((unit == last).unsqueeze(1), state.forward[:, 1], state.either())[:, :-1]
        in_unit = spell(log_unit, before)
        in_blank = spell(log_blank, in_unit[:, :-1])
        log_prefix = state.posteriors.add_up(before + log_unit).clamp_min(LOG_ZERO)
        return PrefixState(state.posteriors, torch.stack([in_unit, in_blank], dim=1)), log_prefix

    def log_prefixes(self, state: PrefixState, *, last: torch.Tensor) -> torch.Tensor:
        """Return log probabilities (N, V) of the prefix with each unit behind it; under eos, of it alone."""
        posteriors, either = state.posteriors, state.either()
        before = either[:, :-1]
        peak = before.amax(dim=1, keepdim=True).clamp_min(LOG_ZERO)
        weights = (before - peak).exp().view(len(posteriors.lengths), -1, before.size(1))
        sums = (weights @ posteriors.probabilities).flatten(0, 1)
        log_prefixes = sums.log() + peak
        again = posteriors.add_up(state.forward[:, 1, :-1] + posteriors.log_of(last))
        log_prefixes.scatter_(1, last.unsqueeze(1), again)
        ends = posteriors.lengths.repeat_interleave(len(either) // len(posteriors.lengths)).unsqueeze(1)
        log_prefixes[:, self.eos] = either.gather(1, ends).squeeze(1)
        return log_prefixes

    @staticmethod
    def stack(states: PrefixState | Sequence[PrefixState]) -> PrefixState:
        """Return one state of all hypotheses, which are of one utterance where the search hands in a list."""
        if isinstance(states, PrefixState):
            return states
        return PrefixState(states[0].posteriors, torch.cat([state.forward for state in states]))

    def select_state(
        self, state: PrefixState | Sequence[PrefixState], i: int, new_id: int | None = None
    ) -> PrefixState:
        """Return the state of hypothesis i out of the stacked states or of one for each hypothesis."""
        if not isinstance(state, PrefixState):
            return state[i]
        num_utterances = len(state.posteriors.lengths)
        posteriors = state.posteriors.utterance(i * num_utterances // len(state.forward))
        return PrefixState(posteriors, state.forward[i : i + 1])

    def batch_select_state(self, state: PrefixState, best_ids: torch.Tensor) -> PrefixState:
        """Reorder the hypotheses within their utterances.

        Args:
            state: Of B * K hypotheses.
            best_ids: (B, K) values hypothesis * V + unit, hypotheses counted within the utterance.

        Returns:
            The state of the chosen hypotheses.
        """
        num_units = state.posteriors.probabilities.size(2)
        chosen = extended_hypotheses(best_ids, num_units=num_units, num_hypotheses=len(state.forward))
        return PrefixState(state.posteriors, state.forward[chosen])


def spell(log_unit: torch.Tensor, before: torch.Tensor) -> torch.Tensor:
    """Return log a (N, T + 1) of a_t = p_t (a_{t-1} + b_{t-1}), a_0 = 0, from log p and log b (N, T).

    With P_t = p_1 ... p_t it is a_t = P_t sum_{s <= t} b_{s-1} / P_{s-1}: no loop over the frames.
    """
    log_product = log_unit.cumsum(1)
    sums = torch.logcumsumexp(before - (log_product - log_unit), dim=1)
    return torch.nn.functional.pad(log_product + sums, (1, 0), value=-torch.inf)
