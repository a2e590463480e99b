"""mprof: the tool runs outside and starts this interpreter. docs/backends/mprof.md

Nothing is read here; the marks show where in mprof's file the task begins and ends.
"""

from __future__ import annotations

import builtins
import time

import memcg_run

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable

# What a look of mprof takes, and its timer's lateness, many times over: 1 ms here.
LOOK_S = 0.02
DIGITS = "0123456789"


def profile(function: Callable[..., Any]) -> Callable[..., Any]:
    """@profile as under "mprof run": memory_profiler reads at the beginning and end of each call.

    Its first use loads the tool: a script without the decorator does not pay for it.
    """
    from memcg_run_harness import LentTools

    with LentTools():
        import memory_profiler
    return memory_profiler.TimeStamper("psutil")(function)


class Reporter:
    """No metric of its own: mprof.rss_bytes is read from the file that mprof wrote."""

    def __init__(self, channel: memcg_run.Channel, interval_s: float) -> None:
        self._interval_s = interval_s
        builtins.profile = profile
        # The first record costs 0.3 MiB of pages touched: before mprof's last look, and not after it.
        channel.metric("mprof.rss_bytes", memcg_run.GAUGE)

    def initial(self) -> None:
        """Lets mprof read the process once more: its last reading was during the start."""
        time.sleep(self._interval_s + LOOK_S)

    def begin(self) -> None:
        """mprof reads by itself."""

    end = begin


def restore_arguments(arguments: list[str]) -> list[str]:
    """Removes the "--" that mprof 0.61 inserts before the first argument that looks like a negative number."""
    for index, argument in enumerate(arguments):
        if argument[:1] == "-" and argument[1:2] in DIGITS and argument[1:]:
            if index > 0 and arguments[index - 1] == "--":
                return arguments[: index - 1] + arguments[index:]
            break
    return arguments
