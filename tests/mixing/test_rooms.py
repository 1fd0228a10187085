"""Mixtures in rooms: who stands where, what is heard, what counts as the speech; and mixtures without."""

import math
from functools import partial

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from musasr import audio
from musasr.errors import ConfigError
from musasr.kaldi import Piece, Utterance
from musasr.mixing import gain, rooms
from musasr.mixing.acoustics import impulse_response, simulate
from musasr.mixing.draw import MusicLibrary
from musasr.mixing.dynamic import DynamicMixer
from musasr.mixing.plan import draw_plan, make, read_plan, read_speech, write_plan
from musasr.mixing.rooms import Room, Rooms
from musasr.parallel import map_in_order
from musasr.recipe import config
from musasr.recipe.checks import load_checked

RATE = 8000
SETTINGS = {
    "num_rooms": 5,
    "fraction": 1.0,
    "sources": ["speech", "music"],
    "reference": "reverberant",
    "size": [[3.0, 3.0, 2.4], [6.0, 5.0, 3.0]],
    "reverberation": [0.2, 0.4],
    "distance": [0.5, 1.5],
}


def noise(seed, seconds=1.5, level=0.1):
    return (level * np.random.default_rng(seed).standard_normal(round(seconds * RATE))).astype(np.float32)


def a_room(**changes):
    places = {"microphone": (1.0, 1.0, 1.2), "speech": (2.0, 1.5, 1.5), "music": (3.2, 3.0, 1.0)}
    return Room(
        **({"size": (4.0, 4.0, 2.5), "reverberation": 0.3, "reference": "reverberant"} | places | changes)
    )


@pytest.fixture
def library(tmp_path):
    pieces = []
    for index, seconds in enumerate((2.0, 4.0)):
        audio.write(tmp_path / f"{index}.wav", noise(100 + index, seconds), RATE)
        pieces.append(Piece(f"p{index}", tmp_path / f"{index}.wav", seconds, "anime"))
    return MusicLibrary(pieces, sampling_rate=RATE, crossfade_seconds=0.05)


@pytest.fixture
def utterances(tmp_path):
    made = []
    for name in ("a", "b"):
        audio.write(tmp_path / f"{name}.wav", noise(ord(name)), RATE)
        made.append(Utterance(name, "s", "text", tmp_path / f"{name}.wav", round(1.5 * RATE)))
    return made


def mixer(library, **changes):
    return DynamicMixer(library, **({"seed": 1, "snr_mean_db": 0.0, "snr_std_db": 5.0} | changes))


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 10**6), number=st.integers(0, 4))
def test_a_room_follows_its_settings_and_nothing_else(seed, number):
    room = Rooms(seed=seed, name="train", **SETTINGS).room(number)
    assert room == Rooms(seed=seed, name="train", **SETTINGS).room(number)
    assert room != Rooms(seed=seed, name="test", **SETTINGS).room(number)
    for place in (room.microphone, room.speech, room.music):
        assert all(0.299 <= x <= side - 0.299 for x, side in zip(place, room.size, strict=True))
    assert all(
        low <= side <= high
        for low, side, high in zip(SETTINGS["size"][0], room.size, SETTINGS["size"][1], strict=True)
    )
    assert 0.2 <= room.reverberation <= 0.4
    assert 0.49 <= math.dist(room.microphone, room.speech) <= 1.51
    assert math.dist(room.microphone, room.music) >= 0.29


@settings(max_examples=50, deadline=None)
@given(seed=st.integers(0, 10**6), sources=st.sampled_from([["speech"], ["music"], ["speech", "music"]]))
def test_a_room_survives_its_cells(seed, sources):
    room = Rooms(seed=seed, name="x", **(SETTINGS | {"sources": sources})).room(0)
    assert rooms.from_cells(room.as_cells()) == room
    assert (room.speech is None, room.music is None) == ("speech" not in sources, "music" not in sources)


def test_a_share_of_the_mixtures_is_in_rooms():
    some = Rooms(seed=1, name="train", **(SETTINGS | {"fraction": 0.3}))
    drawn = [some.draw(1, f"u{index}") for index in range(500)]
    assert 0.23 < sum(room is not None for room in drawn) / 500 < 0.37
    assert len({room for room in drawn if room}) == SETTINGS["num_rooms"]


