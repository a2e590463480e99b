"""mprof: the tool stands outside, started before this interpreter. docs/backends/mprof.md

Nothing is read here; the marks say where in mprof's file the task begins and ends.
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
    """@profile as "mprof run" has it: memory_profiler looks at each call's begin and end.

    The tool is loaded by its first use: a script without the decorator does not pay for it.
    """
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
        """Lets mprof look once at the process as it is now: its last look was at one that was starting."""
        time.sleep(self._interval_s + LOOK_S)

    def begin(self) -> None:
        """mprof looks by itself."""

    end = begin


def restore_arguments(arguments: list[str]) -> list[str]:
    """Takes out the "--" that mprof 0.61 puts before the first word that begins like a negative number."""
    for index, argument in enumerate(arguments):
        if argument[:1] == "-" and argument[1:2] in DIGITS and argument[1:]:
            if index > 0 and arguments[index - 1] == "--":
                return arguments[: index - 1] + arguments[index:]
            break
    return arguments
