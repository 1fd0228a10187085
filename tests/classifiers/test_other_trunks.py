"""ResNeXt and ReXNet: as large as published, which shapes they map, what is added; statistics by hand."""

import pytest
import torch

from musasr.classifiers.band_statistics import BandStatistics
from musasr.classifiers.networks import Classifier
from musasr.classifiers.resnext import ResNeXt
from musasr.classifiers.rexnet import InvertedBlock, ReXNet, growing_channels
from musasr.classifiers.se_resnet import Excitation
from musasr.errors import ConfigError

SMALL = {
    ResNeXt: {
        "first_channels": 4,
        "channels": (8, 8),
        "num_blocks": (1, 2),
        "strides": (1, 2),
        "num_groups": 2,
    },
    ReXNet: {
        "first_channels": 4,
        "start_channels": 4,
        "added_channels": 8,
        "last_channels": 8,
        "reduction": 2,
    }
    | {"num_blocks": (1, 2, 2), "strides": (1, 2, 1), "expansion": 2},
}
STATION = {"labels": ["lonely", "party", "focus", "rest"], "several": False, "hidden_size": 128, "loss": "ce"}
MOOD = {"labels": [f"mood{i}" for i in range(100)], "several": True, "hidden_size": 256, "loss": "bce"}


def size_of(module: torch.nn.Module) -> int:
    return sum(one.numel() for one in module.parameters())


def of_images(trunk: torch.nn.Module, stem: int) -> int:
    """The parameters with three channels in, each of so many weights in the stem, and 1,000 classes out."""
    return size_of(trunk) + 2 * stem + 1000 * trunk.num_channels + 1000


def test_both_are_as_large_as_those_that_see_images():
    assert of_images(ResNeXt(num_bands=128), 64 * 7 * 7) == 25_028_904
    assert of_images(ReXNet(num_bands=128), 32 * 3 * 3) == pytest.approx(4.80e6, abs=0.005e6)


def test_the_taggers_are_as_large_as_the_rush_teams():
    resnext = Classifier(ResNeXt(num_bands=128), pooling="mean", heads={"station": STATION})
    assert round(size_of(resnext) / 1e6, 2) == 23.24
    trunk = ReXNet(num_bands=128, strides=(2,) * 6, last_norm=True)
    heads = {"mood": MOOD, "station": STATION}
    rexnet = Classifier(trunk, pooling="gru", pooling_conf={"hidden_size": 512}, heads=heads)
    assert round(size_of(rexnet) / 1e6, 3) == 6.497
    with torch.inference_mode():
        assert trunk.eval()(torch.zeros(1, 128, 7000)).shape == (1, 55, 1280)


def test_channels_grow_on_a_line():
    wanted = [16, 27, 38, 50, 61, 72, 84, 95, 106, 117, 128, 140, 151, 162, 174, 185]
    assert growing_channels(16, 180, 16) == wanted
    assert growing_channels(8, 0, 3) == [8, 8, 8]


@pytest.mark.parametrize("kind", SMALL, ids=lambda kind: kind.__name__)
def test_a_small_one_maps_any_number_of_frames_and_all_of_it_learns(kind):
    trunk = kind(num_bands=16, **SMALL[kind])
    assert trunk(torch.rand(2, 16, 3)).shape == (2, 1, trunk.num_channels)
    mapped = trunk(torch.rand(2, 16, 40))
    assert mapped.shape == (2, 5 if kind is ResNeXt else 10, trunk.num_channels)
    mapped.square().sum().backward()
    assert all(one.grad is not None and one.grad.isfinite().all() for one in trunk.parameters())


@pytest.mark.parametrize("kind", SMALL, ids=lambda kind: kind.__name__)
def test_an_item_alone_and_in_a_batch_gives_the_same(kind):
    torch.manual_seed(0)
    trunk, features = kind(num_bands=16, **SMALL[kind]).eval(), torch.rand(3, 16, 24)
    with torch.inference_mode():
        assert torch.allclose(trunk(features[1:2])[0], trunk(features)[1], atol=1e-6)


def test_the_groups_of_a_bottleneck_do_not_see_each_other():
    block = ResNeXt(num_bands=16, **SMALL[ResNeXt]).layers[4]
    grouped = block.body[3]
    maps = torch.rand(1, 8, 4, 4)
    changed = maps.clone()
    changed[:, 4:] += 1
    assert torch.equal(grouped(maps)[:, :4], grouped(changed)[:, :4])
    assert not torch.equal(grouped(maps)[:, 4:], grouped(changed)[:, 4:])


def test_the_input_is_added_to_as_many_channels_as_it_has():
    block = InvertedBlock(3, 5, expansion=2, stride=1, reduction=None).eval()
    maps = torch.rand(1, 3, 4, 4)
    added = block(maps) - block.body(maps)
    assert torch.allclose(added[:, :3], maps, atol=1e-6)
    assert not added[:, 3:].any()
    for options in ({"stride": 2}, {"stride": 1, "narrower": True}):
        outputs = 2 if options.pop("narrower", False) else 5
        block = InvertedBlock(3, outputs, expansion=2, reduction=None, **options).eval()
        assert torch.equal(block(maps), block.body(maps))


def test_an_excitation_is_normalised_where_that_is_asked():
    counts = [size_of(Excitation(12, 4, has_norm=has_norm)) for has_norm in (False, True)]
    assert counts[1] - counts[0] == 2 * 3


def test_what_cannot_be_is_said():
    with pytest.raises(ConfigError, match="channels, num_blocks and strides differ in length; give each one"):
        ResNeXt(num_bands=16, channels=(8, 8))
    with pytest.raises(ConfigError, match="num_blocks and strides differ in length; give each one value"):
        ReXNet(num_bands=16, num_blocks=(1, 1))
    with pytest.raises(ConfigError, match="14 channels leave the excitation none: its reduction is 99"):
        ReXNet(num_bands=16, **{**SMALL[ReXNet], "reduction": 99})


def test_statistics_of_bands_by_hand():
    trunk = BandStatistics(num_bands=2).eval()
    features = torch.tensor([[[1.0, 3.0, 1.0, 3.0], [2.0, 2.0, 2.0, 2.0]]])
    wanted = torch.tensor([[[2.0, 2.0, 1.0, 0.0, 1.5, 0.0, 1.0]]])  # of changes the first is none
    assert torch.allclose(trunk(features), wanted, atol=1e-4)
    assert trunk(torch.ones(3, 2, 1)).isfinite().all()
    assert trunk(features).shape == (1, 1, trunk.num_channels)
