"""What a training would refuse is refused before there is data: in one line that names the section."""

import pytest

from musasr.errors import ConfigError
from musasr.recipe.config import CONF
from musasr.recipe.run import Asked
from musasr.training.rehearsal import rehearse

pytestmark = pytest.mark.slow  # they import ESPnet


def tried(tmp_path, *settings: str, recipe: str = "smoke", **options: object) -> None:
    rehearse(Asked(CONF / f"{recipe}.yaml", tmp_path / "work", set=settings, **options))


def test_a_recipe_that_can_be_trained_passes_and_leaves_nothing(tmp_path, capsys):
    tried(tmp_path)
    assert "smoke.yaml: 8 models were built and tried" in capsys.readouterr().err
    assert not (tmp_path / "work").exists()


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ("models.time.enh_separator=convtasnet", "models.time: "),
        ("models.time.enh_separator_conf.bottleneck_dim=-1", "models.time: "),
        ("models.time.enh_encoder_conf.channel=48", "models.time"),
        ("models.time.model_conf={sources: [speech, noise]}", "mixing gives no source 'noise'"),
        ("models.recognizer.asr_model_conf.ctc_weight=2.0", "models.recognizer"),
        ("models.recognizer.frontend_conf.hop_length=0", "models.recognizer: log_mel frontend: hop_length 0"),
        ("training.time.optim=adamm", "training.time.optim: unknown optim 'adamm'; did you mean 'adam"),
        ("training.time.optim_conf.lr=-1.0", "training.time.optim_conf: Invalid learning rate: -1.0"),
        (
            "training.joint.scheduler_conf={pct_start: 2.0, max_lr: 0.1}",
            "training.joint.scheduler_conf: Expected float between 0 and 1 pct_start",
        ),
        ("training.frequency.recompute=true", "training.frequency.recompute: is for Conv-TasNet"),
        ("training.clean.precision=16-mixed", "training.clean.precision: 16-mixed is for GPUs"),
        (
            "training.joint.recognizer={asr_decoder_conf: {hidden_size: 64}}",
            "training.joint.recognizer: s2t_model.decoder",
        ),
    ],
)
def test_what_a_training_would_refuse_is_one_line(tmp_path, setting, message):
    with pytest.raises(ConfigError) as caught:
        tried(tmp_path, setting)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_stage_1_tries_before_it_prepares(tmp_path, capfd):
    from musasr.cli.main import main

    words = ["prepare", "speech", "--config", str(CONF / "smoke.yaml"), "--workdir", str(tmp_path / "work")]
    assert main([*words, "--set", "training.joint.optim_conf.lr=-1.0"]) == 1
    assert "training.joint.optim_conf: Invalid learning rate: -1.0" in capfd.readouterr().err
    assert not (tmp_path / "work" / "data" / "speech" / "train").exists()
