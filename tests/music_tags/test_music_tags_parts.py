"""Parts of the music tagger: crops, masks and mixes, ensembles, figures, claims, settings, windows."""

import numpy as np
import pytest

from musasr.corpora.tagged import Track
from musasr.errors import ConfigError, DataError
from musasr.metrics.significance import resampled_ci95
from musasr.music_tags import claims, ensemble, features, results, scoring, settings, tagger
from musasr.music_tags.items import TagItems, mask_bands
from musasr.music_tags.keys import KEYS
from musasr.music_tags.labels import Labels
from musasr.recipe.config import CONF
from musasr.recipe.system_run import load_system

LABELS = Labels(("party", "rest"), ("calm", "loud", "slow"))


def track(name, path, station="rest", tags=("calm",)) -> Track:
    return Track(name, path, name, None, station, tags)


@pytest.fixture
def items(tmp_path):
    """Three tracks whose features are their frames' numbers."""
    tracks = [track("a", tmp_path, tags=("calm", "slow")), track("b", tmp_path, "party", ("loud", "odd"))]
    for number, one in enumerate(tracks):
        ramp = np.tile(np.arange(20) + 100 * number, (features.NUM_BANDS, 1))
        np.save(tmp_path / f"{one.track_id}.npy", ramp.astype(np.float16))
    sets = {"train": (tracks, tmp_path), "valid": (tracks, tmp_path)}
    return lambda **conf: TagItems(sets, LABELS, **{"num_frames": 8, **conf})


def test_training_draws_its_crops_and_dev_takes_the_middle(items):
    first = {items().draw("train", "a", np.random.default_rng(i))["features"][0, 0] for i in range(20)}
    assert len(first) > 5
    assert items().draw("valid", "a", np.random.default_rng(0))["features"][0].tolist() == list(range(6, 14))
    drawn = items(num_frames=30).draw("train", "b", np.random.default_rng(0))
    assert drawn["features"][0, 18:22].tolist() == [118, 119, 100, 101]  # what is shorter is repeated
    assert drawn["station"].tolist() == [1, 0]
    assert drawn["tags"].tolist() == [0, 1, 0]  # "odd" is no label


def test_masks_are_of_neighbouring_bands_and_for_training_alone(items):
    masked = mask_bands(np.ones((features.NUM_BANDS, 4), np.float32), 30, np.random.default_rng(3))
    bands = np.flatnonzero(masked[:, 0] == 0)
    assert 0 < len(bands) <= 30
    assert bands.tolist() == list(range(bands[0], bands[-1] + 1))
    given = items(masked_bands=127)
    shown = [given.draw(mode, "b", np.random.default_rng(1))["features"] for mode in ("train", "valid")]
    assert [(one == 0).any() for one in shown] == [True, False]


def test_mixup_mixes_crops_and_labels_by_one_share(items):
    batch = {"features": np.array([[[0.0]], [[1.0]]], np.float32), "station": np.eye(2, dtype=np.float32)}
    mixed = items(mixup=1.0).finish("train", batch, np.random.default_rng(0))
    share = mixed["station"][0, 0]
    assert 0 < share < 1
    assert mixed["features"][:, 0, 0] == pytest.approx([1 - share, share])
    assert items(mixup=1.0).finish("valid", batch, np.random.default_rng(0)) is batch
    assert items().finish("train", batch, np.random.default_rng(0)) is batch


def test_labels_are_those_of_training_and_wrong_ones_are_said(tmp_path):
    one, other = track("a", tmp_path, "rest", ("slow",)), track("b", tmp_path, "party", ("calm",))
    assert Labels.of([one, other]) == Labels(("party", "rest"), ("calm", "slow"))
    assert Labels.of([track("c", tmp_path, None)]).heads() == ["tags"]
    with pytest.raises(DataError, match="c: has no station, and others have; give all one, or none"):
        Labels.of([one, track("c", tmp_path, None)])
    with pytest.raises(DataError, match="no track has a station or a tag"):
        Labels.of([track("c", tmp_path, None, ())])


