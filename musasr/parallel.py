"""Work in several processes or jobs, in order, with few items in flight: memory grows with no corpus."""

import os
import signal
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import batched, islice
from multiprocessing import get_context, parent_process
from pathlib import Path

from musasr import end_with
from musasr.errors import StateError

SIGNALS = (signal.SIGTERM, signal.SIGUSR1)  # Slurm sends the first, and what a site's --signal names
STOPPED = 128 + signal.SIGTERM  # exit status of what was told to end: not done, so a launcher tries again
IN_FLIGHT = 4  # batches for each process, so that none waits for whoever takes the results


@dataclass(frozen=True)
class JobPart:
    """One job's part of work that is split: all of it, unless it says otherwise.

    Part 0 does no item: it makes ready what the parts 1 to `num_parts` need, and they change nothing of that.
    Once they are done, in any order, a job with all the work finds every item made, and joins them.
    """

    number: int = 1
    num_parts: int = 1

    @property
    def is_whole(self) -> bool:
        """Whether it is all the work."""
        return (self.number, self.num_parts) == (1, 1)

    @property
    def makes_ready(self) -> bool:
        """Whether what comes before the items is to be done, and not just to be there."""
        return self.number == 0 or self.is_whole

    def of[Item](self, items: Iterable[Item]) -> Iterator[Item]:
        """Yield the part's items, dealt round robin: they do not depend on what is already done."""
        if self.number == 0:
            return iter(())
        return islice(items, self.number - 1, None, self.num_parts)

    def __str__(self) -> str:
        """As messages call it."""
        return f"part {self.number} of {self.num_parts}"


WHOLE = JobPart()


def map_in_order[Item, Result](
    function: Callable[[Item], Result], items: Iterable[Item], *, num_jobs: int, batch: int = 1
) -> Iterator[Result]:
    """Yield function(item) for each item, in order; items are taken only as results are.

    Args:
        function: One that can be sent to a process: a module's, or a `partial` of it.
        items: What it is given.
        num_jobs: Processes; 1 computes in this one.
        batch: Items sent at once: more than one where an item takes but milliseconds.

    Raises:
        Exception: What `function` raised first; the processes are ended.
        StateError: One of them was killed.
    """
    if num_jobs <= 1:
        yield from map(function, items)
        return
    # spawn: the parent may hold threads (torch, tqdm), which a fork would copy in any state.
    pool = ProcessPoolExecutor(num_jobs, get_context("spawn"), initializer=end_with_parent)
    waiting: deque[Future[list[Result]]] = deque()
    try:
        with killed_workers_named():
            for part in batched(items, batch):
                with interrupts_held_off():
                    waiting.append(pool.submit(_apply, function, part))
                if len(waiting) >= IN_FLIGHT * num_jobs:
                    yield from waiting.popleft().result()
            while waiting:
                yield from waiting.popleft().result()
    finally:
        pool.shutdown(cancel_futures=True)


@contextmanager
def killed_workers_named() -> Iterator[None]:
    """Turn the end of an executor's process that said nothing into one line."""
    try:
        yield
    except BrokenProcessPool as error:
        mend = "run the same command again: it goes on; with a smaller --nj if memory ran out"
        raise StateError("a process that did a part of the work was killed", mend=mend) from error


def end_with_parent() -> None:
    """Let this process end when its parent does: one that was killed cannot stop its processes."""
    end_with.end_at_death_of(
        parent_process().pid, signal.SIGKILL
    )  # on Linux at once, whatever this process is at

    def wait() -> None:
        parent_process().join()
        os._exit(1)

    threading.Thread(target=wait, daemon=True).start()


def ending_with_us(command: Sequence[str]) -> list[str]:
    """The command to start instead of `command`: the same, and it gets SIGTERM when this process dies."""
    return [sys.executable, "-I", "-S", str(Path(end_with.__file__)), str(os.getpid()), *command]


@contextmanager
def interrupts_held_off() -> Iterator[None]:
    """Let processes that start here ignore Ctrl-C: the parent alone acts on it, and says so once."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _apply[Item, Result](function: Callable[[Item], Result], items: Iterable[Item]) -> list[Result]:
    return [function(item) for item in items]
