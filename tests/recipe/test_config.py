import pytest
import yaml
from runs import RECIPES

from musasr.corpora.readers import reader_of, settings_of
from musasr.errors import ConfigError
from musasr.recipe import config
from musasr.recipe.checks import load_checked
from musasr.recipe.merging import merge


@pytest.fixture
def recipe(tmp_path):
    """Write a recipe on top of conf/mini.yaml and return its path."""

    def write(text: str):
        path = tmp_path / "recipe.yaml"
        path.write_text(f"base: {config.CONF / 'mini.yaml'}\n{text}", encoding="utf-8")
        return path

    return write


@pytest.mark.parametrize("path", RECIPES, ids=lambda path: path.stem)
def test_every_recipe_resolves_makes_sense_and_holds_every_section(path):
    assert set(load_checked(path)) == set(config.load(config.CONF / "csj_anime.yaml"))


def test_the_papers_numbers():
    paper = config.load(config.CONF / "csj_anime.yaml")
    assert paper["units"]["num_units"] == 9515
    assert paper["training"]["joint"]["alpha"] == 2.0
    assert paper["training"]["joint"]["optim_conf"] == {"lr": 1e-4}
    assert paper["training"]["time"]["optim_conf"] == {"lr": 1e-3}
    assert paper["models"]["recognizer"]["asr_model_conf"]["ctc_weight"] == 0.0
    assert paper["mixing"]["train"] == {"snr_mean_db": 0.0, "snr_std_db": 5.0}


def test_settings_come_last_and_take_yaml_values(recipe):
    settings = ["training.time.max_epoch=3", "mixing.test.genres=[jazz]", "units.unit_type=char"]
    resolved = config.load(recipe("seed: 1"), settings=settings)
    assert resolved["seed"] == 1
    assert resolved["training"]["time"]["max_epoch"] == 3
    assert resolved["mixing"]["test"]["genres"] == ["jazz"]
    assert resolved["units"]["unit_type"] == "char"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("sede: 1", "unknown key 'sede'; did you mean 'seed'"),
        (
            "training: {time: {max_epochs: 1}}",
            "training: time: unknown key 'max_epochs'; did you mean 'max_epoch'",
        ),
        ("seed: many", "seed: wants int, got 'many'"),
        ("speech: {train_hour: 1}", "unknown key 'train_hour'; did you mean 'train_hours'"),
        ("speech: {type: embeded}", "unknown type 'embeded'; did you mean 'embedded'"),
        (
            "speech: {type: 'nowhere:prepare'}",
            "there is no module nowhere; check its name",
        ),
        (
            "speech: {type: 'musasr.corpora.table_corpus:prep'}",
            "has no class or function 'prep'; did you mean 'prepare'",
        ),
        ("speech: {type: kaldi_dir, train: a, dev: b}", "'test' is missing; add it"),
        ("- 1", "is not YAML"),
    ],
)
def test_a_wrong_recipe_is_one_line_with_the_mend(recipe, text, message):
    with pytest.raises(ConfigError, match=r"recipe\.yaml") as caught:
        load_checked(recipe(text))
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ("seed", "is not key.path=value"),
        ("training.tme.max_epoch=1", "unknown key 'tme'"),
        ("seed=[", "the value is not YAML"),
        ("training.time.max_epoch=1.5", "wants int"),
    ],
)
def test_a_wrong_setting_names_itself(setting, message):
    with pytest.raises(ConfigError, match="--set") as caught:
        config.load(config.CONF / "mini.yaml", settings=[setting])
    assert message in str(caught.value)


def test_another_kind_of_corpus_replaces_the_section(recipe):
    resolved = config.load(recipe("music: {type: folder, train: a, dev: null, test: b}"))
    assert resolved["music"] == {"type": "folder", "train": "a", "dev": None, "test": "b"}


def test_music_conf_replaces_the_section(tmp_path):
    path = tmp_path / "mine.yaml"
    path.write_text("{type: folder, train: a, dev: null, test: b}", encoding="utf-8")
    resolved = config.load(config.CONF / "mini.yaml", music_conf=path)
    assert resolved["music"]["train"] == "a"


def test_a_music_conf_may_change_what_goes_with_its_music(tmp_path):
    path = tmp_path / "mine.yaml"
    music = "{type: folder, train: a, dev: null, test: b}"
    path.write_text(f"music: {music}\nmixing: {{test: {{genres: [rock]}}}}", encoding="utf-8")
    resolved = config.load(config.CONF / "mini.yaml", music_conf=path)
    assert resolved["music"] == {"type": "folder", "train": "a", "dev": None, "test": "b"}
    assert resolved["mixing"]["test"]["genres"] == ["rock"]
    path.write_text(f"music: {music}\nmixin: 3", encoding="utf-8")
    with pytest.raises(ConfigError, match=r"mine\.yaml: unknown key 'mixin'; did you mean 'mixing'"):
        config.load(config.CONF / "mini.yaml", music_conf=path)
    path.write_text("music: 3", encoding="utf-8")
    with pytest.raises(ConfigError, match=r"mine\.yaml: has no key 'type'; see the files of"):
        config.load(config.CONF / "mini.yaml", music_conf=path)


