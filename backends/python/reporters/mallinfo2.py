"""mallinfo2: a library preloaded into this interpreter reads the values. docs/backends/mallinfo2.md

Nothing is read here; the marks show where the task begins and ends.
"""

from __future__ import annotations

import time

import memcg_run

# What a look takes, and its timer's lateness, many times over: 1 ms here.
LOOK_S = 0.02


class Reporter:
    """No metric of its own: backends/native/mallinfo2.c sends them."""

    def __init__(self, channel: memcg_run.Channel, interval_s: float) -> None:
        self._interval_s = interval_s
        # The connection's pages are touched before the last look, and not after it.
        channel.metric("mallinfo2.in_use_bytes", memcg_run.GAUGE)

    def initial(self) -> None:
        """Lets it read the process once more: its last reading was during the start."""
        time.sleep(self._interval_s + LOOK_S)

    def begin(self) -> None:
        """It reads by itself."""

    end = begin
