"""``musasr export``: a trained part, or a joint system, for ESPnet's own inference classes and packs."""

import argparse
import shlex
from pathlib import Path

# What to do with the files: Python, then the shell.
PYTHON = {
    "separator": """\
    from espnet2.bin.enh_inference import SeparateSpeech
    speech, music = SeparateSpeech({config!r}, {model!r})(mixture, fs={rate})  # all (1, T)""",
    "recognizer": """\
    import yaml
    from espnet2.bin.asr_inference import Speech2Text
    search = yaml.safe_load(open({search!r}))
    recognize = Speech2Text({config!r}, {model!r}, **search)
    text, *_ = recognize(speech)[0]  # speech (T,)""",
    "joint": """\
    import yaml
    from espnet2.bin.asr_inference import Speech2Text
    search = yaml.safe_load(open({search!r}))
    recognize = Speech2Text({config!r}, {model!r}, enh_s2t_task=True, **search)
    text, *_ = recognize(mixture)[0][0]  # mixture (T,)""",
}
ASR_FILES = "--asr_train_config {config} --asr_model_file {model}"
SHELL = {
    "separator": "{bin}.enh_inference --fs {rate} --train_config {config} --model_file {model}",
    "recognizer": "{bin}.asr_inference --config {search} " + ASR_FILES,
    "joint": "{bin}.asr_inference --enh_s2t_task true --config {search} " + ASR_FILES,
}
PACK = {
    "separator": "enh --train_config {config} --model_file {model}",
    "recognizer": "asr " + ASR_FILES + " --option {units} --option {search}",
    "joint": "asr " + ASR_FILES + " --option {units} --option {search}",
}
FIRST = "    import musasr.tasks.registry  # first: ESPnet then knows our classes\n"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.add_argument(
        "part", choices=list(PYTHON), help="which part of the model; joint: both, one behind the other"
    )
    parser.add_argument("--model", type=Path, required=True, metavar="DIR", help="such as work/mini/exp/time")
    parser.add_argument(
        "--output", type=Path, required=True, metavar="DIR", help="gets the files; none of musasr's folders"
    )
    parser.add_argument(
        "--espnet_only",
        action="store_true",
        help="a Conv-TasNet separator as ESPnet's own classes, which load without musasr; its level is free",
    )


def run(args: argparse.Namespace) -> None:
    """Write the files and say what to do with them."""
    from musasr.tasks.export import export
    from musasr.tasks.folder import recipe_of

    rate = recipe_of(args.model)["sampling_rate"]
    export(args.model, args.part, args.output, espnet_only=args.espnet_only)
    print(usage(args.part, args.output, sampling_rate=rate, espnet_only=args.espnet_only))


def usage(part: str, output: Path, *, sampling_rate: int, espnet_only: bool = False) -> str:
    """How to load, run and pack an exported folder, as Python and shell commands."""
    files = {"config": "config.yaml", "model": "model.pth", "units": "bpe.model", "search": "decode.yaml"}
    files = {key: str(output / name) for key, name in files.items()}
    words = {key: shlex.quote(path) for key, path in files.items()}
    package = "espnet2.bin" if espnet_only else "musasr.bin"
    archive = shlex.quote(f"{output.name}.zip")
    pack = f"python -m espnet2.bin.pack {PACK[part].format(**words)} --outpath {archive}"
    if not output.resolve().is_relative_to(Path.cwd()):
        pack = "(export into a folder below the current directory: ESPnet packs no other whole)"
    return "\n".join(
        [
            f"{output}: the {part}{' system' * (part == 'joint')} for ESPnet, which takes it in Python:",
            ("" if espnet_only else FIRST) + PYTHON[part].format(**files, rate=sampling_rate),
            "in the shell (with ESPnet's options for data and output):",
            "    python -m " + SHELL[part].format(**words, bin=package, rate=sampling_rate),
            "and as a pack, made in this directory:",
            f"    {pack}",
        ]
    )
