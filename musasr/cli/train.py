"""``musasr train separators recognizers joint``: one or more groups as one graph."""

import argparse
import signal

from musasr.cli.common import Recipe, add_recipe_arguments, recipe
from musasr.errors import ConfigError
from musasr.recipe.training_graph import GROUPS


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.add_argument("groups", nargs="+", choices=GROUPS, help="which trainings of the systems")
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
    """Do the trainings of these groups."""
    from musasr.jobs.launcher import Launcher
    from musasr.jobs.schedule import Driver

    run_of = recipe(args)
    num_processes = _num_processes(args)
    launcher = None
    if args.launcher:
        options = _options(args, run_of, num_processes)
        launcher = Launcher.of(args.launcher, options, run_of.workdir, num_nodes=args.num_nodes)
    signal.signal(signal.SIGUSR1, signal.getsignal(signal.SIGTERM))  # what Slurm sends before a time limit
    driver = Driver(
        run_of.config,
        run_of.workdir,
        run_of.trainings,
        num_jobs=run_of.num_jobs,
        ngpu=run_of.ngpu,
        num_processes=num_processes,
        launcher=launcher,
    )
    driver.run(args.groups, only=args.only)


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


def _options(args: argparse.Namespace, run_of: Recipe, num_processes: int) -> list[str]:
    """The options of this run, for a job that does one of its trainings."""
    options = [*args.groups, "--config", str(args.config), "--workdir", str(run_of.workdir.root)]
    options += ["--nj", str(run_of.num_jobs), "--ngpu", str(run_of.ngpu), "--systems", args.systems]
    options += ["--music_conf", str(args.music_conf)] if args.music_conf else []
    options += [word for setting in args.set for word in ("--set", setting)]
    return [*options, "--num_processes", str(num_processes)]
