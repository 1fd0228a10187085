"""Three sources train through the task's model and the engine, on data that the test makes itself."""

import json
import math

import torch
from small_models import options
from torch.utils.data import DataLoader

from musasr.joint import reference_names
from musasr.training import loop
from musasr.training.settings import Settings
from musasr.training.train import build

SOURCES = ("speech", "singing", "music")
NUM_SAMPLES, RATE = 4000, 16000
SILENT = {
    "b": {"singing"},
    "d": {"music", "singing"},
}  # an utterance without singing, and one of speech alone


def draw(item_id: str) -> dict[str, torch.Tensor]:
    """Noise in bursts, a vibrating tone, and a chord: sources that a small network can tell apart."""
    generator = torch.Generator().manual_seed(ord(item_id))
    time = torch.arange(NUM_SAMPLES) / RATE
    pitch = 300 + 200 * torch.rand(1, generator=generator)
    sources = {
        "speech": 0.2 * torch.randn(NUM_SAMPLES, generator=generator) * (torch.sin(40 * time) > 0),
        "singing": 0.2 * torch.sin(2 * math.pi * (pitch * time + 2 * torch.sin(30 * time))),
        "music": 0.1 * sum(torch.sin(2 * math.pi * factor * 1500 * time) for factor in (1.0, 1.25, 1.5)),
    }
    return {name: source * (name not in SILENT.get(item_id, ())) for name, source in sources.items()}


class Songs:
    """Five utterances in two batches, eight times an epoch; the same in training and validation."""

    def __getitem__(self, item_id: str):
        sources = draw(item_id)
        references = {name: sources[source] for name, source in reference_names(SOURCES).items()}
        return item_id, {"speech": sum(sources.values()), **references}

    def loader(self, mode: str, epoch: int) -> DataLoader:
        return DataLoader(self, batch_sampler=[["a", "b", "c"], ["d", "e"]] * 8, collate_fn=self.collate)

    @staticmethod
    def collate(items):
        ids, rows = zip(*items, strict=True)
        tensors = {name: torch.stack([row[name] for row in rows]) for name in rows[0]}
        return list(ids), tensors | {"speech_lengths": torch.full((len(ids),), NUM_SAMPLES)}


def test_three_sources_of_which_some_are_silent_train_and_come_apart(tmp_path):
    torch.manual_seed(0)
    args = options("smoke", "time", model_conf={"sources": list(SOURCES)})
    args.enh_separator_conf = args.enh_separator_conf | {"num_spk": 3}
    model = build(args, where="test")
    before = {name: value.clone() for name, value in model.state_dict().items()}
    settings = Settings(max_epoch=4, optim="adam", optim_conf={"lr": 0.01}, grad_clip=5.0)
    loop.run(model, Songs(), settings, directory=tmp_path, name="songs")
    assert not [name for name, value in model.state_dict().items() if torch.equal(value, before[name])]
    rows = [json.loads(line) for line in (tmp_path / "history.jsonl").open()]
    for source in SOURCES:
        first, last = (row[f"valid/si_sdr_{source}"] for row in (rows[0], rows[-1]))
        assert last > first + 3, source
    assert rows[-1]["valid/loss"] < rows[0]["valid/loss"] - 5
