"""Whether a process shares its parent's memory: a child of vfork() or posix_spawn(), until it executes.

A sum over processes would otherwise count that memory twice. kcmp(2) is called before the process's memory is
read: a process with its own memory never comes to share it. Without kcmp, no such process is recognised.
"""

from __future__ import annotations

import ctypes
import os

_KCMP_VM = 1
_NUMBERS = {"x86_64": 312, "aarch64": 272, "riscv64": 272, "ppc64le": 354, "s390x": 343}
_NUMBER = _NUMBERS.get(os.uname().machine)
_libc = ctypes.CDLL(None)


def shares_memory(pid: int, parent: int) -> bool:
    if _NUMBER is None or parent <= 0:
        return False
    return _libc.syscall(_NUMBER, pid, parent, _KCMP_VM, ctypes.c_ulong(0), ctypes.c_ulong(0)) == 0


def parent_of(pid: int) -> int:
    """The parent's PID; 0 if the process has ended."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            return int(file.read().rpartition(b")")[2].split()[1])
    except (FileNotFoundError, ProcessLookupError):
        return 0
