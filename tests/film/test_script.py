"""What happens when: as many minutes as asked, everything in it, nobody and nothing known."""

import itertools
from collections import Counter

import numpy as np
import pytest
from films import cast_of, script_of, settings_of

from musasr.corpora.embedded.music import catalogue
from musasr.corpora.embedded.speech.voices import make_voice
from musasr.errors import ConfigError
from musasr.film.script import plan_reels


@pytest.fixture(scope="module")
def long():
    """The default film."""
    return script_of(settings_of("mini"))


def test_scenes_follow_one_another_to_the_last_picture(long):
    assert long[0].start == 0
    for one, other in itertools.pairwise(long):
        assert other.start == pytest.approx(one.start + one.duration, abs=1e-9)
        assert other.number == one.number + 1
    assert long[-1].start + long[-1].duration == pytest.approx(600.0, abs=1e-9)


def test_every_reel_holds_every_snr_and_every_interlude(long):
    kinds = Counter((scene.kind, scene.snr_db) for scene in long)
    number = kinds["song", None]
    assert number == 3
    assert {snr_db for kind, snr_db in kinds if kind == "speech"} == {None, 10, 5, 0, -5}
    assert kinds == {("speech", one): number for one in (None, 10, 5, 0, -5)} | {
        ("music", None): 2 * number,
        ("silence", None): 2 * number,
        ("song", None): number,
    }
    orders = {tuple(scene.snr_db for scene in long[start : start + 10]) for start in (0, 10, 20)}
    assert len(orders) == 3


def test_music_is_where_it_belongs_and_held_out(long):
    held_out = {
        source
        for genre in ("anime", "classical", "jazz", "popular")
        for sources, _ in catalogue.families(genre, "test")
        for source in sources
    }
    for scene in long:
        is_dry = scene.kind == "silence" or (scene.kind == "speech" and scene.snr_db is None)
        assert (not scene.titles) == is_dry
        assert {title.source for title in scene.titles} <= held_out
        if scene.titles:
            assert (scene.titles[0].genre == "popular") == (scene.kind == "song")


def test_nobody_speaks_whom_a_set_has_and_nobody_says_a_thing_twice(long):
    known_voices = {make_voice(number).speaker_id for number in range(15)}
    said = [said for scene in long if scene.speech for said in scene.speech.lines]
    assert not known_voices & {one.line.voice.speaker_id for one in said}
    assert 2 <= len({one.line.voice.speaker_id for one in said}) <= 6
    texts = [" ".join(one.texts) for one in said]
    assert len(set(texts)) == len(texts) > 30
    settings = settings_of("mini")
    again = cast_of(settings, known={texts[0]})
    first = next(scene for scene in long if scene.speech)
    other = again.speak(first.number, first.duration)
    assert " ".join(cast_of(settings).speak(first.number, first.duration).lines[0].texts) == texts[0]
    assert " ".join(other.lines[0].texts) != texts[0]


def test_a_script_is_a_function_of_settings_and_seed():
    assert script_of(settings_of()) == script_of(settings_of())


def test_four_hours_are_planned_as_they_are_asked_for():
    reels = list(plan_reels(settings_of("mini", minutes=240.0), seed=1))
    assert sum(slot.num_pictures for reel in reels for slot in reel) == 240 * 60 * 5
    longest = max(slot.num_pictures for reel in reels for slot in reel) / 5
    assert longest < 60  # what is in memory at once does not grow
    mean = np.mean([slot.num_pictures / 5 for reel in reels for slot in reel if slot.kind == "speech"])
    assert mean == pytest.approx(30, abs=2)


def test_too_few_minutes_are_refused():
    with pytest.raises(ConfigError, match=r"film\.minutes: 0\.2 leave a scene of \w+ \d\.\d s; ask for more"):
        list(plan_reels(settings_of("mini", minutes=0.2), seed=1))