def test_a_mel_of_the_rush_and_audio_give_the_same_features(tmp_path):
    from musasr import audio
    from musasr.classifiers.features import MusicFeatures

    samples = (0.1 * np.random.default_rng(0).standard_normal(16000)).astype(np.float32)
    audio.write(tmp_path / "a.wav", samples, 16000)
    heard, _ = audio.read(tmp_path / "a.wav")
    import torch

    power = MusicFeatures().mel(torch.from_numpy(heard)[None])
    np.save(tmp_path / "a.npy", power.numpy())
    of_audio, of_mel = (features.features_of_track(tmp_path / name) for name in ("a.wav", "a.npy"))
    assert of_audio.shape == (128, 32)
    assert of_audio == pytest.approx(of_mel, abs=1e-5)
    np.save(tmp_path / "b.npy", -power.numpy())
    with pytest.raises(DataError, match=r"has the shape \(128, 32\) and is no mel power"):
        features.features_of_track(tmp_path / "b.npy")
    (tmp_path / "c.npy").write_bytes(b"no array")
    with pytest.raises(DataError, match="is no array that numpy wrote; make it again"):
        features.features_of_track(tmp_path / "c.npy")
    skipped = features.write_features([track("c", tmp_path / "c.npy")], tmp_path / "out", num_jobs=1)
    assert [one.name for one in skipped] == ["c"]
    with pytest.raises(DataError, match="no such features; run the stage that prepares them again"):
        features.read_features(tmp_path / "out", "c")


def test_ensembles_weights_are_those_of_the_highest_likelihood():
    generator = np.random.default_rng(0)
    truth = np.eye(3)[generator.integers(3, size=60)]
    good = 0.7 * truth + 0.1 * (1 - truth) + 0.05
    good /= good.sum(1, keepdims=True)
    noise = generator.dirichlet((1, 1, 1), 60)
    weights = ensemble.fit_weights([good, noise], truth, several=False)
    grid = np.linspace(0, 1, 201)
    likelihoods = [np.log((ensemble.mix([good, noise], [w, 1 - w]) * truth).sum(1)).sum() for w in grid]
    assert weights[0] == pytest.approx(grid[int(np.argmax(likelihoods))], abs=0.01)
    assert weights.sum() == pytest.approx(1)
    assert ensemble.mix([good, noise], weights).sum(1) == pytest.approx(np.ones(60))
    tags = (generator.random((60, 4)) > 0.5).astype(float)
    sure, wrong = 0.9 * tags + 0.05, 0.95 - 0.9 * tags
    assert ensemble.fit_weights([sure, wrong], tags, several=True)[0] > 0.99


def test_wrong_answers_are_counted_by_hand():
    station = np.array([[0.6, 0.4], [0.7, 0.3], [0.1, 0.9], [0.8, 0.2]])
    tags = np.array([[0.9, 0.5, 0.1], [0.2, 0.2, 0.6], [0.1, 0.1, 0.1], [0.1, 0.8, 0.1]])
    scores = {"station": station, "tags": tags}
    truth = {
        "station": np.array([[1, 0], [0, 1], [0, 1], [1, 0]]),
        "tags": np.array([[1, 0, 0], [1, 0, 0], [0, 0, 0], [0, 1, 0]]),
    }
    found = scoring.errors(scores, truth)
    assert found["station"].tolist() == [0, 1, 0, 0]
    assert found["tags"].tolist() == [1, 2, 0, 0]
    guessed = scoring.majority(truth, 3)
    assert guessed["tags"].tolist() == [[0.5, 0.25, 0]] * 3
    areas = scoring.roc_auc_of(("a", "b", "c"), scores=tags, truth=truth["tags"])
    assert areas == {"a": 100.0, "b": 100.0, "c": None}
    figures = scoring.figures(scores, truth, threshold=0.55, num_resamples=20, seed=1)
    assert figures["station"]["accuracy"]["value"] == 75
    assert figures["tags"]["micro_f1"]["value"] == pytest.approx(100 * 2 * 2 / (4 + 3), abs=0.01)
    assert figures["tags"]["micro_f1_fitted"]["value"] == pytest.approx(100 * 2 * 2 / (3 + 3), abs=0.01)


def test_an_interval_of_any_measure_is_the_bootstraps():
    values = np.random.default_rng(0).standard_normal(400)
    low, high = resampled_ci95(lambda drawn: values[drawn].mean(), num_items=400, seed=1)
    half = 1.96 * values.std() / 20
    assert (low, high) == pytest.approx((values.mean() - half, values.mean() + half), abs=0.02)

    def never(drawn):
        raise ValueError

    with pytest.raises(ValueError, match="no drawn set has this measure"):
        resampled_ci95(never, num_items=3, seed=1)


