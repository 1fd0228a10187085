"""Loss curves: a line of JSON per epoch, and a picture of them."""

import json
import time
from pathlib import Path

import lightning
import matplotlib
from lightning.pytorch.callbacks import Callback

from musasr.atomic import replacing, write_text
from musasr.errors import StateError

matplotlib.use("Agg")
from matplotlib import pyplot
from matplotlib.ticker import MaxNLocator

HISTORY, PICTURE = "history.jsonl", "loss.png"
PANELS_A_ROW = 3  # what a screen shows side by side


class LossCurves(Callback):
    """Keeps history.jsonl and loss.png in a training's folder up to date after each epoch."""

    def __init__(self, directory: Path):
        """Hold the training's folder."""
        self.directory = directory
        self._epoch_started = time.monotonic()

    def state_dict(self) -> dict[str, float]:
        """The seconds of an epoch that was stopped: they count too."""
        return {"seconds": time.monotonic() - self._epoch_started}

    def load_state_dict(self, state_dict: dict[str, float]) -> None:
        """Go on with the epoch, unless it is a new one that begins."""
        self._epoch_started = time.monotonic() - state_dict["seconds"]

    def on_train_epoch_start(self, trainer: lightning.Trainer, pl_module: lightning.LightningModule) -> None:
        """Note when the epoch began."""
        self._epoch_started = time.monotonic()

    def on_train_epoch_end(self, trainer: lightning.Trainer, pl_module: lightning.LightningModule) -> None:
        """Add this epoch; an epoch that a killed run had begun to record is replaced."""
        if not trainer.is_global_zero:
            return
        epoch = trainer.current_epoch + 1
        scores = {name: float(value) for name, value in sorted(trainer.callback_metrics.items())}
        rows = [row for row in read_history(self.directory) if row["epoch"] < epoch]
        seconds = time.monotonic() - self._epoch_started
        lr = trainer.optimizers[0].param_groups[0]["lr"]
        row = {"epoch": epoch, "seconds": seconds, "lr": lr, **scores}
        if pl_module.bad_steps.count:
            row["bad_steps"] = pl_module.bad_steps.count
        rows.append(row)
        write_text(self.directory / HISTORY, "".join(json.dumps(row) + "\n" for row in rows))
        draw(rows, self.directory / PICTURE, title=self.directory.name)


def read_history(directory: Path) -> list[dict[str, float]]:
    """The rows written so far, one an epoch.

    Raises:
        StateError: The file is broken.
    """
    path = directory / HISTORY
    if not path.is_file():
        return []
    try:
        rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
        return [{**row, "epoch": int(row["epoch"]), "seconds": float(row["seconds"])} for row in rows]
    except (ValueError, KeyError, TypeError) as error:
        mend = "remove it: its figures are lost, the training is not"
        raise StateError("is broken: it holds no history", where=path, mend=mend) from error


def draw(rows: list[dict[str, float]], path: Path, *, title: str) -> None:
    """Draw every logged score over the epochs, training and validation in one panel each."""
    names = sorted({key.split("/")[1] for row in rows for key in row if "/" in key})
    num_columns = max(1, min(len(names), PANELS_A_ROW))
    num_rows = -(-len(names) // num_columns) or 1
    size = (3.6 * num_columns, 2.7 * num_rows + 0.3)
    figure, axes = pyplot.subplots(num_rows, num_columns, figsize=size, squeeze=False)
    for axis in axes.flat[len(names) :]:
        axis.remove()
    for axis, name in zip(axes.flat, names, strict=False):
        for mode in ("train", "valid"):
            points = [(row["epoch"], row[f"{mode}/{name}"]) for row in rows if f"{mode}/{name}" in row]
            if points:
                axis.plot(*zip(*points, strict=True), marker="o", markersize=3, label=mode)
        axis.set(title=name, xlabel="epoch")
        axis.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
        axis.grid(alpha=0.3)
        axis.legend()
    figure.suptitle(title)
    figure.tight_layout()
    with replacing(path) as temporary:
        figure.savefig(temporary, dpi=90)
    pyplot.close(figure)
