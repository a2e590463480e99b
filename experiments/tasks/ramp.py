"""A staircase: memory in equal steps up to a size and down again, the truth declared at each step.

Parameters: size_mib (the top, MiB), steps (how many up), hold_s (how long each is held, seconds).
"""

from __future__ import annotations

import time

import memcg_run

MIB = 1 << 20


def main() -> None:
    size_bytes = memcg_run.parameter("size_mib", int, default=64) * MIB
    steps = memcg_run.parameter("steps", int, default=8)
    hold_s = memcg_run.parameter("hold_s", float, default=0.02)
    step_bytes = size_bytes // steps
    blocks: list[bytes] = []

    memcg_run.truth(0)
    for _ in range(steps):
        # Repetition writes every byte, so every page is there: bytearray(n) would leave them untouched.
        blocks.append(b"\x01" * step_bytes)
        memcg_run.truth(len(blocks) * step_bytes)
        time.sleep(hold_s)
    while blocks:
        blocks.pop()
        memcg_run.truth(len(blocks) * step_bytes)
        time.sleep(hold_s)


main()
