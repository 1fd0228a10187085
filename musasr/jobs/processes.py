"""The processes of one training: one, or several that share out each batch."""

import multiprocessing
import signal
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from multiprocessing.connection import wait
from multiprocessing.process import BaseProcess
from typing import Any, Protocol

from musasr.errors import MusasrError, of_system
from musasr.parallel import SIGNALS, STOPPED, end_with_parent

LEFT_SECONDS = (
    15.0  # once one process of a training has failed, until the others, which wait for it, are killed
)


class Process(Protocol):
    """A process of this machine, or a launcher's job: what the driver asks of either."""

    exitcode: int | None

    def is_alive(self) -> bool:
        """Whether it runs."""

    def join(self) -> None:
        """Wait for its end."""

    def terminate(self) -> None:
        """Ask it to save and end."""

    def kill(self) -> None:
        """End it."""


def start(target: Callable, *arguments: Any, name: str, on_gpu: bool) -> BaseProcess:
    """A process that runs a function."""
    # A forked process cannot use a GPU that its parent has touched; a spawned one imports anew.
    context = multiprocessing.get_context("spawn" if on_gpu else "fork")
    process = context.Process(target=target, args=arguments, name=name)
    process.start()
    return process


@contextmanager
def explained(name: str) -> Iterator[None]:
    """In a training's process: a mistake that can be mended is one line; a signal ends it with STOPPED."""
    end_with_parent()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent hears Ctrl-C and ends this process
    for number in SIGNALS:
        signal.signal(number, lambda *_: sys.exit(STOPPED))
    try:
        yield
    except OSError as error:
        print(f"musasr: {name}: {of_system(error)}", file=sys.stderr)
        sys.exit(1)
    except MusasrError as error:
        print(f"musasr: {name}: {error}", file=sys.stderr)
        sys.exit(1)


def stop(processes: Iterable[Process]) -> None:
    """Ask all to save and end, and wait until they have; Ctrl-C while that lasts kills them."""
    processes = list(processes)
    if not processes:
        return
    before = {number: signal.signal(number, signal.SIG_IGN) for number in SIGNALS}
    for process in processes:
        process.terminate()
    try:
        for process in processes:
            process.join()
    except KeyboardInterrupt:
        for process in processes:
            process.kill()
        raise
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def run_together(target: Callable, several: Iterable[tuple], *, name: str, on_gpu: bool) -> int:
    """Run a function in a process for each of ``several`` arguments; exit status 0 if all did their work.

    SIGTERM and SIGUSR1 are passed on. Where one process fails, the others would wait for it for ever.
    """
    processes: list[BaseProcess] = []
    for number in SIGNALS:
        signal.signal(number, lambda *_: [process.terminate() for process in processes])
    for arguments in several:
        processes.append(start(target, *arguments, name=name, on_gpu=on_gpu))
    deadline = None
    while running := [process for process in processes if process.is_alive()]:
        wait([process.sentinel for process in running], timeout=1.0)
        if deadline is None and any(process.exitcode for process in processes):
            deadline = time.monotonic() + LEFT_SECONDS
        if deadline is not None and time.monotonic() > deadline:
            for process in running:
                process.kill()
    # The first to fail says why; those that then had to be killed have the signal's status.
    codes = [process.exitcode for process in processes if process.exitcode]
    return next((code for code in codes if code > 0), 128 - codes[0] if codes else 0)
