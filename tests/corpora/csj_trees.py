"""Miniature copies of the Corpus of Spontaneous Japanese: all layouts and kinds of talks, invented words."""

import random
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from xml.sax.saxutils import quoteattr

import numpy as np

from musasr import audio

LAYOUTS = ("usb", "dvd", "merl")
RATE = 16000


@dataclass(frozen=True)
class Word:
    """A row: orthography and pronunciation with tags, the orthography without, the part of speech."""

    orthography: str
    pronunciation: str = ""
    plain: str = ""
    pos: str = "名詞"


@dataclass(frozen=True)
class Unit:
    """An inter-pausal unit: its words, and where it lies in milliseconds."""

    words: Sequence[Word]
    start: int
    end: int
    channel: str = "L"


@dataclass(frozen=True)
class Talk:
    """A talk, and the number of whoever gives it."""

    talk_id: str
    units: Sequence[Unit] = field(default_factory=list)
    speaker: int | None = None
    core: bool = True

    @property
    def volume(self) -> str:
        """Where the USB stick has it."""
        return "core" if self.core else "noncore"

    @property
    def recordings(self) -> dict[str, str]:
        """Recording -> channel."""
        if self.talk_id.startswith("D"):
            return {f"{self.talk_id}-{channel}": channel for channel in "LR"}
        return {self.talk_id: "L"}


def words(text: str) -> list[Word]:
    """Untagged words from "音声/オンセー の/ノ"."""
    pairs = (pair.partition("/") for pair in text.split())
    return [Word(kanji, kana, kanji) for kanji, _, kana in pairs]


def in_a_row(contents: Iterable[Sequence[Word]], *, ms: int = 600, pause: int = 800) -> list[Unit]:
    """Units one after the other: with the default pause, each is an utterance."""
    return [
        Unit(content, 250 + index * (ms + pause), 250 + index * (ms + pause) + ms)
        for index, content in enumerate(contents)
    ]


SAYINGS = tuple(
    words(text)
    for text in (
        "音声/オンセー の/ノ 認識/ニンシキ を/オ 行なっ/オコナッ た/タ",
        "雑音/ザツオン の/ノ 中/ナカ で/デ",
        "次/ツギ の/ノ 図/ズ を/オ 御覧/ゴラン ください/クダサイ",
        "結果/ケッカ は/ワ 良好/リョーコー です/デス",
    )
)
FILLER = [Word("(F えー)", "(F エー)", "えー", "感動詞"), *words("発表/ハッピョー し/シ ます/マス")]
MASKED = [Word("(R ××)", "(R ××)", "××"), *words("です/デス")]


def plain_talk(talk_id: str, *, speaker: int | None = None, num_units: int = 3, core: bool = True) -> Talk:
    """A talk without traps; both sides of a dialogue speak in turns."""
    contents = [SAYINGS[(zlib.crc32(talk_id.encode()) + index) % len(SAYINGS)] for index in range(num_units)]
    units = in_a_row(contents)
    if talk_id.startswith("D"):
        units = [Unit(unit.words, unit.start, unit.end, "LR"[index % 2]) for index, unit in enumerate(units)]
    return Talk(talk_id, units, speaker, core)


def random_talk(talk_id: str, seed: int, *, num_units: int = 8) -> Talk:
    """A talk of tagged words of all kinds, with short and long pauses."""
    draw = random.Random(f"{talk_id} {seed}")
    units, now = [], 100
    for _ in range(num_units):
        start = now + draw.choice((210, 350, 500, 501, 900))
        now = start + draw.choice((240, 700, 1300))
        content = [word for _ in range(draw.randint(1, 4)) for word in draw.choice(TAGGED)]
        units.append(Unit(content, start, now, draw.choice("LR") if talk_id.startswith("D") else "L"))
    return Talk(talk_id, units)


