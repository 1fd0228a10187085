"""Recipes: folders of numbered scripts, those of egs/ and one that a test makes, through the shell."""

import os
import re
import time
from pathlib import Path

import pytest
from script_folder import ROOT, ScriptFolder, value_of

RECIPES = sorted(path.name for path in (ROOT / "egs").iterdir() if path.is_dir())
OWN_STAGE = """#!/usr/bin/env bash
# Does something of its own.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/path.sh"
. utils/stages.sh
parse_options "$@"

if in_stage "faces -> tracks"; then
    run_musasr prepare faces
fi
"""
RUN_SH = f"""#!/usr/bin/env bash
exec "{ROOT}/run.sh" --recipe "$(dirname "${{BASH_SOURCE[0]}}")" "$@"
"""
WORKDIR = ("--workdir", "w x")


@pytest.fixture
def folder(tmp_path):
    return ScriptFolder(tmp_path)


def write_script(path: Path, text: str) -> None:
    path.write_text(text)
    path.chmod(0o755)


@pytest.fixture
def another(folder):
    """A recipe outside of the repository: a stage of its own, and three links, under other numbers."""
    recipe = folder.path / "look and listen"
    (recipe / "conf").mkdir(parents=True)
    (recipe / "conf" / "look and listen.yaml").write_text("{}\n")
    (recipe / "path.sh").write_text(f'. "{ROOT}/egs/common.sh"\n')
    write_script(recipe / "run.sh", RUN_SH)
    write_script(recipe / "02_find_faces.sh", OWN_STAGE)
    stages = ROOT / "egs" / "csj_anime"
    for name, script in (
        ("1_prepare.sh", "1_prepare_speech.sh"),
        ("10_train.sh", "4_train_separators.sh"),
        ("12_join.sh", "6_finetune_joint.sh"),
    ):
        (recipe / name).symlink_to(stages / script)
    return recipe


def commands(folder: ScriptFolder) -> list[str]:
    return [" ".join(call[: call.index("--config")]) for call in folder.calls()]


@pytest.mark.parametrize("recipe", RECIPES)
def test_a_recipe_has_what_a_reader_looks_for(recipe):
    names = {path.name for path in (ROOT / "egs" / recipe).iterdir()}
    assert {"run.sh", "path.sh", "README.md", "RESULTS.md"} <= names
    assert any(re.match(r"\d+_\w+\.sh$", name) for name in names)


@pytest.mark.parametrize("recipe", RECIPES)
def test_the_help_of_each_recipe_lists_its_own_stages_at_once(folder, recipe):
    started = time.monotonic()
    result = folder.run(f"egs/{recipe}/run.sh", "--help")
    assert time.monotonic() - started < 1.0
    assert (result.returncode, folder.calls()) == (0, [])
    assert f"Stages of {recipe}:" in result.stdout
    scripts = (ROOT / "egs" / recipe).glob("[0-9]*.sh")
    numbers = sorted(int(script.name.partition("_")[0]) for script in scripts)
    assert [int(n) for n in re.findall(r"^ *(\d+)  \S.* -> ", result.stdout, re.MULTILINE)] == numbers
    assert f"Recipes: {' '.join(RECIPES)}\n" in result.stdout


@pytest.mark.parametrize("recipe", RECIPES)
def test_each_run_sh_works_from_another_folder_and_through_a_path_with_spaces(folder, recipe):
    root = folder.path / "a check out"
    root.symlink_to(ROOT)
    result = folder.run(root / "egs" / recipe / "run.sh", *WORKDIR, "--stage", "3", "--stop_stage", "3")
    assert result.returncode == 0, result.stderr
    (call,) = folder.calls()
    assert value_of(call, "--config") == str(root / "conf" / f"{recipe}.yaml")
    assert value_of(call, "--workdir") == str(folder.path / "w x")


def test_the_default_recipe_is_mini(folder):
    assert folder.run("run.sh", *WORKDIR, "--stop_stage", "1").returncode == 0
    assert value_of(folder.calls()[0], "--config") == str(ROOT / "conf" / "mini.yaml")


def test_a_stage_script_that_is_run_alone_has_its_folders_recipe(folder):
    """The script of mini is a link to csj_anime's."""
    result = folder.run("egs/mini/5_train_recognizers.sh", *WORKDIR)
    assert result.returncode == 0, result.stderr
    (call,) = folder.calls()
    assert call[:3] == ["train", "recognizers", "--config"]
    assert value_of(call, "--config") == str(ROOT / "conf" / "mini.yaml")


def test_another_recipe_is_a_folder(folder, another):
    result = folder.run("run.sh", "--recipe", another.name + "/", *WORKDIR, "--nj", "2")
    assert result.returncode == 0, result.stderr
    assert commands(folder) == ["prepare speech", "prepare faces", "train separators joint", "train joint"]
    assert re.findall(r"^stage (\d+): (.*)", result.stdout, re.MULTILINE)[:2] == [
        ("1", "speech corpus -> data/speech/{train,dev,test}"),
        ("2", "faces -> tracks"),
    ]
    for call in folder.calls():
        assert value_of(call, "--config") == str(another / "conf" / "look and listen.yaml")
        assert value_of(call, "--nj") == "2"
    logs = {path.name for path in (folder.path / "w x" / "log").iterdir()}
    assert logs == {f"stage{n}.log" for n in (1, 2, 10, 12)}
    assert "results:" not in result.stdout


