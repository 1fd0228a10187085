"""Location-aware attention for several hypotheses an utterance, on the weights of ESPnet's AttLoc."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from espnet2.legacy.nets.pytorch_backend.rnn.attentions import AttLoc

from musasr.recognizers import attention_blocks

SHARPENING = 2.0  # AttLoc scales its energies by this; checkpoints depend on it


@dataclass(frozen=True)
class Memory:
    """What attention looks at: the encoded frames of B utterances, projected once."""

    keys: torch.Tensor  # (B, L, A), doubled: see `attend`
    values: torch.Tensor  # (B, L, D)
    is_frame: torch.Tensor  # (B, L), false on padding

    def utterance(self, index: int) -> "Memory":
        """Return the memory of one utterance."""
        part = slice(index, index + 1)
        return Memory(self.keys[part], self.values[part], self.is_frame[part])

    def of_utterances(self, kept: torch.Tensor) -> "Memory":
        """Return the memory of some utterances, without the frames that are padding for all of them."""
        is_frame = self.is_frame[kept.to(self.is_frame.device)]
        longest = int(is_frame.sum(dim=1).max())
        keys, values = (one[kept.to(one.device), :longest] for one in (self.keys, self.values))
        return Memory(keys, values, is_frame[:, :longest])

    @staticmethod
    def join(memories: Sequence["Memory"]) -> "Memory":
        """Return one memory of all utterances; all have the same padded length L."""
        return Memory(
            torch.cat([memory.keys for memory in memories]),
            torch.cat([memory.values for memory in memories]),
            torch.cat([memory.is_frame for memory in memories]),
        )

    def even_attention(self, num_hypotheses: int) -> torch.Tensor:
        """Return the weights (num_hypotheses, L) before the first unit: equal on an utterance's frames."""
        frames = self.is_frame.to(self.values.dtype)
        even = frames / frames.sum(dim=1, keepdim=True)
        return even.repeat_interleave(num_hypotheses // len(even), dim=0)


def remember(module: AttLoc, frames: torch.Tensor, is_frame: torch.Tensor) -> Memory:
    """Project encoded frames (B, L, D), of which is_frame (B, L) are not padding, for all decoding steps."""
    return Memory(2 * module.mlp_enc(frames), frames, is_frame)


def attend(
    module: AttLoc,
    memory: Memory,
    query: torch.Tensor,
    attention: torch.Tensor,
    sizes: Sequence[int] | None = None,
) -> tuple[torch.Tensor, torch.Tensor]:
    """Look at the memory (Chorowski et al. 2015, location-aware attention).

        e_l = g' tanh(W q + V h_l + U f_l),  f = F * a_previous,  a = softmax(2 e),  c = sum_l a_l h_l

    tanh(x) is computed as 2 sigmoid(2 x) - 1, and 2 x put together from doubled parts: on a CPU the sigmoid
    costs a sixth of the tanh, which is most of the search. The constant cancels in the softmax.

    Args:
        module: The weights.
        memory: Of B utterances; keys (B, L, A), values (B, L, D).
        query: q, (N, H) of N hypotheses, those of an utterance side by side.
        attention: The previous weights a (N, L).
        sizes: How many of the hypotheses each utterance has, where `blocks_pay`; None: N / B.

    Returns:
        Context c (N, D) and new weights a (N, L).
    """
    if blocks_pay(query):
        sizes = sizes or [len(query) // len(memory.keys)] * len(memory.keys)
        return _attend_in_blocks(module, memory, query, attention, sizes)
    energy = _energies(module, memory, query, attention).view(len(memory.keys), -1, memory.keys.shape[1])
    energy = energy.masked_fill(~memory.is_frame.unsqueeze(1), -torch.inf)
    weights = torch.softmax(SHARPENING * energy, dim=2)  # (B, K, L)
    return (weights @ memory.values).flatten(0, 1), weights.flatten(0, 1)


def blocks_pay(query: torch.Tensor) -> bool:
    """Whether a processor searches, and nobody asks for gradients or for numbers of mixed types."""
    return not (query.is_cuda or torch.is_grad_enabled() or torch.is_autocast_enabled("cpu"))


def _energies(module: AttLoc, memory: Memory, query: torch.Tensor, attention: torch.Tensor) -> torch.Tensor:
    """The energies of `attend`, but for a constant, (N, L)."""
    num_utterances, num_frames, size = memory.keys.shape
    filters = module.loc_conv.weight.squeeze(2)
    location = F.conv1d(attention.unsqueeze(1), filters, padding=filters.size(2) // 2)
    activity = F.linear(location.transpose(1, 2), 2 * module.mlp_att.weight)
    # A new tensor: changing a view in place would make the backward pass copy it at each step.
    activity = activity.view(num_utterances, -1, num_frames, size) + memory.keys.unsqueeze(1)  # (B, K, L, A)
    activity += 2 * module.mlp_dec(query).view(num_utterances, -1, 1, size)
    return F.linear(activity.sigmoid_(), 2 * module.gvec.weight, module.gvec.bias).flatten()


def _attend_in_blocks(
    module: AttLoc, memory: Memory, query: torch.Tensor, attention: torch.Tensor, sizes: Sequence[int]
) -> tuple[torch.Tensor, torch.Tensor]:
    """The same, as a processor computes it fastest."""
    energy = attention_blocks.energies(
        memory.keys,
        attention_blocks.convolve(attention, module.loc_conv.weight.flatten(1)),
        2 * module.mlp_dec(query),
        2 * module.mlp_att.weight.t(),
        2 * module.gvec.weight.squeeze(0),
        sizes,
    )
    is_frame = memory.is_frame.repeat_interleave(torch.tensor(sizes), dim=0)
    weights = torch.softmax(SHARPENING * energy.masked_fill_(~is_frame, -torch.inf), dim=1)
    parts = zip(weights.split(list(sizes)), memory.values, strict=True)
    return torch.cat([own @ values for own, values in parts]), weights


def activity_weights(module: AttLoc) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Return the weights of `attend` with its constants multiplied in, as `AttentionLstmFunction` takes them.

    Returns:
        Query (A, H), location (taps, A: filters and projection in one), energy (A,).
    """
    filters = module.loc_conv.weight.flatten(1)  # (channels, taps)
    location = 2 * filters.t() @ module.mlp_att.weight.t()
    # The bias cancels in the softmax; it stays in the graph so that each parameter has a gradient.
    energy = 2 * SHARPENING * (module.gvec.weight.squeeze(0) + 0 * module.gvec.bias)
    return 2 * module.mlp_dec.weight, location, energy
