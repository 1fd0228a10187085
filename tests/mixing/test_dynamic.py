import numpy as np
import pytest

from musasr import audio
from musasr.errors import ConfigError, DataError
from musasr.kaldi import Piece, Utterance
from musasr.mixing import gain
from musasr.mixing.draw import MusicLibrary, generator
from musasr.mixing.dynamic import DynamicMixer
from musasr.mixing.plan import draw_plan, make, read_plan, read_speech, write_plan

RATE = 8000


@pytest.fixture
def pieces(tmp_path):
    made = []
    for index, seconds in enumerate((2.0, 5.0, 0.5)):
        samples = (0.1 * np.random.default_rng(index).standard_normal(int(seconds * RATE))).astype(np.float32)
        path = tmp_path / f"piece{index}.wav"
        audio.write(path, samples, RATE)
        made.append(Piece(f"piece{index}", path, seconds, "anime"))
    return made


@pytest.fixture
def library(pieces):
    return MusicLibrary(pieces, sampling_rate=RATE, crossfade_seconds=0.05)


def mixer(library, **changes):
    settings = {"seed": 1, "snr_mean_db": 0.0, "snr_std_db": 5.0} | changes
    return DynamicMixer(library, **settings)


def speech(seconds=3.0):
    return (0.1 * np.random.default_rng(9).standard_normal(int(seconds * RATE))).astype(np.float32)


def test_a_mixture_depends_on_seed_epoch_and_utterance_only(library):
    first = mixer(library)("a", speech(), epoch=1)
    other = mixer(library)
    other("b", speech(), epoch=4)  # what came before must not matter
    again = other("a", speech(), epoch=1)
    np.testing.assert_array_equal(first.mixture, again.mixture)
    for changed in (
        other("a", speech(), epoch=2),
        other("b", speech(), epoch=1),
        mixer(library, seed=2)("a", speech(), epoch=1),
    ):
        assert not np.array_equal(first.mixture, changed.mixture)


def test_the_snr_follows_the_law(library):
    make_mixture = mixer(library, snr_mean_db=3.0, snr_std_db=2.0)
    mixtures = [make_mixture(f"u{index}", speech(0.3), epoch=1) for index in range(400)]
    snrs = [gain.snr_db(speech=one.speech, music=one.music) for one in mixtures]
    assert np.mean(snrs) == pytest.approx(3.0, abs=0.4)
    assert np.std(snrs) == pytest.approx(2.0, abs=0.3)


def test_a_crop_cuts_speech_and_music_alike(library):
    mixture = mixer(library, crop_seconds=1.0)("a", speech(), epoch=1)
    assert len(mixture.mixture) == len(mixture.speech) == len(mixture.music) == RATE


def test_a_share_stays_clean(library):
    make_mixture = mixer(library, clean_fraction=0.5)
    clean = [not make_mixture(f"u{index}", speech(0.1), epoch=1).music.any() for index in range(200)]
    assert 70 < sum(clean) < 130


def test_silent_music_is_never_used(tmp_path, pieces):
    path = tmp_path / "silent.wav"
    audio.write(path, np.zeros(5 * RATE, np.float32), RATE)
    silent = Piece("silent", path, 5.0, "anime")
    library = MusicLibrary([silent, *pieces], sampling_rate=RATE, crossfade_seconds=0.05)
    drawn = {library.draw(generator("t", index), num_samples=RATE)[0] for index in range(50)}
    assert "silent" not in drawn
    with pytest.raises(DataError, match="found only silence"):
        MusicLibrary([silent], sampling_rate=RATE, crossfade_seconds=0.05).draw(
            generator(1), num_samples=RATE
        )


def test_no_music_is_an_error():
    with pytest.raises(DataError, match="no music to draw from"):
        MusicLibrary([], sampling_rate=RATE, crossfade_seconds=0.05)


def test_music_at_another_rate_is_an_error(pieces):
    library = MusicLibrary(pieces, sampling_rate=16000, crossfade_seconds=0.05)
    with pytest.raises(DataError, match="rate is 8000 Hz, not 16000"):
        library.read("piece1", start=0.0, num_samples=100)


@pytest.fixture
def utterances(tmp_path):
    made = []
    for name in ("a", "b"):
        path = tmp_path / f"{name}.wav"
        audio.write(path, speech(1.5), RATE)
        made.append(Utterance(name, "s", "text", path, int(1.5 * RATE)))
    return made


def test_a_plan_survives_its_file_and_gives_the_asked_snrs(tmp_path, utterances, library):
    rows = list(draw_plan(utterances, {"anime": library}, seed=1, snrs_db=[5, 0, -5]))
    write_plan(tmp_path / "plan.tsv", rows)
    assert read_plan(tmp_path / "plan.tsv") == rows
    assert [row.condition for row in rows[:3]] == ["anime_5", "anime_0", "anime_-5"]
    for row in rows:
        utterance = next(one for one in utterances if one.utterance_id == row.utterance_id)
        mixture = make(row, speech=read_speech(utterance, sampling_rate=RATE), library=library)
        assert gain.snr_db(speech=mixture.speech, music=mixture.music) == pytest.approx(row.snr_db, abs=0.01)
        assert np.abs(mixture.mixture).max() <= gain.PEAK_LIMIT + 1e-6


