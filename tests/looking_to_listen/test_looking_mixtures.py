"""What is mixed, what is shown, and what scores say of it."""

import json

import numpy as np
import pytest
import torch
from looking_runs import SECONDS, write_sets

from musasr.audio import write as write_wav
from musasr.corpora.talking.prepared import Prepared, Rates, prepare_tracks
from musasr.errors import DataError
from musasr.looking_to_listen.controls import RIGHT, controls_of
from musasr.looking_to_listen.evaluation import BEST_ORDER, PLACES, UNPROCESSED, evaluate
from musasr.looking_to_listen.items import Mixtures
from musasr.looking_to_listen.mixtures import Mixer, plan_test
from musasr.looking_to_listen.noise import MadeNoise, Recordings
from musasr.looking_to_listen.results import Table, mean_ci95
from musasr.metrics.separation import si_sdr
from musasr.mixing.gain import energy, level_db

CONFIG = {
    "seed": 1,
    "sampling_rate": 16000,
    "pictures_per_second": 25,
    "mixing": {"offset_seconds": 0.2, "num_test": 3, "seconds": SECONDS},
}


@pytest.fixture(scope="module")
def prepared(tmp_path_factory):
    folder = tmp_path_factory.mktemp("mixtures")
    write_sets(folder)
    prepare_tracks(folder / "test", folder / "faces", Rates(8, 16000, 25, SECONDS), num_jobs=1)
    return Prepared(folder / "faces")


def mixer_of(prepared: Prepared, kind: str = "2S", **others) -> Mixer:
    return Mixer(prepared, kind=kind, seconds=SECONDS, sampling_rate=16000, pictures_per_second=25, **others)


def random(seed: int = 1) -> np.random.Generator:
    return np.random.default_rng(seed)


@pytest.mark.parametrize(("kind", "number"), [("2S", 2), ("3S", 3), ("1S+noise", 1)])
def test_a_mixture_is_the_sum_of_different_speakers(prepared, kind, number):
    mixer = mixer_of(prepared, kind)
    parts = mixer.draw("test1", random())
    assert parts[0].clip_id == "test1"
    assert len({prepared.speaker_of[part.clip_id] for part in parts}) == len(parts) == number
    mixed = mixer.mix(parts, random())
    assert mixed.mixture == pytest.approx(mixed.sources.sum(axis=0), abs=1e-6)
    assert (mixed.sources.shape, mixed.faces.shape) == ((number, 16000), (number, 25, 8, 8))


@pytest.mark.parametrize("kind", ["1S+voice", "1S+voice+music"])
def test_a_voice_that_nobody_sees_is_no_source(prepared, kind):
    mixer = mixer_of(prepared, kind, beside=MadeNoise(16000) if "music" in kind else None, gain=0.0)
    mixed = mixer.mix(mixer.draw("test1", random()), random(2))
    assert (mixed.sources.shape, mixed.faces.shape) == ((1, 16000), (1, 25, 8, 8))
    rest = mixed.mixture - mixed.sources[0]
    assert level_db(rest) > level_db(mixed.sources[0]) - 12
    assert abs(np.corrcoef(rest, mixed.sources[0])[0, 1]) < 0.2


def test_noise_is_mixed_in_with_its_gain(prepared):
    mixer = mixer_of(prepared, "1S+noise", beside=MadeNoise(16000), gain=0.3)
    mixed = mixer.mix(mixer.draw("test0", random()), random())
    noise = mixed.mixture - mixed.sources[0]
    # The embedded voices' level, -26 dB, times 0.3.
    assert level_db(noise) == pytest.approx(-26 + 20 * np.log10(0.3), abs=0.1)


def test_made_noise_has_another_colour_each_time():
    noises = [MadeNoise(16000).draw(16000, random(seed)) for seed in range(8)]
    high = [energy(np.diff(noise)) / energy(noise) for noise in noises]
    assert max(high) > 4 * min(high)
    assert (noises[0] == MadeNoise(16000).draw(16000, random(0))).all()


def test_recordings_are_cut_or_looped(tmp_path):
    write_wav(tmp_path / "long.wav", np.linspace(0, 0.5, 48000, dtype=np.float32), 16000)
    cut = Recordings.of_folder(tmp_path, 16000).draw(16000, random())
    assert np.diff(cut).mean() == pytest.approx(0.5 / 48000, rel=0.01)
    write_wav(tmp_path / "long.wav", np.full(4000, 0.25, np.float32), 16000)
    assert Recordings.of_folder(tmp_path, 16000).draw(16000, random()) == pytest.approx(0.25, abs=1e-3)
    with pytest.raises(DataError, match="there are no recordings to mix in; name another folder"):
        Recordings.of_folder(tmp_path / "empty", 16000)


def test_what_is_drawn_follows_from_the_generator(prepared):
    mixtures = Mixtures({"train": [mixer_of(prepared)], "dev": [mixer_of(prepared)]}, has_faces=True)
    one, again, other = (mixtures.draw("train", "test0", random(seed)) for seed in (1, 1, 2))
    assert (one["mixture"] == again["mixture"]).all()
    assert (one["mixture"] != other["mixture"]).any()
    assert set(one) == {"mixture", "sources", "faces"}
    deaf = Mixtures({"train": [mixer_of(prepared)]}, has_faces=False).draw("train", "test0", random(1))
    assert set(deaf) == {"mixture", "sources"}
    assert (deaf["mixture"] == one["mixture"]).all()


def test_kinds_are_drawn_for_each_mixture_alike_often(prepared):
    noisy = mixer_of(prepared, "2S+noise", beside=MadeNoise(16000), gain=0.3)
    mixtures = Mixtures({"train": [mixer_of(prepared), noisy]}, has_faces=False)
    drawn = [mixtures.draw("train", "test0", random(seed)) for seed in range(40)]
    is_noisy = [np.abs(one["mixture"] - one["sources"].sum(axis=0)).max() > 1e-3 for one in drawn]
    assert 10 < sum(is_noisy) < 30


