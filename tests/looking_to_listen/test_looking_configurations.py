"""Every configuration of looking_to_listen builds its models, the paper's sizes among them."""

import pytest
import torch
from looking_runs import CONF

from musasr.errors import ConfigError
from musasr.looking_to_listen.building import build
from musasr.looking_to_listen.keys import KEYS
from musasr.looking_to_listen.kinds import KINDS, all_kinds
from musasr.looking_to_listen.training import TrainedModel
from musasr.recipe.system_run import load_system


@pytest.mark.parametrize(
    "name",
    [f"looking_to_listen{name}" for name in ("", "_smoke", "_full", "_kinds", "_words")],
)
def test_every_configuration_builds_its_models(name):
    config = load_system(CONF / f"{name}.yaml", "looking_to_listen", KEYS)
    sizes = {
        variant: sum(one.numel() for one in build(config, variant).parameters())
        for variant in config["variants"]
    }
    if name == "looking_to_listen_full":
        assert sizes["audio_visual"] / 1e6 == pytest.approx(16.48, abs=0.005)
    assert sizes["audio_only"] < sizes["audio_visual"]


def test_a_model_has_as_many_sources_as_its_kinds_have_faces():
    config = load_system(CONF / "looking_to_listen_kinds.yaml", "looking_to_listen", KEYS)
    found = {variant: build(config, variant).network.num_sources for variant in config["variants"]}
    assert found == {
        **{"one_face": 1, "one_voice": 1, "audio_visual": 2, "audio_only": 2},
        **{"noisy_faces": 2, "noisy_voices": 2, "three_faces": 3, "three_voices": 3},
    }
    assert all_kinds(config) == [kind for kind, mixing in KINDS.items() if not mixing.num_unseen]
    config["variants"]["one_face"]["kinds"] = ["1S+noise", "3S"]
    with pytest.raises(ConfigError, match=r"variants\.one_face\.kinds: 1S\+noise, 3S have not the same"):
        build(config, "one_face")


@pytest.mark.slow
def test_the_papers_sizes_take_a_step():
    config = load_system(CONF / "looking_to_listen_full.yaml", "looking_to_listen", KEYS)
    model = TrainedModel(build(config, "audio_visual"))
    optimizer = torch.optim.Adam(model.parameters(), **config["training"]["optim_conf"])
    # A twentieth of a mixture: on a CPU its convolutions take minutes.
    sources, faces = 0.1 * torch.randn(1, 2, 2400), torch.randn(1, 2, 4, 512)
    loss, _, _ = model(sources.sum(1), sources, faces)
    loss.backward()
    optimizer.step()
    assert torch.isfinite(loss)
