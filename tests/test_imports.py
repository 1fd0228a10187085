"""The rooms' walls that import-linter cannot see: it knows other packages by their first name only."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from musasr.atomic import write_json
from musasr.cli.systems import SYSTEMS
from musasr.corpora.tagged import Track, write_tracks
from musasr.recipe import done_marks
from musasr.recipe.config import CONF, load

PACKAGE = Path(__file__).parents[1] / "musasr"
SLOW = ("torch", "espnet2", "lightning")  # packages that take seconds to import


def imported_modules(path: Path) -> Iterator[str]:
    """The full name of every module that a file imports, anywhere in it."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def importers(prefixes: tuple[str, ...]) -> set[str]:
    """The rooms that import any module of these names."""
    return {
        path.relative_to(PACKAGE).parts[0]
        for path in PACKAGE.rglob("*.py")
        for module in imported_modules(path)
        if module.startswith(prefixes)
    }


def test_only_tasks_and_the_reader_of_foreign_models_import_espnet_tasks():
    # They take ten seconds to import, and some try to reach the network.
    assert importers(("espnet2.tasks", "espnet3")) == {"tasks", "recognizers"}
    assert importers(("espnet2.bin",)) == {"bin"}


def test_no_module_reads_kaldi_files_with_a_reader_that_opens_a_shell():
    assert importers(("kaldiio", "espnet2.fileio", "omniio")) == set()


@pytest.mark.parametrize(
    "module",
    [
        "musasr.cli.main",
        "musasr.recipe.config",
        "musasr.kaldi",
        "musasr.audio",
        *(f"musasr.{system}.stages" for system in SYSTEMS),
        "musasr.classification.folder",
        "musasr.lass.report",
        "musasr.looking_to_listen.results",
        "musasr.looking_to_listen.table",
        "musasr.report.results",
    ],
)
def test_light_modules_do_not_load_torch(module, run_python):
    assert run_python(f"import sys, {module}; print('torch' in sys.modules)") == "False"


def test_a_foreign_recognisers_packages_are_imported_when_one_is_opened(run_python):
    packages = ("espnet2.tasks", "faster_whisper", "transformers")
    code = f"import sys, musasr.recognizers.open_reader; print([one in sys.modules for one in {packages}])"
    assert run_python(code) == "[False, False, False]"


def test_what_reads_and_searches_imports_our_recogniser_and_no_other(run_python):
    """ESPnet's other decoders take seconds, and write a line on the user's screen."""
    rooms = "musasr.recognizers.espnet_reader, musasr.recognizers.espnet_search"
    code = f"import sys, {rooms}; print('espnet2.asr.espnet_model' in sys.modules)"
    assert run_python(code) == "False"


def run_finished(run_python, *words: object, first: str = "") -> str:
    """The exit status of a command that finds its work done, and what of `SLOW` it has loaded."""
    code = f"""
import sys
from musasr.cli.main import main
{first}
status = main({[str(word) for word in words]})
print([status] + [one for one in {SLOW} if one in sys.modules])
"""
    return run_python(code).splitlines()[-1]


@pytest.mark.parametrize(
    "words",
    [
        ("prepare", "speech"),
        ("prepare", "music"),
        ("prepare", "units"),
        ("train", "separators"),
        ("train", "recognizers"),
        ("train", "joint"),
        ("recognize",),
        ("report",),
    ],
    ids=" ".join,
)
def test_a_finished_stage_loads_nothing_that_takes_seconds(words, smoke_workdir, run_python):
    conf = ("--config", CONF / "smoke.yaml", "--workdir", smoke_workdir)
    assert run_finished(run_python, *words, *conf) == "[0]"


@pytest.fixture
def finished_workdir(tmp_path) -> Path:
    """The few files by which the systems beside the paper's see that a corpus and trainings are there."""
    variants = load(CONF / "music_tags_smoke.yaml")["variants"]
    for folder in ("data", "data/faces", "data/music", *(f"exp/{name}" for name in variants)):
        write_json(tmp_path / folder / done_marks.MARK, {"settings": {}})
    for name in ("train", "dev", "test"):
        track = Track(name, tmp_path / "a.wav", title=name, station="party")
        write_tracks(tmp_path / "data" / "music" / name, [track])
    return tmp_path


@pytest.mark.parametrize(
    ("verb", "system"),
    [
        *(("prepare", system) for system in SYSTEMS),
        *(("train", system) for system in SYSTEMS),
        ("evaluate", "lass"),
        ("evaluate", "music_tags"),
    ],
)
def test_finished_work_of_another_system_loads_nothing_that_takes_seconds(
    verb, system, finished_workdir, run_python
):
    conf = ("--config", CONF / f"{system}_smoke.yaml", "--workdir", finished_workdir)
    done = "from musasr.recipe import done_marks; done_marks.is_done = lambda *_: True"
    assert run_finished(run_python, verb, system, *conf, first=done) == "[0]"
