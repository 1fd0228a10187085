"""A file of variants is read whole, or refused with the line that mends it."""

import pytest

from musasr.ablation.variants import Variant, read_ablation
from musasr.errors import ConfigError
from musasr.recipe import config

MINI = config.load(config.CONF / "mini.yaml")
FILES = sorted((config.CONF / "ablations").glob("*.yaml"))


@pytest.fixture
def variants(tmp_path):
    def write(text):
        path = tmp_path / "variants.yaml"
        path.write_text(text, encoding="utf-8")
        return path

    return write


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_variant_that_we_ship_resolves_and_differs_from_the_first(path):
    ablation = read_ablation(path, MINI)
    resolved = [
        config.load(config.CONF / "mini.yaml", settings=variant.settings) for variant in ablation.variants
    ]
    assert all(one != resolved[0] for one in resolved[1:])


def test_variants_keep_their_order(variants):
    path = variants("system: time+mixture:both\nvariants: {b: [seed=1], a: [seed=2, decode.beam_size=3]}\n")
    ablation = read_ablation(path, MINI)
    assert ablation.variants == (Variant("b", ("seed=1",)), Variant("a", ("seed=2", "decode.beam_size=3")))
    assert [system.name for system in ablation.references] == ["none+clean", "none+mixture"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "sytem: time+mixture:both\nvariants: {a: [], b: []}",
            "unknown key 'sytem'; known here: system, var",
        ),
        (
            "system: time+mixture\nvariants: {a: [], b: []}",
            "system: unknown system 'time.mixture'; did you mean",
        ),
        ("system: time+mixture:both\nvariants: {a: []}", "variants: are not there; name two or more"),
        ("system: time+mixture:both\nvariants: {a: [], b/c: []}", "variants: b/c: is no name; use small"),
        ("system: time+mixture:both\nvariants: {a: [], ..: []}", "is no name"),
        ("system: time+mixture:both\nvariants: {a: [], b: seed=1}", "wants a list of settings, got 'seed=1'"),
        ("system: time+mixture:both\nvariants: {a: [], b: [{seed: 1}]}", "wants a list of settings"),
    ],
)
def test_a_mistake_in_the_file_is_named(variants, text, message):
    with pytest.raises(ConfigError, match=message):
        read_ablation(variants(text), MINI)
