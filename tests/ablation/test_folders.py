"""Variants share what their changes do not touch, and nothing else."""

import pytest
from runs import make_run, mark_trained

from musasr.ablation.folders import lay_out
from musasr.recipe.workdir import Workdir

SYSTEMS = "none+clean,time+mixture:both"


@pytest.fixture
def trained(tmp_path):
    """A working directory in which everything of the recipe is trained."""
    run = make_run(tmp_path / "work", systems=SYSTEMS)
    for name in run.trainings:
        directory = run.workdir.training(name)
        for part in ("decode", "checkpoints"):
            (directory / part).mkdir(parents=True)
            (directory / part / "file").write_text("its own")
        (directory / "model.pth").write_text(name)
    return mark_trained(run).workdir


@pytest.fixture
def shared_trainings(trained, tmp_path):
    """A function: which trainings a variant with these settings takes over."""

    def lay(*settings):
        variant = make_run(tmp_path / "variant", "mini", *settings, systems=SYSTEMS)
        lay_out(variant, shared=Workdir(tmp_path / "shared"), trained=trained)
        return {name for name in variant.trainings if variant.is_trained(name)}

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
