"""An ablation from its file to its table: variants are trained, recognised, and compared with the first."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from musasr import locks
from musasr.ablation.folders import NO_GENRES, lay_out, share_data
from musasr.ablation.variants import Ablation, Variant, read_ablation
from musasr.atomic import read_json, sweep, write_json, write_text
from musasr.jobs.commands import Runner
from musasr.recipe.conditions import snrs_of
from musasr.recipe.run import Asked, Run
from musasr.recipe.training_graph import GROUPS
from musasr.recipe.workdir import Workdir
from musasr.report import ablation as table
from musasr.report.measurement import read_test_speech


class Ablate:
    """Variants of a recipe in folders of their own."""

    def __init__(self, asked: Asked, variants: Path, *, on: str):
        """Read the file.

        Args:
            asked: The run whose recipe is varied; its data and trainings serve where they are the same.
            variants: The file of variants.
            on: What is recognised: "dev" or "test".

        Raises:
            ConfigError: The file or a setting is wrong.
        """
        self.on = on
        self.plain = Run.of(replace(asked, set=(*asked.set, NO_GENRES)))
        self.ablation: Ablation = read_ablation(variants, self.plain.config)
        self.root = self.plain.workdir.ablation(f"{variants.stem}-{on}")

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Within this block no other process works at this ablation.

        Raises:
            StateError: Another does.
        """
        with locks.held(self.plain.workdir.lock(f"ablate-{self.root.name}"), "this ablation"):
            sweep(self.root)
            sweep(Workdir(self.root).data, below=True)
            yield

    def run(self) -> None:
        """Train and recognise every variant that is not done, ``nj`` at a time.

        Raises:
            StateError: The data of the run are not there, or a variant failed.
        """
        shared = share_data(self.plain, self.root, on=self.on)
        asked, variants = self.plain.asked, self.ablation.variants
        slots = 1 if asked.ngpu else min(asked.nj, len(variants))  # a GPU's memory is planned for one
        series = {}
        for variant in variants:
            run = self._variant(variant, threads=asked.nj // slots)
            lay_out(run, shared=shared, trained=self.plain.workdir)
            words = run.asked.words()
            series[variant.name] = [["train", *GROUPS, *words], ["recognize", *words]]
        Runner(slots, self.root / "log").run(series)

    def compare(self) -> tuple[list[dict], str]:
        """What ablation.json and ablation.md hold, which are written.

        Raises:
            StateError: A variant is not recognised.
        """
        references, first = self.ablation.references, self.ablation.variants[0]
        of_first, snrs_db = self._variant(first), snrs_of(self.plain.config)
        speech = read_test_speech(of_first.workdir.speech("test"))
        rows = [
            table.measure_row(one.name, one, of_first.workdir, speech, snrs_db=snrs_db) for one in references
        ]
        for variant in self.ablation.variants:
            workdir = self._variant(variant).workdir
            summary = workdir.summary(self.ablation.system.name)
            rows.append(
                table.measure_row(
                    variant.name,
                    self.ablation.system,
                    workdir,
                    speech,
                    snrs_db=snrs_db,
                    seconds=read_json(summary, mend="train this variant again", keys=["seconds"])["seconds"],
                    settings=variant.settings,
                )
            )
        names = {"first": first.name, "clean": references[0].name if references else None}
        entries = table.compare(rows, speech=speech, seed=of_first.config["seed"], **names)
        text = table.markdown(entries, on=self.on, **names)
        write_json(self.root / "ablation.json", entries)
        write_text(self.root / "ablation.md", text)
        return entries, text

    def _variant(self, variant: Variant, *, threads: int = 1) -> Run:
        """A variant's own run. The first recognises what stands above the variants, too."""
        is_first = variant == self.ablation.variants[0]
        systems = [*(self.ablation.references if is_first else ()), self.ablation.system]
        asked = self.plain.asked
        return Run.of(
            replace(
                asked,
                workdir=self.root / variant.name,
                set=(*asked.set, *variant.settings),
                systems=",".join(dict.fromkeys(system.name for system in systems)),
                nj=max(1, threads),
            )
        )
