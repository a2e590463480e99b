"""The phenomena: memory held in ways that some reporter gets wrong, with the truth of each declared.

Parameters: phenomenon (a name; docs/phenomena.md has them all), size_mib, hold_s (how long each stage is
held, seconds). Alone, from the repository:

    PYTHONPATH=backends/python MEMCG_RUN_PARAM_phenomenon=shared python3 experiments/tasks/phenomena.py

Those in C (experiments/phenomena) run in this process through a library, so that reporters inside an
interpreter measure them too; those below are written in Python. If the experiment names the function `run`,
everything they need is imported and loaded before the measurement begins.
"""

from __future__ import annotations

import ctypes
import os
import sys
import time

import memcg_run

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

MIB = 1 << 20
PAGE_TABLE_COVERS = 512  # an entry is 8 bytes and maps 4 KiB
HERE = os.path.dirname(os.path.abspath(__file__))

# pymalloc's largest size class, 512 bytes: a bytes object is 33 bytes and what is in it. Since Python 3.10
# a pool is 16 KiB with 48 bytes of its own, and an arena 1 MiB.
OBJECT_BYTES = 512
POOL_BYTES = 16 << 10
OBJECTS_A_POOL = (POOL_BYTES - 48) // OBJECT_BYTES
POINTER_BYTES = 8


def library_path() -> str:
    """From memcg-run; else next to this file in an installation or in the repository's build."""
    above = os.path.dirname(os.path.dirname(HERE))
    places = [
        os.environ.get("MEMCG_RUN_PHENOMENA", ""),
        os.path.join(above, "..", "..", "libexec", "memcg-run", "phenomena"),
        os.path.join(above, "build", "libexec", "memcg-run", "phenomena"),
    ]
    for place in places:
        path = os.path.join(place, "libphenomena.so")
        if place and os.path.exists(path):
            os.environ["MEMCG_RUN_PHENOMENA"] = place
            return path
    raise SystemExit("there is no libphenomena.so: run `make` first")


class Stage:
    """What experiments/phenomena/phenomenon.h calls a stage."""

    def __init__(self, size_bytes: int, hold_s: float) -> None:
        self.size_bytes = size_bytes
        self.hold_s = hold_s

    def declare(self, requested: int, touched: int) -> None:
        """For private memory: what is touched exists, and its page tables are charged too."""
        memcg_run.truth(requested, "requested")
        memcg_run.truth(touched, "touched")
        memcg_run.truth(touched + touched // PAGE_TABLE_COVERS, "charged")
        memcg_run.truth(touched, "unique")

    def enter(self, mark: str, requested: int, touched: int) -> None:
        self.declare(requested, touched)
        memcg_run.mark_and_wait(mark)
        time.sleep(self.hold_s)
        memcg_run.mark("stage_end")


# ---- Python's own


def make_objects(stage: Stage) -> tuple[list[bytes], int]:
    """Small objects of the stage's size in all, and the bytes of the pools and the list they are in."""
    n = stage.size_bytes // OBJECT_BYTES
    payload = OBJECT_BYTES - sys.getsizeof(b"")
    # Made full at once: a list that grows is copied, and the older copies are garbage in the account.
    objects: list[bytes] = [b""] * n
    for i in range(n):
        objects[i] = bytes(payload)
    pools = -(-n // OBJECTS_A_POOL)
    return objects, pools * POOL_BYTES + n * POINTER_BYTES


def python_objects(stage: Stage) -> None:
    """Many small objects, all of them dropped: Python gives its arenas back."""
    objects, touched = make_objects(stage)
    stage.enter("held", len(objects) * (OBJECT_BYTES + POINTER_BYTES), touched)
    del objects
    stage.enter("released", 0, 0)


def python_fragmented(stage: Stage) -> None:
    """Every second object dropped: half of every pool is free, and none can be given back."""
    objects, touched = make_objects(stage)
    requested = len(objects) * (OBJECT_BYTES + POINTER_BYTES)
    stage.enter("held", requested, touched)
    for i in range(0, len(objects), 2):
        objects[i] = b""
    stage.enter("freed", requested - (len(objects) + 1) // 2 * OBJECT_BYTES, touched)
    del objects
    stage.enter("released", 0, 0)


def numpy_array(stage: Stage) -> None:
    """Native memory that NumPy reports to tracemalloc."""
    array = numpy.ones(stage.size_bytes, dtype=numpy.uint8)
    stage.enter("held", stage.size_bytes, stage.size_bytes)
    del array
    stage.enter("released", 0, 0)


PYTHON: dict[str, Callable[[Stage], None]] = {
    "python_objects": python_objects,
    "python_fragmented": python_fragmented,
    "numpy_array": numpy_array,
}

# ---- which


def load() -> ctypes.CDLL:
    """The phenomena in C."""
    library = ctypes.CDLL(library_path())
    library.phenomenon_run.argtypes = (ctypes.c_char_p, ctypes.c_uint64, ctypes.c_uint64)
    return library


name = memcg_run.parameter("phenomenon", default="ramp")
native = None if name in PYTHON else load()
if name == "numpy_array":
    import numpy
elif native is None:
    # What the first call of each would load, and the truth's connection.
    memcg_run.channel()


def run() -> None:
    size_bytes = int(memcg_run.parameter("size_mib", float, default=16.0) * MIB)
    hold_s = memcg_run.parameter("hold_s", float, default=0.05)

    if native is not None:
        if native.phenomenon_run(name.encode(), size_bytes, int(hold_s * 1e9)) != 0:
            raise SystemExit(f"{name} could not be made: stderr has why")
        return
    stage = Stage(size_bytes, hold_s)
    stage.declare(0, 0)
    time.sleep(hold_s)
    PYTHON[name](stage)


if __name__ == "__main__":
    run()
