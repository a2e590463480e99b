"""on_terminal.py ACT LOG COMMAND...: runs a command on a terminal of its own, and acts on that.

ACT is "interrupt" (Ctrl-C is typed) or "close" (the terminal goes away). It happens as soon as a file
that matches the pattern LOG says that a task runs. The exit code is the command's.
"""

from __future__ import annotations

import glob
import os
import pty
import signal
import sys
import time

TIMEOUT_S = 60.0


def runs(pattern: str) -> bool:
    return any("the gate opens" in open(path).read() for path in glob.glob(pattern))


def drain(terminal: int) -> None:
    """Reads what is printed until nobody has the terminal any more."""
    try:
        while os.read(terminal, 65536):
            pass
    except OSError:
        pass


def main() -> int:
    act, pattern, *command = sys.argv[1:]
    child, terminal = pty.fork()
    if child == 0:
        os.execvp(command[0], command)
    end = time.monotonic() + TIMEOUT_S
    while not runs(pattern):
        if time.monotonic() > end:
            os.kill(child, signal.SIGTERM)
            raise SystemExit("no task ran in time")
        time.sleep(0.05)
    if act == "interrupt":
        os.write(terminal, b"\x03")
        drain(terminal)
    os.close(terminal)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


sys.exit(main())