def test_the_direct_sound_is_the_dry_one_and_echoes_follow_it():
    room = a_room()
    direct = impulse_response(room, room.speech, RATE, is_direct=True)
    full = impulse_response(room, room.speech, RATE)
    assert np.sum(direct.samples**2) == pytest.approx(1.0)
    assert direct.delay == full.delay
    assert np.argmax(np.abs(direct.samples)) == pytest.approx(direct.delay, abs=1)
    assert np.sum(full.samples**2) > 1.1  # the echoes add to it
    # Low tones pass the fraction of a sample that the way is off.
    tone = np.sin(2 * np.pi * 200 * np.arange(RATE) / RATE).astype(np.float32)
    heard = direct.apply(tone)
    assert len(heard) == len(tone)
    np.testing.assert_allclose(heard[400:-400], tone[400:-400], atol=0.1)


@pytest.mark.parametrize("seconds", [0.25, 0.5])
def test_sound_decays_in_about_the_time_asked_for(seconds):
    import pyroomacoustics

    room = a_room(reverberation=seconds)
    response = impulse_response(room, room.music, RATE)
    measured = pyroomacoustics.experimental.measure_rt60(response.samples, RATE, decay_db=30)
    assert measured == pytest.approx(seconds, rel=0.25)


def test_threads_change_no_bit():
    import pyroomacoustics

    first = impulse_response(a_room(), (2.0, 2.0, 1.0), RATE).samples
    impulse_response.cache_clear()
    pyroomacoustics.constants.set("num_threads", 4)
    np.testing.assert_array_equal(impulse_response(a_room(), (2.0, 2.0, 1.0), RATE).samples, first)


def test_a_signal_shorter_than_the_way_stays_as_long():
    heard = simulate(a_room(), speech=noise(1, 0.002), music=noise(2, 0.002), sampling_rate=RATE)
    assert len(heard.speech) == len(heard.music) == len(heard.reference) == 16


@pytest.mark.parametrize("reference", ["reverberant", "direct"])
@pytest.mark.parametrize("sources", [["speech"], ["music"], ["speech", "music"]])
def test_the_snr_of_training_mixtures_is_that_of_the_references(library, reference, sources):
    changes = {"reference": reference, "sources": sources}
    make_mixture = mixer(library, snr_mean_db=3.0, snr_std_db=0.0, rooms=SETTINGS | changes)
    for index in range(5):
        mixture = make_mixture(f"u{index}", noise(index), epoch=1)
        assert gain.snr_db(speech=mixture.speech, music=mixture.music) == pytest.approx(3.0, abs=0.01)
        assert np.abs(mixture.mixture).max() <= gain.PEAK_LIMIT + 1e-6
        echoes = mixture.mixture - mixture.speech - mixture.music
        has_echoes = reference == "direct" and "speech" in sources
        assert (gain.level_db(echoes) > gain.level_db(mixture.speech) - 15) == has_echoes
        assert has_echoes or np.abs(echoes).max() < 1e-6


def test_rooms_change_nothing_else_of_a_mixture(library):
    dry, in_rooms = mixer(library, crop_seconds=1.0), mixer(library, crop_seconds=1.0, rooms=SETTINGS)
    for index in range(5):
        first, second = (one(f"u{index}", noise(index), epoch=2) for one in (dry, in_rooms))
        assert not np.array_equal(first.mixture, second.mixture)
        asked, measured = (gain.snr_db(speech=one.speech, music=one.music) for one in (first, second))
        assert measured == pytest.approx(asked, abs=0.01)
        # The same span of speech: the room's response to it correlates with it at once.
        assert np.dot(first.speech, second.speech) > 0.2 * np.linalg.norm(first.speech) * np.linalg.norm(
            second.speech
        )


@pytest.mark.parametrize("changes", [{"rooms": None}, {"rooms": SETTINGS | {"fraction": 0.0}}])
def test_without_a_room_not_one_bit_differs(library, changes):
    for index in range(5):
        plain, other = (
            one(f"u{index}", noise(index), epoch=1)
            for one in (mixer(library, clean_fraction=0.3), mixer(library, clean_fraction=0.3, **changes))
        )
        for part in ("mixture", "speech", "music"):
            np.testing.assert_array_equal(getattr(plain, part), getattr(other, part))


def test_clean_utterances_are_in_rooms_too(library):
    mixture = mixer(library, clean_fraction=1.0, rooms=SETTINGS)("a", noise(1), epoch=1)
    assert not mixture.music.any()
    assert not np.array_equal(mixture.mixture, noise(1))


def _mix(name, library):
    return mixer(library, rooms=SETTINGS)(name, noise(len(name)), epoch=3).mixture.tobytes()


@pytest.mark.slow
def test_processes_and_order_change_no_byte(library):
    names = [f"u{'x' * index}" for index in range(4)]
    alone = list(map_in_order(partial(_mix, library=library), names, num_jobs=1))
    others = list(map_in_order(partial(_mix, library=library), names[::-1], num_jobs=2))
    assert others[::-1] == alone