def test_claims_are_judged_by_their_errors():
    generator = np.random.default_rng(0)
    bad = (generator.random(200) < 0.6).astype(float)
    good = bad * (generator.random(200) < 0.5)
    errors = {"crnn": {"station": good}, "sap": {"station": bad}, "focal": {"station": good}}
    judged = {
        (one["variant"], one["against"]): one for one in claims.judge(errors, significance=0.05, seed=1)
    }
    assert set(judged) == {("crnn", "sap"), ("focal", "crnn")}
    assert judged["crnn", "sap"]["ours"] == claims.HELPED
    assert judged["crnn", "sap"]["errors_against"] == pytest.approx(bad.mean(), abs=1e-4)
    assert judged["focal", "crnn"]["ours"] == claims.NEITHER
    assert "| a GRU at the end (CRNN) instead of attentive pooling | station |" in "\n".join(
        results._claims(list(judged.values()), 0.05)
    )


@pytest.mark.parametrize("path", sorted(CONF.glob("music_tags*.yaml")), ids=lambda path: path.stem)
def test_every_configuration_makes_sense(path):
    config = load_system(path, "music_tags", KEYS)
    settings.check(config)
    named = {name for claim in claims.CLAIMS for name in (claim.variant, claim.against)}
    if path.stem != "music_tags_more":  # it leaves some of them out
        assert named <= {*config["variants"], config["ensemble"]["name"]}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"music": {"type": "gtzam"}}, "music: unknown type 'gtzam'; did you mean 'gtzan'?"),
        ({"music": {"type": "gtzan"}}, "'root' is missing"),
        ({"variants": {}}, "variants: there are none; name one: crnn: {}"),
        ({"variants": {"a": {"network": {"poling": 1}}}}, "unknown key 'poling'; did you mean 'pooling'?"),
        ({"variants": {"a": {"network": {"pooling": "max"}}}}, "wants gru or sap or asp or mean, got 'max'"),
        (
            {"variants": {"a": {"network": {"trunk": "rexnet"}, "training": {"batch_size": 2}}}},
            "variants: a: training.batch_size: rexnet is not trained by batches of 2; give 3 or more",
        ),
        ({"ensemble": {"name": "both", "members": ["a", "b"]}}, "ensemble: 'a' is no variant"),
        (
            {"ensemble": {"name": "sap", "members": ["crnn", "sap"]}},
            "is the name of a variant; choose another",
        ),
    ],
)
def test_what_makes_no_sense_is_said(changes, message):
    config = load_system(CONF / "music_tags.yaml", "music_tags", KEYS)
    with pytest.raises(ConfigError) as error:
        settings.check({**config, **changes})
    assert message in str(error.value)


def test_a_guide_that_comes_later_is_said():
    config = load_system(CONF / "music_tags.yaml", "music_tags", KEYS)
    attention = {"guide": "late", "head": "tags", "num_groups": 2, "gate": "softmax"}
    config["variants"] = {"early": {"network": {"attention": attention}}, "late": {}}
    with pytest.raises(ConfigError, match="variants: early: its guide 'late' is no variant before it"):
        settings.variants_of(config)


@pytest.mark.parametrize(
    ("length", "sizes"), [(7, [7]), (10, [10]), (14, [14]), (15, [10, 5]), (24, [10, 14]), (25, [10, 10, 5])]
)
def test_windows_are_whole_and_the_last_takes_what_is_left(length, sizes):
    samples = np.arange(length)
    blocks = iter([samples[:3], samples[3:]])
    found = list(tagger.stretches(blocks, 10))
    assert [len(one) for one in found] == sizes
    assert np.concatenate(found).tolist() == samples.tolist()


def test_the_whole_is_the_windows_mean_by_their_lengths():
    windows = [
        tagger.Window(0.0, 10.0, {"tags": {"calm": 0.2, "loud": 0.8}}),
        tagger.Window(10.0, 15.0, {"tags": {"calm": 0.8, "loud": 0.1}}),
    ]
    mean = tagger.whole(windows)["tags"]
    assert mean == pytest.approx({"calm": 0.4, "loud": 17 / 30})
    assert [label for label, _ in tagger.top(mean, 5, least=0.5)] == ["loud"]
    assert [label for label, _ in tagger.top(mean, 5, least=0.9)] == ["loud"]
    assert [label for label, _ in tagger.top(mean, 5)] == ["loud", "calm"]
