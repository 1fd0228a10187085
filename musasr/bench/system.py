"""A whole system, separator and recogniser, on a batch; ESPnet's parts, utterance by utterance, beside it."""

import copy
import functools
from pathlib import Path

import torch
from espnet2.asr.decoder.rnn_decoder import RNNDecoder
from espnet2.enh.decoder.conv_decoder import ConvDecoder
from espnet2.enh.encoder.conv_encoder import ConvEncoder
from espnet2.enh.separator.tcn_separator import TCNSeparator
from espnet2.legacy.nets.beam_search import BeamSearch
from torch import Tensor, nn

from musasr.bench.recognition import ENCODED_PER_SECOND, LEAST, SHARPER, best_of, largest_difference
from musasr.bench.separation import ESPNET, full_float32
from musasr.bench.timing import OURS, Work
from musasr.joint import JointModel
from musasr.recipe.config import CONF
from musasr.recipe.run import Asked, Run
from musasr.recognition.separation import InBfloat16, Separator, separate_in_parts
from musasr.recognizers.search import build_search, recognize_batch
from musasr.tasks import options
from musasr.tasks.building import build
from musasr.text import BLANK, SOS_EOS, UNKNOWN
from musasr.training.precision import has_bfloat16

SYSTEM = "time+mixture:both"
UNITS_PER_SECOND = 5.0  # of speech; random weights would end at once, or never
RATIO = UNITS_PER_SECOND / ENCODED_PER_SECOND


def system_work(
    *,
    num_utterances: int,
    seconds: float,
    device: str = "cpu",
    recipe: str = "csj_anime",
    beam_size: int = 10,
) -> Work:
    """Mixtures to units, with random weights that both sides share.

    Args:
        num_utterances: A batch of ours; one after the other for ESPnet, as its inference takes them.
        seconds: Of each.
        device: Where to compute.
        recipe: Of whose sizes, a configuration of conf/.
        beam_size: Hypotheses kept.
    """
    model, values, config = random_system(recipe, device)
    rate = config["sampling_rate"]
    generator = torch.Generator().manual_seed(1)
    mixtures = 0.1 * torch.randn(num_utterances, round(seconds * rate), generator=generator).to(device)
    read = {"num_samples": config["decode"]["separate_seconds"] * rate, "beam_size": beam_size}
    peer = _Espnet(model, values, beam_size).to(device).eval()
    run_ours = functools.partial(read_mixtures, model, mixtures, **read)

    @torch.no_grad()
    def run_theirs() -> list[tuple[list[int], float]]:
        return [peer(mixture[None], RATIO) for mixture in mixtures]

    ways = {OURS: run_ours, ESPNET: run_theirs}
    if has_bfloat16(on_gpu=device != "cpu"):
        ways[f"{OURS}, bfloat16"] = functools.partial(run_ours, separator=InBfloat16(model))
    with full_float32():
        difference = largest_difference(run_ours(), run_theirs())
    return Work(
        title=f"separation and recognition, beam {beam_size}, {num_utterances} x {seconds:g} s",
        ways=ways,
        difference=difference,
        unit="largest difference of a score; infinite where a hypothesis differs",
        audio_seconds=num_utterances * seconds,
    )


def random_system(recipe: str, device: str) -> tuple[JointModel, dict, dict]:
    """A joint system of a recipe's sizes with random weights, ESPnet's options of it, and the recipe."""
    run = Run.of(Asked(config=CONF / f"{recipe}.yaml", workdir=Path(), systems=SYSTEM))
    torch.manual_seed(0)
    values = options.options_of(run, run.trainings[SYSTEM])
    values["token_list"] = _units(run.config["units"]["num_units"])
    args = options.to_namespace(values, where="bench")
    model = build(args, where="bench").to(device).eval()
    with torch.no_grad():
        for parameter in model.s2t_model.decoder.parameters():
            parameter.mul_(SHARPER)
    return model, values, run.config


@torch.inference_mode()
def read_mixtures(
    model: JointModel,
    mixtures: Tensor,
    *,
    num_samples: float,
    beam_size: int,
    separator: Separator | None = None,
) -> list[tuple[list[int], float]]:
    """Separate and recognise, as recognition does; the units and the score of each.

    Args:
        model: The system.
        mixtures: (B, T).
        num_samples: Separated at once.
        beam_size: Hypotheses kept.
        separator: What separates; None: the model itself.
    """
    lengths = torch.full((len(mixtures),), mixtures.shape[1], device=mixtures.device)
    estimates = separate_in_parts(separator or model, mixtures, lengths, num_samples=num_samples)
    encoded, frames = model.s2t_model.encode(model.pick(estimates, "speech"), lengths)
    search = build_search(model.s2t_model, beam_size=beam_size)
    found = recognize_batch(search, encoded, frames, maxlenratio=RATIO, minlenratio=LEAST * RATIO)
    return [(one.token_ids, one.score) for one in found]


class _Espnet(nn.Module):
    """Our model with ESPnet's own classes in the place of ours, where it has them."""

    def __init__(self, model: JointModel, values: dict, beam_size: int):
        super().__init__()
        self.model = copy.deepcopy(model)
        part, asr = self.model.enh_model, self.model.s2t_model
        coding = {key: value for key, value in values["enh_encoder_conf"].items() if key != "init"}
        masking = values["enh_separator_conf"]
        theirs = {
            "encoder": ConvEncoder(**coding),
            "separator": TCNSeparator(part.encoder.output_dim, num_spk=2, norm_type="gLN", **masking),
            "decoder": ConvDecoder(**coding),
        }
        for name, module in theirs.items():
            module.load_state_dict(getattr(part, name).state_dict())
            setattr(part, name, module)
        decoder = RNNDecoder(asr.vocab_size, asr.encoder.output_size(), **values["asr_decoder_conf"])
        decoder.load_state_dict(asr.decoder.state_dict())
        self.search = BeamSearch(
            {"decoder": decoder}, {"decoder": 1.0}, beam_size=beam_size, vocab_size=asr.vocab_size,
            sos=asr.sos, eos=asr.eos, pre_beam_score_key="full",
        )  # fmt: skip

    def forward(self, mixture: Tensor, ratio: float) -> tuple[list[int], float]:
        """The units and the score of a mixture (1, T)."""
        lengths = torch.full((1,), mixture.shape[1], device=mixture.device)
        speech = self.model.pick(self.model.separate(mixture, lengths), "speech")
        return best_of(self.search, self.model.s2t_model.encode(speech, lengths)[0][0], ratio)


def _units(number: int | None) -> list[str]:
    return [BLANK, UNKNOWN, *(f"u{index}" for index in range((number or 100) - 3)), SOS_EOS]
