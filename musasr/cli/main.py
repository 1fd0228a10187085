"""The command ``musasr``: finds the subcommand, prints a user's mistake as one line."""

import argparse
import os
import resource
import signal
import sys
from collections.abc import Sequence
from importlib import import_module

from musasr import pickles
from musasr.errors import MusasrError, StateError, is_out_of_memory, of_system

# Each is a module of this package with add_arguments(parser) and run(args); heavy imports wait in run.
SUBCOMMANDS = {
    "prepare": "make data dirs, music dirs, units and the plan of test mixtures",
    "mix": "write the planned test mixtures as audio, or mix two files at an SNR",
    "train": "train separators, recognisers, or joint systems",
    "evaluate": "the test set of a system beside the paper's through what was trained",
    "recognize": "separate and recognise the test sets",
    "separate": "take audio files apart into speech and music",
    "transcribe": "films and recordings of any length into subtitles",
    "diarize": "who speaks when in films and recordings of any length",
    "tag": "which station and which tags the music of files has",
    "judge": "whether a separator helps a recogniser, measured on speech of one's own",
    "score": "word, character and diarisation error rates, or SDR, of files",
    "export": "a trained separator, recogniser or joint system for ESPnet's own inference classes",
    "pack": "a trained model as one file that separate and transcribe take, or ESPnet's classes",
    "ablate": "what each change of a file of variants does to one system",
    "pool": "runs of one recipe with several seeds, as one: means, ranges, and claims over all utterances",
    "compare": "two runs on the same test set: what another corpus, setting or decoding is worth",
    "film": "a film of known content, transcribed and scored",
    "bench": "how fast ours is beside its peers, on the same work in one run",
    "report": "results.json, the tables beside the paper's, the report",
}
SHOW_TRACEBACK = "MUSASR_TRACEBACK"  # set it to see where an error of the system came from
INTERRUPTED, BROKEN_PIPE, TERMINATED = 130, 141, 143
# How often a thread looks whether the others are done before it sleeps: some 30 microseconds, where libgomp's
# own choice is a millisecond, in which a core that another run wants does nothing (egs/csj_anime/BENCH.md).
SPINS = "10000"
ROOM_FOR_MODULES = 16_000_000  # bytes, and a file may have as many: far more than a compiled module


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a subcommand and return its exit status: 0 done, 1 a mistake that was explained, 2 usage."""
    signal.signal(signal.SIGTERM, _on_terminate)
    pickles.forbid()
    _keep_no_cut_modules()
    _share_cores()
    args = _parse(arguments)
    try:
        args.run(args)
        sys.stdout.flush()
    except MusasrError as error:
        print(f"musasr: error: {error}", file=sys.stderr)
        return 1
    except BrokenPipeError:  # whoever read our output has enough of it, as in `musasr score ... | head -1`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return BROKEN_PIPE
    except OSError as error:
        if os.environ.get(SHOW_TRACEBACK):
            raise
        print(f"musasr: error: {of_system(error)}", file=sys.stderr)
        return 1
    except (MemoryError, RuntimeError) as error:
        if not is_out_of_memory(error) or os.environ.get(SHOW_TRACEBACK):
            raise
        print(f"musasr: error: {_no_memory(error)}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("musasr: interrupted; run the same command to go on", file=sys.stderr)
        return INTERRUPTED
    return 0


def _keep_no_cut_modules() -> None:
    """Where room is short, have Python keep no compiled modules: before 3.12.8 it keeps cut ones."""
    limit, _ = resource.getrlimit(resource.RLIMIT_FSIZE)
    place = os.statvfs(__file__)
    room = [place.f_bavail * place.f_frsize, *([limit] if limit != resource.RLIM_INFINITY else [])]
    if min(room) < ROOM_FOR_MODULES:
        sys.dont_write_bytecode = True
        os.environ["PYTHONDONTWRITEBYTECODE"] = "1"  # for the processes that it starts


def _share_cores() -> None:
    """Have threads that wait for one another sleep soon, unless the user says how they wait."""
    if not {"OMP_WAIT_POLICY", "GOMP_SPINCOUNT"} & os.environ.keys():
        os.environ["GOMP_SPINCOUNT"] = SPINS


def _no_memory(error: BaseException) -> StateError:
    reason = (str(error) or "the machine has no more").splitlines()[0]
    return StateError(
        f"out of memory ({reason})", mend="lower --nj, or the sizes of batches in the configuration"
    )


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    given = list(sys.argv[1:] if arguments is None else arguments)
    parser = argparse.ArgumentParser(
        prog="musasr", description="Speech recognition that keeps working under music."
    )
    subparsers = parser.add_subparsers(dest="subcommand", required=True, metavar="SUBCOMMAND")
    for name, summary in SUBCOMMANDS.items():
        subparser = subparsers.add_parser(
            name, help=summary, description=f"{summary[0].upper()}{summary[1:]}."
        )
        if name in given[:1]:  # the other subcommands' modules are not needed
            module = import_module(f"musasr.cli.{name}")
            module.add_arguments(subparser)
            subparser.set_defaults(run=module.run)
    return parser.parse_args(given)


def _on_terminate(signum: int, frame: object) -> None:
    """Leave as from an exception, so that child processes are ended and half-written files removed."""
    sys.exit(TERMINATED)
