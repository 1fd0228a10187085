"""Small runs of looking_to_listen: films of tones, tiny models."""

from collections.abc import Sequence
from pathlib import Path

from talking_films import write_film

from musasr.cli.main import main
from musasr.corpora.talking.clips import Clip, write_clips

CONF = Path(__file__).parents[2] / "conf"
SMOKE = CONF / "looking_to_listen_smoke.yaml"
SECONDS = 1.0


def write_sets(folder: Path, *, texts: Sequence[str] = ("", "", ""), longer_by: float = 0.0) -> Path:
    """Films of 1.2 s, each of a set longer than the one before, of a speaker and with a tone of its own."""
    for start, name in enumerate(("train", "dev", "test")):
        clips = []
        for number, text in enumerate(texts):
            film = folder / name / f"{name}{number}.mp4"
            options = {"hertz": 300 + 170 * number + 40 * start, "shade": 20 * number}
            write_film(film, seconds=1.2 + longer_by * number, **options)
            speaker = f"{name}-speaker{number}"
            clips.append(Clip(f"{name}{number}", speaker, film, face="0,0,0.5,1", text=text))
        write_clips(folder / name, clips)
    return folder


def musasr(verb: str, folder: Path, workdir: Path, *settings: str, config: Path = SMOKE) -> int:
    """Run a stage on such films."""
    settings = (
        "corpus.layout=clips",
        f"corpus.folder={folder}",
        f"mixing.seconds={SECONDS}",
        "corpus.crop_size=16",
        *settings,
    )
    options = [word for one in settings for word in ("--set", one)]
    files = ["--config", str(config), "--workdir", str(workdir)]
    return main([verb, "looking_to_listen", *files, *options])
