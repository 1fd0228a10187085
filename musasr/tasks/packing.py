"""A training's folder as one file that anyone can use: ours, which `open_model` opens, or ESPnet's."""

import contextlib
import io
import json
import os
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from musasr import __version__
from musasr.atomic import read_json, replacing
from musasr.corpora.readers import LICENCES, each_corpus
from musasr.errors import ConfigError, StateError
from musasr.plugins import KIND_KEY, SEVERAL
from musasr.recipe import config as configuration
from musasr.recipe.packs import open_model, write_pack
from musasr.tasks import checkpoints, export
from musasr.tasks.folder import CONFIG_FILE, RECIPE_FILE, WEIGHTS_FILE, recipe_of, workdir_of
from musasr.text import Units

# Of ESPnet's options, what says where the training's data and outputs were: of no use elsewhere.
LEFT_OUT = ("output_dir", "init_param", "ngpu", "num_workers")
# What ESPnet's inference classes call the two files of a part.
ESPNETS_NAMES = {
    "separator": ("train_config", "model_file"),
    "recognizer": ("asr_train_config", "asr_model_file"),
    "joint": ("asr_train_config", "asr_model_file"),
}
UNITS_DIR = "data/units"  # from the folder that holds exp, in a pack
CARD = """\
# {name}

{what} at {rate} Hz, trained by musasr {version} from scratch: {speech} (speech; {speech_licence}),
{music} (music; {music_licence}).

    musasr separate song.wav --model {file} -o out        # where it has a separator
    musasr transcribe film.mkv --model {file} -o out      # where it has a recogniser

`model/recipe.yaml` is the whole configuration, `model/config.yaml` ESPnet's options, `model/model.pth` the
weights: tensors alone, nothing in them is run. `pack.json` has the checksum of each file.

## Results

{results}
"""


def pack(directory: Path, output: Path) -> None:
    """Write a training's folder as one file, and see that it opens and that its model can be built.

    Raises:
        ConfigError: The output is there already.
        StateError: The training is not finished, or a file of it is broken.
    """
    _refuse_existing(output)
    checkpoints.load(directory)
    name = directory.resolve().name
    settings = configuration.load_resolved(directory / CONFIG_FILE)
    units = _units_dir(directory, settings)
    found = _results_of(directory)
    files: dict[str, bytes | Path] = {
        "README.md": _card(directory, name, output, found).encode(),
        "model/config.yaml": _yaml(_portable(settings, units)),
        "model/recipe.yaml": (directory / RECIPE_FILE).read_bytes(),
        "model/model.pth": directory / WEIGHTS_FILE,
    }
    if found is not None:
        files["results.json"] = (json.dumps(found, indent=2, ensure_ascii=False) + "\n").encode()
    if units is not None:
        files |= {f"units/{one}": units / one for one in ("tokens.txt", "bpe.model")}
    with replacing(output) as temporary:
        write_pack(temporary, files, name=name)
        with open_model(temporary) as folder:
            checkpoints.load_model(folder)


def pack_for_espnet(directory: Path, output: Path) -> str:
    """Write a training's folder in ESPnet's packed form, and return which part of a system it is.

    Raises:
        ConfigError: The output is there already.
        StateError: The training is not finished.
    """
    from espnet2.main_funcs import pack_funcs

    _refuse_existing(output)
    if output.suffix != ".zip":
        raise ConfigError("ESPnet knows a pack by its ending", where=output, mend="name a file .zip")
    directory, output = directory.resolve(), output.resolve()
    part = _part_of(checkpoints.load(directory))
    with tempfile.TemporaryDirectory(prefix="musasr-pack-") as folder, _working_in(folder):
        export.export(directory, part, Path("model"))  # ESPnet stores paths from the current directory
        config, weights = (Path("model") / name for name in (CONFIG_FILE, WEIGHTS_FILE))
        config_name, weights_name = ESPNETS_NAMES[part]
        others = sorted(one for one in Path("model").iterdir() if one not in (config, weights))
        with replacing(output) as temporary, contextlib.redirect_stdout(io.StringIO()):
            pack_funcs.pack({weights_name: weights}, {config_name: config}, temporary, others)
    return part


