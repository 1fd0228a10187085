"""ESPnet's batched search for scorers that know utterances: whose search has ended leaves the batch."""

import torch
from espnet2.legacy.nets.batch_beam_search import LOG_ZERO, BatchBeamSearch, BatchHypothesis
from espnet2.legacy.nets.beam_search import Hypothesis
from espnet2.legacy.nets.scorers.length_bonus import LengthBonus


class ShrinkingBeamSearch(BatchBeamSearch):
    """The same hypotheses and scores, in less time and memory.

    ESPnet's scores every utterance until the last one of the batch has ended, and copies the encoded frames
    for each hypothesis. Here scorers that hold their utterances (`has_memory`) go on with what is left.
    """

    @property
    def has_memory(self) -> bool:
        """Whether no scorer looks at the frames again once its states hold what it needs of them."""
        scorers = self.scorers.values()
        return all(getattr(one, "has_memory", isinstance(one, LengthBonus)) for one in scorers)

    def search(
        self,
        running_hyps: BatchHypothesis,
        x: torch.Tensor,
        pre_x: torch.Tensor | None = None,
        xs_mask: torch.Tensor | None = None,
        pre_xs_mask: torch.Tensor | None = None,
    ) -> BatchHypothesis:
        """Extend every hypothesis by its best units; all, where the beam is wider than what there is.

        Args:
            running_hyps: N = B * H hypotheses.
            x: Encoded frames (N, L, D), or those of one utterance (L, D).
            pre_x: ESPnet's place for a second source; not used.
            xs_mask: Which frames are no padding (N, 1, L); None: all.
            pre_xs_mask: Not used.

        Returns:
            The best of each utterance, best first.
        """
        frames = x.expand(len(running_hyps), *x.shape) if x.dim() == 2 else x
        is_given = {} if xs_mask is None else {"xs_mask": xs_mask.expand(len(frames), *xs_mask.shape[1:])}
        scores, states = self.score_full(running_hyps, frames, **is_given)
        before = running_hyps.score.to(x).unsqueeze(1)
        if running_hyps.active is not None:  # what has ended already is not extended
            before = before.masked_fill(~running_hyps.active.to(x.device).unsqueeze(1), LOG_ZERO)
        total = sum_of(before, [(scores[name], self.weights[name]) for name in self.full_scorers])
        within = total.view(running_hyps.n_utt, -1)
        best = within.topk(min(self.beam_size, within.shape[1]), dim=1)[1]  # hypothesis * V + unit
        first = torch.arange(len(best), device=x.device) * running_hyps.n_hyp_per_utt
        hypotheses = (best.div(self.n_vocab, rounding_mode="floor") + first.unsqueeze(1)).flatten()
        return self._make_batch(
            batch_select=True,
            running_hyps=running_hyps,
            weighted_scores=total,
            scores=scores,
            states=states,
            part_scores={},
            part_states={},
            prev_hyp_ids=hypotheses,
            new_token_ids=(best % self.n_vocab).flatten(),
            top_ids=best,
            hs=None,
        )

    def _replicate_over_beam(self, x, x_lengths, pre_x, pre_x_lengths, batched):
        """The frames as the scorers are given them: of scorers with a memory, any utterance's will do."""
        if not (batched and self.has_memory):
            return super()._replicate_over_beam(x, x_lengths, pre_x, pre_x_lengths, batched)
        return x[0], None, None, None

    def _search_loop(
        self,
        x,
        x_lengths,
        xs,
        xs_mask,
        pre_xs,
        pre_xs_mask,
        maxlens,
        minlens,
        maxlenratio,
        n_utt,
        batched,
    ) -> list[list[Hypothesis]]:
        """ESPnet's loop, on the utterances that are left."""
        running = self.init_hyp(x, x_lengths) if batched else self.init_hyp(x)
        ended: list[list[Hypothesis]] = [[] for _ in range(n_utt)]
        left = list(range(n_utt))
        for i in range(max(maxlens)):
            best = self.search(running, xs, xs_mask=xs_mask)
            bounds = ([limits[index] for index in left] for limits in (maxlens, minlens))
            running = self.post_process(i, *bounds, maxlenratio, best, [ended[index] for index in left])
            going_on = (~running.done_mask()).nonzero().flatten()
            if len(going_on) == 0:
                break
            if self.has_memory and len(going_on) < len(left):
                running = keep_utterances(running, going_on)
                left = [left[place] for place in going_on.tolist()]
        return ended


def sum_of(before: torch.Tensor, weighted: list[tuple[torch.Tensor, float]]) -> torch.Tensor:
    """Return before (N, 1) + the scores (N, V), each times its weight: one pass over memory for each."""
    (scores, weight), *others = weighted
    total = torch.add(before, scores, alpha=weight)
    for scores, weight in others:
        total.add_(scores, alpha=weight)
    return total


def keep_utterances(hypotheses: BatchHypothesis, kept: torch.Tensor) -> BatchHypothesis:
    """Return the hypotheses of some utterances.

    Args:
        hypotheses: Of B utterances, whose scorers have a memory (see `ShrinkingBeamSearch`).
        kept: Which utterances stay, in order.
    """
    each = hypotheses.n_hyp_per_utt
    rows = (kept.unsqueeze(1) * each + torch.arange(each)).flatten()
    there = rows.to(hypotheses.score.device)
    return hypotheses.replace(
        yseq=hypotheses.yseq[there],
        score=hypotheses.score[there],
        length=hypotheses.length[there],
        scores={name: score[there] for name, score in hypotheses.scores.items()},
        states={name: _keep(state, kept, rows) for name, state in hypotheses.states.items()},
        n_utt=len(kept),
        active=hypotheses.active_mask()[rows],
        done=hypotheses.done_mask()[kept],
    )


def _keep(state: object, kept: torch.Tensor, rows: torch.Tensor) -> object:
    """The state of a scorer for some utterances; a list has one for each hypothesis."""
    return [state[row] for row in rows.tolist()] if isinstance(state, list) else state.of_utterances(kept)