TAGGED: tuple[list[Word], ...] = (
    words("今日/キョー は/ワ"),
    [Word("(F えーと)", "(F エート)", "えーと", "感動詞")],
    [Word("(D お)", "(D オ)", "お", "言いよどみ"), *words("音声/オンセー")],
    [Word("西洋", "セーヨー", "西洋"), Word("(D2 的)", "(D2 テキ)", "的", "接尾辞"), *words("風/フー")],
    [Word("(? 次数)", "(? ジスー)", "次数")],
    [Word("(? 次数,実数)", "(? ジスー,ジッスー)", "次数")],
    [Word("(M は)", "(M ハ)", "は", "助詞"), *words("と/ト")],
    [Word("(O ザッツファイン)", "(O ザッツファイン)", "ザッツファイン")],
    [Word("(X 実際)", "(X ジッサイ)", "実際"), Word("(X (D2 に))", "(X (D2 ニ))", "に", "助詞")],
    [Word("(A エイチエムエム;ＨＭＭ)", "エイチエムエム", "エイチエムエム")],
    [
        Word("(A シーディー", "シーディー", "シーディー"),
        Word("アール;ＣＤＲ)", "アール", "アール"),
    ],
    [Word("(A 二千;２０００)", "ニセン", "二千"), *words("語/ゴ")],
    [Word("(A 千", "セン", "千"), Word("九百", "キューヒャク", "九百"), Word("五;１９０５)", "ゴ", "五")],
    [Word("(A 二", "ニ", "二"), Word("．", "テン", "．"), Word("五;２．５)", "ゴ", "五")],
    [Word("(K たち (F えー) ばな;橘)", "タチ(F エー)バナ", "橘")],
    [Word("合(K か(?)く;格)", "ゴーカ(?)ク", "合格")],
    [Word("技術", "(W ギーツ;ギジュツ)", "技術")],
    [Word("渋滞", "(B シブタイ;ジュータイ)", "渋滞")],
    [Word("(F うーん)", "(F (W ウー;ウーン))", "うーん", "感動詞")],
    [Word("何", "(笑 ナニ", "何"), Word("が", "ガ)", "が", "助詞")],
    [Word("(L これ)", "(L コレ)", "これ"), Word("(笑 です)", "(笑 デス)", "です")],
    [Word("まし", "(W マシ;(? マシ", "まし"), Word("た", "タ,マス))", "た")],
    [Word("で", "デ<H>", "で"), Word("すごーい", "スゴーイ<Q>", "すごい")],
    [Word("一・", "イチ", "一"), *words("位/イ")],
    [Word("うんー", "ウンー", "うん", "感動詞")],
)
"""Words whose reading is beyond dispute; each list is whole: its tags are closed where it ends."""


def write_tree(
    root: Path,
    talks: Iterable[Talk],
    *,
    layout: str = "usb",
    sdb: str | None = "cp932",
    xml: str | None = None,
    tables: bool = False,
) -> Path:
    """Write a copy of the corpus and return its root.

    Args:
        root: Where it goes.
        talks: What it holds.
        layout: usb, dvd or merl.
        sdb: Encoding of the SDB files; None leaves them out.
        xml: That of the XML files.
        tables: Whether there is a fileList.csv.
    """
    talks = list(talks)
    root.mkdir(parents=True, exist_ok=True)
    (root / "00README.txt").write_bytes("日本語話し言葉コーパス\r\n".encode("cp932"))
    for number, talk in enumerate(talks):
        places = _places(root, talk, layout, number)
        if sdb:
            _write(places["sdb"] / f"{talk.talk_id}.sdb", sdb_text(talk).encode(sdb))
        if xml:
            _write(places["xml"] / f"{talk.talk_id}.xml", xml_text(talk, xml).encode(xml))
        for recording, channel in talk.recordings.items():
            write_audio(places["wav"] / f"{recording}.wav", talk, channel)
    if tables:
        rows = [f"{talk.talk_id},{talk.speaker:04d},学会,コア\r\n" for talk in talks if talk.speaker]
        _write(root / "fileList.csv", ("講演ID,講演者ID,講演種別,コア\r\n" + "".join(rows)).encode("cp932"))
    return root