@pytest.mark.parametrize("reference", ["reverberant", "direct"])
def test_a_plan_with_rooms_survives_its_file_and_gives_the_asked_snrs(
    tmp_path, utterances, library, reference
):
    places = Rooms(seed=1, name="test", **(SETTINGS | {"reference": reference}))
    rows = list(
        draw_plan(utterances, {"anime": library, "jazz": library}, seed=1, snrs_db=[5, -5], places=places)
    )
    write_plan(tmp_path / "plan.tsv", rows)
    assert read_plan(tmp_path / "plan.tsv") == rows
    header = (tmp_path / "plan.tsv").read_text().splitlines()[0].split("\t")
    assert header[8:] == [
        "room_size",
        "room_reverberation",
        "room_microphone",
        "room_speech",
        "room_music",
        "room_reference",
    ]
    assert len({row.room for row in rows if row.utterance_id == "a"}) == 1  # under every genre and SNR
    for row in rows:
        utterance = next(one for one in utterances if one.utterance_id == row.utterance_id)
        mixture = make(row, speech=read_speech(utterance, sampling_rate=RATE), library=library)
        assert gain.snr_db(speech=mixture.speech, music=mixture.music) == pytest.approx(row.snr_db, abs=0.01)
        assert np.abs(mixture.mixture).max() <= gain.PEAK_LIMIT + 1e-6


def test_a_plan_may_be_dry_in_part_or_as_a_whole(tmp_path, utterances, library):
    dry = list(draw_plan(utterances, {"anime": library}, seed=1, snrs_db=[0]))
    write_plan(tmp_path / "plan.tsv", dry)
    assert "room" not in (tmp_path / "plan.tsv").read_text()
    places = Rooms(seed=1, name="test", **SETTINGS)
    mixed = [*dry, *draw_plan(utterances, {"anime": library}, seed=1, snrs_db=[5], places=places)]
    write_plan(tmp_path / "plan.tsv", mixed)
    assert read_plan(tmp_path / "plan.tsv") == mixed


def test_a_room_cannot_be_deader_than_its_walls():
    with pytest.raises(
        ConfigError, match=r"reverberation: 0\.05 s is too short for a room of 4\.0 x 4\.0 x 2\.5 m"
    ):
        impulse_response(a_room(reverberation=0.05), (2.0, 2.0, 1.0), RATE)


def test_too_long_a_way_for_the_room_is_an_error():
    far = Rooms(seed=1, name="train", **(SETTINGS | {"distance": [20.0, 30.0]}))
    with pytest.raises(ConfigError, match=r"mixing\.rooms\.distance: no two places in .* m are so far apart"):
        far.room(0)


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("num_rooms", 0, "mixing.rooms.num_rooms: wants a whole number of at least 1, got 0"),
        ("fraction", 1.5, "mixing.rooms.fraction: wants a number from 0 to 1, got 1.5"),
        ("sources", ["noise"], "mixing.rooms.sources: wants a list of speech, music, got ['noise']"),
        ("reference", "dry", "mixing.rooms.reference: wants reverberant or direct, got 'dry'"),
        ("size", [[0.5, 3, 3], [4, 4, 4]], "mixing.rooms.size: wants smallest and largest size, got"),
        (
            "reverberation",
            [0.5, 0.2],
            "mixing.rooms.reverberation: wants [lowest, highest], each a number above 0, got",
        ),
        (
            "distance",
            [0, 2],
            "mixing.rooms.distance: wants [lowest, highest], each a number above 0, got [0, 2]",
        ),
        ("reverb", 1, "mixing.rooms: unknown key 'reverb'; did you mean 'reverberation'"),
    ],
)
def test_a_wrong_setting_is_named_before_anything_runs(tmp_path, key, value, message):
    path = tmp_path / "recipe.yaml"
    config.save({"base": str(config.CONF / "mini.yaml"), "mixing": {"rooms": SETTINGS | {key: value}}}, path)
    with pytest.raises(ConfigError) as caught:
        load_checked(path)
    assert message in str(caught.value)


def test_a_missing_setting_and_no_settings_are_named(tmp_path):
    with pytest.raises(ConfigError, match=r"mixing.rooms: wants settings \(key: value\), or null, got 3"):
        load_checked(config.CONF / "mini.yaml", settings=["mixing.rooms=3"])
    with pytest.raises(ConfigError, match=r"mixing\.rooms: 'fraction' is missing; add it"):
        load_checked(config.CONF / "mini.yaml", settings=["mixing.rooms={num_rooms: 3}"])
    assert config.load(config.CONF / "rooms.yaml", settings=["mixing.rooms=null"])["mixing"]["rooms"] is None
