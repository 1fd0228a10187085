"""A command that ends with the process that started it: ``python end_with.py PID COMMAND...``, run as a file.

It becomes the command (exec), which is to get SIGTERM once process PID, its parent, dies. What subprocess
offers for this (``preexec_fn``) runs Python in a copy of a process with threads, which then may wait for ever
for what one of them held. Nothing of musasr is imported: a Python without site starts in some 10 ms.
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1  # of Linux's prctl
NO_SUCH_COMMAND = 127  # as a shell's


def end_at_death_of(parent: int, number: int) -> None:
    """Have the system send this process a signal when its parent dies; end now if it has. Linux alone can.

    Linux counts the end of the parent's thread that started it as the parent's: let that thread wait for it.
    """
    if sys.platform != "linux":
        return
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, number)
    if os.getppid() != parent:  # it was killed before
        os._exit(1)


if __name__ == "__main__":
    end_at_death_of(int(sys.argv[1]), signal.SIGTERM)
    try:
        os.execvp(sys.argv[2], sys.argv[2:])
    except OSError as error:
        print(f"{sys.argv[2]}: {error.strerror}", file=sys.stderr)
        sys.exit(NO_SUCH_COMMAND)
