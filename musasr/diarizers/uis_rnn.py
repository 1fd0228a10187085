"""Supervised clustering: the unbounded interleaved-state recurrent network (UIS-RNN, Zhang et al. 2019).

Each speaker's vectors x_1, x_2 ... are a sequence of their own, x_t ~ N(mu_t, diag(sigma^2)), where mu_t is
the mean of what a GRU has made of the vectors before. Between two windows the speaker changes with
probability p0; then it is one who has spoken in N_k stretches with probability N_k / (sum N + alpha), the sum
over all but the present one, or somebody new with alpha / (sum N + alpha). Labels are found by a beam search:
each step scores all beams and speakers at once, and runs the GRU once for all beams.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from musasr.diarizers.clustering import normalised


class UisRnn(nn.Module):
    """What the vectors of one speaker are, given those before: forward is its loss."""

    def __init__(
        self,
        *,
        embedding_size: int,
        hidden_size: int = 256,
        dropout: float = 0.2,
        change_probability: float = 0.1,
        alpha: float = 1.0,
    ):
        """Build the layers.

        Args:
            embedding_size: E.
            hidden_size: Units of the GRU.
            dropout: Between the two layers that make a mean of its state.
            change_probability: p0, as counted in what it is trained on.
            alpha: How readily somebody new speaks.
        """
        super().__init__()
        self.change_probability, self.alpha = change_probability, alpha
        self.scale = embedding_size**0.5  # of vectors of length 1: then a value is about 1
        self.gru = nn.GRU(embedding_size, hidden_size, batch_first=True)
        self.first_state = nn.Parameter(torch.zeros(hidden_size))
        self.mean = nn.Sequential(
            nn.Linear(hidden_size, hidden_size),
            nn.ReLU(),
            nn.Dropout(dropout),
            nn.Linear(hidden_size, embedding_size),
        )
        self.log_variance = nn.Parameter(torch.zeros(embedding_size))

    def forward(self, vectors: Tensor, lengths: Tensor) -> tuple[Tensor, dict[str, Tensor], Tensor]:
        """The mean negative log-likelihood of a value: (loss, scores, weight).

        Args:
            vectors: (B, L, E) of one speaker each, of length sqrt(E), padded.
            lengths: (B,).
        """
        means = self._means(vectors)
        errors = (vectors - means) ** 2
        likelihood = 0.5 * (self.log_variance + errors * torch.exp(-self.log_variance))
        is_there = torch.arange(vectors.shape[1], device=vectors.device) < lengths[:, None]
        loss = likelihood.mean(2)[is_there].mean()
        return loss, {"error": errors.mean(2)[is_there].mean().detach()}, torch.tensor(len(vectors))

    def _means(self, vectors: Tensor) -> Tensor:
        """mu of each vector (B, L, E), of those before it: the mean of what was predicted so far."""
        first = self.first_state.expand(len(vectors), 1, -1)
        states, _ = self.gru(vectors[:, :-1], first.transpose(0, 1).contiguous())
        predicted = self.mean(torch.cat([first, states], 1))
        counts = torch.arange(1, predicted.shape[1] + 1, device=predicted.device)[:, None]
        return predicted.cumsum(1) / counts

    def after(self, vectors: Tensor, states: Tensor) -> Tensor:
        """The states (B, H) after one more vector (B, E) each."""
        return self.gru(vectors[:, None], states[None].contiguous())[1][0]

    @torch.inference_mode()
    def label(self, vectors: np.ndarray, *, beam_size: int, passes: int, max_speakers: int) -> np.ndarray:
        """The speaker of each vector (N, E), from 0 in the order in which they appear.

        Args:
            vectors: Of windows in time; their lengths are of no consequence.
            beam_size: Sequences of labels that are kept.
            passes: How often the recording is gone through: what is known of its voices at the end of one
                serves the next, and the last one counts.
            max_speakers: No more are found.
        """
        if not len(vectors):
            return np.zeros(0, int)
        scaled = torch.from_numpy(normalised(vectors).astype(np.float32)) * self.scale
        beams = _Beams.start(self, max_speakers)
        labels = torch.zeros(1, 0, dtype=torch.long)
        for vector in scaled.repeat(passes, 1):
            beams, parents, chosen = beams.step(self, vector, beam_size)
            labels = torch.cat([labels[parents], chosen[:, None]], 1)
        best = labels[0, -len(vectors) :].numpy()
        _, first, numbers = np.unique(best, return_index=True, return_inverse=True)
        return np.argsort(np.argsort(first))[numbers]


@dataclass
class _Beams:
    """B hypotheses, best first; K places for speakers, of which the first ``num_speakers`` are taken.

    Attributes:
        cost: Negative log-likelihoods (B,).
        state: Of the GRU (B, K, H).
        total: Sums of predicted means (B, K, E); one more than ``count`` of them.
        count: Vectors of each speaker (B, K).
        stretches: Stretches of each speaker (B, K).
        num_speakers: (B,).
        last: Who speaks (B,); -1 at the start.
    """

    cost: Tensor
    state: Tensor
    total: Tensor
    count: Tensor
    stretches: Tensor
    num_speakers: Tensor
    last: Tensor

    @classmethod
    def start(cls, model: UisRnn, max_speakers: int) -> "_Beams":
        state = model.first_state.expand(1, max_speakers, -1).clone()
        zeros = torch.zeros(1, max_speakers)
        nobody = torch.zeros(1, dtype=torch.long)
        return cls(torch.zeros(1), state, model.mean(state), zeros, zeros.clone(), nobody, nobody - 1)

    def step(self, model: UisRnn, vector: Tensor, beam_size: int) -> tuple["_Beams", Tensor, Tensor]:
        """(the best beams with one more vector, which each of them was, who speaks in it)."""
        variance = torch.exp(model.log_variance)
        means = self.total / (self.count + 1)[..., None]
        fit = 0.5 * ((vector - means) ** 2 / variance + model.log_variance).sum(2)
        costs = self.cost[:, None] + fit - self._log_prior(model)
        kept = torch.topk(costs.flatten(), min(beam_size, int(torch.isfinite(costs).sum())), largest=False)
        parents, chosen = kept.indices // costs.shape[1], kept.indices % costs.shape[1]
        return self._chosen(model, vector, parents, chosen, kept.values), parents, chosen

    def _log_prior(self, model: UisRnn) -> Tensor:
        """Of each speaker's being next (B, K); -inf where the place is beyond the next free one."""
        places = torch.arange(self.count.shape[1])
        is_last = places == self.last[:, None]
        is_new = places == self.num_speakers[:, None]
        weights = torch.where(is_new, torch.tensor(model.alpha), self.stretches).masked_fill(is_last, 0.0)
        change = model.change_probability * weights / (weights.sum(1, keepdim=True) + 1e-12)
        stay = torch.where(is_last, 1 - model.change_probability, 0.0)
        prior = torch.where(self.last[:, None] < 0, is_new.float(), change + stay)
        return torch.log(prior)

    def _chosen(
        self, model: UisRnn, vector: Tensor, parents: Tensor, chosen: Tensor, cost: Tensor
    ) -> "_Beams":
        rows = torch.arange(len(parents))
        state, total, count, stretches = (
            one[parents].clone() for one in (self.state, self.total, self.count, self.stretches)
        )
        state[rows, chosen] = model.after(vector.expand(len(rows), -1), state[rows, chosen])
        total[rows, chosen] += model.mean(state[rows, chosen])
        count[rows, chosen] += 1
        stretches[rows, chosen] += (self.last[parents] != chosen).float()
        num_speakers = torch.maximum(self.num_speakers[parents], chosen + 1)
        return _Beams(cost, state, total, count, stretches, num_speakers, chosen)


def load_uis_rnn(directory: Path) -> UisRnn:
    """The trained one of a folder.

    Raises:
        StateError: There is none, or its files are broken.
    """
    from musasr.classification.folder import load_network

    return load_network(directory, UisRnn)
