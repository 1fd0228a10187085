"""UIS-RNN: its beam search against every labelling worked out one by one, and speakers it has never heard."""

from itertools import product

import numpy as np
import torch

from musasr.diarizers.uis_rnn import UisRnn

SIZE = 4


def model(seed=0, **options):
    torch.manual_seed(seed)
    return UisRnn(embedding_size=SIZE, hidden_size=8, **options).eval()


def cost_by_hand(net, vectors, labels):
    """Negative log-likelihood of a labelling (numbered as speakers appear), a sequence for each speaker."""
    cost, last, stretches = 0.0, None, {}
    sequences: dict = {}
    for x, label in zip(vectors, labels, strict=True):
        before = sequences.setdefault(label, [])
        state = net.first_state[None]
        predicted = [net.mean(state)]
        for one in before:
            state = net.after(one[None], state)
            predicted.append(net.mean(state))
        mean = torch.stack(predicted).mean(0)[0]
        variance = torch.exp(net.log_variance)
        cost += float((0.5 * ((x - mean) ** 2 / variance + net.log_variance)).sum())
        if last is None:
            prior = 1.0
        elif label == last:
            prior = 1 - net.change_probability
        else:
            others = sum(count for name, count in stretches.items() if name != last)
            prior = net.change_probability * stretches.get(label, net.alpha) / (others + net.alpha)
        cost -= np.log(prior)
        if label != last:
            stretches[label] = stretches.get(label, 0) + 1
        before.append(x)
        last = label
    return cost


def labellings(length):
    for labels in product(range(length), repeat=length):
        if all(label <= max(labels[:place], default=-1) + 1 for place, label in enumerate(labels)):
            yield labels


@torch.no_grad()
def test_the_search_finds_the_likeliest_of_all_labellings():
    for seed in range(4):
        net = model(seed, change_probability=0.3, alpha=0.7)
        net.log_variance.normal_(std=0.3)
        vectors = np.random.default_rng(seed).standard_normal((5, SIZE)).astype(np.float32)
        unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
        scaled = torch.from_numpy(unit) * net.scale
        best = min(labellings(5), key=lambda labels: cost_by_hand(net, scaled, labels))
        assert net.label(vectors, beam_size=1000, passes=1, max_speakers=6).tolist() == list(best)


def test_loss_is_the_likelihood_of_what_is_there():
    net = model()
    vectors = torch.randn(2, 6, SIZE)
    alone, _, _ = net(vectors[:1, :4], torch.tensor([4]))
    padded, _, _ = net(torch.cat([vectors[:1, :4], torch.full((1, 2, SIZE), 9.0)], 1), torch.tensor([4]))
    assert torch.allclose(alone, padded)
    with torch.no_grad():
        by_hand = cost_by_hand(net, vectors[0, :4], [0] * 4) + 3 * np.log(1 - net.change_probability)
    assert np.isclose(float(alone.detach()) * 4 * SIZE, by_hand, rtol=1e-5)
    alone.backward()
    assert all(parameter.grad is not None for parameter in net.parameters())


def test_speakers_never_heard_are_told_apart_after_a_short_training():
    torch.manual_seed(0)
    net = UisRnn(embedding_size=16, hidden_size=32, change_probability=0.1)
    optimizer = torch.optim.Adam(net.parameters(), lr=3e-3)

    def speaker(count):
        voice = torch.nn.functional.normalize(torch.randn(count, 1, 16), dim=2)
        return torch.nn.functional.normalize(voice + 0.08 * torch.randn(count, 20, 16), dim=2)

    for _ in range(150):
        loss, _, _ = net(speaker(16) * net.scale, torch.full((16,), 20))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    three = speaker(3)
    truth = np.repeat([0, 1, 0, 2, 1], 8)
    used = np.zeros(3, int)
    vectors = []
    for label in truth:
        vectors.append(three[label, used[label]].numpy())
        used[label] += 1
    found = net.eval().label(np.stack(vectors), beam_size=10, passes=2, max_speakers=8)
    assert found.tolist() == truth.tolist()
    assert net.label(np.zeros((0, 16)), beam_size=10, passes=2, max_speakers=8).tolist() == []
