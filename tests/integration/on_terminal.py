"""on_terminal.py ACT LOG COMMAND...: runs a command on a terminal of its own, and acts on that.

ACT is "interrupt" (Ctrl-C is typed), "close" (the terminal goes away) or "stop" (Ctrl-S is typed, and Ctrl-Q when
the run has ended). It happens as soon as a file that matches the pattern LOG says that a task runs. The exit code is
the command's.
"""

from __future__ import annotations

import glob
import os
import pty
import signal
import sys
import time

TIMEOUT_S = 60.0


def await_line(pattern: str, line: str, child: int) -> None:
    """Returns when a log has the line."""
    end = time.monotonic() + TIMEOUT_S
    while not any(line in open(path).read() for path in glob.glob(pattern)):
        if time.monotonic() > end:
            os.kill(child, signal.SIGKILL)
            raise SystemExit(f"no log has \"{line}\" in time")
        time.sleep(0.05)


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
        # The suite may have been started by nohup(1), which a run heeds.
        signal.signal(signal.SIGHUP, signal.SIG_DFL)
        os.execvp(command[0], command)
    await_line(pattern, "the gate opens", child)
    if act == "interrupt":
        os.write(terminal, b"\x03")
        drain(terminal)
    elif act == "stop":
        os.write(terminal, b"\x13")
        await_line(pattern, "s  end\n", child)
        os.write(terminal, b"\x11")
        drain(terminal)
    os.close(terminal)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


sys.exit(main())