def test_one_face_cannot_be_swapped(prepared, tmp_path):
    mixer = mixer_of(prepared, "1S+noise", beside=MadeNoise(16000), gain=0.3)
    evaluate(Oracle({}), {"1S+noise": mixer}, CONFIG, folder=tmp_path, with_controls=True)
    rows = json.loads((tmp_path / "scores.json").read_text())["rows"]
    assert {row["kind"] for row in rows} == {"1S+noise"}
    names = set(rows[0]["voices"][0]["scores"])
    assert {RIGHT, "a still face", "another person's face"} < names
    assert names.isdisjoint({"faces swapped", PLACES})


def test_too_few_speakers_for_a_kind_are_named(prepared):
    prepared = Prepared(prepared.folder)
    prepared.speaker_of = dict.fromkeys(prepared.speaker_of, "one")
    with pytest.raises(DataError, match="2S wants 2 speakers, and there are 1"):
        mixer_of(prepared)


def test_the_test_mixtures_are_a_function_of_the_seed(prepared):
    mixer = mixer_of(prepared)
    plan = plan_test(mixer, 5, seed=1)
    assert plan == plan_test(mixer, 5, seed=1) != plan_test(mixer, 5, seed=2)
    assert [parts[0].clip_id for _, parts in plan] == ["test0", "test1", "test2", "test0", "test1"]


def test_controls_show_what_they_say(prepared):
    mixer = mixer_of(prepared)
    parts = mixer.draw("test0", random())
    faces = mixer.mix(parts, random()).faces
    shown = {name: show(mixer, parts, faces, random()) for name, show in controls_of(5).items()}
    assert (shown[RIGHT] == faces).all()
    assert (shown["faces swapped"][0] == faces[1]).all()
    assert (shown["a still face"] == faces[:, :1]).all()
    assert not shown["no face"].any()
    assert (shown["picture late"][:, 5:] == faces[:, :-5]).all()
    assert (shown["picture late"][:, :5] == faces[:, :1]).all()
    assert (shown["picture early"][:, :-5] == faces[:, 5:]).all()
    assert shown["another person's face"].shape == faces.shape


def test_a_stranger_is_in_no_part(prepared):
    mixer = mixer_of(prepared)
    parts = mixer.draw("test0", random())
    present = {part.clip_id for part in parts}
    assert {mixer.stranger(parts, random(seed)).clip_id for seed in range(5)}.isdisjoint(present)


class Oracle:
    """Separates as its faces say: it knows the voices by the sum of their crops."""

    sampling_rate, pictures_per_second = 16000, 25
    spectrum = type("Spectrum", (), {"win_length": 400})
    network = type("Network", (), {"visual": True})

    def __init__(self, voices: dict[int, np.ndarray]):
        self.voices = voices

    def separate(self, mixture, lengths, cue):
        faces = cue[0].long().flatten(1).sum(dim=1).tolist()
        silence = np.zeros(mixture.shape[1], np.float32)
        return torch.from_numpy(np.stack([self.voices.get(face, silence) for face in faces]))[None]


def test_a_model_that_follows_faces_scores_where_the_face_went(prepared, tmp_path):
    mixer, voices = mixer_of(prepared), {}
    noise = 0.02 * random().standard_normal(16000).astype(np.float32)
    for _, parts in plan_test(mixer, 3, seed=1):
        mixed = mixer.mix(parts, random())
        for face, voice in zip(mixed.faces, mixed.sources, strict=True):
            voices[int(face.astype(np.int64).sum())] = voice + noise
    evaluate(Oracle(voices), {"2S": mixer}, CONFIG, folder=tmp_path, with_controls=True)
    rows = json.loads((tmp_path / "scores.json").read_text())["rows"]
    assert len(rows) == 3
    table = Table(rows)
    assert table.of(RIGHT, "si_sdr") == pytest.approx(table.of("faces swapped", "si_sdr"))
    assert table.of(RIGHT, "si_sdr").min() > 10
    assert table.of(PLACES, "si_sdr").max() < 0
    assert table.of("a still face", "si_sdr").max() == -80  # silence
    first = mixer.mix(plan_test(mixer, 3, seed=1)[0][1], random())
    expected = si_sdr(estimate=first.mixture, reference=first.sources[0])
    assert table.of(UNPROCESSED, "si_sdr")[0] == pytest.approx(expected)


def test_the_best_order_is_that_of_the_mixture_as_a_whole(prepared, tmp_path):
    mixer = mixer_of(prepared)
    ((_, parts),) = plan_test(mixer, 1, seed=1)
    mixed = mixer.mix(parts, random())
    keys = [int(face.astype(np.int64).sum()) for face in mixed.faces]
    voices = dict(zip(keys, 0.1 * mixed.mixture + mixed.sources[::-1], strict=True))
    config = {**CONFIG, "mixing": {**CONFIG["mixing"], "num_test": 1}}
    evaluate(Oracle(voices), {"2S": mixer}, config, folder=tmp_path, with_controls=False)
    table = Table(json.loads((tmp_path / "scores.json").read_text())["rows"])
    assert table.of(RIGHT, "si_sdr").max() < 0
    assert table.of(BEST_ORDER, "si_sdr").min() > 15


def test_a_mean_has_an_interval_around_it():
    values = random().normal(3.0, 1.0, 100)
    low, high = mean_ci95(values, seed=1)
    # 1.96 / sqrt(100) on both sides.
    assert (low, high) == pytest.approx((values.mean() - 0.196, values.mean() + 0.196), abs=0.05)
