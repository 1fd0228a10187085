"""The recogniser's decoder: LSTM with location-aware attention, scored for batches of hypotheses."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch
import torch.nn.functional as F
from espnet2.asr.decoder.rnn_decoder import RNNDecoder
from espnet2.legacy.nets.scorer_interface import BatchScorerInterface

from musasr.errors import ConfigError
from musasr.layers.blstm import open_forget_gates
from musasr.layers.padding import within_lengths, zero_beyond
from musasr.layers.products import log_softmax_of
from musasr.recognizers.attention import Memory, activity_weights, attend, blocks_pay, remember
from musasr.recognizers.beams import extended_hypotheses, find_distinct, own_rows
from musasr.recognizers.unrolled import AttentionLstmFunction


@dataclass(frozen=True)
class DecoderState:
    """The state of N = B * K hypotheses, those of an utterance side by side, and their utterances' memory.

    The memory travels with the state: nothing is cached in the module that could be taken for another batch.
    """

    memory: Memory
    hidden: tuple[torch.Tensor, ...]  # one (N, H) for each layer
    cells: tuple[torch.Tensor, ...]  # one (N, H) for each layer
    attention: torch.Tensor  # (N, L)
    origins: torch.Tensor | None = None  # (N,): of which state before each is a copy; None: each is its own

    def select(self, indices: torch.Tensor | slice, memory: Memory) -> "DecoderState":
        """Return the state of the chosen hypotheses with the memory that belongs to them."""
        return DecoderState(
            memory,
            tuple(hidden[indices] for hidden in self.hidden),
            tuple(cell[indices] for cell in self.cells),
            self.attention[indices],
        )

    def of_utterances(self, kept: torch.Tensor) -> "DecoderState":
        """Return the state of some utterances' hypotheses, on as many frames as the longest of these has."""
        num_utterances, memory = len(self.memory.keys), self.memory.of_utterances(kept)

        def own(values: torch.Tensor) -> torch.Tensor:
            return own_rows(values, kept, num_utterances)

        attention = own(self.attention)[:, : memory.keys.shape[1]]
        origins = None if self.origins is None else own(self.origins)
        return DecoderState(
            memory, tuple(map(own, self.hidden)), tuple(map(own, self.cells)), attention, origins
        )


