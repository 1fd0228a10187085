"""A model as one file: it does what the folder does, anywhere, and is refused once it was changed."""

import json
import shutil
import zipfile
from pathlib import Path

import numpy as np
import pytest
import torch
import yaml
from trained_folders import recognizer_of, save_untrained

from musasr import audio
from musasr.cli.main import main
from musasr.errors import ConfigError, MusasrError, StateError
from musasr.recipe.packs import LIST, PLACES, is_pack, open_model, write_pack
from musasr.recognizers.build import build_reader
from musasr.tasks import checkpoints
from musasr.tasks.folder import RECIPE_FILE, recipe_of
from musasr.tasks.packing import pack, pack_for_espnet
from musasr.text import Units, train_units

pytestmark = pytest.mark.slow  # they import ESPnet
WORDS = ["音 楽 の 中 で", "声 を 聞 く", "音 声 を 認 識 す る"]
SYSTEM = "time+mixture:both"
WEIGHTS = "model/model.pth"


@pytest.fixture(scope="module")
def trained(tmp_path_factory) -> Path:
    """A joint system's folder, in a working directory with units and results."""
    workdir = tmp_path_factory.mktemp("made") / "work"
    train_units(WORDS, workdir / "data" / "units", unit_type="char", num_units=None)
    directory = save_untrained(workdir, SYSTEM)
    entry = {"front_end": "time", "back_end": "mixture", "fine_tune": "both"}
    measured = {
        "test_set": "anime",
        "genre": None,
        "snr_db": -5.0,
        "wer": 43.21,
        "si_sdr": None,
        "num_utterances": 9,
    }
    (workdir / "results").mkdir()
    (workdir / "results" / "results.json").write_text(
        json.dumps({"systems": [entry | {"results": [measured]}]})
    )
    return directory