@pytest.mark.parametrize("path", sorted((config.CONF / "music").glob("*.yaml")), ids=lambda path: path.stem)
def test_every_music_corpus_can_be_named(path):
    resolved = load_checked(config.CONF / "mini.yaml", music_conf=path)
    assert resolved["music"]["type"] == path.stem


def test_a_corpus_of_ones_own_is_a_module_and_its_settings(recipe, tmp_path, monkeypatch):
    lines = "def prepare(output, *, sampling_rate, seed, num_jobs, root, shows=()):\n    return []\n"
    (tmp_path / "podcasts.py").write_text(lines)
    monkeypatch.syspath_prepend(tmp_path)
    resolved = load_checked(recipe("speech: {type: 'podcasts:prepare', root: data/podcasts}"))
    prepare = reader_of("speech", resolved["speech"], where="speech")
    settings = settings_of(resolved["speech"])
    assert prepare(None, sampling_rate=1, seed=1, num_jobs=1, **settings) == []
    with pytest.raises(ConfigError, match="'root' is missing; add it"):
        load_checked(recipe("speech: {type: 'podcasts:prepare'}"))


def test_another_optimiser_does_not_inherit_arguments(recipe):
    resolved = config.load(recipe("training: {time: {scheduler: null}}"))
    assert resolved["training"]["time"]["scheduler_conf"] == {}


def test_a_part_that_is_null_is_left_out(tmp_path):
    path, base = tmp_path / "fewer.yaml", config.CONF / "music_tags.yaml"
    path.write_text(f"base: {base}\nvariants: {{cnn: null, short: {{items: {{num_frames: 9}}}}}}\n")
    fewer, whole = (config.load(one)["variants"] for one in (path, base))
    assert [*fewer] == [name for name in whole if name != "cnn"]
    assert fewer["short"]["items"] == {"num_frames": 9}
    path.write_text(f"base: {base}\nvariants: {{ccn: null}}\n")
    with pytest.raises(ConfigError, match="variants: unknown key 'ccn'; did you mean 'cnn'"):
        config.load(path)


def test_a_variant_is_left_out_with_the_claim_that_names_it(tmp_path):
    path, base = tmp_path / "fewer.yaml", config.CONF / "diarization.yaml"
    whole = config.load(base)
    claims = [text for text, pair in whole["claims"].items() if "wpe" in pair]
    path.write_text(
        yaml.safe_dump({"base": str(base), "variants": {"wpe": None}, "claims": dict.fromkeys(claims)})
    )
    fewer = config.load(path)
    assert (
        [*fewer["claims"]] == [text for text in whole["claims"] if text not in claims] != [*whole["claims"]]
    )
    assert "wpe" not in fewer["variants"]
    path.write_text(f"base: {base}\nclaims: {{nobody said this: null}}\n")
    with pytest.raises(ConfigError, match="claims: unknown key 'nobody said this'"):
        config.load(path)


def test_a_missing_file_and_a_missing_base(tmp_path):
    with pytest.raises(ConfigError, match="no such configuration file"):
        config.load(tmp_path / "none.yaml")
    (tmp_path / "alone.yaml").write_text("seed: 1")
    with pytest.raises(
        ConfigError, match=r"alone.yaml: has no section 'sampling_rate'; begin the file with 'base"
    ):
        load_checked(tmp_path / "alone.yaml")


def test_a_circle_of_bases(tmp_path):
    (tmp_path / "a.yaml").write_text("base: b.yaml")
    (tmp_path / "b.yaml").write_text("base: a.yaml")
    with pytest.raises(ConfigError, match="is its own base"):
        config.load(tmp_path / "a.yaml")


def test_arguments_are_not_changed():
    base = {"a": {"b": 1}}
    merged = merge(base, {"a": {"b": 2}}, where="test")
    assert (base, merged) == ({"a": {"b": 1}}, {"a": {"b": 2}})


def test_saved_and_loaded_again(tmp_path):
    resolved = config.load(config.CONF / "smoke.yaml")
    config.save(resolved, tmp_path / "recipe.yaml")
    assert config.load_resolved(tmp_path / "recipe.yaml") == resolved
    assert yaml.safe_load((tmp_path / "recipe.yaml").read_text()) == resolved


def test_a_heading_is_a_comment_above(tmp_path):
    config.save({"seed": 1}, tmp_path / "recipe.yaml", heading="what it is\nhow to use it")
    assert (tmp_path / "recipe.yaml").read_text() == "# what it is\n# how to use it\nseed: 1\n"
