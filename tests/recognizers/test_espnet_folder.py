"""Recognisers that ESPnet trained: read as ESPnet reads them, and nothing of them is run."""

import pickle
import re
import zipfile
from itertools import pairwise
from pathlib import Path

import pytest
import sentencepiece
import torch
import yaml
from espnet_models import TOKENS, save, settings_of

from musasr.errors import ConfigError, StateError
from musasr.recognizers.espnet_archive import files_of
from musasr.recognizers.espnet_folder import read_folder
from musasr.recognizers.espnet_search import SearchSettings
from musasr.recognizers.espnet_units import TokenSpelling
from musasr.recognizers.reader import Reader
from musasr.text import train_units

RATE = 16000
LENGTHS = (24000, 16000, 800)
BEAM = SearchSettings(beam_size=3, maxlenratio=0.5)


@pytest.fixture(scope="module")
def waveforms():
    generator = torch.Generator().manual_seed(5)
    return 0.1 * torch.randn(3, max(LENGTHS), generator=generator)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A transformer with CTC, at ESPnet's usual place in a recipe."""
    return save(tmp_path_factory.mktemp("recipe") / "exp" / "asr_train", settings_of())


@pytest.mark.parametrize(
    ("encoder", "decoder", "ctc_weight"),
    [
        ("transformer", "transformer", 0.5),
        ("conformer", "transformer", 0.0),
        ("conformer", None, 1.0),
        ("rnn", "rnn", 0.5),
    ],
)
def test_it_reads_as_espnets_own_inference(encoder, decoder, ctc_weight, waveforms, tmp_path):
    from espnet2.bin.asr_inference import Speech2Text

    folder = save(tmp_path, settings_of(encoder=encoder, decoder=decoder, ctc_weight=ctc_weight))
    reader = read_folder(files_of(folder), search=BEAM)
    assert isinstance(reader, Reader)
    assert reader.sampling_rate == RATE
    theirs = Speech2Text(
        folder / "config.yaml",
        folder / "valid.acc.ave.pth",
        token_type="char",  # its spelling is compared elsewhere: here are the units
        beam_size=3,
        ctc_weight=ctc_weight,
        lm_weight=0.0,
        maxlenratio=0.5,
        ctc_window_margin=0,
    )
    for index, length in enumerate(LENGTHS[:2]):
        (reading,) = reader(waveforms[index : index + 1], torch.tensor([length]))
        _, _, ids, best = theirs(waveforms[index, :length])[0]
        assert reading.score == pytest.approx(float(best.score), abs=1e-3)
        assert reading.text == reader.spelling.decode(ids)


def test_words_have_times_inside_their_waveform_alike_in_any_batch(folder, waveforms):
    reader = read_folder(files_of(folder), search=BEAM)
    readings = reader(waveforms, torch.tensor(LENGTHS))
    assert sum(len(reading.words) for reading in readings) > 2
    for index, (reading, length) in enumerate(zip(readings, LENGTHS, strict=True)):
        assert reading.text.split() == [word.text for word in reading.words]
        times = [time for word in reading.words for time in (word.start, word.end)]
        assert times == sorted(times)
        assert all(0 <= time <= length / RATE for time in times)
        assert all(0 < word.confidence <= 1 for word in reading.words)
        (alone,) = reader(waveforms[index : index + 1, :length], torch.tensor([length]))
        assert alone == reading
    assert readings[2].words == ()  # 50 ms: too short for its encoder
    plain = read_folder(files_of(folder), search=BEAM, word_times=False)
    assert plain(waveforms, torch.tensor(LENGTHS))[0].words[0].start is None


def test_without_ctc_words_share_the_utterance(waveforms, tmp_path):
    folder = save(tmp_path, settings_of(ctc_weight=0.0))
    (reading,) = read_folder(files_of(folder), search=BEAM)(waveforms[:1], torch.tensor(LENGTHS[:1]))
    assert reading.words
    assert {word.confidence for word in reading.words} == {None}
    assert all(one.end == pytest.approx(other.start, abs=0.1) for one, other in pairwise(reading.words))


def pack(folder: Path, archive: Path, monkeypatch) -> Path:
    """A zip as ESPnet's own pack writes it, from the recipe's folder."""
    from espnet2.main_funcs.pack_funcs import pack as espnets_pack

    monkeypatch.chdir(folder.parents[1])
    espnets_pack(
        files={"asr_model_file": folder / "valid.acc.ave.pth"},
        yaml_files={"asr_train_config": folder / "config.yaml"},
        option=[path for path in folder.parents[1].glob("exp/stats/*")],
        outpath=archive,
    )
    return archive


