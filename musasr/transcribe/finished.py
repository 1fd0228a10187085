"""What a finished transcription was made of, and told: known again without loading a model for seconds."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from musasr import __version__
from musasr.atomic import write_json
from musasr.digests import digest_of, digest_of_file, digest_of_tree
from musasr.tasks.folder import CONFIG_FILE, RECIPE_FILE, WEIGHTS_FILE, workdir_of
from musasr.transcribe.outputs import Outputs

NOT_REPEATED = {"seconds": 0.0, "real_time_factor": 0.0}  # of the figures: what this run took


@dataclass(frozen=True)
class Finished:
    """Knows the finished recordings of one system with one list of settings.

    Attributes:
        asked: All that decides what is written of a recording, but for itself; None: that cannot be told.
    """

    asked: Mapping[str, Any] | None

    def figures(self, outputs: Outputs) -> dict[str, Any] | None:
        """What was told of a recording when it was finished; None: it is not, or something changed since."""
        try:
            content = json.loads(outputs.finished.read_text(encoding="utf-8"))
            if content["made_of"] != self._made_of(outputs) or not outputs.are_written():
                return None
            names = {"source": str(outputs.media), "outputs": [str(path) for path in outputs.paths.values()]}
            return content["figures"] | NOT_REPEATED | names
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def note(self, outputs: Outputs, figures: Mapping[str, Any]) -> None:
        """Note that all of a recording is written."""
        if self.asked is not None:
            write_json(outputs.finished, {"made_of": self._made_of(outputs), "figures": figures})

    def _made_of(self, outputs: Outputs) -> str:
        if self.asked is None:
            raise ValueError("what was asked for cannot be told")
        own = {"recording": digest_of_tree(outputs.media), "formats": outputs.formats}
        return digest_of({"musasr": __version__, **own, **self.asked})


def asked_for(models: Mapping[str, Path | str | None], **others: Any) -> dict[str, Any] | None:
    """What decides a transcription: others, and the content of models' files; None where those are gone."""
    try:
        return others | {name: model and _content_of(Path(model)) for name, model in models.items()}
    except OSError:
        return None


def _content_of(path: Path) -> str:
    """A digest of a training's files that a system is loaded from, of a pack, or of another's files."""
    if not (path / RECIPE_FILE).is_file():
        return digest_of({"name": str(path), "files": digest_of_tree(path) if path.exists() else None})
    files = [path / name for name in (CONFIG_FILE, RECIPE_FILE, WEIGHTS_FILE)]
    units = workdir_of(path).units
    content = {file.name: digest_of_file(file) for file in files}
    return digest_of({"name": str(path), "units": units.is_dir() and digest_of_tree(units), **content})
