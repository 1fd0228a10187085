"""The rooms' walls that import-linter cannot see: it knows other packages by their first name only."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "musasr"


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
    "module", ["musasr.cli.main", "musasr.recipe.config", "musasr.kaldi", "musasr.audio"]
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
