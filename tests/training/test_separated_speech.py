"""A recogniser that is given a separator's estimates in its training."""

from types import SimpleNamespace

import torch

from musasr.training.callbacks.separated_speech import SeparatedSpeech


class Halves(torch.nn.Module):
    """Says that the first half of a mixture is speech, the rest music."""

    sources = ("music", "speech")

    def separate(self, mixture, lengths):
        """Both (B, 2, T), music first."""
        assert mixture.shape[1] == lengths.max()  # ESPnet's encoders and decoders return no padding
        middle = 4
        speech, music = mixture.clone(), mixture.clone()
        speech[:, middle:] = 0
        music[:, :middle] = 0
        return torch.stack([music, speech], dim=1)

    def pick(self, estimates, source):
        """One of them."""
        return estimates[:, self.sources.index(source)]


def batch(num=64):
    """Ids and mixtures (B, 8) of ones, the last two samples padding."""
    speech = torch.ones(num, 8)
    speech[:, 6:] = 0
    ids = [f"utterance_{number}" for number in range(num)]
    return ids, {"speech": speech, "speech_lengths": torch.full((num,), 6)}


def heard(callback, epoch, ids=None):
    """What the recogniser gets in an epoch, by utterance."""
    names, tensors = batch()
    keep = [names.index(one) for one in ids or names]
    tensors = {name: value[keep] for name, value in tensors.items()}
    one = ([names[row] for row in keep], tensors)
    callback.on_train_batch_start(SimpleNamespace(current_epoch=epoch), None, one, 0)
    return dict(zip(one[0], tensors["speech"], strict=True))


def is_mixture(row):
    """Whether nothing was changed."""
    return torch.equal(row[4:6], torch.ones(2))


def test_so_many_are_separated_and_the_music_is_left_at_levels_between_the_bounds():
    rows = heard(SeparatedSpeech(Halves(), fraction=0.5, add_back_db=[10, 20], seed=1), 0)
    changed = [row for row in rows.values() if not is_mixture(row)]
    assert 20 <= len(changed) <= 44
    # Four samples of speech, two of music: at 0 dB each of the latter would be sqrt(2).
    levels_db = [-20 * torch.log10(row[4] / 2**0.5).item() for row in changed]
    assert all(torch.equal(row[:4], torch.ones(4)) and not row[6:].any() for row in changed)
    assert 10 <= min(levels_db) < 12
    assert 18 < max(levels_db) <= 20


def test_draws_depend_on_the_utterance_and_the_epoch_alone():
    callback = SeparatedSpeech(Halves(), fraction=0.5, add_back_db=[0, 30], seed=1)
    first, second = heard(callback, 0), heard(callback, 1)
    some = ["utterance_7", "utterance_3"]
    assert all(torch.equal(row, first[name]) for name, row in heard(callback, 0, some).items())
    assert any(not torch.equal(row, second[name]) for name, row in first.items())
    other = heard(SeparatedSpeech(Halves(), fraction=0.5, add_back_db=[0, 30], seed=2), 0)
    assert any(not torch.equal(row, other[name]) for name, row in first.items())


def test_validation_hears_the_same_in_every_epoch():
    callback = SeparatedSpeech(Halves(), fraction=0.5, add_back_db=[0, 30], seed=1)
    seen = []
    for epoch in (0, 3):
        one = batch()
        callback.on_validation_batch_start(SimpleNamespace(current_epoch=epoch), None, one, 0)
        seen.append(one[1]["speech"])
    assert torch.equal(*seen)


def test_none_and_all():
    assert all(
        map(is_mixture, heard(SeparatedSpeech(Halves(), fraction=0, add_back_db=[9, 9], seed=1), 0).values())
    )
    rows = heard(SeparatedSpeech(Halves(), fraction=1, add_back_db=[200, 200], seed=1), 0).values()
    assert torch.stack([row[4:] for row in rows]).abs().max() < 1e-6


def test_the_separator_learns_nothing():
    separator = torch.nn.ModuleDict({"one": torch.nn.Linear(2, 2)})
    callback = SeparatedSpeech(separator, fraction=0.5, add_back_db=[0, 30], seed=1)
    assert not any(parameter.requires_grad for parameter in callback.separator.parameters())
    assert not callback.separator.training
