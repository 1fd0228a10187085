"""Every key has a kind and a range, and a wrong value is one line before anything runs."""

import inspect
from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from musasr.cli.settings_page import page
from musasr.corpora.contract import COMMON_ARGUMENTS
from musasr.corpora.readers import READERS
from musasr.errors import ConfigError
from musasr.recipe import config
from musasr.recipe.checks import check, load_checked
from musasr.recipe.keys import CORPORA, KEYS
from musasr.recipe.values import bounds, number, path, whole

SMOKE = config.CONF / "smoke.yaml"


@cache
def smoke() -> dict:
    return config.load(SMOKE)


def refused(*settings: str) -> str:
    """The one line that a recipe with these settings is refused with."""
    with pytest.raises(ConfigError) as caught:
        check(config.with_settings(smoke(), settings), where="smoke.yaml")
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 600
    return str(caught.value)


@pytest.mark.parametrize(
    "setting",
    """
    seed=-1|seed: wants a whole number from 0 to 4294967295, got -1
    seed=null|seed: wants a whole number
    seed=1.0|seed: wants a whole number from 0 to 4294967295, got 1.0
    seed=true|seed: wants int, got True
    sampling_rate=0|sampling_rate: wants a whole number from 4000 to 192000, got 0
    sampling_rate=null|sampling_rate: wants a whole number
    speech=null|speech: wants settings (key: value), got None
    speech={}|train_hours
    music=null|music: wants settings (key: value), got None
    units=null|units: wants settings
    units.num_units=40.5|wants int, got 40.5
    units.num_units=3|units.num_units: wants a whole number from 5 to 1000000, or null, got 3
    units.num_units=null|unit_type bpe needs num_units
    units.unit_type=word|units.unit_type: wants bpe or char, got 'word'
    mixing=null|mixing: wants settings
    mixing.crossfade_seconds=-1|mixing.crossfade_seconds: wants a number from 0 to 10, got -1
    mixing.crossfade_seconds=null|mixing.crossfade_seconds: wants a number
    mixing.train.snr_std_db=-5|mixing.train.snr_std_db: wants a number from 0 to 100, got -5
    mixing.train.snr_mean_db=.inf|.inf is no number that a computer holds
    mixing.test.snrs_db=null|mixing.test.snrs_db: wants different SNRs in dB, got None
    mixing.test.genres=null|mixing.test.genres: wants different names
    models=null|models: wants settings
    models.time=null|models.time: wants settings
    models.time.enh_separator_conf=null|models.time.enh_separator_conf: wants settings (key: value), got None
    models.third={enh_separator: conv_tasnet, enh_sepaator_conf: {}}|did you mean 'enh_separator_conf'
    models.none={like: time}|models: 'none' is no name of 1 to 40 letters, digits and _
    models.a/b={like: time}|models: 'a/b' is no name
    training=null|training: wants settings
    training.time=null|training.time: wants settings
    training.time.batch_size=0|training.time.batch_size: wants a whole number of at least 1, got 0
    training.time.max_epoch=-1|training.time.max_epoch: wants a whole number of at least 0, got -1
    training.time.max_epoch=null|training.time.max_epoch: wants a whole number of at least 0, got None
    training.time.accum_grad=0|training.time.accum_grad: wants a whole number of at least 1, got 0
    training.time.precision=foo|training.time.precision: wants auto or 32-true or
    training.time.crop_seconds=0|training.time.crop_seconds: wants a number of at least 0.1, or null, got 0
    training.time.num_workers=-1|training.time.num_workers: wants a whole number from 0 to 1024, got -1
    training.time.grad_clip=.nan|.nan is no number
    training.time.grad_clip=0|training.time.grad_clip: wants a number above 0, or null, got 0
    training.time.clean_fraction=2|training.time.clean_fraction: wants a number from 0 to 1, got 2
    training.time.ema_decay=2|training.time.ema_decay: wants a number between 0 and 1, or null, got 2
    training.time.ema_decay=-1|training.time.ema_decay: wants a number between 0 and 1
    training.time.keep_nbest_models=0|training.time.keep_nbest_models: wants a whole number of at least 1
    training.time.batch_type=folded|training.time.batch_type: wants unsorted or sorted or numel, got 'folded'
    training.time.optim=null|training.time.optim: wants a text, got None
    training.time.optim_conf=null|training.time.optim_conf: wants settings
    training.time.snr_start=[3, -1]|snr_start: wants a mean SNR and a number of epochs
    training.joint.alpha=-1|training.joint.alpha: wants a number of at least 0, got -1
    training.time.fine_tuning=clean|training.clean: 'alpha' is missing; add it
    training.clean.init=mixture|starts from itself; break the circle
    systems=null|systems: wants settings
    systems.mine=[3]|systems.mine: wants a list of systems, got [3]
    report=null|report: wants settings
    report.under_genres=null|report.under_genres: wants a list of systems, got None
    report.paper=3|wants str, got 3 (int)
    decode=null|decode: wants settings
    decode.name=no|decode.name: wants a name of letters, digits and _, or null, got False
    decode.name=2020-01-01|decode.name=2020-01-01: the value holds a timestamp: quote it
    decode.name=3|decode.name: wants a name of letters, digits and _, or null, got 3
    decode.name=a/b|decode.name: wants a name
    decode.gate={low_db: .nan, high_db: 1, seconds: 1}|.nan is no number
    decode.gate={low_db: x, high_db: 1, seconds: 1}|decode.gate.low_db: wants a number from -200 to 200
    decode.gate={low_db: 2, high_db: 1, seconds: 1}|decode.gate: low_db 2 is above high_db 1
    decode.beam_size=0|decode.beam_size: wants a whole number from 1 to 1000, got 0
    decode.ctc_weight=1.5|decode.ctc_weight: wants a number from 0 to 1, got 1.5
    decode.batch_seconds=0|decode.batch_seconds: wants a number above 0, got 0
    decode.maxlenratio=-1|decode.maxlenratio: wants a number of at least 0, got -1
    decode.keep_audio=1|wants bool, got 1 (int)
    max_skipped_fraction=.nan|.nan is no number
    max_skipped_fraction=null|max_skipped_fraction: wants a number from 0 to 1, got None
    inspection=null|inspection: wants settings
    speech.train_hours=0|speech.train_hours: wants a number above 0, got 0
    speech.script=latin|speech.script: wants kana or mixed, got 'latin'
    speech.filler_rate=1.1|speech.filler_rate: wants a number from 0 to 1, got 1.1
    music.piece_seconds=[20, 10]|music.piece_seconds: wants [lowest, highest], each a number from 1 to 3600
    music.level_db=null|music.level_db: wants a number
    music={type: folder, train: 3, dev: null, test: b}|music.train: wants a path, got 3
    music={type: folder, train: "a\\0b", dev: null, test: b}|music.train: wants a path, got 'a\\x00b'
    music={type: folder, train: a, dev: null}|'test' is missing; add it: its sub-folders are the genres
    speech={type: kaldi_dir, train: a, dev: b, test: ""}|speech.test: wants a path, got ''
    """.strip().splitlines(),
)
def test_what_no_stage_could_use_is_refused_at_the_first(setting):
    given_setting, message = setting.strip().split("|")
    if given_setting == "speech={}":  # changes nothing: each key keeps the value of the base
        assert message in config.with_settings(smoke(), [given_setting])["speech"]
        return
    settings = (
        [given_setting, "training.mixture.init=clean"] if "init=mixture" in given_setting else [given_setting]
    )
    assert message in refused(*settings)


