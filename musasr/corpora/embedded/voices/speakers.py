"""Who speaks: a language, one of eSpeak NG's voices, pitch and pace, drawn for each utterance."""

import random
from dataclasses import dataclass

# Languages whose script is Latin say made-up words; the others say numbers.
LATIN = (
    *("af", "az", "ca", "cs", "cy", "da", "de", "en-029", "en-gb-scotland", "en-gb-x-rp", "en-us", "eo"),
    *("es", "es-419", "et", "eu", "fi", "fr-be", "ga", "hr", "ht", "hu", "id", "is", "it", "la", "lt", "lv"),
    *("ms", "nb", "nl", "pl", "pt", "pt-br", "ro", "sk", "sl", "sq", "sv", "sw", "tr", "vi"),
)
OTHERS = (
    *("ar", "bg", "bn", "cmn", "el", "fa", "hi", "hy", "ja", "ka", "ko", "ml", "ru", "sr", "ta", "te"),
    *("uk", "yue"),
)
LANGUAGES = (*LATIN, *OTHERS)
# Of its variants, those that sound like people; robots and whispers are left out.
VARIANTS = (
    *("Alex", "Alicia", "Andrea", "Andy", "Annie", "AnxiousAndy", "Denis", "Diogo", "Gene", "Gene2"),
    *("Henrique", "Hugo", "Jacky", "Lee", "Marco", "Mario", "Michael", "Mike", "Nguyen", "Reed"),
    *("RicishayMax", "RicishayMax2", "RicishayMax3", "adam", "anika", "announcer", "antonio", "aunty"),
    *("belinda", "benjamin", "boris", "caleb", "croak", "david", "ed", "edward", "edward2", "f1", "f2"),
    *("f3", "f4", "f5", "grandma", "grandpa", "gustave", "ian", "iven", "iven2", "iven3", "iven4", "john"),
    *("kaukovalta", "klatt", "klatt2", "klatt3", "klatt4", "klatt5", "klatt6", "linda", "m1", "m2", "m3"),
    *("m4", "m5", "m6", "m7", "m8", "marcelo", "max", "michel", "miguel", "mike2", "norbert", "pablo"),
    *("paul", "pedro", "quincy", "rob", "robert", "sandro", "shelby", "steph", "steph2", "steph3", "travis"),
    *("victor", "zac"),
)


@dataclass(frozen=True)
class Manner:
    """How an utterance is spoken: all that eSpeak NG is told besides the text.

    Attributes:
        language: One of LANGUAGES.
        variant: One of VARIANTS.
        rate: Words a minute.
        pitch: Its own scale, 0 to 99.
        pitch_range: Of the intonation, 0 (monotonous) to 99.
    """

    language: str
    variant: str
    rate: int
    pitch: int
    pitch_range: int

    @property
    def voice(self) -> str:
        """The name by which eSpeak NG knows language and variant."""
        return f"{self.language}+{self.variant}"


def draw_manner(rng: random.Random, language: str) -> Manner:
    """How one utterance of a language is spoken."""
    return Manner(
        language=language,
        variant=rng.choice(VARIANTS),
        rate=rng.randint(110, 230),
        pitch=rng.randint(15, 90),
        pitch_range=rng.randint(20, 99),
    )