def test_one_cut_of_music_serves_every_snr(utterances, library):
    rows = list(draw_plan(utterances[:1], {"anime": library}, seed=1, snrs_db=[5, 0, -5]))
    assert len({(row.recording_id, row.music_start) for row in rows}) == 1


def test_a_silent_utterance_has_no_plan(tmp_path, library):
    path = tmp_path / "silent.wav"
    audio.write(path, np.zeros(RATE, np.float32), RATE)
    silent = Utterance("a", "s", "text", path, RATE)
    with pytest.raises(DataError, match="is silent"):
        list(draw_plan([silent], {"anime": library}, seed=1, snrs_db=[0]))


def test_the_mean_snr_moves_from_its_start_to_the_law_and_the_draws_stay(library):
    plain, moved = mixer(library, snr_mean_db=-2.0), mixer(library, snr_mean_db=-2.0, snr_start=[10.0, 4])
    assert [moved.mean_snr_db(epoch) for epoch in range(7)] == [-2.0, 10.0, 7.0, 4.0, 1.0, -2.0, -2.0]
    for epoch in range(7):
        one, other = (make("a", speech(), epoch=epoch) for make in (plain, moved))
        snr, snr_moved = (gain.snr_db(speech=mixture.speech, music=mixture.music) for mixture in (one, other))
        assert snr_moved - snr == pytest.approx(moved.mean_snr_db(epoch) + 2.0, abs=1e-3)
        if epoch in (0, 5, 6):
            np.testing.assert_array_equal(one.mixture, other.mixture)


@pytest.mark.parametrize("start", [15.0, [15.0], [15.0, 0], "15"])
def test_a_start_that_is_no_snr_and_number_of_epochs_is_refused(library, start):
    with pytest.raises(ConfigError, match=r"training: snr_start: wants a mean SNR and a number of epochs"):
        mixer(library, snr_start=start)


def test_voices_take_the_place_of_a_fraction_of_the_speech_and_change_nothing_else(library, tmp_path):
    path = tmp_path / "voice.wav"
    audio.write(path, np.full(4 * RATE, 0.25, np.float32), RATE)
    voices = MusicLibrary([Piece("v", path, 4.0, "en")], sampling_rate=RATE, crossfade_seconds=0.05)
    plain, other = mixer(library), mixer(library, voices=voices, voices_fraction=0.3)
    num_voices = 0
    for index in range(200):
        without, heard = (one(f"u{index}", speech(1.0), epoch=1) for one in (plain, other))
        if np.ptp(heard.speech) == 0:  # the constant voice
            num_voices += 1
            factor = np.abs(heard.music).max() / np.abs(without.music).max()
            np.testing.assert_allclose(heard.music, factor * without.music, atol=1e-5)  # the same cut
            assert gain.snr_db(speech=heard.speech, music=heard.music) == pytest.approx(
                gain.snr_db(speech=without.speech, music=without.music), abs=1e-3
            )
        else:
            np.testing.assert_array_equal(heard.mixture, without.mixture)
    assert 0.2 < num_voices / 200 < 0.4


def test_singing_stays_with_its_music_through_cut_loop_snr_and_peak(tmp_path):
    random = np.random.default_rng(1)
    whole = (0.9 * random.uniform(-1, 1, 2 * RATE)).astype(np.float32)
    for name, samples in (("whole", whole), ("sung", whole / 4)):
        audio.write(tmp_path / f"{name}.wav", samples, RATE)
    song = Piece("song", tmp_path / "whole.wav", 2.0, "popular", tmp_path / "sung.wav")
    library = MusicLibrary([song], sampling_rate=RATE, crossfade_seconds=0.05)
    asked, plain = mixer(library, with_singing=True), mixer(library)
    for name in ("a", "b", "c"):
        mixture = asked(name, 9 * speech(), epoch=1)
        np.testing.assert_allclose(mixture.singing, mixture.music / 4, atol=1e-4)
        np.testing.assert_array_equal(mixture.mixture, plain(name, 9 * speech(), epoch=1).mixture)
        np.testing.assert_allclose(mixture.accompaniment, 0.75 * mixture.music, atol=1e-4)


def test_where_nobody_sings_singing_is_silent(library):
    mixture = mixer(library, with_singing=True)("a", speech(), epoch=1)
    assert not mixture.singing.any()
    assert mixture.music.any()
    clean = mixer(library, with_singing=True, clean_fraction=1.0)("a", speech(), epoch=1)
    assert clean.singing.shape == clean.speech.shape


def test_singing_is_not_known_apart_in_rooms(library):
    with pytest.raises(ConfigError, match=r"mixing.rooms: singing in rooms is not known apart"):
        mixer(library, with_singing=True, rooms={})
