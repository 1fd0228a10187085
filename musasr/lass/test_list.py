"""What is tested: mixtures of test clips that share no tag, written down with all that is asked of each."""

import json
import random
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from musasr.atomic import write_text
from musasr.corpora.clips import Clip
from musasr.errors import DataError, StateError

FILE = "mixtures.jsonl"
UNPROCESSED, IDEAL = "unprocessed", "ideal ratio mask"  # rows beside the models'


@dataclass(frozen=True)
class TestMixture:
    """A mixture, and the queries of its rows and controls.

    Attributes:
        mixture_id: Its name.
        target: The clip that is asked for.
        background: The other clip; both are cut to the shorter of them.
        snr_db: Of the target's energy over the background's.
        caption: A sentence for the target that trainings could draw.
        paraphrase: Another one.
        unseen: One that no training sees.
        swapped: A sentence for the background.
        wrong: A sentence for a sound that is not there.
        wrong_tags: The tags of that.
    """

    mixture_id: str
    target: str
    background: str
    snr_db: float
    caption: str
    paraphrase: str
    unseen: str
    swapped: str
    wrong: str
    wrong_tags: tuple[str, ...]


def draw_test(clips: Sequence[Clip], *, number: int, snr_db: float, seed: int) -> list[TestMixture]:
    """So many mixtures; the tags take turns as the target.

    Raises:
        DataError: There are not three clips that share no tag, or one has not two captions and an unseen.
    """
    for clip in clips:
        if len(set(clip.captions)) < 2 or not clip.unseen:
            what = f"{clip.clip_id} has not two captions and one that no training sees"
            raise DataError(what, where="the test set", mend="give it more wordings")
    by_tags: dict[tuple[str, ...], list[Clip]] = {}
    for clip in sorted(clips, key=lambda clip: clip.clip_id):
        by_tags.setdefault(clip.tags, []).append(clip)
    turns = sorted(by_tags)
    return [_draw(turns[i % len(turns)], by_tags, i, snr_db, seed) for i in range(number)]


def _draw(
    tags: tuple[str, ...],
    by_tags: Mapping[tuple[str, ...], Sequence[Clip]],
    index: int,
    snr_db: float,
    seed: int,
) -> TestMixture:
    mixture_id = f"test-{index:04d}"
    rng = random.Random(f"{seed} {mixture_id}")
    target = rng.choice(by_tags[tags])
    background = _apart(rng, by_tags, target.tags)
    wrong = _apart(rng, by_tags, target.tags + background.tags)
    caption, paraphrase = rng.sample(sorted(set(target.captions)), 2)
    return TestMixture(
        mixture_id,
        target.clip_id,
        background.clip_id,
        snr_db,
        caption=caption,
        paraphrase=paraphrase,
        unseen=rng.choice(target.unseen),
        swapped=rng.choice(background.captions),
        wrong=rng.choice(wrong.captions),
        wrong_tags=wrong.tags,
    )


def _apart(
    rng: random.Random, by_tags: Mapping[tuple[str, ...], Sequence[Clip]], tags: Sequence[str]
) -> Clip:
    """A clip that has none of these tags.

    Raises:
        DataError: There is none.
    """
    others = [own for own in sorted(by_tags) if not set(own) & set(tags)]
    if not others:
        what = "needs three clips that share no tag"
        raise DataError(what, where="the test set", mend="give it clips of other tags")
    return rng.choice(by_tags[rng.choice(others)])


def write_test(directory: Path, mixtures: Sequence[TestMixture]) -> Path:
    """Write the list, and return its path."""
    rows = [json.dumps(asdict(one), ensure_ascii=False) for one in mixtures]
    return write_text(directory / FILE, "\n".join(rows) + "\n")


def read_test(directory: Path) -> list[TestMixture]:
    """The list of a folder.

    Raises:
        StateError: There is none, or it is broken.
    """
    path = directory / FILE
    if not path.is_file():
        raise StateError("there is no list of mixtures", where=path, mend="prepare the corpus first")
    names = {field.name for field in fields(TestMixture)}
    mixtures = []
    for number, line in enumerate(path.read_text(encoding="utf-8", errors="replace").splitlines(), 1):
        try:
            row = json.loads(line)
            if set(row) != names:
                raise ValueError
        except (ValueError, TypeError) as error:
            mend = "remove it and prepare again"
            raise StateError("is no mixture", where=f"{path}:{number}", mend=mend) from error
        mixtures.append(TestMixture(**row | {"wrong_tags": tuple(row["wrong_tags"])}))
    return mixtures
