"""Words for songs: lines of a chorus in kana, put together from phrases of our own."""

import re
from dataclasses import dataclass

import numpy as np

OPENINGS = (
    "あおい そらの",
    "とおい うみの",
    "よるの まちの",
    "はるの かぜの",
    "ゆめの なかの",
    "きみの いる",
    "ひかる ほしの",
    "ふるい えきの",
    "ゆきの ふる",
    "だれも しらない",
    "わすれられない",
    "あさの ひかりの",
    "にじの かかる",
    "ちいさな まどの",
)
PLACES = (
    "むこうに",
    "かなたで",
    "そばで",
    "おくまで",
    "はてまで",
    "したで",
    "さきに",
    "なかから",
    "うえを",
    "まえで",
    "どこかで",
)
SUBJECTS = (
    "こころが",
    "ひかりが",
    "うたごえが",
    "ねがいが",
    "なみだが",
    "ことばが",
    "とけいが",
    "はなびらが",
    "ふたりは",
    "ぼくらは",
    "わたしは",
    "あなたは",
    "みらいが",
    "おもいでが",
    "しずかな なみが",
    "やさしい かぜが",
    "ちいさな とりが",
)
VERBS = (
    "ゆれている",
    "ひびいてる",
    "とどくまで",
    "あるいてゆく",
    "うたっている",
    "ながれてく",
    "かがやいて",
    "めぐりあう",
    "まっている",
    "かわらない",
    "はじまるよ",
    "わらってる",
    "とんでゆけ",
    "しんじてる",
    "さがしてる",
    "きこえるよ",
    "だきしめて",
    "ひろがってく",
)
CHORUS = (
    "ららら",
    "もういちど",
    "いつまでも",
    "ありがとう",
    "さよなら",
    "だいじょうぶ",
    "どこまでも",
    "また あえる ひまで",
)

MORA = re.compile(r"[あ-ん][ぁぃぅぇぉゃゅょ]?")
LONG = "っー"


@dataclass(frozen=True)
class Lyrics:
    """Lines of words and, one for each note, their morae in kana."""

    words: tuple[str, ...]
    morae: tuple[str, ...]


def draw_lyrics(num_morae: int, generator: np.random.Generator) -> Lyrics:
    """Lyrics of exactly `num_morae` sung morae; the last line is broken off where the notes end."""

    def pick(options):
        return options[int(generator.integers(len(options)))]

    words: list[str] = []
    morae: list[str] = []
    while len(morae) < num_morae:
        line = pick(CHORUS) if generator.random() < 0.15 else None
        line = line or f"{pick(OPENINGS)} {pick(PLACES)} {pick(SUBJECTS)} {pick(VERBS)}"
        words.append(line)
        morae.extend(split_morae(line))
    return Lyrics(tuple(words), tuple(morae[:num_morae]))


def split_morae(line: str) -> list[str]:
    """The morae that are sung on a note of their own: a doubled consonant or a long mark has none."""
    return [mora for mora in MORA.findall(line) if mora not in LONG]
