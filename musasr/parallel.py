"""Work in several processes, in order, with few items in flight: memory does not grow with the corpus."""

import os
import signal
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import contextmanager
from itertools import batched
from multiprocessing import get_context, parent_process

IN_FLIGHT = 4  # batches for each process, so that none waits for whoever takes the results


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
    """
    if num_jobs <= 1:
        yield from map(function, items)
        return
    # spawn: the parent may hold threads (torch, tqdm), which a fork would copy in any state.
    pool = ProcessPoolExecutor(num_jobs, get_context("spawn"), initializer=end_with_parent)
    waiting: deque[Future[list[Result]]] = deque()
    try:
        for part in batched(items, batch):
            with interrupts_held_off():
                waiting.append(pool.submit(_apply, function, part))
            if len(waiting) >= IN_FLIGHT * num_jobs:
                yield from waiting.popleft().result()
        while waiting:
            yield from waiting.popleft().result()
    finally:
        pool.shutdown(cancel_futures=True)


def end_with_parent() -> None:
    """Let this process end when its parent does: one that was killed cannot stop its processes."""

    def wait() -> None:
        parent_process().join()
        os._exit(1)

    threading.Thread(target=wait, daemon=True).start()


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
