"""ESPnet recognisers in small: random weights, ESPnet's own configuration and file layout."""

from pathlib import Path

import torch
import yaml

TOKENS = ["<blank>", "<unk>", "▁", "▁ne", "ko", "▁ga", "i", "ru", "▁to", "a", "<sos/eos>"]
ENCODERS = {
    "transformer": {"output_size": 16, "attention_heads": 2, "linear_units": 16, "num_blocks": 1},
    "conformer": {
        "output_size": 16,
        "attention_heads": 2,
        "linear_units": 16,
        "num_blocks": 1,
        "cnn_module_kernel": 3,
    },
    "rnn": {"num_layers": 1, "hidden_size": 8, "output_size": 16},
}
DECODERS = {
    "transformer": {"attention_heads": 2, "linear_units": 16, "num_blocks": 1},
    "rnn": {"num_layers": 1, "hidden_size": 8, "att_conf": {"atype": "location", "adim": 8}},
    None: {},
}


def settings_of(*, encoder="transformer", decoder="transformer", ctc_weight=0.5, **more) -> dict:
    """A configuration as ESPnet writes it beside its weights."""
    from espnet2.tasks.asr import ASRTask

    settings = vars(ASRTask.get_parser().parse_args([])) | {
        "token_list": TOKENS,
        "token_type": "bpe",
        "frontend_conf": {"n_fft": 512, "hop_length": 160, "n_mels": 20, "fs": "16k"},
        "encoder": encoder,
        "encoder_conf": dict(ENCODERS[encoder]),
        "decoder": decoder,
        "decoder_conf": dict(DECODERS[decoder]),
        "model_conf": {"ctc_weight": ctc_weight},
        "init": "xavier_uniform",
    }
    return settings | more


def save(folder: Path, settings: dict, *, seed: int = 1) -> Path:
    """exp/<name> of ESPnet: config.yaml and the average of the best epochs."""
    from argparse import Namespace

    from espnet2.tasks.asr import ASRTask

    folder.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(seed)
    model = ASRTask.build_model(Namespace(**settings | {"init": None}))
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if name.startswith(("decoder", "ctc")):
                parameter.mul_(4)  # a random model that prefers something
    (folder / "config.yaml").write_text(yaml.safe_dump(settings, allow_unicode=True))
    torch.save(model.state_dict(), folder / "valid.acc.ave.pth")
    torch.save({"model": {}, "optimizers": [{"lr": 1}]}, folder / "checkpoint.pth")
    return folder
