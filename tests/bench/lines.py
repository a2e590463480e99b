"""What was measured, as lines of JSON: one a figure, with the machine and the time that it is of."""

from __future__ import annotations

import json
import os
import platform
import time
from pathlib import Path
from typing import TypedDict

from figures import Figure, Measurement


class Line(TypedDict):
    """`load` is the machine's load average when the benchmark began: other people's work."""

    figure: str
    value: float
    interval: tuple[float, float] | None
    met: bool | None
    how: str
    quick: bool
    load: float
    date: str
    machine: str


def make(figure: Figure, measurement: Measurement, quick: bool, load: float) -> Line:
    return {
        "figure": figure.key,
        "value": measurement.value,
        "interval": measurement.interval,
        "met": figure.met(measurement.value),
        "how": measurement.how,
        "quick": quick,
        "load": load,
        "date": time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime()),
        "machine": machine(),
    }


def machine() -> str:
    """As "AMD EPYC, 2 CPUs, 23.5 GiB, Linux 6.18.1, cgroup v1"."""
    memory_bytes = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    version = "v2" if Path("/sys/fs/cgroup/memory.stat").exists() else "v1"
    return (f"{processor()}, {os.cpu_count()} CPUs, {memory_bytes / 2**30:.1f} GiB, "
            f"Linux {platform.release()}, memory on cgroup {version}")


def processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        name, _, value = line.partition(":")
        if name.strip() == "model name":
            return value.strip()
    return platform.machine()


def text_of(line: Line) -> str:
    return json.dumps(line)


def write(kept: Path, name: str, lines: list[Line]) -> None:
    """Replaces what a benchmark left before."""
    kept.mkdir(parents=True, exist_ok=True)
    (kept / f"{name}.jsonl").write_text("".join(text_of(line) + "\n" for line in lines))


def read_file(path: Path) -> list[Line]:
    return [json.loads(text) for text in path.read_text().splitlines()]


def read(kept: Path) -> dict[str, Line]:
    """All that there is, by figure."""
    return {line["figure"]: line for path in sorted(kept.glob("*.jsonl")) for line in read_file(path)}
