"""What a configuration says is checked before anything runs, in one line with the mend."""

import pytest

from musasr.errors import ConfigError
from musasr.recipe import config
from musasr.recipe.checks import load_checked
from musasr.recipe.conditions import Condition, conditions_of, under

MINI = config.CONF / "mini.yaml"


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ("mixing.test.snrs_db=[]", "mixing.test.snrs_db: wants different SNRs in dB"),
        ("mixing.test.snrs_db=[5, 5.0]", "wants different SNRs in dB, got [5, 5.0]; give such as [5, 0, -5]"),
        ("mixing.test.snrs_db=[loud]", "wants different SNRs in dB"),
        ("mixing.test.snrs_db=[.nan]", "the value .nan is no number that a computer holds; quote it"),
        ("mixing.test.snrs_db=[5, 5.0000001]", "wants different SNRs in dB"),
        ("mixing.test.genres=[2020]", "mixing.test.genres: wants different names of letters"),
        ("systems.mine=3", "systems.mine: wants a list of systems, got 3"),
        ("systems.mine=none+clean", "systems.mine: wants a list of systems, got 'none+clean'"),
        (
            "training.time.init=[clean]",
            "training.time.init: wants a name of letters, digits and _, or null, got ['clean']",
        ),
        (
            "training.time.voices_fraction=0.5",
            "training.time.voices_fraction: there are no voices; add the section voices:",
        ),
        (
            "training.clean.voices_fraction=0.5",
            "training.clean.voices_fraction: is for separators: nobody knows what the voices say",
        ),
        (
            "training.time.hears={front_end: time, fraction: 0.5, add_back_db: [0, 30]}",
            "training.time.hears: is for recognisers",
        ),
        ("training.mixture.hears={front_end: time}", "training.mixture.hears: 'fraction' is missing"),
        (
            "training.mixture.hears={front_end: tim, fraction: 0.5, add_back_db: [0, 30]}",
            "training.mixture.hears.front_end: no front end 'tim'; did you mean 'time'",
        ),
        (
            "training.mixture.hears={front_end: time, fraction: 2, add_back_db: [0, 30]}",
            "hears.fraction: wants",
        ),
        ("training.time.has_variety=true", "training.time.has_variety: there is no variety; say in mixing"),
        ("mixing.variety={speed: {fraction: 0.5, range: [0, 1]}}", "mixing.variety.speed.range: wants"),
        ("mixing.variety={speed: {fraction: 0.5}}", "mixing.variety: speed has no 'range'"),
        ("mixing.variety={echo: {fraction: 0.5, range: [0, 1]}}", "unknown key 'echo'"),
        ("training.time.voices_fraction=2", "wants a number from 0 to 1, got 2"),
        ("voices={type: radio}", "voices: unknown type 'radio'"),
        ("voices={type: folder, train: 3, dev: null}", "voices.train: wants"),
        ("training.third={like: [time]}", "training: third: is like ['time']; "),
        (
            "models.asked={reader: 'crossing_reader:CrossingReader', reader_conf: 3}",
            "models.asked.reader_conf: wants settings (key: value), got 3",
        ),
        ("mixing.test.genres=[anime]", "mixing.test.genres: wants different names of letters"),
        ("mixing.test.genres=[clean]", "wants different names of letters"),
        ("mixing.test.genres=[jazz, jazz]", "wants different names of letters"),
        ("mixing.test.genres=[../jazz]", "wants different names of letters"),
        ("training.time.init=clear", "training.time.init: no training 'clear'; did you mean 'clean'"),
        (
            "training.time.fine_tuning=join",
            "training.time.fine_tuning: no training 'join'; did you mean 'joint'",
        ),
        (
            "training.clean.model=recogniser",
            "training.clean.model: no model 'recogniser'; did you mean 'recog",
        ),
        ("models.third={like: time}", "models.third: has no training; add training.third"),
        ("models.third={like: tme}", "models: third: is like 'tme'; did you mean 'time'"),
        (
            "training.tme={max_epoch: 3}",
            "training: unknown key 'tme'; did you mean 'time'? (a part of its own",
        ),
        ("models.third={enh_encoder: stft}", "models: unknown key 'third'; known here: time"),
        ("systems.mine=[time+mixtur:both]", "systems.mine: unknown system 'time+mixtur:both'; did you mean"),
        ("report.best=time", "report.best: unknown system 'time'"),
        ("report.under_genres=[tme+clean:none]", "report.under_genres: unknown system"),
        ("report.paper=egs/nothing.yaml", "report.paper: no file 'egs/nothing.yaml'"),
        (
            "decode={gate: {low_db: 1, high_db: 2, seconds: 1}, gate_recognizer: none+clear}",
            "'none+clear'; did you",
        ),
    ],
)
def test_what_a_stage_could_not_use_is_refused(setting, message):
    with pytest.raises(ConfigError) as caught:
        load_checked(MINI, settings=[setting])
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_singing_is_no_source_in_rooms(tmp_path):
    both = tmp_path / "both.yaml"
    both.write_text(f"base: [{config.CONF}/singing.yaml, {config.CONF}/rooms.yaml]\n")
    message = (
        r"models\.time\.model_conf\.sources: singing is not known apart in rooms; set mixing\.rooms to null"
    )
    with pytest.raises(ConfigError, match=message):
        load_checked(both)
    load_checked(both, settings=["mixing.rooms=null"])


def test_a_part_that_is_like_another_is_that_other_with_its_own_changes():
    recipe = load_checked(
        MINI, settings=["models.third={like: time}", "training.third={like: time, max_epoch: 1}"]
    )
    assert recipe["models"]["third"] == recipe["models"]["time"]
    assert recipe["training"]["third"] == recipe["training"]["time"] | {"max_epoch": 1}


def test_of_several_bases_the_later_ones_count_with_their_own_lines(tmp_path):
    (tmp_path / "extra.yaml").write_text("base: nowhere.yaml\nseed: 7\ntraining: {third: {like: time}}")
    (tmp_path / "mine.yaml").write_text(
        f"base: [{config.CONF / 'smoke.yaml'}, extra.yaml]\nmodels: {{third: {{like: time}}}}"
    )
    recipe = load_checked(tmp_path / "mine.yaml")
    assert recipe["seed"] == 7
    assert recipe["training"]["third"]["max_epoch"] == 1  # the smoke recipe's


def test_conditions_are_those_of_the_configuration():
    recipe = load_checked(MINI, settings=["mixing.test={snrs_db: [10, 2.5], genres: [rock]}"])
    assert [one.name for one in conditions_of("time+mixture:both", recipe)] == [
        "clean", "anime_10", "anime_2.5", "rock_10", "rock_2.5",
    ]  # fmt: skip
    assert [one.name for one in conditions_of("none+clean", recipe)] == ["clean", "anime_10", "anime_2.5"]
    assert under("clean", [5]) == [Condition("anime", None)]
    assert Condition("anime", 5.0) == Condition("anime", 5)
    assert Condition("anime", 5.0).name == "anime_5"


def test_loading_only_resolves_and_imports_no_corpus(run_python):
    code = """
import sys, time
from musasr.recipe import config
before = set(sys.modules)
started = time.monotonic()
config.load(config.CONF / "rooms.yaml")
heavy = ("musasr.corpora", "musasr.mixing", "numpy")
print(time.monotonic() - started < 0.5, sorted(name for name in sys.modules if name.startswith(heavy)))
"""
    assert run_python(code) == "True []"