def test_a_packed_zip_and_its_unpacked_folder_read_as_the_folder_does(
    folder, waveforms, tmp_path, monkeypatch
):
    archive = pack(folder, tmp_path / "model.zip", monkeypatch)
    unpacked = tmp_path / "unpacked"
    zipfile.ZipFile(archive).extractall(unpacked)
    lengths = torch.tensor(LENGTHS)
    expected = read_folder(files_of(folder), search=BEAM)(waveforms, lengths)
    for path in (archive, unpacked):
        assert read_folder(files_of(path), search=BEAM)(waveforms, lengths) == expected
    assert files_of(archive).version == "202611"


def test_statistics_are_found_beside_the_recipe_and_in_the_zip(waveforms, tmp_path, monkeypatch):
    import numpy as np

    stats = tmp_path / "recipe" / "exp" / "stats" / "feats_stats.npz"
    stats.parent.mkdir(parents=True)
    np.savez(stats, count=10, sum=np.full(20, 10.0), sum_square=np.full(20, 50.0))
    settings = settings_of(normalize="global_mvn", normalize_conf={"stats_file": str(stats)})
    folder = save(tmp_path / "recipe" / "exp" / "asr", settings)
    settings["normalize_conf"]["stats_file"] = "exp/stats/feats_stats.npz"
    (folder / "config.yaml").write_text(yaml.safe_dump(settings))
    archive = pack(folder, tmp_path / "model.zip", monkeypatch)
    monkeypatch.chdir(tmp_path)
    for path in (folder, archive):
        reader = read_folder(files_of(path), search=BEAM)
        assert reader.s2t_model.normalize.mean.tolist() == [1.0] * 20


def test_the_text_is_sentencepieces_own(tmp_path):
    lines = ["neko ga iru", "inu to neko", "ru ru a"]
    train_units(lines, tmp_path, unit_type="bpe", num_units=25)
    processor = sentencepiece.SentencePieceProcessor(model_file=str(tmp_path / "bpe.model"))
    tokens = (tmp_path / "tokens.txt").read_text().splitlines()
    spelling = TokenSpelling(tokens, token_type="bpe")
    for line in lines:
        pieces = processor.encode(line, out_type=str)
        assert spelling.decode([tokens.index(piece) for piece in pieces]) == line


def test_characters_words_and_bytes_are_spelt():
    characters = TokenSpelling(["<blank>", "a", "<space>", "い", "<sos/eos>"], token_type="char")
    assert characters.decode([1, 2, 3, 4]) == "a い"
    assert [characters.begins_word(unit) for unit in (1, 2)] == [False, True]
    words = TokenSpelling(["<blank>", "one", "two"], token_type="word")
    assert words.decode([1, 2, 0]) == "one two"
    byte_wise = TokenSpelling(["▁", "<0xE3>", "<0x81>", "<0x82>"], token_type="bpe")
    assert byte_wise.decode([0, 1, 2, 3]) == "あ"
    assert byte_wise.decode([1, 2]) == "�"