@contextlib.contextmanager
def _working_in(folder: str) -> Iterator[None]:
    """Make a folder the current one; what the system refuses meanwhile still names its whole path."""
    with contextlib.chdir(folder):
        try:
            yield
        except OSError as error:
            if error.filename is not None:
                error.filename = os.path.abspath(error.filename)
            raise


def _part_of(weights: checkpoints.Weights) -> str:
    held = {part for prefix, part in export.OURS.items() if any(name.startswith(prefix) for name in weights)}
    return held.pop() if len(held) == 1 else "joint"


def _refuse_existing(output: Path) -> None:
    if output.exists():
        raise ConfigError("is there already", where=output, mend="name another file, or remove it")


def _units_dir(directory: Path, settings: Mapping[str, Any]) -> Path | None:
    """Where the units of a model lie; None where it has no recogniser."""
    if "asr" not in settings.get("subtask_series", ()):
        return None
    named = (settings.get("preprocessor_conf") or {}).get("units_dir")
    beside = workdir_of(directory).units
    found = next(
        (one for one in (beside, named and Path(named)) if one and (one / "tokens.txt").is_file()), None
    )
    if found is None:
        raise StateError("its units are not there", where=beside, mend="run musasr prepare units")
    return found


def _portable(settings: Mapping[str, Any], units: Path | None) -> dict[str, Any]:
    """ESPnet's options without what is true of one machine alone; the units are written out."""
    kept = {
        key: value
        for key, value in settings.items()
        if key not in LEFT_OUT and not key.endswith(("_data_path_and_name_and_type", "_shape_file"))
    }
    mixing = dict((settings.get("preprocessor_conf") or {}).get("mixing") or {})
    for key in ("train_music_dir", "dev_music_dir"):
        mixing.pop(key, None)
    kept["preprocessor_conf"] = {"units_dir": UNITS_DIR if units else None, "mixing": mixing or None}
    if units is not None:
        kept["token_list"] = list(Units.load(units).tokens)
    return kept


def _yaml(values: Mapping[str, Any]) -> bytes:
    return yaml.safe_dump(dict(values), sort_keys=False, allow_unicode=True).encode()


def _results_of(directory: Path) -> dict[str, Any] | None:
    """What results.json of its working directory says of this system; None where there is none."""
    path = workdir_of(directory).results / "results.json"
    if not path.is_file():
        return None
    results = read_json(path, mend="run musasr report again", keys=("systems",))
    return next((one for one in results["systems"] if _name_of(one) == directory.resolve().name), None)


def _name_of(entry: Mapping[str, Any]) -> str:
    ends = f"{entry['front_end']}+{entry['back_end']}"
    has_both = "none" not in (entry["front_end"], entry["back_end"])
    return f"{ends}:{entry['fine_tune']}" if has_both else ends


def _card(directory: Path, name: str, output: Path, found: Mapping[str, Any] | None) -> str:
    recipe = recipe_of(directory)
    part = _part_of(checkpoints.load(directory))
    what = {"joint": "A separator and the recogniser behind it"}.get(part, f"A {part}")
    kinds, licences = {}, {}
    for section in ("speech", "music"):
        corpora = [str(one[KIND_KEY]) for _, one in each_corpus(recipe[section], where=section)]
        named = [kind for kind in corpora if kind != SEVERAL]
        kinds[section] = ", ".join(named)
        told = dict.fromkeys(LICENCES.get(kind, "its licence is for its owner to say") for kind in named)
        licences[f"{section}_licence"] = "; ".join(told)
    return CARD.format(
        name=name,
        what=what,
        rate=recipe["sampling_rate"],
        version=__version__,
        file=output.name,
        results=_table(found),
        **kinds,
        **licences,
    )


def _table(found: Mapping[str, Any] | None) -> str:
    if found is None:
        return "None: it was packed before it was measured."
    rows = ["| test music | SNR, dB | WER, % | SI-SDR, dB | utterances |", "|---|---|---|---|---|"]
    for one in found["results"]:
        snr = "clean" if one["snr_db"] is None else f"{one['snr_db']:g}"
        figures = [one.get(key) for key in ("wer", "si_sdr")]
        cells = ["-" if figure is None else f"{figure:.1f}" for figure in figures]
        rows.append(
            f"| {one['genre'] or one['test_set']} | {snr} | {' | '.join(cells)} | {one['num_utterances']} |"
        )
    return "\n".join(rows)