def test_another_recipes_stages_are_counted_as_numbers(folder, another):
    help_text = folder.run(another / "run.sh", "--help").stdout
    assert re.findall(r"^ *(\d+)  \S.* -> ", help_text, re.MULTILINE) == ["1", "2", "10", "12"]
    result = folder.run(another / "run.sh", *WORKDIR, "--stage", "2", "--stop_stage", "11")
    assert result.returncode == 0, result.stderr
    assert commands(folder) == ["prepare faces", "train separators"]
    wrong = folder.run(another / "run.sh", "--stage", "13")
    assert "--stage wants a whole number from 1 to 12, not '13'" in wrong.stderr


def test_another_recipes_last_stage_may_be_on_request(folder, another):
    write_script(another / "13_show.sh", OWN_STAGE.replace("in_stage ", "in_stage --on_request "))
    help_text = folder.run(another / "run.sh", "--help").stdout
    assert help_text.count("(on request)") == 1
    assert " 13  faces -> tracks (on request)\n" in help_text
    result = folder.run(another / "run.sh", *WORKDIR, "--stage", "12")
    assert result.returncode == 0, result.stderr
    assert commands(folder) == ["train joint"]
    result = folder.run(another / "run.sh", *WORKDIR, "--stage", "12", "--stop_stage", "13")
    assert "stage 13: faces -> tracks\n" in result.stdout
    assert commands(folder)[1:] == ["train joint", "prepare faces"]


def test_another_recipe_names_the_stage_that_failed(folder, another):
    result = folder.run(another / "run.sh", *WORKDIR, FAIL="train")
    assert result.returncode == 1
    assert result.stderr.endswith("--workdir 'w x' --stage 10\n")
    assert "stage 10 failed" in result.stderr


def test_stage_scripts_of_another_recipe_run_alone(folder, another):
    for script in ("02_find_faces.sh", "10_train.sh"):
        result = folder.run(another / script, "--config", "own.yaml", *WORKDIR)
        assert result.returncode == 0, result.stderr
    assert commands(folder) == ["prepare faces", "train separators"]


@pytest.mark.parametrize(
    ("recipe", "message"),
    [
        ("minni", "--recipe minni: no such recipe in egs/; did you mean mini?"),
        ("CSJ", "--recipe CSJ: no such recipe in egs/; did you mean "),
        ("$(touch pwned)", "--recipe $(touch pwned): no such recipe in egs/"),
        ("./mini", "--recipe ./mini: no such folder"),
        (".", "is no recipe; it holds no stage script, such as 1_NAME.sh"),
    ],
)
def test_an_unknown_recipe_is_one_line(folder, recipe, message):
    result = folder.run("run.sh", "--recipe", recipe)
    assert (result.returncode, result.stderr.count("\n")) == (2, 1)
    assert message in result.stderr
    assert not list(folder.path.rglob("pwned"))


def break_by_copy(recipe: Path) -> None:
    (recipe / "2_again.sh").symlink_to(recipe / "02_find_faces.sh")


def break_by_link(recipe: Path) -> None:
    (recipe / "3_gone.sh").symlink_to("nowhere.sh")


def break_by_name(recipe: Path) -> None:
    write_script(recipe / "3b_other.sh", OWN_STAGE)


def break_by_order(recipe: Path) -> None:
    write_script(recipe / "11_show.sh", OWN_STAGE.replace("in_stage ", "in_stage --on_request "))


def break_by_configuration(recipe: Path) -> None:
    (recipe / "conf" / f"{recipe.name}.yaml").unlink()


@pytest.mark.parametrize(
    ("break_it", "message"),
    [
        (break_by_copy, "2_again.sh: 02_find_faces.sh has the same number"),
        (break_by_link, "3_gone.sh: is not executable, or a link to nothing"),
        (break_by_name, "3b_other.sh: the name of a stage script is NUMBER_NAME.sh"),
        (break_by_order, "11_show.sh: is on request, and stage 12 comes after it; number it last"),
        (break_by_configuration, "there is no conf/look and listen.yaml in "),
    ],
)
def test_a_broken_recipe_is_one_line(folder, another, break_it, message):
    break_it(another)
    result = folder.run("run.sh", "--recipe", str(another), *WORKDIR)
    assert (result.returncode, result.stderr.count("\n")) == (2, 1)
    assert message in result.stderr
    assert folder.calls() == []


def test_nothing_outside_of_a_recipe_numbers_stages_or_names_the_papers():
    shell = [ROOT / "run.sh", *(ROOT / "utils").glob("*.sh"), *(ROOT / "egs").glob("*.sh")]
    for file in (*shell, *(ROOT / "musasr").rglob("*.py")):
        text = file.read_text()
        assert not re.search(r"\bstages? \d|--stage \d", text, re.IGNORECASE), file
        assert file.suffix == ".py" or "csj_anime" not in text, file


def test_mini_has_no_script_of_its_own():
    for script in (ROOT / "egs" / "mini").glob("[0-9]*.sh"):
        assert os.readlink(script) == f"../csj_anime/{script.name}"
