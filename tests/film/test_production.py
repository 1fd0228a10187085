"""The sound of scenes, measured from its parts and from the file's samples."""

from dataclasses import replace

import numpy as np
import pytest
from films import RATE, script_of, settings_of, studio_of

from musasr.corpora.embedded.music import scores
from musasr.errors import DataError
from musasr.film import soundtrack
from musasr.film.cast import Speech
from musasr.film.production import place_lines

pytestmark = pytest.mark.slow  # music21 takes seconds to parse a score


def rms_db(samples: np.ndarray) -> float:
    return 20 * np.log10(np.sqrt(np.mean(samples.astype(np.float64) ** 2)))


@pytest.fixture(scope="module")
def settings():
    return settings_of(genres=["jazz"])


@pytest.fixture(scope="module")
def scenes(settings):
    return script_of(settings)


@pytest.fixture(scope="module")
def sounds(scenes, settings):
    """Number -> (scene, its parts), of the scenes with speech and one of silence."""
    studio = studio_of(settings)
    chosen = [one for one in scenes if one.kind == "speech"]
    chosen.append(next(one for one in scenes if one.kind == "silence"))
    return {scene.number: (scene, studio.make_sound(scene)) for scene in chosen}


def test_the_snr_is_that_of_the_parts_while_somebody_speaks(sounds):
    measured = set()
    for scene, sound in sounds.values():
        if scene.snr_db is None:
            assert not sound.music.any()
            continue
        speaking = np.concatenate([np.arange(one.start, one.start + len(one.samples)) for one in sound.lines])
        asked = rms_db(sound.speech[speaking]) - rms_db(sound.music[speaking])
        assert asked == pytest.approx(scene.snr_db, abs=0.02)
        measured.add(scene.snr_db)
    assert measured == {10, 5, 0, -5}


def test_the_film_is_the_sum_of_its_parts_and_never_clips(sounds, settings):
    for scene, sound in sounds.values():
        shot = studio_of(settings).shoot(scene)
        total = sound.speech + sound.music + sound.floor
        assert len(shot.samples) == round(scene.duration * RATE)
        np.testing.assert_allclose(shot.samples / 32768, total, atol=0.51 / 32768)
        assert np.abs(total).max() <= 0.9901
        assert rms_db(sound.floor) == pytest.approx(-75, abs=0.2)


def test_words_are_spoken_when_the_truth_says(sounds, settings):
    """Each sentence's first word against where the dry speech begins to sound; and no sound between them."""
    for scene, sound in sounds.values():
        shot = studio_of(settings).shoot(scene)
        if scene.kind == "silence":
            assert shot.subtitles == ()
            continue
        hop = RATE // 100
        power = np.mean(sound.speech[: len(sound.speech) // hop * hop].reshape(-1, hop) ** 2, axis=1)
        sounding = np.flatnonzero(power > 1e-4 * power.max()) / 100 + scene.start
        inside = np.zeros(len(sounding), bool)
        for subtitle in shot.subtitles:
            (_, begin, _), (_, _, end) = subtitle.words[0], subtitle.words[-1]
            near = sounding[(sounding > begin - 0.3) & (sounding < end + 0.3)]
            assert near[0] == pytest.approx(begin, abs=0.15)
            assert near[-1] == pytest.approx(end, abs=0.25)
            inside |= (sounding > begin - 0.1) & (sounding < end + 0.1)
            assert scene.start <= begin
            assert end <= scene.start + scene.duration
        assert inside.all()


def test_music_alone_has_its_level(scenes, settings):
    music = next(one for one in scenes if one.kind == "music")
    sound = studio_of(settings).make_sound(music)
    assert rms_db(sound.music) == pytest.approx(settings.music_db, abs=1.5)
    assert not sound.speech.any()
    assert sound.title.genre == "jazz"
    assert np.abs(sound.music[:10]).max() < 0.01  # faded in


def test_a_line_that_does_not_fit_any_more_is_left_out_and_one_alone_is_an_error(scenes):
    lines = [said for scene in scenes if scene.speech for said in scene.speech.lines][:3]
    speech = Speech(tuple(lines), (0.5, 1.0, 1.5, 1.0))
    whole = place_lines(speech, 20 * RATE, RATE)
    sizes = [len(one.samples) for one in whole]
    assert [one.said for one in whole] == lines
    # The pauses have the planned proportions: 1, 2, 3, 2 of 8.
    spare = 20 * RATE - sum(sizes)
    assert whole[0].start == pytest.approx(spare / 8, abs=1)
    assert whole[2].start == pytest.approx(6 * spare / 8 + sum(sizes[:2]), abs=1)
    short = place_lines(speech, sum(sizes) + RATE // 10, RATE)
    assert [one.said for one in short] == lines[:2]
    with pytest.raises(DataError, match=r"is \d\.\d\d s too long for its scene"):
        place_lines(replace(speech, lines=(lines[0],), pauses=(1.0, 1.0)), sizes[0] // 2, RATE)


def test_a_composition_that_cannot_be_parsed_gives_way_to_the_next(scenes, settings, monkeypatch):
    music = next(one for one in scenes if one.kind == "music")
    real, broken = scores.load, music.titles[0].source

    def load(source):
        if source == broken:
            raise ValueError("no clef")
        return real(source)

    monkeypatch.setattr(soundtrack, "_score", load)
    span = studio_of(settings).shoot(music).span
    assert span.title == music.titles[1].source.name
    monkeypatch.setattr(soundtrack, "_score", lambda source: real(broken) and 1 / 0)
    with pytest.raises(DataError, match=r"none of 4 titles could be rendered \(.*ZeroDivisionError.*choose"):
        studio_of(settings).shoot(music)
