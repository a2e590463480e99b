"""A reporter that measures the task from outside its container. docs/adding-a-backend.md

    import memcg_run_external

    class Reporter:
        metrics = ("used_bytes",)           # sent as "<backend>.used_bytes"

        def __init__(self, trial: memcg_run_external.Trial) -> None
            Before the task is released: opens files, imports its tool.
        def read(self) -> tuple[int, ...]
            The current value of each metric.

    if __name__ == "__main__":
        memcg_run_external.run(Reporter)

and optionally:

        high_water = ("used_bytes",)        # its metrics that never decrease
        mark_metrics = ("pss_bytes",)       # too expensive to poll: only at task_begin and task_end
        def read_at_marks(self) -> tuple[int, ...]

The duration of read() is sent with its values, as "<backend>.reading_ns". One thread does everything: a polled
sample is sent before a question is read. A reporter that raises an exception ends; its trial continues without it.
"""

from __future__ import annotations

import os
import select
import socket
import struct
import time

import memcg_run

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable

NS_PER_S = 1_000_000_000

_RECORD = struct.Struct("=IIQQ64s")  # magic, type, time_ns, value, name
_MAGIC = 0x3152434D


class Trial:
    """What a reporter knows about the trial that it measures."""

    def __init__(self) -> None:
        self.backend = os.environ["MEMCG_RUN_BACKEND"]
        self.leaf = os.environ["MEMCG_RUN_LEAF"]  # the folder of the task's cgroup
        self.hierarchy = os.environ["MEMCG_RUN_HIERARCHY"]  # "v1" or "v2"
        self.interval_s = float(os.environ["MEMCG_RUN_INTERVAL_S"])
        self.pid = 0  # the task's process, once it exists


class Conversation:
    """The socket to the runner, which sends its questions there."""

    def __init__(self, fd: int) -> None:
        self._socket = socket.socket(fileno=fd)

    def write(self, packet: bytes | bytearray) -> bool:
        """As memcg_run.Sender wants it. If the runner has ended, this ends too, without failure."""
        try:
            self._socket.send(packet)
        except (BrokenPipeError, ConnectionResetError):
            raise SystemExit(0) from None
        return True

    def send(self, kind: int, name: str, value: int = 0, time_ns: int = 0) -> None:
        time_ns = time_ns or time.monotonic_ns()
        self.write(_RECORD.pack(_MAGIC, kind, time_ns, value, name.encode()))

    def is_asked(self, left_ns: int | None) -> bool:
        """Waits for a question, `left_ns` at most."""
        left_s = None if left_ns is None else max(0, left_ns) / NS_PER_S
        return bool(select.select([self._socket], [], [], left_s)[0])

    def question(self) -> tuple[str, int, int]:
        """A mark: its name, its time, and the task's process."""
        packet = self._socket.recv(_RECORD.size)
        if not packet:
            raise SystemExit(0)
        _, _, time_ns, pid, name = _RECORD.unpack(packet)
        return name.rstrip(b"\0").decode(), time_ns, pid


class Reporting:
    """A running reporter: reads at regular times, and when asked."""

    def __init__(self, conversation: Conversation, trial: Trial, reporter: Any) -> None:
        self._conversation = conversation
        self._trial = trial
        self._reporter = reporter
        self._mark_metrics = getattr(reporter, "mark_metrics", ())
        self._polled = self._sender((*reporter.metrics, "reading_ns"))
        self._at_marks = self._sender(self._mark_metrics)
        for metric in getattr(reporter, "high_water", ()):
            name = f"{trial.backend}.{metric}"
            conversation.send(memcg_run.METRIC, name, memcg_run.HIGH_WATER)
        for metric in self._mark_metrics:
            name = f"{trial.backend}.{metric}"
            conversation.send(memcg_run.METRIC, name, memcg_run.AT_MARKS)

    def _sender(self, metrics: tuple[str, ...]) -> memcg_run.Sender:
        names = tuple(f"{self._trial.backend}.{metric}" for metric in metrics)
        return memcg_run.Sender(self._conversation, names)

    def _look(self) -> None:
        before_ns = time.monotonic_ns()
        values = self._reporter.read()
        taken_ns = time.monotonic_ns() - before_ns
        self._polled.send(before_ns + taken_ns // 2, *values, taken_ns)

    def _answer(self) -> str:
        mark, time_ns, self._trial.pid = self._conversation.question()
        if self._mark_metrics:
            values = self._reporter.read_at_marks()
            self._at_marks.send(time.monotonic_ns(), *values)
        self._look()
        self._conversation.send(memcg_run.ACK, mark, time_ns=time_ns)
        return mark

    def run(self) -> None:
        """Polls from task_begin to task_end. A time that has passed is skipped, not made up for."""
        interval_ns = max(1, round(self._trial.interval_s * NS_PER_S))
        left_ns = None
        while True:
            if self._conversation.is_asked(left_ns):
                polls = self._answer() != "task_end"
                deadline_ns = time.monotonic_ns() + interval_ns
            else:
                self._look()
                late_ns = time.monotonic_ns() - deadline_ns
                deadline_ns += interval_ns * max(1, -(-late_ns // interval_ns))
            left_ns = deadline_ns - time.monotonic_ns() if polls else None


def run(make: Callable[[Trial], Any]) -> None:
    """Creates the reporter, and reports until the runner ends it."""
    conversation = Conversation(int(os.environ["MEMCG_RUN_REPORTER"]))
    trial = Trial()
    reporting = Reporting(conversation, trial, make(trial))
    conversation.send(memcg_run.MARK, "ready")
    reporting.run()
