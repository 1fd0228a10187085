"""Beam search of the paper's recogniser over a batch, ESPnet's search with its decoder beside it."""

import torch
from espnet2.asr.ctc import CTC
from espnet2.asr.decoder.rnn_decoder import RNNDecoder
from espnet2.asr.espnet_model import ESPnetASRModel
from espnet2.legacy.nets.beam_search import BeamSearch
from torch import Tensor

from musasr.bench.separation import ESPNET
from musasr.bench.timing import OURS, Work
from musasr.recognizers.decoder import LocationAttentionDecoder
from musasr.recognizers.encoder import ConvBlstmEncoder
from musasr.recognizers.features import LogMelFrontend
from musasr.recognizers.search import build_search, recognize_batch

ENCODED_PER_SECOND = 25  # 10 ms frames, two strides of 2
LEAST = 0.95  # of the most units: of hypotheses that have to end at one place none may, and both search again
SHARPER = 3.0  # times random weights of a decoder, which then prefers something
PAPER = {"encoder": 640, "hidden": 320, "adim": 320, "channels": 10, "taps": 100, "num_units": 9515}


def search_work(
    *,
    num_utterances: int,
    seconds: float,
    beam_size: int,
    device: str = "cpu",
    sizes: dict | None = None,
    units_per_second: float = 5.0,
) -> Work:
    """Hypotheses of encoded utterances, without CTC as in the paper; so many units as speech has.

    Args:
        num_utterances: Searched as one batch by us, one after the other by ESPnet.
        seconds: Of each.
        beam_size: Hypotheses kept.
        device: Where to compute.
        sizes: See ``PAPER``; None: those.
        units_per_second: Of speech; random weights would end at once, or never.
    """
    sizes = sizes or PAPER
    model = _model(sizes).to(device).eval()
    theirs = _espnet_decoder(model, sizes).to(device).eval()
    generator = torch.Generator().manual_seed(1)
    num_frames = round(seconds * ENCODED_PER_SECOND)
    encoded = torch.randn(num_utterances, num_frames, sizes["encoder"], generator=generator).to(device)
    lengths = torch.full((num_utterances,), num_frames, device=device)
    ratio = units_per_second / ENCODED_PER_SECOND
    ours = build_search(model, beam_size=beam_size)
    search = BeamSearch(
        {"decoder": theirs}, {"decoder": 1.0}, beam_size=beam_size, vocab_size=sizes["num_units"],
        sos=model.sos, eos=model.eos, pre_beam_score_key="full",
    ).to(device).eval()  # fmt: skip

    def run_ours() -> list[tuple[list[int], float]]:
        found = recognize_batch(ours, encoded, lengths, maxlenratio=ratio, minlenratio=LEAST * ratio)
        return [(one.token_ids, one.score) for one in found]

    @torch.no_grad()
    def run_theirs() -> list[tuple[list[int], float]]:
        return [best_of(search, one, ratio) for one in encoded]

    return Work(
        title=f"beam {beam_size}, {num_utterances} x {seconds:g} s, {sizes['num_units']:,} units",
        ways={OURS: run_ours, ESPNET: run_theirs},
        difference=largest_difference(run_ours(), run_theirs()),
        unit="largest difference of a score; infinite where a hypothesis differs",
        audio_seconds=num_utterances * seconds,
    )


def _model(sizes: dict) -> ESPnetASRModel:
    torch.manual_seed(0)
    frontend = LogMelFrontend()
    tokens = ["<blank>", "<unk>", *(f"u{index}" for index in range(sizes["num_units"] - 3)), "<sos/eos>"]
    encoder = ConvBlstmEncoder(frontend.output_size(), conv_channels=4, num_layers=1, hidden_size=8)
    decoder = LocationAttentionDecoder(len(tokens), sizes["encoder"], **_decoder_sizes(sizes))
    with torch.no_grad():
        for parameter in decoder.parameters():
            parameter.mul_(SHARPER)
    return ESPnetASRModel(
        len(tokens), tokens, frontend, None, None, None, encoder, None, decoder,
        CTC(len(tokens), encoder.output_size()), None,
        ctc_weight=0.0, lsm_weight=0.1, report_cer=False, report_wer=False,
    )  # fmt: skip


def _espnet_decoder(model: ESPnetASRModel, sizes: dict) -> RNNDecoder:
    options = _decoder_sizes(sizes)
    options["att_conf"] = {"atype": "location", **options["att_conf"]}
    decoder = RNNDecoder(sizes["num_units"], sizes["encoder"], **options)
    decoder.load_state_dict(model.decoder.state_dict())
    return decoder


def _decoder_sizes(sizes: dict) -> dict:
    attention = {"adim": sizes["adim"], "aconv_chans": sizes["channels"], "aconv_filts": sizes["taps"]}
    return {"num_layers": 2, "hidden_size": sizes["hidden"], "att_conf": attention}


def best_of(search: BeamSearch, encoded: Tensor, ratio: float) -> tuple[list[int], float]:
    """The units and the score of an utterance's best hypothesis, of so many units for each encoded frame."""
    best = search(encoded, maxlenratio=ratio, minlenratio=LEAST * ratio)[0]
    return [unit for unit in best.yseq.tolist() if unit != search.eos], float(best.score)


def largest_difference(ours: list[tuple[list[int], float]], theirs: list[tuple[list[int], float]]) -> float:
    """Of the scores of two lists of hypotheses; infinite where units differ."""
    if [units for units, _ in ours] != [units for units, _ in theirs]:
        return float("inf")
    return max(abs(one - other) for (_, one), (_, other) in zip(ours, theirs, strict=True))
