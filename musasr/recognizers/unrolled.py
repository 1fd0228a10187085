"""The decoder's first layer over known units, with its gradient written by hand.

Through torch's own graph, each unit would cost some eighty small operations and a gradient of every weight;
here the weights' gradients are one product each over all units, and a training step of the recogniser takes
a third less time. The values are those of `attend` and an LSTM cell, unit by unit.
"""

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable
from torch.nn import functional


@dataclass
class Steps:
    """What the backward pass needs of every unit, U entries each."""

    attention: list[Tensor]  # (B, L), one more: the first is what the loop starts from
    activity: list[Tensor]  # (B, L, A), behind the sigmoid
    inputs: list[Tensor]  # (B, D + H): context and hidden state, from which the gates come
    queries: list[Tensor]  # (B, H): hidden state behind dropout
    gates: list[tuple[Tensor, ...]]  # enter, forget, candidate, leave, cell before, tanh of the cell: (B, H)

    def joined(self, name: str) -> Tensor:
        """Return the entries of a field as one tensor (B, U, ...)."""
        return torch.stack(getattr(self, name), dim=1)


class AttentionLstmFunction(torch.autograd.Function):
    """Hidden states (B, U, H) of location-aware attention and an LSTM cell over U known units.

    For each unit, from the hidden state h, the cell and the attention a of the unit before:

        s = sigmoid(keys + (mask h) W_q' + frames(a) W_l),  a = softmax(s v),  c = sum_l a_l values_l
        gates = from_units + [c, h] W_c',  h, cell = LSTM(gates, cell)

    with frames(a) the K weights around each frame.
    """

    @staticmethod
    def forward(
        ctx,
        from_units: Tensor,
        keys: Tensor,
        values: Tensor,
        attention: Tensor,
        is_padding: Tensor,
        masks: Tensor | None,
        query_weight: Tensor,
        location_weight: Tensor,
        energy_weight: Tensor,
        context_weight: Tensor,
    ) -> Tensor:
        """Run the loop.

        Args:
            ctx: Where the backward pass finds what it needs.
            from_units: The units' share of the gates (B, U, 4H), biases included, in torch's order ifgo.
            keys: (B, L, A).
            values: (B, L, D).
            attention: Weights to start from (B, L).
            is_padding: (B, L).
            masks: Dropout of the queries, scaled (B, U, H), or None.
            query_weight: W_q (A, H).
            location_weight: W_l (K, A), K odd.
            energy_weight: v (A,).
            context_weight: W_c (4H, D + H).
        """
        batch, num_units, width = from_units.shape
        hidden, cell = (from_units.new_zeros(batch, width // 4) for _ in range(2))
        steps, outputs = Steps([attention], [], [], [], []), []
        for i in range(num_units):
            query = hidden if masks is None else hidden * masks[:, i]
            activity = around(attention, len(location_weight)) @ location_weight
            activity += keys
            activity += (query @ query_weight.t()).unsqueeze(1)
            activity.sigmoid_()
            energy = (activity @ energy_weight).masked_fill_(is_padding, -torch.inf)
            attention = torch.softmax(energy, dim=1)
            context = torch.bmm(attention.unsqueeze(1), values).squeeze(1)
            inputs = torch.cat([context, hidden], dim=1)
            gates = torch.addmm(from_units[:, i], inputs, context_weight.t())
            before, (hidden, cell, parts) = cell, advance_cell(gates, cell)
            steps.attention.append(attention)
            steps.activity.append(activity)
            steps.inputs.append(inputs)
            steps.queries.append(query)
            steps.gates.append((*parts, before))
            outputs.append(hidden)
        ctx.save_for_backward(values, query_weight, location_weight, energy_weight, context_weight)
        ctx.steps, ctx.masks = steps, masks
        return torch.stack(outputs, dim=1)

    @staticmethod
    @once_differentiable
    def backward(ctx, to_outputs: Tensor) -> tuple[Tensor | None, ...]:
        """Return the gradients of forward's arguments."""
        walk = Backward(ctx.steps, ctx.masks, *ctx.saved_tensors)
        for i in reversed(range(to_outputs.size(1))):
            to_gates = walk.through_cell(i, to_outputs[:, i])
            walk.through_attention(i, to_gates)
        return walk.gradients()


class Backward:
    """The walk back over the units: gradients of what one hands to the next, and sums over all of them."""

    def __init__(
        self,
        steps: Steps,
        masks: Tensor | None,
        values: Tensor,
        query_weight: Tensor,
        location_weight: Tensor,
        energy_weight: Tensor,
        context_weight: Tensor,
    ):
        """Start behind the last unit; arguments as in `AttentionLstmFunction.forward`."""
        self.steps, self.masks, self.values = steps, masks, values
        self.query_weight, self.location_weight = query_weight, location_weight
        self.energy_weight, self.context_weight = energy_weight, context_weight
        self.to_hidden = self.to_cell = self.to_attention = 0.0
        self.to_keys = torch.zeros_like(steps.activity[0])
        self.to_location, self.to_energy = torch.zeros_like(location_weight), torch.zeros_like(energy_weight)
        self.to_gates: list[Tensor] = []  # of the last unit first, as the two below
        self.to_queries: list[Tensor] = []
        self.to_contexts: list[Tensor] = []

    def through_cell(self, i: int, to_output: Tensor) -> Tensor:
        """Return the gradient of unit i's gates (B, 4H) from that of its output (B, H) and of later units."""
        to_gates, self.to_cell = retreat_cell(to_output + self.to_hidden, self.to_cell, self.steps.gates[i])
        self.to_gates.append(to_gates)
        return to_gates

    def through_attention(self, i: int, to_gates: Tensor) -> None:
        """Go on from unit i's gates to its query, keys and the attention before."""
        size = self.values.size(2)
        to_context, to_hidden = (to_gates @ self.context_weight).split([size, to_gates.size(1) // 4], dim=1)
        activity = self.steps.activity[i]
        to_energies = self._through_softmax(i, to_context)
        self.to_energy += activity.flatten(0, 1).t() @ to_energies.flatten()
        to_activity = (activity - activity.square()).mul_(self.energy_weight).mul_(to_energies.unsqueeze(2))
        self.to_keys += to_activity
        to_query = to_activity.sum(1)
        from_query = to_query @ self.query_weight
        self.to_hidden = to_hidden + (from_query if self.masks is None else from_query * self.masks[:, i])
        before = around(self.steps.attention[i], len(self.location_weight))
        self.to_location += before.flatten(0, 1).t() @ to_activity.flatten(0, 1)
        self.to_attention = gather_around(to_activity @ self.location_weight.t())
        self.to_queries.append(to_query)
        self.to_contexts.append(to_context)

    def _through_softmax(self, i: int, to_context: Tensor) -> Tensor:
        """Return the gradient of unit i's energies (B, L)."""
        attention = self.steps.attention[i + 1]
        to_attention = self.to_attention + torch.bmm(self.values, to_context.unsqueeze(2)).squeeze(2)
        weighted = attention * to_attention
        return weighted - attention * weighted.sum(1, keepdim=True)

    def gradients(self) -> tuple[Tensor | None, ...]:
        """Return the gradients of `forward`'s arguments: one product over all units for a weight."""
        to_units, to_queries, to_contexts = (
            torch.stack(one[::-1], dim=1) for one in (self.to_gates, self.to_queries, self.to_contexts)
        )
        attentions = torch.stack(self.steps.attention[1:], dim=2)  # (B, L, U)
        to_query_weight = to_queries.flatten(0, 1).t() @ self.steps.joined("queries").flatten(0, 1)
        to_context_weight = to_units.flatten(0, 1).t() @ self.steps.joined("inputs").flatten(0, 1)
        to_values = torch.bmm(attentions, to_contexts)
        weights = (to_query_weight, self.to_location, self.to_energy, to_context_weight)
        return to_units, self.to_keys, to_values, self.to_attention, None, None, *weights


def around(attention: Tensor, num_taps: int) -> Tensor:
    """Return the weights around each frame, (B, L, num_taps), of (B, L), with zeros beyond the ends."""
    return functional.pad(attention, (num_taps // 2, num_taps // 2)).unfold(1, num_taps, 1)


def gather_around(gradient: Tensor) -> Tensor:
    """Return the gradient (B, L) of what `around` spread to (B, L, num_taps)."""
    num_frames, num_taps = gradient.shape[1:]
    length = num_frames + num_taps - 1
    spread = functional.fold(gradient.transpose(1, 2), (1, length), (1, num_taps)).flatten(1)
    return spread[:, num_taps // 2 : num_taps // 2 + num_frames]


def advance_cell(gates: Tensor, cell: Tensor) -> tuple[Tensor, Tensor, tuple[Tensor, ...]]:
    """Return hidden state and cell (B, H), and what their gradient needs, from the gates (B, 4H)."""
    enter, forget, candidate, leave = gates.chunk(4, dim=1)
    enter, forget, leave = enter.sigmoid(), forget.sigmoid(), leave.sigmoid()
    candidate = candidate.tanh()
    cell = torch.addcmul(enter * candidate, forget, cell)
    squashed = cell.tanh()
    return leave * squashed, cell, (enter, forget, candidate, leave, squashed)


def retreat_cell(
    to_hidden: Tensor, to_cell: Tensor | float, parts: tuple[Tensor, ...]
) -> tuple[Tensor, Tensor]:
    """Return the gradients of the gates (B, 4H) and of the cell before, from those of what came out."""
    enter, forget, candidate, leave, squashed, before = parts
    to_cell = to_hidden * leave * (1 - squashed.square()) + to_cell
    to_gates = (
        to_cell * candidate * enter * (1 - enter),
        to_cell * before * forget * (1 - forget),
        to_cell * enter * (1 - candidate.square()),
        to_hidden * squashed * leave * (1 - leave),
    )
    return torch.cat(to_gates, dim=1), to_cell * forget
