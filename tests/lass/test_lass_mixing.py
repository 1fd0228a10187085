"""Mixtures have the asked SNR and sum to their parts; items ask for what sounds, or for silence."""

import numpy as np
import pytest

from musasr import audio
from musasr.classification.batches import DrawnBatches
from musasr.corpora.clips import Clip
from musasr.errors import ConfigError, DataError
from musasr.lass.cues import TagCue, TextCue
from musasr.lass.items import LassItems
from musasr.lass.mixing import mix
from musasr.lass.test_list import draw_test, read_test, write_test
from musasr.lass.words import Words

RATE = 4000
TONES = {"low": 200.0, "middle": 500.0, "high": 1300.0}


@pytest.fixture(scope="module")
def clips(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tones")
    made = []
    for tag, hertz in TONES.items():
        for index in range(2):
            path = folder / f"{tag}{index}.wav"
            audio.write(path, 0.3 * np.sin(2 * np.pi * hertz * np.arange(RATE) / RATE), RATE)
            captions = (f"a {tag} tone", f"the tone is {tag}")
            made.append(Clip(path.stem, path, 1.0, (tag,), captions, (f"something {tag}",)))
    return made


def items(clips, cue, **changes):
    settings = {
        "crop_seconds": 0.5,
        "sampling_rate": RATE,
        "snr": "energy",
        "snr_db": (3.0, 3.0),
        "rounds": 1,
    }
    settings |= {"general_fraction": 0.0, "absent_fraction": 0.0, "ask_both": True}
    return LassItems({"train": clips, "valid": clips}, cue, **settings | changes)


def tone_of(samples):
    """The frequency in Hz that is loudest."""
    return np.abs(np.fft.rfft(samples)).argmax() * RATE / len(samples)


@pytest.mark.parametrize(("snr", "power"), [("energy", 2), ("peak", None)])
def test_mixtures_have_the_asked_snr(snr, power):
    generator = np.random.default_rng(0)
    target, background = generator.standard_normal((2, 1000)).astype(np.float32)
    mixed = mix(target, background, snr_db=6.0, snr=snr)
    np.testing.assert_allclose(mixed.mixture, mixed.target + mixed.background, atol=1e-6)
    if power:
        ratio = np.sum(mixed.target**2) / np.sum(mixed.background**2)
        assert 10 * np.log10(ratio) == pytest.approx(6.0, abs=1e-4)
    else:
        ratio = np.abs(mixed.target).max() / np.abs(mixed.background).max()
        assert 20 * np.log10(ratio) == pytest.approx(6.0, abs=1e-4)
    assert max(np.abs(one).max() for one in (mixed.mixture, mixed.target, mixed.background)) <= 0.95 + 1e-6


def test_an_unknown_snr_is_one_line():
    with pytest.raises(ConfigError, match=r"snr: unknown snr 'rms'"):
        mix(np.ones(4), np.ones(4), snr_db=0.0, snr="rms")


def test_a_mixture_is_asked_for_both_of_its_sounds(clips):
    drawn = items(clips, TagCue(list(TONES)))
    for clip in clips:
        one = drawn.draw("train", f"{clip.clip_id}#0", np.random.default_rng(1))
        assert one["mixture"].shape == (2, RATE // 2)
        np.testing.assert_allclose(one["target"].sum(axis=0), one["mixture"][0], atol=1e-6)
        for target, cue in zip(one["target"], one["cue"], strict=True):
            asked = list(TONES)[int(cue.argmax())]
            assert tone_of(target) == pytest.approx(TONES[asked], abs=3)
        ratio = np.sum(one["target"][0] ** 2) / np.sum(one["target"][1] ** 2)
        assert 10 * np.log10(ratio) == pytest.approx(3.0, abs=1e-3)


def test_what_is_not_there_is_silence(clips):
    drawn = items(clips, TagCue(list(TONES)), absent_fraction=1.0, ask_both=False)
    one = drawn.draw("train", "low0#0", np.random.default_rng(1))
    assert not one["target"].any()
    asked = list(TONES)[int(one["cue"][0].argmax())]
    spectrum = np.abs(np.fft.rfft(one["mixture"][0]))
    assert spectrum[round(TONES[asked] / 2)] < 1e-2 * spectrum.max()


def test_batches_are_the_same_whatever_the_workers_and_trim_the_padding(clips):
    words = Words.train(["a low tone", "the tone is high", "middle"], num_pieces=90, most_pieces=20)
    batches = [
        list(
            DrawnBatches(items(clips, TextCue(words)), batch_size=3, seed=5, num_workers=workers).loader(
                "train", 2
            )
        )
        for workers in (0, 2)
    ]
    for (ids, one), (other_ids, other) in zip(*batches, strict=True):
        assert ids == other_ids
        assert all((one[name] == other[name]).all() for name in one)
        assert one["mixture"].shape == (6, RATE // 2)
        assert one["cue"].shape[0] == 6
        assert one["cue"].shape[1] < 20
        assert (one["cue"][:, 0] == words.pieces_of("")[0]).all()


def test_too_few_tags_are_one_line(clips):
    with pytest.raises(DataError, match=r"the train set: needs clips of three different tags"):
        items(clips[:4], TagCue(list(TONES)))


def test_the_test_list_is_a_function_of_the_seed_and_shares_no_tag(clips, tmp_path):
    mixtures = draw_test(clips, number=9, snr_db=0.0, seed=1)
    assert mixtures == draw_test(list(reversed(clips)), number=9, snr_db=0.0, seed=1)
    assert mixtures != draw_test(clips, number=9, snr_db=0.0, seed=2)
    tags = {clip.clip_id: clip.tags[0] for clip in clips}
    for one in mixtures:
        assert len({tags[one.target], tags[one.background], one.wrong_tags[0]}) == 3
        assert one.caption != one.paraphrase
        assert all(tags[one.target] in text for text in (one.caption, one.paraphrase, one.unseen))
        assert tags[one.background] in one.swapped
    assert [tags[one.target] for one in mixtures[:3]] == sorted(TONES)
    path = write_test(tmp_path, mixtures)
    assert read_test(tmp_path) == mixtures
    path.write_text("{}\n")
    with pytest.raises(Exception, match=r"mixtures.jsonl:1: is no mixture; remove it"):
        read_test(tmp_path)


def test_a_test_set_without_unseen_wordings_or_tags_is_one_line(clips):
    bare = Clip("bare", clips[0].path, 1.0, ("low",), ("a", "b"))
    with pytest.raises(DataError, match=r"bare has not two captions and one that no training sees"):
        draw_test([bare], number=1, snr_db=0.0, seed=0)
    with pytest.raises(DataError, match=r"needs three clips that share no tag"):
        draw_test(clips[:4], number=1, snr_db=0.0, seed=0)