@pytest.fixture(scope="module")
def packed(trained, tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("published") / "model.zip"
    pack(trained, path)
    return path


def test_a_pack_holds_what_a_stranger_needs_and_nothing_of_the_machine(trained, packed):
    assert is_pack(packed)
    with zipfile.ZipFile(packed) as archive:
        assert set(archive.namelist()) == {*PLACES, LIST}
        content = {name: archive.read(name) for name in archive.namelist()}
    assert str(trained.parents[2]).encode() not in content["model/config.yaml"]
    card = content["README.md"].decode()
    assert "# time+mixture:both" in card
    assert "A separator and the recogniser behind it at 16000 Hz" in card
    assert "| anime | -5 | 43.2 | - | 9 |" in card
    assert json.loads(content["results.json"])["front_end"] == "time"


def test_the_card_names_each_corpus_that_the_music_is_of(trained, tmp_path):
    workdir = tmp_path / "copy"
    shutil.copytree(trained.parents[1], workdir)
    recipe = workdir / trained.relative_to(trained.parents[1]) / RECIPE_FILE
    settings = yaml.safe_load(recipe.read_text())
    mine = {"type": "folder", "train": "mine", "dev": None, "test": None}
    settings["music"] = {"type": "several", "parts": {"ours": {"type": "embedded"}, "mine": mine}}
    recipe.write_text(yaml.safe_dump(settings))
    pack(recipe.parent, tmp_path / "model.zip")
    with zipfile.ZipFile(tmp_path / "model.zip") as archive:
        card = archive.read("README.md").decode()
    assert "\nfolder, embedded (music; your own collection" in card
    assert "; made on the spot" in card.partition("(music")[2]


def test_the_same_model_gives_the_same_bytes(trained, packed, tmp_path):
    pack(trained, tmp_path / "model.zip")
    assert (tmp_path / "model.zip").read_bytes() == packed.read_bytes()


def test_an_opened_pack_is_the_model_where_nothing_of_the_workdir_is_left(trained, packed, tmp_path):
    elsewhere = tmp_path / "elsewhere.zip"
    elsewhere.write_bytes(packed.read_bytes())
    expected = checkpoints.load_model(trained)
    moved = trained.parents[1].rename(trained.parents[1].with_name("gone"))
    try:
        with open_model(elsewhere) as folder:
            model = checkpoints.load_model(folder)
            units = (folder.parents[1] / "data" / "units" / "tokens.txt").read_text().splitlines()
        assert not folder.exists()
    finally:
        moved.rename(trained.parents[1])
    assert folder.name == SYSTEM
    assert units[0] == "<blank>"
    mixture, lengths = torch.randn(1, 8000), torch.tensor([8000])
    with torch.inference_mode():
        torch.testing.assert_close(model.separate(mixture, lengths), expected.separate(mixture, lengths))


def test_separate_takes_a_pack_as_it_takes_the_folder(trained, packed, tmp_path):
    audio.write(tmp_path / "song.wav", 0.1 * np.random.default_rng(1).uniform(-1, 1, 16000), 16000)
    for name, model in (("folder", trained), ("file", packed)):
        words = ["separate", str(tmp_path / "song.wav"), "--model", str(model), "-o", str(tmp_path / name)]
        assert main(words) == 0
    for source in ("speech", "music"):
        first, second = (audio.read(tmp_path / one / f"song_{source}.wav")[0] for one in ("folder", "file"))
        np.testing.assert_array_equal(first, second)  # their headers name the model's digest


def test_a_transcription_reads_with_a_pack_as_with_the_folder(trained, packed):
    from musasr.transcribe.settings import load_settings
    from musasr.transcribe.system import load_system

    mixture, lengths = 0.1 * torch.randn(1, 16000), torch.tensor([16000])
    readings = []
    for model in (trained, packed):
        system = load_system(model, load_settings())
        assert (system.sampling_rate, system.names["model"]) == (16000, str(model))
        assert system.separator is not None
        readings.append([(one.text, one.score) for one in system.reader(mixture, lengths)])
    assert readings[0] == readings[1]


def test_the_command_says_how_to_know_the_file_again(trained, tmp_path, capsys):
    assert main(["pack", str(trained), "-o", str(tmp_path / "a.zip")]) == 0
    assert "\nsha256 " in capsys.readouterr().out
    assert main(["pack", str(trained), "-o", str(tmp_path / "a.zip")]) == 1
    assert "a.zip: is there already; name another file, or remove it" in capsys.readouterr().err


def test_espnets_own_classes_take_espnets_pack(trained, tmp_path, monkeypatch):
    import musasr.tasks.registry  # noqa: F401, I001
    from espnet2.bin.asr_inference import Speech2Text
    from espnet2.main_funcs.pack_funcs import unpack

    assert pack_for_espnet(trained, tmp_path / "espnet.zip") == "joint"
    monkeypatch.chdir(tmp_path)
    recognize = Speech2Text(
        **unpack("espnet.zip", "unpacked"), enh_s2t_task=True, beam_size=2, maxlenratio=0.05
    )
    assert len(recognize(np.random.default_rng(1).normal(size=8000).astype(np.float32))) == 1


def members(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def rewrite(path: Path, content: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in content.items():
            archive.writestr(zipfile.ZipInfo(name), data)
    return path


def listed(content: dict[str, bytes], **changes: object) -> dict[str, bytes]:
    return content | {LIST: json.dumps(json.loads(content[LIST]) | changes).encode()}


def flipped(data: bytes, place: int) -> bytes:
    return data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :]


def with_file(content: dict[str, bytes], name: str, size: int) -> dict[str, bytes]:
    """A pack whose list says more."""
    return listed(content, files=json.loads(content[LIST])["files"] | {name: {"size": size, "sha256": ""}})


def without(content: dict[str, bytes], name: str) -> dict[str, bytes]:
    return {key: value for key, value in content.items() if key != name}


TAMPERED = {
    "weights": (lambda c: c | {WEIGHTS: flipped(c[WEIGHTS], 5000)}, "model/model.pth is not what"),
    "settings": (
        lambda c: c | {"model/recipe.yaml": b"seed: 1\n"},
        "model/recipe.yaml is not what was packed",
    ),
    "longer": (lambda c: c | {"README.md": c["README.md"] + b"x"}, "README.md is not what was packed"),
    "shorter": (lambda c: c | {"README.md": b""}, "README.md is not what was packed"),
    "more": (lambda c: c | {"evil.py": b"x"}, "holds other files than its list says ('evil.py')"),
    "escape": (lambda c: c | {"../../evil": b"x"}, "holds other files than its list says ('../../evil')"),
    "less": (lambda c: without(c, "README.md"), "holds other files than its list says"),
    "no list": (lambda c: without(c, LIST), "it has no pack.json"),
    "no json": (lambda c: c | {LIST: b"{"}, "is no whole packed model"),
    "deep json": (lambda c: c | {LIST: b"[" * 100_000}, "is no whole packed model"),
    "a number": (lambda c: c | {LIST: b"3"}, "its pack.json is broken"),
    "another form": (lambda c: listed(c, format="musasr-pack-9"), "is of the form 'musasr-pack-9'"),
    "name up": (lambda c: listed(c, name="../../../evil"), "the name of the model '../../../evil'"),
    "no name": (lambda c: listed(c, name=3), "is no text"),
    "no files": (lambda c: listed(c, files={}), "'model/config.yaml' is missing"),
    "listed strange": (
        lambda c: with_file(c, "/etc/x", 1),
        "'/etc/x' has no business there",
    ),
    "huge": (
        lambda c: with_file(c, "README.md", 1 << 60),
        "would be larger than 16 GiB",
    ),
}


@pytest.mark.parametrize("kind", TAMPERED)
def test_a_tampered_pack_is_one_line(packed, tmp_path, kind):
    change, message = TAMPERED[kind]
    path = rewrite(tmp_path / "bad.zip", change(members(packed)))
    with pytest.raises(StateError) as caught, open_model(path):
        pass
    assert message in str(caught.value)
    assert "bad.zip" in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda data: b"",
        lambda data: data[: len(data) // 2],
        lambda data: b"PK" + bytes(100),
        lambda data: b"text\n",
    ],
)
def test_what_is_no_zip_is_one_line(packed, tmp_path, spoil):
    path = tmp_path / "bad.zip"
    path.write_bytes(spoil(packed.read_bytes()))
    assert not is_pack(path)
    with (
        pytest.raises(StateError, match=r"bad\.zip: is no whole packed model .*; fetch it again"),
        open_model(path),
    ):
        pass
    with pytest.raises(ConfigError, match="no such model"), open_model(tmp_path / "nothing.zip"):
        pass


@pytest.mark.parametrize("name", ["config.yaml", "recipe.yaml", "model.pth"])
@pytest.mark.parametrize(
    "content", [b"", b"\xff\x00", b"a: [", b"- 1\n", b"enh_separator: nothing\n", b"1: 2\n"]
)
def test_a_strangers_pack_with_checksums_that_fit_is_still_one_line(packed, tmp_path, name, content):
    files = {key: value for key, value in members(packed).items() if key != LIST}
    write_pack(tmp_path / "stranger.zip", files | {f"model/{name}": content}, name=SYSTEM)
    with pytest.raises(MusasrError) as caught:
        use(tmp_path / "stranger.zip")
    assert "\n" not in str(caught.value)


def use(path: Path) -> None:
    """What separate does with a pack, before it separates."""
    from musasr.tasks.folder import recipe_of

    with open_model(path) as folder:
        checkpoints.load_model(folder)
        recipe_of(folder)


def reader_of(pack):
    """As `musasr recognize` builds a recogniser that comes trained."""
    section = {"reader": "musasr.recognition.packed_reader:PackedReader", "reader_conf": {"pack": str(pack)}}
    return build_reader(section, sampling_rate=16000, where="models.published")


def test_recognition_reads_with_a_pack_as_with_the_folder(trained, packed):
    generator = torch.Generator().manual_seed(2)
    waveforms, lengths = 0.1 * torch.randn(2, 16000, generator=generator), torch.tensor([16000, 12000])
    waveforms[1, 12000:] = 0
    with torch.inference_mode():
        found = [[one.text for one in reader_of(path)(waveforms, lengths)] for path in (packed, trained)]
    assert found[0] == found[1]
    units = Units.load(trained.parents[1] / "data" / "units")
    decode = recipe_of(trained)["decode"] | {"gate": None, "add_back_db": None}
    recognizer = recognizer_of(trained, units, decode)
    expected = recognizer([one[:n].numpy() for one, n in zip(waveforms, lengths, strict=True)])
    assert found[0] == [one.hypothesis for one in expected]


def test_recognition_refuses_a_tampered_pack(packed, tmp_path):
    content = bytearray(packed.read_bytes())
    content[len(content) // 2] ^= 1
    (tmp_path / "model.zip").write_bytes(content)
    with pytest.raises(MusasrError, match=r"model\.zip") as caught:
        reader_of(tmp_path / "model.zip")
    assert "\n" not in str(caught.value)


def test_recognition_wants_a_recogniser(tmp_path):
    with pytest.raises(ConfigError, match="exp/time: has no recogniser; name a system with one"):
        reader_of(save_untrained(tmp_path, "time"))
