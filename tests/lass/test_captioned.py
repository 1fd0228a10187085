"""ESC-50, FSD50K, Clotho and AudioCaps in small: sets, tags, captions, what is left out."""

import numpy as np
import pytest

from musasr import audio
from musasr.corpora.captioned.layouts import LAYOUTS
from musasr.corpora.captioned.prepare import prepare
from musasr.errors import ConfigError, DataError, StateError
from musasr.lass.preparation import prepare_clips

SETTINGS = {"sampling_rate": 4000, "seed": 0, "num_jobs": 1}


def sound(path, level=0.3):
    path.parent.mkdir(parents=True, exist_ok=True)
    audio.write(path, np.full(8000, level, np.float32), 8000)


def table(path, *lines):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(lines) + "\n")


def esc50(root):
    rows = ["filename,fold,target,category,esc10,src_file,take"]
    for fold in range(1, 6):
        rows.append(f"{fold}-100-A-0.wav,{fold},0,crying_baby,False,100,A")
        sound(root / "audio" / f"{fold}-100-A-0.wav")
    table(root / "meta" / "esc50.csv", *rows)


def fsd50k(root):
    truth = root / "FSD50K.ground_truth"
    table(truth / "dev.csv", "fname,labels,mids,split", '1,"Cello,Music",/m,train', '2,"Dog,Animal",/m,val')
    table(truth / "eval.csv", "fname,labels,mids", '3,"Run,Human_sounds",/m')
    for folder, name in (("dev", 1), ("dev", 2), ("eval", 3)):
        sound(root / f"FSD50K.{folder}_audio" / f"{name}.wav")


def clotho(root):
    for name in ("development", "validation", "evaluation"):
        head = "file_name," + ",".join(f"caption_{number}" for number in range(1, 6))
        table(root / f"clotho_captions_{name}.csv", head, 'a b.wav,"A dog, barks.",Two.,Three,Four,Five!')
        table(root / f"clotho_metadata_{name}.csv", "file_name,keywords,sound_id", "a b.wav,dog;bark,1")
        sound(root / name / "a b.wav")


def audiocaps(root):
    table(root / "tags.csv", "youtube_id,tags", 'x,"Speech, Dog"', "y,Dog", "z,Rain")
    head = "audiocap_id,youtube_id,start_time,caption"
    table(root / "train.csv", head, "1,x,10,A man speaks")
    table(root / "val.csv", head, "2,y,10,A dog barks")
    table(root / "test.csv", head, *(f"{n},z,10,Rain falls {n}" for n in range(5)))
    for name in "xyz":
        sound(root / "audio" / f"{name}.flac")


MAKERS = {"esc50": esc50, "fsd50k": fsd50k, "clotho": clotho, "audiocaps": audiocaps}


@pytest.fixture
def root(tmp_path):
    return tmp_path / "collection"


@pytest.mark.parametrize("layout", sorted(LAYOUTS))
def test_sounds_come_at_the_asked_rate_in_their_sets(root, tmp_path, layout):
    MAKERS[layout](root)
    made = prepare(tmp_path / "data", layout=layout, root=str(root), **SETTINGS)
    assert {name: len(clips) for name, clips in made.items()} == {
        "train": 3 if layout == "esc50" else 1,
        "dev": 1,
        "test": 1,
    }
    for clips in made.values():
        assert all(audio.info(clip.path).sampling_rate == 4000 for clip in clips)
    assert len(made["test"][0].captions) >= 2
    assert made["test"][0].unseen
    assert (tmp_path / "data" / "skipped.tsv").read_text() == ""


def test_tags_and_captions_are_the_collections(root, tmp_path):
    made = {}
    for layout, maker in MAKERS.items():
        maker(root / layout)
        made[layout] = {one.set_name: one for one in LAYOUTS[layout](root / layout)}
    assert made["esc50"]["test"].tags == ("crying_baby",)
    assert "the sound of crying baby" in made["esc50"]["test"].captions
    assert made["fsd50k"]["test"].tags == ("Run", "Human_sounds")
    assert made["fsd50k"]["train"].captions[0] == "cello"
    assert made["clotho"]["train"].captions == ("a dog barks", "two", "three", "four", "five")
    assert (made["clotho"]["test"].captions, made["clotho"]["test"].unseen) == (
        ("a dog barks", "two"),
        ("three", "four", "five"),
    )
    assert made["audiocaps"]["train"].tags == ("Speech", "Dog")
    assert made["audiocaps"]["test"].unseen == ("rain falls 2", "rain falls 3", "rain falls 4")


def test_what_cannot_be_used_is_listed_and_much_of_it_fails(root, tmp_path):
    esc50(root)
    (root / "audio" / "1-100-A-0.wav").unlink()
    made = prepare(tmp_path / "data", layout="esc50", root=str(root), **SETTINGS)
    assert len(made["train"]) == 2
    assert (tmp_path / "data" / "skipped.tsv").read_text().startswith("1-100-A-0\t")
    sound(root / "audio" / "2-100-A-0.wav", level=0.0)
    with pytest.raises(DataError, match=r"2 of 5 sounds cannot be used; see .*skipped.tsv"):
        prepare(tmp_path / "other", layout="esc50", root=str(root), **SETTINGS)
    assert "it is silent" in (tmp_path / "other" / "skipped.tsv").read_text()


def test_only_sounds_with_an_asked_tag_are_taken(root, tmp_path):
    audiocaps(root)
    with pytest.raises(DataError, match=r"there are no clips"):
        prepare(tmp_path / "data", layout="audiocaps", root=str(root), only=["Dog"], **SETTINGS)
    made = prepare(tmp_path / "data", layout="audiocaps", root=str(root), only=["Dog", "Rain"], **SETTINGS)
    assert made["train"][0].tags == ("Speech", "Dog")


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda root: (root / "meta" / "esc50.csv").unlink(), r"esc50.csv: no such table; name the folder"),
        (lambda root: table(root / "meta" / "esc50.csv", "a,b"), r"has no column 'filename'; take the orig"),
        (
            lambda root: table(root / "meta" / "esc50.csv", "filename,fold,category", "x,9,dog"),
            r":2: fold '9'",
        ),
        (lambda root: table(root / "meta" / "esc50.csv", "filename,fold,category", "x,,dog"), r"is empty"),
        (lambda root: (root / "meta" / "esc50.csv").write_bytes(b"\xff\xfe\xfa"), r"is no table in UTF-8"),
    ],
)
def test_broken_tables_are_one_line(root, tmp_path, spoil, message):
    esc50(root)
    spoil(root)
    with pytest.raises(DataError, match=message):
        prepare(tmp_path, layout="esc50", root=str(root), **SETTINGS)


def test_somebodys_wavs_and_wrong_settings_are_one_line(root, tmp_path):
    esc50(root)
    sound(tmp_path / "data" / "dev" / "wav" / "mine.wav")
    with pytest.raises(StateError, match=r"mine.wav"):
        prepare(tmp_path / "data", layout="esc50", root=str(root), **SETTINGS)
    config = {"sampling_rate": 4000, "seed": 0, "corpus": {"type": "esc50", "seconds": [1, 2]}}
    with pytest.raises(ConfigError, match=r"corpus: .*seconds"):
        prepare_clips(config, tmp_path / "x", num_jobs=1)
