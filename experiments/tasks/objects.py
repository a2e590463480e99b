"""Many small Python objects and a few large ones; then the large ones are dropped.

Parameters: small_objects (how many records), large_mib (size of each large one), large_objects (how
many). The truth is the size of the objects by sys.getsizeof: requested memory, without the
allocator's overhead.
"""

from __future__ import annotations

import sys
import time

import memcg_run

MIB = 1 << 20


def main() -> None:
    n_small = memcg_run.parameter("small_objects", int, default=400_000)
    n_large = memcg_run.parameter("large_objects", int, default=4)
    large_bytes = memcg_run.parameter("large_mib", int, default=16) * MIB
    small_bytes = 0

    memcg_run.truth(0)
    records = []
    for i in range(n_small):
        record = (i, float(i), f"record {i:07d}")
        records.append(record)
        small_bytes += sum(map(sys.getsizeof, (record, *record)))
    small_bytes += sys.getsizeof(records)
    memcg_run.truth(small_bytes)
    memcg_run.mark("small_objects_held")

    large = []
    for _ in range(n_large):
        large.append(b"\x01" * large_bytes)
        memcg_run.truth(small_bytes + sum(map(sys.getsizeof, large)))
    memcg_run.mark("large_objects_held")
    time.sleep(0.1)

    large.clear()
    memcg_run.truth(small_bytes)
    time.sleep(0.1)


main()