def sdb_text(talk: Talk) -> str:
    """The short-unit database of a talk; the columns that no one needs hold their number."""
    lines = []
    for number, unit in enumerate(talk.units, 1):
        for index, word in enumerate(unit.words, 1):
            cells = [f"c{column}" for column in range(17)]
            cells[2] = talk.talk_id
            span = f"{seconds(unit.start)}-{seconds(unit.end)}"
            cells[3] = f"{number:04d} {span} {unit.channel}:-{index:03d}-{index:03d}"
            cells[5], cells[9], cells[10] = word.orthography, word.plain, word.pronunciation
            cells[11:17] = [word.pos, "", "", "", "", ""]
            lines.append("\t".join(cells).rstrip("\t") + "\n")
    return "".join(lines)


def xml_text(talk: Talk, encoding: str) -> str:
    """The base XML of a talk, as far as this reader and its like look at it."""
    name = {"cp932": "Shift_JIS"}.get(encoding, encoding)
    sex = "男" if talk.talk_id[3] == "M" else "女"
    speaker = "" if talk.speaker is None else f' SpeakerID="{talk.speaker:04d}"'
    lines = [
        f'<?xml version="1.0" encoding="{name}"?>',
        f'<Talk TalkID="{talk.talk_id}"{speaker} SpeakerSex="{sex}"><TalkComment>x</TalkComment>',
    ]
    for number, unit in enumerate(talk.units, 1):
        span = f'IPUStartTime="{seconds(unit.start)}" IPUEndTime="{seconds(unit.end)}"'
        lines.append(f'<IPU IPUID="{number:04d}" Channel="{unit.channel}" {span}><LUW LUWID="1"><Noise/>')
        lines += [_suw(word) for word in unit.words]
        lines.append("</LUW></IPU>")
    return "\n".join([*lines, "</Talk>", ""])


def _suw(word: Word) -> str:
    attributes = {
        "OrthographicTranscription": word.orthography,
        "PlainOrthographicTranscription": word.plain,
        "PhoneticTranscription": word.pronunciation,
        "SUWPOS": word.pos,
    }
    given = " ".join(f"{key}={quoteattr(value)}" for key, value in attributes.items() if value)
    mask = ' TagMaskStart="1"' if "(R" in word.orthography else ""
    return f'<SUW SUWID="1" {given}><TransSUW{mask}><Mora MoraEntity="φ"/></TransSUW></SUW>'


def write_audio(path: Path, talk: Talk, channel: str) -> None:
    """Noise that differs from recording to recording, half a second longer than the talk."""
    path.parent.mkdir(parents=True, exist_ok=True)
    length = max((unit.end for unit in talk.units), default=0) / 1000 + 0.5
    draw = np.random.default_rng(zlib.crc32(f"{talk.talk_id}{channel}".encode()))
    audio.write(path, draw.uniform(-0.3, 0.3, round(length * RATE)), RATE)


def seconds(ms: int) -> str:
    """Return 380213 as "00380.213"."""
    return f"{ms // 1000:05d}.{ms % 1000:03d}"


def _places(root: Path, talk: Talk, layout: str, number: int) -> dict[str, Path]:
    if layout == "usb":
        return {
            "sdb": root / "MORPH" / "SDB" / talk.volume,
            "xml": root / "XML" / "BaseXML" / talk.volume,
            "wav": root / "WAV" / talk.volume,
        }
    if layout == "dvd":
        return dict.fromkeys(("sdb", "xml", "wav"), root / f"dvd{3 + number % 15}" / talk.talk_id)
    base = root / "CSJ2004"
    return {"sdb": base / "sdb", "xml": base / "XML", "wav": base / "WAV" / talk.talk_id[:3]}


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
