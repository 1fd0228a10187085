"""What `musasr prepare`, `train`, `evaluate` and `report` do for the systems beside the paper's."""

import argparse
from collections.abc import Mapping
from importlib import import_module
from typing import Any

from musasr.cli.common import asked, commit_of_checkout

# Each is a package musasr.NAME: `keys.KEYS` are its configuration's, `stages` has a function for each verb.
SYSTEMS = ("diarization", "lass", "looking_to_listen", "music_tags")


def is_system(what: Any) -> bool:
    """Whether the word behind a verb names such a system."""
    return what in SYSTEMS


def do(verb: str, system: str, args: argparse.Namespace) -> Mapping[str, Any] | None:
    """What `stages.VERB` returns of the run that the options ask for; no other process does it meanwhile.

    Raises:
        MusasrError: As that function.
    """
    from musasr import locks
    from musasr.recipe.system_run import SystemRun

    keys = import_module(f"musasr.{system}.keys").KEYS
    run = SystemRun.of(asked(args), system, keys, commit=commit_of_checkout())
    with locks.held(run.workdir.lock(f"{verb}-{system}"), f"{verb} {system}"):
        return getattr(import_module(f"musasr.{system}.stages"), verb)(run)