class LocationAttentionDecoder(RNNDecoder, BatchScorerInterface):
    """ESPnet's RNNDecoder with location-aware attention, faster, and for batches in beam search.

    Weights, their names and the scores are those of RNNDecoder with `atype: location`. The query of the
    attention is the hidden state of the first layer; its context is fed to the first layer only.
    """

    has_memory = True  # see musasr.recognizers.shrinking_search

    def __init__(
        self,
        vocab_size: int,
        encoder_output_size: int,
        num_layers: int = 2,
        hidden_size: int = 320,
        sampling_probability: float = 0.0,
        dropout: float = 0.0,
        att_conf: dict | None = None,
    ):
        """Build the decoder.

        Args:
            vocab_size: Units V with <blank> and <sos/eos>, which is the last.
            encoder_output_size: Size D of an encoded frame.
            num_layers: LSTM layers.
            hidden_size: Units H of a layer.
            sampling_probability: Scheduled sampling in training (then ESPnet's slower loop runs).
            dropout: Probability, on embeddings and between layers.
            att_conf: ESPnet's attention settings: adim (A), aconv_chans, aconv_filts (taps on each side).

        Raises:
            ConfigError: If att_conf asks for another kind of attention.
        """
        att_conf = {"atype": "location", "adim": hidden_size, **(att_conf or {})}
        if att_conf["atype"] != "location":
            raise ConfigError(
                f"attention '{att_conf['atype']}' is not known",
                where="location_lstm decoder",
                mend="use atype: location, or ESPnet's decoder 'rnn'",
            )
        super().__init__(
            vocab_size,
            encoder_output_size,
            num_layers=num_layers,
            hidden_size=hidden_size,
            sampling_probability=sampling_probability,
            dropout=dropout,
            att_conf=att_conf,
        )
        for cell in self.decoder:
            open_forget_gates(cell)

    def forward(
        self,
        hs_pad: torch.Tensor,
        hlens: torch.Tensor,
        ys_in_pad: torch.Tensor,
        ys_in_lens: torch.Tensor,
        strm_idx: int = 0,
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Return the logits of the next unit at every place of the given transcripts.

        Args:
            hs_pad: Encoded frames (B, L, D).
            hlens: Their numbers (B,).
            ys_in_pad: Unit ids with <sos> in front (B, U).
            ys_in_lens: Their numbers (B,).
            strm_idx: ESPnet's stream index; there is one.

        Returns:
            Logits (B, U, V), zero beyond the lengths, and ys_in_lens.
        """
        if self.training and self.sampling_probability > 0:
            return super().forward(hs_pad, hlens, ys_in_pad, ys_in_lens, strm_idx)
        memory = remember(self.att_list[0], hs_pad, within_lengths(hlens.to(hs_pad.device), hs_pad.size(1)))
        outputs = self.run_upper_layers(self.run_first_layer(memory, ys_in_pad))
        logits = self.output(self.dropout_dec[-1](outputs))
        return zero_beyond(logits, ys_in_lens.to(logits.device), axis=1), ys_in_lens

    def run_first_layer(self, memory: Memory, units: torch.Tensor) -> torch.Tensor:
        """Run attention and first layer over known units (B, U); returns its hidden states (B, U, H)."""
        cell = self.decoder[0]
        embedded = self.dropout_emb(self.embed(units))
        # The embeddings' part of the gates does not depend on the attention: one product for all places.
        from_units = F.linear(embedded, cell.weight_ih[:, : self.dunits], cell.bias_ih + cell.bias_hh)
        from_context = torch.cat([cell.weight_ih[:, self.dunits :], cell.weight_hh], dim=1)
        dropout = self.dropout_dec[0]
        masks = None
        if dropout.training and dropout.p > 0:
            masks = dropout(from_units.new_ones(*units.shape, self.dunits))
        return AttentionLstmFunction.apply(
            from_units,
            memory.keys,
            memory.values,
            memory.even_attention(len(units)),
            ~memory.is_frame,
            masks,
            *activity_weights(self.att_list[0]),
            from_context,
        )

    def run_upper_layers(self, outputs: torch.Tensor) -> torch.Tensor:
        """Run the layers above the first, unseen by attention, over whole sequences (B, U, H)."""
        for dropout, cell in zip(self.dropout_dec, self.decoder[1:], strict=False):
            weights = [cell.weight_ih, cell.weight_hh, cell.bias_ih, cell.bias_hh]
            zeros = outputs.new_zeros(1, outputs.size(0), self.dunits)
            # Training is what cuDNN calls keeping what a backward pass needs: a frozen decoder has one too.
            keeps = torch.is_grad_enabled()
            outputs, _, _ = torch.lstm(
                dropout(outputs), (zeros, zeros), weights, True, 1, 0.0, keeps, False, True
            )
        return outputs

    def start(self, memory: Memory, num_hypotheses: int) -> DecoderState:
        """Return the state before the first unit."""
        zeros = tuple(memory.values.new_zeros(num_hypotheses, self.dunits) for _ in range(self.dlayers))
        return DecoderState(memory, zeros, zeros, memory.even_attention(num_hypotheses))

    def batch_init_state(self, x: torch.Tensor, xs_lengths: torch.Tensor | None = None) -> Memory:
        """Project what is searched, once.

        Args:
            x: Encoded frames (L, D) of one utterance or (B, L, D) of several.
            xs_lengths: Their numbers (B,); all if None.

        Returns:
            The memory, which stands for the state before the first unit.
        """
        frames = x if x.dim() == 3 else x.unsqueeze(0)
        if xs_lengths is None:
            xs_lengths = torch.full((frames.size(0),), frames.size(1))
        return remember(self.att_list[0], frames, within_lengths(xs_lengths.to(x.device), frames.size(1)))

    def batch_score(
        self,
        ys: torch.Tensor,
        states: DecoderState | Sequence[DecoderState | Memory | None],
        xs: torch.Tensor,
        xs_mask: torch.Tensor | None = None,
    ) -> tuple[torch.Tensor, DecoderState]:
        """Score the next unit of N hypotheses.

        Args:
            ys: Unit ids so far (N, U), those of an utterance side by side.
            states: Their states: stacked, or one for each hypothesis (None: at the start, of xs).
            xs: Encoded frames (N, L, D); looked at only where a state is None.
            xs_mask: Which of them are frames (N, 1, L); all if None.

        Returns:
            Log probabilities (N, V) and the stacked states.
        """
        state = self.stack(states, xs, xs_mask)
        context, attention = self.look(state)
        layer_input = torch.cat([self.dropout_emb(self.embed(ys[:, -1])), context], dim=1)
        hidden, cells = [], []
        for layer, dropout in zip(range(self.dlayers), self.dropout_dec, strict=True):
            output, cell = self.decoder[layer](layer_input, (state.hidden[layer], state.cells[layer]))
            hidden.append(output)
            cells.append(cell)
            layer_input = dropout(output)
        scores = self.log_next_units(layer_input)
        return scores, DecoderState(state.memory, tuple(hidden), tuple(cells), attention)

    def look(self, state: DecoderState) -> tuple[torch.Tensor, torch.Tensor]:
        """Return context (N, D) and weights (N, L): both are the same for all that extend one hypothesis."""
        query, attention = state.hidden[0], state.attention
        if state.origins is None or self.training or not blocks_pay(query):
            return attend(self.att_list[0], state.memory, self.dropout_dec[0](query), attention)
        one = find_distinct(state.origins, len(state.memory.keys))
        found = attend(self.att_list[0], state.memory, query[one.rows], attention[one.rows], one.sizes)
        context, attention = (values[one.places] for values in found)
        return context, attention

    def log_next_units(self, outputs: torch.Tensor) -> torch.Tensor:
        """Return the log probabilities (N, V) of the next unit from the last layer's outputs (N, H)."""
        if not blocks_pay(outputs):
            return torch.log_softmax(self.output(outputs), dim=1)
        return log_softmax_of(outputs, self.output.weight, self.output.bias)

    def stack(
        self,
        states: DecoderState | Sequence[DecoderState | Memory | None],
        xs: torch.Tensor,
        xs_mask: torch.Tensor | None,
    ) -> DecoderState:
        """Return one state of all hypotheses, whichever way the search hands them in."""
        if isinstance(states, DecoderState):
            return states
        if states[0] is None:
            is_frame = torch.ones_like(xs[:, :, 0], dtype=torch.bool) if xs_mask is None else xs_mask[:, 0]
            return self.start(remember(self.att_list[0], xs, is_frame), len(states))
        if isinstance(states[0], Memory):
            return self.start(states[0], len(states))
        memory = states[0].memory
        if any(state.memory is not memory for state in states):
            memory = Memory.join([state.memory for state in states])
        layers = range(self.dlayers)
        return DecoderState(
            memory,
            tuple(torch.cat([state.hidden[layer] for state in states]) for layer in layers),
            tuple(torch.cat([state.cells[layer] for state in states]) for layer in layers),
            torch.cat([state.attention for state in states]),
        )

    def select_state(
        self, state: DecoderState | Sequence[DecoderState], i: int, new_id: int | None = None
    ) -> DecoderState:
        """Return the state of hypothesis i out of the stacked states or of one for each hypothesis."""
        if not isinstance(state, DecoderState):
            return state[i]
        memory, num_utterances = state.memory, len(state.memory.keys)
        if num_utterances > 1:
            memory = memory.utterance(i * num_utterances // len(state.attention))
        return state.select(slice(i, i + 1), memory)

    def batch_select_state(self, state: DecoderState, best_ids: torch.Tensor) -> DecoderState:
        """Reorder the hypotheses within their utterances.

        Args:
            state: Of B * K hypotheses.
            best_ids: (B, K) values hypothesis * V + unit, hypotheses counted within the utterance.

        Returns:
            The state of the chosen hypotheses.
        """
        chosen = extended_hypotheses(best_ids, num_units=self.odim, num_hypotheses=len(state.attention))
        return replace(state.select(chosen, state.memory), origins=chosen)
