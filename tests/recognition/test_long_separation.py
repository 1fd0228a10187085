"""Separation in chunks: consecutive, faded, final, the same whatever was skipped, near the whole's."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from small_models import options

from musasr.errors import ConfigError, DataError
from musasr.recognition.long_separation import separate_blocks, separate_window
from musasr.training.train import build

RATE = 1000


class Filters:
    """A separator that looks a little around: speech is a mean of 9 neighbours, music the rest of it."""

    sources = ("speech", "music")

    def __init__(self):
        self.asked = []

    def separate(self, mixture, lengths, cue=None):
        self.asked.append(tuple(mixture.shape))
        speech = torch.nn.functional.avg_pool1d(mixture.unsqueeze(1), 9, stride=1, padding=4)[:, 0]
        return torch.stack([speech, mixture - speech], dim=1)


class Counts(Filters):
    """A separator whose speech is the number of the window, whatever it is given."""

    def separate(self, mixture, lengths, cue=None):
        self.asked.append(tuple(mixture.shape))
        return torch.full((len(mixture), 2, mixture.shape[1]), float(len(self.asked)))


def noise(size, seed=0, channels=None):
    shape = (size,) if channels is None else (channels, size)
    return np.random.default_rng(seed).standard_normal(shape).astype(np.float32)


def chunks_of(separator, sound, *, cuts=(), chunk=1.0, overlap=0.2, **options):
    blocks = np.split(sound, sorted(cuts), axis=-1)
    return list(
        separate_blocks(
            separator, blocks, sampling_rate=RATE, chunk_seconds=chunk, overlap_seconds=overlap, **options
        )
    )


def joined(chunks, source):
    return np.concatenate([chunk.estimates[source] for chunk in chunks], axis=-1)


@settings(max_examples=60, deadline=None)
@given(
    size=st.integers(1, 5000),
    cuts=st.lists(st.integers(0, 5000), max_size=5),
    overlap=st.sampled_from([0.0, 0.1, 0.5]),
)
def test_chunks_follow_one_another_and_add_up(size, cuts, overlap):
    sound = noise(size)
    chunks = chunks_of(Filters(), sound, cuts=[cut for cut in cuts if cut <= size], overlap=overlap)
    np.testing.assert_array_equal(np.concatenate([chunk.mixture for chunk in chunks]), sound)
    starts = np.cumsum([0, *(len(chunk.mixture) for chunk in chunks)])
    assert [chunk.start for chunk in chunks] == starts[:-1].tolist()
    assert [chunk.index for chunk in chunks] == list(range(len(chunks)))
    hop = RATE - round(overlap * RATE)
    assert all(len(chunk.mixture) == hop for chunk in chunks[:-1])
    assert len(chunks[-1].mixture) <= RATE
    np.testing.assert_allclose(joined(chunks, "speech") + joined(chunks, "music"), sound, atol=1e-5)


def test_what_a_separator_sees_of_its_neighbourhood_is_right_but_at_the_seams():
    sound = noise(5300)
    whole = Filters().separate(torch.from_numpy(sound)[None], torch.tensor([5300]))[0].numpy()
    found = joined(chunks_of(Filters(), sound), "speech")
    wrong = np.flatnonzero(np.abs(found - whole[0]) > 1e-5)
    edges = np.array([*range(800, 5300, 800), *range(1000, 5300, 800), 4300])  # where windows begin and end
    assert np.abs(wrong[:, None] - edges).min(axis=1).max() <= 4
    assert np.abs(found - whole[0]).max() < 0.2 * np.abs(whole[0]).max()  # what is wrong is faded out


def test_a_fade_is_linear_and_windows_lie_on_the_grid():
    found = joined(chunks_of(Counts(), noise(2600)), "speech")
    fade = (np.arange(200) + 0.5) / 200
    expected = [np.ones(800), 1 + fade, np.full(600, 2.0), 2 + fade, np.full(800, 3.0)]
    np.testing.assert_allclose(found, np.concatenate(expected), atol=1e-6)


@pytest.mark.parametrize(
    ("size", "shapes"), [(700, [700]), (1000, [1000]), (1001, [1000, 1000]), (1801, [1000] * 3)]
)
def test_no_window_is_shorter_than_the_others(size, shapes):
    separator = Filters()
    chunks_of(separator, noise(size))
    assert separator.asked == [(1, shape) for shape in shapes]


@pytest.mark.parametrize("size", [900, 1001, 3000, 4321])
def test_what_was_skipped_changes_nothing_of_the_rest_and_is_not_separated(size):
    sound = noise(size, seed=1)
    every = chunks_of(Filters(), sound)
    for skipped in range(len(every) + 2):
        separator = Filters()
        some = chunks_of(separator, sound, cuts=[100, 777], skip_chunks=skipped)
        assert [chunk.estimates is None for chunk in some] == [index < skipped for index in range(len(every))]
        for one, other in zip(some, every, strict=True):
            np.testing.assert_array_equal(one.mixture, other.mixture)
            for source in one.estimates or ():
                np.testing.assert_array_equal(one.estimates[source], other.estimates[source])
        needed = max(0, len(every) - skipped)
        assert len(separator.asked) == needed + (1 if 0 < skipped < len(every) else 0)


def test_without_a_separator_there_are_chunks_without_estimates():
    chunks = chunks_of(None, noise(2000))
    assert [(chunk.start, len(chunk.mixture), chunk.estimates) for chunk in chunks] == [
        (0, 800, None),
        (800, 800, None),
        (1600, 400, None),
    ]


def test_channels_are_separated_by_themselves_alike_and_silent_ones_once():
    sound = noise(2000, channels=2)
    sound = np.stack([sound[0], sound[0], sound[1], 0 * sound[0]])
    separator = Filters()
    chunks = chunks_of(separator, sound)
    assert separator.asked == [(2, 1000)] * 3
    for number, channel in enumerate(sound):
        alone = joined(chunks_of(Filters(), channel), "music")
        np.testing.assert_allclose(joined(chunks, "music")[number], alone, atol=1e-6)
    separator = Filters()
    assert not joined(chunks_of(separator, np.zeros(3000, np.float32)), "speech").any()
    assert separator.asked == []


@pytest.mark.parametrize("overlap", [-0.1, 0.6, 1.0])
def test_an_overlap_that_makes_no_sense_is_refused(overlap):
    with pytest.raises(
        ConfigError, match=r"separation\.overlap_seconds: .* is no overlap of chunks of 1\.0 s"
    ):
        chunks_of(Filters(), noise(10), overlap=overlap)


def test_estimates_that_are_no_numbers_are_refused():
    class Broken(Filters):
        def separate(self, mixture, lengths, cue=None):
            return super().separate(mixture, lengths) * (1 if len(self.asked) < 2 else np.nan)

    with pytest.raises(DataError, match=r"film\.mkv: the estimates hold NaN or infinite samples; train the"):
        chunks_of(Broken(), noise(3000), where="film.mkv")


def si_sdr(*, reference, estimate):
    target = (estimate @ reference) / (reference @ reference) * reference
    return 10 * np.log10((target @ target) / ((estimate - target) @ (estimate - target)))


def test_chunks_score_as_the_whole_within_a_tenth_of_a_db():
    low = np.convolve(noise(9000, seed=3), np.ones(30) / 30, mode="same").astype(np.float32)
    sound = low + 0.2 * noise(9000, seed=4)
    whole = Filters().separate(torch.from_numpy(sound)[None], None)[0, 0].numpy()
    found = joined(chunks_of(Filters(), sound), "speech")
    assert si_sdr(reference=low, estimate=found) == pytest.approx(
        si_sdr(reference=low, estimate=whole), abs=0.1
    )


@pytest.mark.parametrize("front_end", ["time", "frequency"])
def test_a_real_separator_gives_of_one_chunk_what_it_gives_of_the_whole(front_end):
    torch.manual_seed(0)
    model = build(options("smoke", front_end), where=front_end).eval()
    sound = 0.1 * noise(16000, channels=2, seed=2)
    with torch.inference_mode():
        whole = model.separate(torch.from_numpy(sound), torch.tensor([16000, 16000])).numpy()
    (chunk,) = separate_blocks(
        model, np.split(sound, 4, axis=1), sampling_rate=16000, chunk_seconds=1, overlap_seconds=0.1
    )
    for index, source in enumerate(model.sources):
        np.testing.assert_allclose(chunk.estimates[source], whole[:, index], atol=1e-6)


def test_a_trained_separator_scores_in_chunks_as_on_the_whole(smoke_workdir):
    from musasr import audio
    from musasr.tasks.checkpoints import load_model

    speech = np.concatenate(
        [audio.read(path)[0] for path in sorted((smoke_workdir / "data/speech/train/wav").glob("*.wav"))]
    )[: 40 * 16000]
    music = np.concatenate(
        [audio.read(path)[0] for path in sorted((smoke_workdir / "data/music/test/wav").glob("*.wav"))]
    )
    music = np.resize(music, len(speech)) * np.sqrt(np.mean(speech**2) / np.mean(music**2))
    for front_end in ("time", "frequency"):
        model = load_model(smoke_workdir / "exp" / front_end)
        mixture = torch.from_numpy(speech + music)
        with torch.inference_mode():
            whole = model.separate(mixture[None], torch.tensor([len(mixture)]))[0, 0].numpy()
        chunks = separate_blocks(
            model, [mixture.numpy()], sampling_rate=16000, chunk_seconds=15, overlap_seconds=1
        )
        assert si_sdr(reference=speech, estimate=joined(list(chunks), "speech")) == pytest.approx(
            si_sdr(reference=speech, estimate=whole), abs=0.1
        )


class ElsewhereSeparator(torch.nn.Module):
    """Has its weights on another device, and sees where it is given samples."""

    sources = ("speech", "music")

    def __init__(self):
        super().__init__()
        self.weight = torch.nn.Parameter(torch.zeros(1, device="meta"))

    def separate(self, mixture, lengths, cue=None):
        self.seen = {mixture.device.type, lengths.device.type}
        return torch.zeros(len(mixture), 2, mixture.shape[1])


def test_samples_go_to_where_the_separator_computes():
    separator = ElsewhereSeparator()
    separate_window(separator, np.ones(100, np.float32))
    assert separator.seen == {"meta"}


class Shown(Filters):
    """A separator whose speech is what it is shown."""

    def separate(self, mixture, lengths, cue=None):
        self.asked.append(tuple(cue.shape))
        return torch.stack([cue[:, : mixture.shape[1]], mixture], dim=1)


@pytest.mark.parametrize("size", [700, 1000, 1001, 1800, 5300])
def test_a_window_is_given_the_cue_of_its_place(size):
    places = np.arange(10_000, dtype=np.float32)[None]

    def cue_of(start, num_samples):
        return torch.from_numpy(places[:, start : start + num_samples])

    shown = joined(chunks_of(Shown(), noise(size), cuts=[300], cue_of=cue_of), "speech")
    np.testing.assert_allclose(shown, places[0, :size], rtol=1e-5)


def test_cues_are_those_of_every_channel_and_asked_for_where_it_is_separated():
    asked, separator = [], Shown()

    def cue_of(start, num_samples):
        asked.append((start, num_samples))
        return torch.zeros(1, num_samples)

    chunks_of(separator, noise(2500, channels=2), cue_of=cue_of, skip_chunks=2)
    assert asked == [(800, 1000), (1500, 1000)]
    assert separator.asked == [(2, 1000), (2, 1000)]
