"""How a Japanese text sounds, in katakana: as OpenJTalk and the embedded corpora's synthesiser say it."""

import io
from contextlib import redirect_stdout
from functools import cache
from types import ModuleType

VOWELS = {
    "ア": "アカガサザタダナハバパマヤラワァャ",
    "イ": "イキギシジチニヒビピミリィ",
    "ウ": "ウクグスズツヌフブプムユルゥュヴ",
    "エ": "エケゲセゼテデネヘベペメレェ",
    "オ": "オコゴソゾトドノホボポモヨロォョ",
}
VOWEL_OF = {kana: vowel for vowel, row in VOWELS.items() for kana in row}
DEVOICED = "’"  # OpenJTalk's mark of a vowel that is whispered
SAME_SOUND = str.maketrans({"ヲ": "オ", "ヅ": "ズ", "ヂ": "ジ", DEVOICED: "", "、": ""})


def canonical(reading: str) -> str:
    """One spelling for all that sounds the same: long vowels as ー (オウ, オオ, エイ), ヲ as オ, ヅ as ズ."""
    sounds: list[str] = []
    vowel = ""
    for kana in reading.translate(SAME_SOUND):
        is_long = vowel and (kana in ("ー", vowel) or vowel + kana in ("オウ", "エイ"))
        sounds.append("ー" if is_long else kana)
        if not is_long:
            vowel = VOWEL_OF.get(kana, "")
    return "".join(sounds)


@cache
def load_openjtalk() -> ModuleType:
    """The package pyopenjtalk, without its printed warning about an option that is not used here."""
    with redirect_stdout(io.StringIO()):
        import pyopenjtalk
    return pyopenjtalk


@cache
def front_end():
    """OpenJTalk's text analysis with the dictionary of the package (one for each process)."""
    openjtalk = load_openjtalk()
    from pyopenjtalk.openjtalk import OpenJTalk

    return OpenJTalk(dn_mecab=openjtalk.OPEN_JTALK_DICT_DIR)


def spoken_reading(spelling: str) -> str:
    """The katakana that the synthesiser speaks for a spelling."""
    return "".join(feature["pron"] for feature in front_end().run_frontend(spelling))


def is_spoken_as(spelling: str, reading: str) -> bool:
    """Whether the synthesiser says `reading` for `spelling`."""
    return canonical(spoken_reading(spelling)) == canonical(reading)