def yaml_error(tmp_path, content: str | bytes) -> str:
    """The one line that a recipe file of this content is refused with."""
    file = tmp_path / "bad.yaml"
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(ConfigError) as caught:
        load_checked(file)
    assert "\n" not in str(caught.value)
    return str(caught.value)


BOMB = "".join(f"{chr(98 + n)}: &{chr(98 + n)} [{', '.join([f'*{chr(97 + n)}'] * 9)}]\n" for n in range(9))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("seed: 1\nunits: {}\nseed: 2", "bad.yaml:3: the key 'seed' comes twice: in lines 1 and 3"),
        ("a: {b: 1, b: 2}", "bad.yaml:1: the key 'b' comes twice"),
        ("1: 2", "the key '1' is no text: quote it"),
        ("yes: 2", "the key 'yes' is no text"),
        ("null: 2", "the key 'null' is no text"),
        ("? [a]\n: 2", "is no text"),
        ("a: &a [1]\n" + BOMB, "holds more than 100000 values, its aliases written out"),
        ("a: &a [*a]", "an alias stands inside of itself"),
        ("a: " + "[" * 5000, "nests deeper than 20"),
        ("a: " + "{b: " * 50 + "}" * 50, "nests deeper than 20"),
        ("#" * (1 << 21), "holds 2097152 bytes; a configuration has at most 1 MiB"),
        ("seed: " + "9" * 5000, "is no number that a computer holds"),
        ("seed: 0x" + "f" * 5000, "is no number that a computer holds"),
        ("seed: .inf", "bad.yaml:1: .inf is no number"),
        ("seed: 1e999", "has no section"),  # YAML 1.1: a text
        ("seed: 2020-01-01", "holds a timestamp: quote it"),
        ("seed: !!set {a}", "holds a set"),
        ("seed: !!binary aGk=", "holds a binary"),
        ("seed: !!python/object/apply:os.system [touch CANARY]", "holds a python/object/apply"),
        ("seed: !mine 3", "holds a !mine"),
        ("base: 3", "base: wants the path of a file, or a list of them, got 3"),
        ("base: {a: 1}", "base: wants the path of a file"),
        ("base: []", "base: wants the path of a file"),
        ("base: null", "base: wants the path of a file"),
        ('base: "a\\0b"', "base: wants the path of a file"),
        ("base: " + "x" * 300, "base: wants the path of a file"),
        ("base: nothing.yaml", "nothing.yaml: no such configuration file"),
        ("base: .", "no such configuration file"),
        (b"\xff\xfe\x00", "is not YAML"),
        (b"seed: \xe9", "is not YAML (wrong encoding); save it as UTF-8"),
        ("seed: \x01", "is not YAML (it holds control characters)"),
        ("seed: [\n", "bad.yaml:1: is not YAML"),
        ("*a", "is not YAML"),
        ("a: b: c", "bad.yaml:1: is not YAML"),
        ("<<: 3", "is not YAML"),
        ("--- 1\n--- 2", "is not YAML"),
        ("", "holds no 'key: value' lines"),
        ("\ufeffseed: 1", "has no section 'sampling_rate'"),
    ],
    ids=lambda value: str(value)[:24],
)
def test_what_is_no_recipe_is_one_line(tmp_path, content, message):
    assert message in yaml_error(tmp_path, content)
    assert not (tmp_path / "CANARY").exists()


