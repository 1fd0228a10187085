"""``musasr train separators recognizers joint``: one or more groups of trainings as one graph."""

import argparse
import signal

from musasr.cli import systems
from musasr.cli.common import add_recipe_arguments, run_of
from musasr.errors import ConfigError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    from musasr.recipe.training_graph import GROUPS

    parser.add_argument(
        "groups",
        nargs="+",
        choices=[*GROUPS, *systems.SYSTEMS],
        help="which trainings of the paper's systems, or all of another one",
    )
    add_recipe_arguments(parser, systems=True)
    parser.add_argument("--only", metavar="NAME", help="one of these trainings; what it starts from is done")
    parser.add_argument(
        "--launcher",
        metavar="COMMAND",
        help='makes each training a job of its own, such as "utils/slurm.pl --config conf/slurm.conf"',
    )
    parser.add_argument(
        "--num_processes",
        type=int,
        metavar="N",
        help="processes that share out each batch of a training (1; with --ngpu as many)",
    )
    parser.add_argument(
        "--num_nodes", type=int, default=1, metavar="N", help="machines that share a training, by srun (1)"
    )


def run(args: argparse.Namespace) -> None:
    """Do the trainings of these groups, or of a system beside the paper's.

    Raises:
        ConfigError: An option, or the two at once, make no sense.
    """
    if any(map(systems.is_system, args.groups)):
        _train_system(args)
        return
    from musasr.jobs.launcher import Launcher
    from musasr.jobs.schedule import Schedule

    run, num_processes = run_of(args), _num_processes(args)
    launcher = None
    if args.launcher:
        words = [*args.groups, *run.asked.words(), "--num_processes", str(num_processes)]
        launcher = Launcher.of(args.launcher, words, run.workdir, num_nodes=args.num_nodes)
    signal.signal(signal.SIGUSR1, signal.getsignal(signal.SIGTERM))  # what Slurm sends before a time limit
    Schedule(run, num_processes, launcher).train(args.groups, only=args.only)


def _train_system(args: argparse.Namespace) -> None:
    wrong = [name for name in ("only", "launcher", "num_processes", "systems") if getattr(args, name)]
    if len(args.groups) > 1 or wrong or args.num_nodes > 1:
        what = f"{args.groups[0]} is trained alone, by one process"
        raise ConfigError(
            what, where="train", mend="leave out the rest: " + ", ".join([*args.groups[1:], *wrong])
        )
    signal.signal(signal.SIGUSR1, signal.getsignal(signal.SIGTERM))  # what Slurm sends before a time limit
    systems.do("train", args.groups[0], args)


def _num_processes(args: argparse.Namespace) -> int:
    """Processes of a training on one machine.

    Raises:
        ConfigError: It is not one a GPU, or several machines are asked for without a launcher.
    """
    number = args.num_processes or max(1, args.ngpu)
    if number < 1 or (args.ngpu and number != args.ngpu):
        wanted = f"{args.ngpu}, one a GPU" if args.ngpu else "1 or more"
        raise ConfigError(f"wants {wanted}, got {number}", where="--num_processes", mend="leave it out")
    if args.num_nodes < 1 or (args.num_nodes > 1 and not args.launcher):
        mend = 'add --launcher "utils/slurm.pl ..."'
        raise ConfigError("several machines need a launcher", where="--num_nodes", mend=mend)
    return number
