"""64 MiB in five ways, each charged and reported differently; and nothing, for comparison.

Parameters: task (one of TASKS), size_mib (how much in all), hold_s (how long before the end, seconds).

All memory is still held at task_end, by the children too, so all numbers read there describe the same
state. It is given back when the interpreter ends.
"""

from __future__ import annotations

import atexit
import mmap
import os
import sys
import time

import memcg_run

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

MIB = 1 << 20
# Files are written and read in blocks of this size: small compared with what is held.
BLOCK_BYTES = 64 << 10
PAGE_BYTES = mmap.PAGESIZE
PROCESSES = 8
# On a disk: the container's own /tmp is memory. The experiment mounts it.
DISK = "/disk"

# What must outlive the script's last line.
held: list[object] = []


def nothing(size_bytes: int) -> None:
    """What the interpreter and the harness do between the marks."""


def anonymous(size_bytes: int) -> None:
    # Repetition writes every byte, so every page is there: bytearray(n) would leave them untouched.
    held.append(b"\x01" * size_bytes)


def page_cache(size_bytes: int) -> None:
    """A file that is written, dropped from the cache, and read again."""
    # Unnamed: it disappears with its descriptor, however this ends.
    fd = os.open(DISK, os.O_TMPFILE | os.O_RDWR, 0o600)
    write(fd, size_bytes)
    memcg_run.truth(size_bytes)
    os.fsync(fd)
    os.posix_fadvise(fd, 0, 0, os.POSIX_FADV_DONTNEED)
    memcg_run.truth(0)
    memcg_run.mark("dropped")
    os.lseek(fd, 0, os.SEEK_SET)
    while os.read(fd, BLOCK_BYTES):
        pass


def tmpfs(size_bytes: int) -> None:
    write(os.open("/tmp", os.O_TMPFILE | os.O_RDWR, 0o600), size_bytes)


def write(fd: int, size_bytes: int) -> None:
    block = b"\x01" * BLOCK_BYTES
    for _ in range(size_bytes // BLOCK_BYTES):
        os.write(fd, block)


def children(size_bytes: int) -> None:
    """As many processes as there are parts, each of which holds one of its own."""
    fork_and_hold(PROCESSES, lambda: b"\x01" * (size_bytes // PROCESSES))


def shared(size_bytes: int) -> None:
    """One mapping; this process and its children touch every page of it."""
    mapping = mmap.mmap(-1, size_bytes, mmap.MAP_SHARED | mmap.MAP_ANONYMOUS)

    def touch() -> None:
        for offset in range(0, size_bytes, PAGE_BYTES):
            mapping[offset] = 1

    held.append(mapping)
    touch()
    fork_and_hold(PROCESSES - 1, touch)


def fork_and_hold(n: int, take: Callable[[], object]) -> None:
    """Forks `n` children one after another; each calls `take` and keeps what it returns to the end."""
    until_end, end = os.pipe()
    pids: list[int] = []
    atexit.register(release, end, pids)
    for _ in range(n):
        # One pipe each; a killed child closes it without writing.
        taken, told = os.pipe()
        pid = os.fork()
        if pid == 0:
            os.close(end)
            hold(take, told, until_end)
        os.close(told)
        pids.append(pid)
        if not os.read(taken, 1):
            raise SystemExit(f"child {len(pids)} of {n} ended before it held its part")
        os.close(taken)
    os.close(until_end)


def hold(take: Callable[[], object], told: int, until_end: int) -> None:
    """A child's life."""
    try:
        block = take()
        os.write(told, b"!")
        os.read(until_end, 1)
        del block
    finally:
        os._exit(0)


def release(end: int, pids: list[int]) -> None:
    os.close(end)
    for pid in pids:
        os.waitpid(pid, 0)


TASKS = (nothing, anonymous, page_cache, tmpfs, children, shared)


def main() -> None:
    name = memcg_run.parameter("task", default="anonymous")
    size_bytes = memcg_run.parameter("size_mib", int, default=64) * MIB
    hold_s = memcg_run.parameter("hold_s", float, default=0.1)
    task = {task.__name__: task for task in TASKS}[name]

    print("python", sys.version.split()[0])
    memcg_run.truth(0)
    task(size_bytes)
    memcg_run.truth(0 if task is nothing else size_bytes)
    time.sleep(hold_s)


main()