def test_anchors_merges_and_repeated_merges_of_a_recipe_are_read(tmp_path):
    file = tmp_path / "mine.yaml"
    file.write_text(
        f"base: {SMOKE}\ntraining:\n  time: &a {{max_epoch: 2}}\n  frequency: {{<<: *a, batch_size: 3}}\n"
    )
    training = load_checked(file)["training"]
    assert (training["frequency"]["max_epoch"], training["frequency"]["batch_size"]) == (2, 3)


def test_the_page_of_the_settings_is_what_the_table_gives():
    written = (config.CONF.parent / "egs" / "SETTINGS.md").read_text(encoding="utf-8")
    assert written == page(), "run python -m musasr.cli.settings_page > egs/SETTINGS.md"


def test_the_table_has_every_corpus_and_every_argument_of_its_reader():
    kinds = {(section, kind) for section, readers in READERS.items() for kind in readers}
    assert set(CORPORA) == kinds
    for (section, kind), keys in CORPORA.items():
        parameters = inspect.signature(READERS[section][kind]()).parameters
        assert {key.split(".")[0] for key in keys} == set(parameters) - set(COMMON_ARGUMENTS), (section, kind)
        for key, said in keys.items():
            if "." in key:  # of what an argument holds
                continue
            has_default = parameters[key].default is not inspect.Parameter.empty
            assert said.is_optional == has_default, (section, kind, key)


def test_every_key_of_the_table_says_what_it_is():
    for keys in (KEYS, *CORPORA.values()):
        assert all(said.meaning and "|" not in said.meaning + said.kind.words for said in keys.values())


def test_kinds_take_their_bounds_and_nothing_beyond():
    assert number(least=0, most=1).takes(0)
    assert number(least=0, most=1).takes(1.0)
    assert not number(least=0, most=1).takes(1.0000001)
    assert not number(above=0).takes(0)
    assert not number().takes(float("nan"))
    assert not number().takes(True)
    assert whole(least=1).takes(1)
    assert not whole(least=1).takes(1.0)
    assert bounds(number()).takes([1, 1])
    assert not bounds(number()).takes([2, 1])
    assert path.takes("x" * 255)
    assert not path.takes("音" * 86)  # 258 bytes


@given(st.text(max_size=60) | st.from_regex(r"[\[\]{}&*!:,\-? a-c\n|>%@'\"0-9.]{0,40}", fullmatch=True))
def test_any_value_of_a_setting_is_taken_or_one_line(text):
    lines = []
    for key in ("seed", "models.time", "training.time.snr_start", "decode.gate", "mixing.test"):
        try:
            check(config.with_settings(smoke(), [f"{key}={text}"]), where="smoke.yaml")
        except ConfigError as error:
            lines.append(str(error))
    assert not [line for line in lines if "\n" in line]


@given(st.binary(max_size=80))
def test_any_bytes_are_a_recipe_or_one_line(tmp_path_factory, content):
    file = tmp_path_factory.getbasetemp() / "any.yaml"
    file.write_bytes(content)
    lines = []
    try:
        config.load(file)
    except ConfigError as error:
        lines.append(str(error))
    assert not [line for line in lines if "\n" in line]
