"""Which encoded frames each unit of a hypothesis comes from, as ESPnet's recognition model sees it."""

from collections.abc import Sequence
from functools import cached_property

import torch
from torch import Tensor, nn

from musasr.recognizers.alignment import Span, ctc_spans, even_spans, monotone_spans
from musasr.recognizers.attention_weights import lead_through
from musasr.recognizers.decoder import LocationAttentionDecoder

PROBE_SECONDS = (2.0, 6.0)  # of silence, whose numbers of encoded frames tell how long one is


class UnitAligner:
    """Aligns hypotheses with the frames that they were read from.

    By CTC where the model was trained with it. By the weights of our decoder's attention where it was not
    (the paper's recogniser): the hypothesis is fed to it once more. Else, with a decoder of ESPnet's and no
    CTC, evenly over the utterance.
    """

    def __init__(self, s2t_model: nn.Module, *, sampling_rate: int):
        """Hold a model.

        Args:
            s2t_model: ESPnet's recognition model.
            sampling_rate: Of its waveforms, Hz.
        """
        self.s2t_model = s2t_model
        self.sampling_rate = sampling_rate

    @cached_property
    def frame_seconds(self) -> float:
        """From one encoded frame to the next."""
        device = next(self.s2t_model.parameters()).device
        shorter, longer = (self._num_frames(seconds, device) for seconds in PROBE_SECONDS)
        return (PROBE_SECONDS[1] - PROBE_SECONDS[0]) / (longer - shorter)

    @torch.inference_mode()
    def __call__(self, encoded: Tensor, unit_ids: Sequence[int]) -> list[Span]:
        """The frames of each unit of an utterance.

        Args:
            encoded: The utterance's encoded frames alone (L, D).
            unit_ids: Of its hypothesis, without <sos/eos>.
        """
        if not unit_ids:
            return []
        spans = None
        if self.s2t_model.ctc is not None:
            log_probabilities = self.s2t_model.ctc.log_softmax(encoded[None])[0]
            spans = ctc_spans(log_probabilities, unit_ids, blank=self.s2t_model.blank_id)
        elif isinstance(self.s2t_model.decoder, LocationAttentionDecoder):
            spans = self._attention_spans(encoded, unit_ids)
        return even_spans(len(unit_ids), len(encoded)) if spans is None else spans

    def _attention_spans(self, encoded: Tensor, unit_ids: Sequence[int]) -> list[Span]:
        """By attention, and by the decoder's own probabilities."""
        given = [self.s2t_model.sos, *unit_ids[:-1]]
        weights, scores = lead_through(self.s2t_model.decoder, encoded, given)
        probabilities = scores[torch.arange(len(unit_ids)), list(unit_ids)].exp().tolist()
        return monotone_spans(weights.double().cpu().numpy(), probabilities)

    def _num_frames(self, seconds: float, device: torch.device) -> int:
        silence = torch.zeros(1, round(seconds * self.sampling_rate), device=device)
        with torch.inference_mode():
            _, lengths = self.s2t_model.encode(silence, torch.tensor([silence.size(1)], device=device))
        return int(lengths[0])
