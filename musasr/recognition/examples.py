"""The utterances of a condition that the report shows: the best, the median and the worst recognised."""

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from musasr import audio
from musasr.atomic import write_array, write_json
from musasr.kaldi import Utterance
from musasr.metrics.recognition import corpus_wer
from musasr.mixing.dynamic import Mixture
from musasr.recognition.recognizer import Recognition
from musasr.recognizers.attention_weights import attention_weights
from musasr.recognizers.espnet_reader import EspnetReader
from musasr.recognizers.reader import Reader

RANKS = ("best", "median", "worst")
LIST = "examples.json"
MOST_SECONDS = 20.0  # longer utterances are left out, unless all are: the report holds their sounds


@dataclass(frozen=True)
class Example:
    """One utterance with all that is shown of it.

    Attributes:
        rank: One of `RANKS`.
        row: Its line of utterances.jsonl.
        reference: What is said.
        mixture: What is heard, and its parts.
        result: What recognition made of it.
    """

    rank: str
    row: Mapping[str, Any]
    reference: str
    mixture: Mixture
    result: Recognition


def choose(
    rows: Sequence[Mapping[str, Any]], utterances: Mapping[str, Utterance], *, sampling_rate: int
) -> dict[str, Mapping[str, Any]]:
    """Rank -> row: by WER, of equal ones the one of more words first; without words by SI-SDR.

    Args:
        rows: Lines of utterances.jsonl of one condition.
        utterances: By id, with what is said.
        sampling_rate: Hz.

    Returns:
        Fewer than three where there are fewer utterances; none where nothing can be compared.
    """
    short = [row for row in rows if row["num_samples"] <= MOST_SECONDS * sampling_rate] or rows
    spoken = [row for row in short if utterances[row["utterance_id"]].text.split()]
    if spoken and spoken[0]["hypothesis"] is not None:
        ordered = _by_wer(spoken, utterances)
    else:
        scored = [row for row in short if row["si_sdr"] is not None]
        ordered = sorted(scored, key=lambda row: (-row["si_sdr"], row["utterance_id"]))
    places = {"best": 0, "worst": len(ordered) - 1, "median": (len(ordered) - 1) // 2}
    # One alone is the best, the worse of two the worst.
    ranks = {place: rank for rank, place in reversed(places.items())} if ordered else {}
    found = {rank: ordered[place] for place, rank in ranks.items()}
    return {rank: found[rank] for rank in RANKS if rank in found}


def write(examples: Sequence[Example], directory: Path, *, reader: Reader | None, sampling_rate: int) -> None:
    """Write a condition's examples in place of those of an earlier run; examples.json is written last.

    Without examples there is no folder. Each has a folder of its id with mixture.wav, reference.wav and,
    where there are, estimate.wav (speech) and attention.npy (units, frames); examples.json lists rank,
    utterance_id, reference, hypothesis, wer (percent), si_sdr (dB) and units (the rows of attention.npy).

    Args:
        examples: What to keep.
        directory: The condition's folder.
        reader: Which has read them: its attention is drawn if it is a recogniser of ours.
        sampling_rate: Hz.
    """
    shutil.rmtree(directory, ignore_errors=True)
    if not examples:
        return
    listed = []
    for example in examples:
        folder = directory / example.row["utterance_id"]
        sounds = {"mixture": example.mixture.mixture, "reference": example.mixture.speech}
        if "speech" in example.result.estimates:
            sounds["estimate"] = example.result.estimates["speech"]
        for name, samples in sounds.items():
            audio.write(folder / f"{name}.wav", np.clip(samples, -1.0, 1.0), sampling_rate)
        listed.append(_listed(example) | {"units": _write_attention(example, reader, folder)})
    write_json(directory / LIST, listed)


def _by_wer(
    rows: Sequence[Mapping[str, Any]], utterances: Mapping[str, Utterance]
) -> list[Mapping[str, Any]]:
    references = {row["utterance_id"]: utterances[row["utterance_id"]].text for row in rows}
    errors = corpus_wer(references, {row["utterance_id"]: row["hypothesis"] for row in rows})
    counts = zip(rows, errors.utterance_errors, errors.utterance_tokens, strict=True)
    keyed = [(wrong / words, -words, row["utterance_id"], row) for row, wrong, words in counts]
    return [one[3] for one in sorted(keyed, key=lambda one: one[:3])]


def _listed(example: Example) -> dict[str, Any]:
    row = example.row
    listed = {key: row[key] for key in ("utterance_id", "hypothesis", "si_sdr")}
    wer = None
    if row["hypothesis"] is not None and example.reference.split():
        wer = corpus_wer({"": example.reference}, {"": row["hypothesis"]}).percent
    return {"rank": example.rank, "reference": example.reference, "wer": wer, **listed}


def _write_attention(example: Example, reader: Reader | None, folder: Path) -> list[str] | None:
    """Write where the decoder looked at each unit; returns the units, None where there is no attention."""
    if not isinstance(reader, EspnetReader) or example.result.heard is None:
        return None
    ids = reader.units.encode(example.result.hypothesis)
    device = next(reader.s2t_model.parameters()).device
    heard = torch.from_numpy(example.result.heard).to(device)
    weights = attention_weights(reader.s2t_model, heard, ids)
    if weights is None:
        return None
    write_array(folder / "attention.npy", weights.cpu().numpy().astype(np.float16))
    return [*(reader.units.tokens[one] for one in ids), reader.units.tokens[-1]]
