"""Training choices beyond the paper: they do what they say, and off they leave no trace."""

import pytest
import torch
from runs import make_run
from small_models import batch, options

from musasr.errors import ConfigError
from musasr.recipe import config as configuration
from musasr.recipe import done_marks
from musasr.recipe.checks import load_checked
from musasr.tasks.options import read_options, write_options
from musasr.training.train import build

SPECAUG = {
    "apply_time_warp": True,
    "freq_mask_width_range": [5, 10],
    "time_mask_width_range": [10, 20],
    "replace_with_zero": False,
}


def clean_batch(*clean):
    """A batch in which some utterances have no music."""
    one = batch()
    for index in clean:
        one["speech_ref2"][index] = 0
        one["speech"][index] = one["speech_ref1"][index]
    return one


@pytest.mark.parametrize("parts", [("time",), ("frequency",), ("recognizer",), ("time", "recognizer")])
@pytest.mark.parametrize("clean", [(1,), (0, 1)])
def test_every_model_trains_on_utterances_without_music(parts, clean):
    model = build(options("smoke", *parts), where="test").train()
    loss, stats, _ = model(**clean_batch(*clean))
    loss.backward()
    assert torch.isfinite(loss)
    assert ("loss_sep" in stats) == (parts != ("recognizer",) and clean == (1,))
    gradients = [parameter.grad for parameter in model.parameters()]
    # Every parameter has a gradient, if only zero: trainings on several processes wait for each.
    assert all(gradient is not None and torch.isfinite(gradient).all() for gradient in gradients)
    is_asleep = parts in (("time",), ("frequency",)) and clean == (0, 1)
    assert any(gradient.any() for gradient in gradients) is not is_asleep


def with_specaug(fine_tune):
    torch.manual_seed(0)
    args = options("smoke", "time", "recognizer", model_conf={"fine_tune": fine_tune})
    args.specaug, args.specaug_conf = "specaug", SPECAUG
    args.asr_encoder_conf = args.asr_encoder_conf | {"dropout": 0.0}
    args.asr_decoder_conf = args.asr_decoder_conf | {"dropout": 0.0}
    return build(args, where="test")


def losses(model):
    with torch.no_grad():
        return {float(model(**batch())[1]["loss_asr"]) for _ in range(3)}


def test_specaugment_masks_in_training_only_and_lets_gradients_through():
    model = with_specaug("both")
    assert len(losses(model.train())) == 3
    assert len(losses(model.eval())) == 1
    model.train()(**clean_batch(0, 1))[0].backward()
    assert model.enh_model.encoder.conv1d.weight.grad.any()


def test_specaugment_spares_a_frozen_recogniser():
    assert len(losses(with_specaug("front").train())) == 1


def test_specaugment_is_chosen_in_one_setting():
    choice = "models.recognizer={specaug: specaug, specaug_conf: {apply_time_warp: false, num_time_mask: 1}}"
    resolved = configuration.load(configuration.CONF / "smoke.yaml", settings=[choice])
    assert resolved["models"]["recognizer"]["specaug_conf"]["num_time_mask"] == 1


def written(tmp_path, *changes, name="time"):
    run = make_run(tmp_path, "smoke", *changes, systems="time+mixture:both")
    run.workdir.training(name).mkdir(parents=True, exist_ok=True)
    write_options(run, name)
    return run.workdir.training(name) / "config.yaml", run.settings(name)


def test_options_that_are_off_are_not_written_and_change_no_settings(tmp_path):
    path, settings = written(tmp_path)
    text = path.read_text(encoding="utf-8")
    assert not [key for key in ("snr_start", "ema_decay") if key in text]
    before = {key: value for key, value in settings["training"].items() if value is not None}
    done_marks.mark_done(tmp_path, settings | {"training": before})  # made before these options existed
    assert done_marks.is_done(tmp_path, settings)


def test_a_share_without_music_reaches_the_mixer_of_its_own_training(tmp_path):
    change = "training.joint.clean_fraction=0.2"
    for name, share in (("time", 0.0), ("time+mixture:both", 0.2)):
        path, settings = written(tmp_path, change, name=name)
        assert read_options(path).preprocessor_conf["mixing"]["clean_fraction"] == share
        assert settings["training"]["clean_fraction"] == share


def test_an_snr_start_reaches_the_mixer_of_its_own_training(tmp_path):
    path, settings = written(tmp_path, "training.time.snr_start=[12.0, 4]")
    assert read_options(path).preprocessor_conf["mixing"]["snr_start"] == [12.0, 4]
    assert settings["training"]["snr_start"] == [12.0, 4]


def test_a_front_end_names_its_sources_and_the_systems_behind_it_have_them(tmp_path):
    change = "models.time.model_conf.sources=[music, speech]"
    expected = {"time": {}, "time+mixture:both": {"alpha": 0.2, "fine_tune": "both"}, "none+mixture": None}
    for name, own in expected.items():
        path, _ = written(tmp_path, change, name=name)
        sources = {} if own is None else {"sources": ["music", "speech"]}
        assert read_options(path).model_conf == sources | (own or {})


def test_a_training_may_change_its_own_recogniser_and_leaves_the_others(tmp_path):
    masked = "{specaug: specaug, specaug_conf: {apply_time_warp: false}, asr_model_conf: {ctc_weight: 0.3}}"
    change = f"training.joint.recognizer={masked}"
    path, settings = written(tmp_path, change, name="time+mixture:both")
    args = read_options(path)
    assert (args.specaug, args.specaug_conf) == ("specaug", {"apply_time_warp": False})
    assert args.asr_model_conf["ctc_weight"] == 0.3
    assert args.asr_model_conf["lsm_weight"] == 0.1
    parent = settings["parents"]["none+mixture"]
    assert (parent["model"]["specaug"], parent["model"]["asr_model_conf"]["ctc_weight"]) == (None, 0.5)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ("{specaugm: specaug}", "training.joint.recognizer: unknown key 'specaugm'; did you mean 'specaug'"),
        (
            "{asr_model_conf: {ctc_weight: much}}",
            "recognizer: asr_model_conf: ctc_weight: wants float, got 'much'",
        ),
        ("3", r"training.joint.recognizer: wants settings \(key: value\), or null, got 3"),
    ],
)
def test_a_change_that_the_recogniser_does_not_know_is_refused(change, message):
    with pytest.raises(ConfigError, match=message):
        load_checked(configuration.CONF / "smoke.yaml", settings=[f"training.joint.recognizer={change}"])