class Canary:
    """Writes a file when it is unpickled."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return Path.touch, (self.path,)


def broken(folder, tmp_path, *, weights=None, **changes):
    """A copy of a model with other weights, or another configuration."""
    copy = tmp_path / "broken"
    copy.mkdir()
    settings = yaml.safe_load((folder / "config.yaml").read_text()) | changes
    settings = {key: value for key, value in settings.items() if value != "(gone)"}
    (copy / "config.yaml").write_text(yaml.safe_dump(settings))
    (copy / "model.pth").write_bytes(weights or (folder / "valid.acc.ave.pth").read_bytes())
    return copy


def message_of(path) -> str:
    with pytest.raises(StateError) as raised:
        read_folder(files_of(path))
    assert "\n" not in str(raised.value)
    return str(raised.value)


def test_weights_that_are_a_pickle_are_refused_and_not_run(folder, tmp_path):
    canary = tmp_path / "it ran"
    for number, dump in enumerate((lambda one, path: path.write_bytes(pickle.dumps(one)), torch.save)):
        path = tmp_path / f"{number}.pth"
        dump({"weight": Canary(canary)}, path)
        (tmp_path / str(number)).mkdir()
        message = message_of(broken(folder, tmp_path / str(number), weights=path.read_bytes()))
        assert "model.pth: is no file of tensors alone" in message
    assert not canary.exists()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"encoder": "wav2vec2"}, "has a encoder 'wav2vec2', which may bring weights from elsewhere"),
        ({"frontend": "s3prl"}, "frontend 's3prl'"),
        ({"decoder": "transducer"}, "decoder 'transducer'"),
        ({"token_type": "hugging_face"}, "writes units of type 'hugging_face'"),
        ({"token_list": "(gone)"}, "is of no recogniser of ESPnet's task asr"),
        ({"encoder_conf": {"no_such": 1}}, r"ESPnet 202611 cannot build it .*no_such"),
        ({"token_list": [*TOKENS, "more"]}, r"cannot build it .*size mismatch"),
        ({"frontend_conf": {"fs": "fast", "n_mels": 20}}, "cannot build it .*'fast'"),
    ],
)
def test_a_model_that_cannot_be_used_is_one_line(folder, tmp_path, changes, message):
    assert re.search(message, message_of(broken(folder, tmp_path, **changes)))


def test_a_checkpoint_is_no_weights_file(folder, tmp_path):
    content = (folder / "checkpoint.pth").read_bytes()
    assert "holds no weights by name" in message_of(broken(folder, tmp_path, weights=content))


def test_yaml_with_an_object_in_it_is_refused(folder, tmp_path):
    copy = broken(folder, tmp_path)
    (copy / "config.yaml").write_text(f"init: !!python/object/apply:os.mkdir [{tmp_path}/made]\n")
    assert "config.yaml: is not plain YAML" in message_of(copy)
    assert not (tmp_path / "made").exists()


def test_a_folder_that_lacks_a_file_says_which(folder, tmp_path):
    copy = broken(folder, tmp_path)
    (copy / "model.pth").unlink()
    assert "has no weights (.pth)" in message_of(copy)


META = "yaml_files: {asr_train_config: config.yaml}\nfiles: {asr_model_file: %s}\n"


@pytest.mark.parametrize(
    ("members", "message"),
    [
        ({"../outside.pth": b"x", "meta.yaml": b"x"}, r"has a member outside of it \('../outside.pth'\)"),
        ({"/outside.pth": b"x"}, "has a member outside of it"),
        ({"zeros.pth": bytes(10**6)}, "swells beyond reason"),
        ({"readme.txt": b"hello"}, "holds no meta.yaml; name a zip that espnet2.bin.pack made"),
        ({"meta.yaml": b"files: {}"}, "meta.yaml names no asr_train_config"),
        (
            {"meta.yaml": (META % "../../secret.pth").encode(), "config.yaml": b"x: 1"},
            "names ../../secret.pth, outside of it",
        ),
        ({"meta.yaml": (META % "gone.pth").encode(), "config.yaml": b"x: 1"}, "has no gone.pth"),
    ],
)
def test_a_zip_that_is_none_of_espnets_is_one_line_and_leaves_nothing(
    tmp_path, members, message, monkeypatch
):
    unpacked = tmp_path / "unpacked"
    unpacked.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(unpacked))
    with zipfile.ZipFile(tmp_path / "model.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    with pytest.raises(StateError, match=message):
        files_of(tmp_path / "model.zip")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["model.zip", "unpacked"]
    assert not any(unpacked.iterdir())


def test_a_zip_that_is_broken_or_has_a_link_is_refused(tmp_path):
    path = tmp_path / "model.zip"
    path.write_bytes(b"PK\x03\x04 and no more")
    with pytest.raises(StateError, match="is no readable zip"):
        files_of(path)
    with zipfile.ZipFile(path, "w") as archive:
        link = zipfile.ZipInfo("model.pth")
        link.external_attr = 0o120777 << 16
        archive.writestr(link, "/etc/passwd")
    with pytest.raises(StateError, match="has a link in it"):
        files_of(path)


@pytest.mark.parametrize(("decoder", "ctc_weight", "asked"), [("transformer", 0.0, 0.3), (None, 1.0, 0.3)])
def test_a_search_that_the_model_cannot_do_is_said(tmp_path, decoder, ctc_weight, asked):
    folder = save(tmp_path, settings_of(decoder=decoder, ctc_weight=ctc_weight))
    with pytest.raises(ConfigError, match=rf"ctc_weight {asked} for a recogniser without .*set it to"):
        read_folder(files_of(folder), search=SearchSettings(ctc_weight=asked))
