"""Variants share what their changes do not touch, and nothing else."""

import pytest

from musasr.ablation.folders import lay_out
from musasr.recipe import config, done_marks
from musasr.recipe.systems import parse_systems
from musasr.recipe.training_graph import trainings_for
from musasr.recipe.workdir import Workdir

SYSTEMS = parse_systems("none+clean,time+mixture:both")
MINI = config.CONF / "mini.yaml"


@pytest.fixture
def trained(tmp_path):
    """A working directory in which everything of the recipe is trained."""
    recipe, workdir = config.load(MINI), Workdir(tmp_path / "work")
    for name, training in trainings_for(SYSTEMS, recipe).items():
        directory = workdir.training(name)
        for part in ("decode", "checkpoints"):
            (directory / part).mkdir(parents=True)
            (directory / part / "file").write_text("its own")
        (directory / "model.pth").write_text(name)
        done_marks.mark_done(directory, training.settings(recipe, trainings_for(SYSTEMS, recipe)))
    return workdir


@pytest.fixture
def shared_trainings(trained, tmp_path):
    """A function: which trainings a variant with these settings takes over."""

    def lay(*settings):
        recipe, variant = config.load(MINI, settings=settings), Workdir(tmp_path / "variant")
        trainings = trainings_for(SYSTEMS, recipe)
        lay_out(variant, trainings, recipe, shared=Workdir(tmp_path / "shared"), trained=trained)
        return {
            name
            for name, one in trainings.items()
            if done_marks.is_done(variant.training(name), one.settings(recipe, trainings))
        }

    return lay


def test_a_change_of_the_joint_training_leaves_its_parents(shared_trainings):
    assert shared_trainings("training.joint.max_epoch=7") == {"time", "none+clean", "none+mixture"}


def test_a_change_of_the_recogniser_leaves_the_separator(shared_trainings):
    assert shared_trainings("models.recognizer.asr_model_conf.ctc_weight=0.3") == {"time"}


def test_a_change_of_decoding_leaves_all_trainings_and_shares_no_hypothesis(shared_trainings, tmp_path):
    assert len(shared_trainings("decode.beam_size=2")) == 4
    folder = tmp_path / "variant" / "exp" / "time+mixture:both"
    assert sorted(entry.name for entry in folder.iterdir()) == ["done.json", "model.pth"]
    assert (folder / "model.pth").read_text() == "time+mixture:both"


def test_what_a_variant_has_trained_itself_stays(shared_trainings, tmp_path):
    own = tmp_path / "variant" / "exp" / "time" / "checkpoints"
    own.mkdir(parents=True)
    assert "time" not in shared_trainings()
    assert own.is_dir()
    assert list(own.parent.iterdir()) == [own]
