"""The preloaded library: what it sends of whom, and that it is in nobody's way."""

from __future__ import annotations

import os
import sys
import unittest

from fake_runner import METRIC, PYTHON, ROOT, HarnessTest, Result

MIB = 1 << 20
BUILD = os.environ.get("BUILD", os.path.join(ROOT, "build"))
LIBRARY = os.path.join(BUILD, "libexec", "memcg-run", "python", "native", "mallinfo2.so")
METRICS = ("arena_bytes", "mmapped_bytes", "in_use_bytes", "maxrss_bytes", "reading_ns")
# Sizes that malloc takes from the arena and from mmap: below 128 KiB, and above.
BLOCKS = """
import ctypes, time
import memcg_run
libc = ctypes.CDLL(None)
libc.malloc.restype = ctypes.c_void_p
libc.free.argtypes = (ctypes.c_void_p,)
held = []
def take(size, n):
    held.extend(libc.malloc(size) for _ in range(n))
    time.sleep(0.1)
time.sleep(0.1)
memcg_run.mark("begin")
take(32 << 20, 1)
memcg_run.mark("mapped")
take(64 << 10, 256)
memcg_run.mark("small")
for block in held[1:-1]:
    libc.free(block)
time.sleep(0.1)
memcg_run.mark("freed")
"""


class Mallinfo2Test(HarnessTest):
    def run_preloaded(self, *command: str, interval_ns: int = 1_000_000) -> Result:
        environment = {
            "LD_PRELOAD": LIBRARY,
            "MEMCG_RUN_INTERVAL_NS": str(interval_ns),
            "PYTHONPATH": os.path.join(ROOT, "backends", "python"),
        }
        result = self.run_command(command, environment)
        self.assertEqual(result.stderr, "")
        return result

    def at(self, result: Result, metric: str, mark: str) -> int:
        """The last value before a mark."""
        before = [r for r in result.samples(f"mallinfo2.{metric}") if r.time_ns <= result.at(mark)]
        return before[-1].value

    def test_tells_what_is_mapped_from_what_is_in_an_arena(self) -> None:
        result = self.run_preloaded(PYTHON, self.write("blocks.py", BLOCKS))
        self.assertEqual(result.code, 0)

        def rise(metric: str, mark: str) -> float:
            return (self.at(result, metric, mark) - self.at(result, metric, "begin")) / MIB

        self.assertAlmostEqual(rise("mmapped_bytes", "mapped"), 32, delta=0.5)
        self.assertAlmostEqual(rise("in_use_bytes", "mapped"), 32, delta=0.5)
        self.assertAlmostEqual(rise("mmapped_bytes", "small"), 32, delta=0.5)
        self.assertAlmostEqual(rise("arena_bytes", "small"), 16, delta=0.5)
        self.assertAlmostEqual(rise("in_use_bytes", "small"), 48, delta=0.5)
        # The newest block holds the arena up: what was freed below it is kept.
        self.assertAlmostEqual(rise("in_use_bytes", "freed"), 32, delta=0.5)
        self.assertAlmostEqual(rise("arena_bytes", "freed"), 16, delta=0.5)

    def test_sends_every_metric_in_order_and_says_which_is_a_high_water_mark(self) -> None:
        result = self.run_preloaded(PYTHON, "-c", "import time; time.sleep(0.05)")
        for metric in METRICS:
            times = [r.time_ns for r in result.samples("mallinfo2." + metric)]
            self.assertGreaterEqual(len(times), 3, metric)
            self.assertEqual(times, sorted(times), metric)
        kinds = [(r.name, r.value) for r in result.records if r.kind == METRIC]
        self.assertEqual(kinds, [("mallinfo2.maxrss_bytes", 1)])

    def test_looks_at_the_end_however_long_the_interval(self) -> None:
        """At the start and at the end; on a machine that is very busy the process does not wait for the last."""
        result = self.run_preloaded(PYTHON, "-c", "pass", interval_ns=3_600_000_000_000)
        self.assertIn(len(result.samples("mallinfo2.in_use_bytes")), (1, 2))

    def test_only_the_first_process_reports_and_through_its_execs(self) -> None:
        forked = "import os; child = os.fork(); child and os.waitpid(child, 0)"
        # From Python 3.12 on it warns of the second thread that it sees.
        result = self.run_preloaded(PYTHON, "-W", "ignore::DeprecationWarning", "-c", forked)
        self.assertEqual(result.code, 0)
        self.assertEqual(len({r.connection for r in result.records}), 1)
        child = self.run_preloaded("/bin/sh", "-c", "/bin/true; /bin/true; exit 5")
        self.assertEqual(child.code, 5)
        self.assertEqual(len({r.connection for r in child.records}), 1)
        execs = self.run_preloaded("/bin/sh", "-c", "exec /bin/sh -c 'exec /bin/true'")
        self.assertEqual(len({r.connection for r in execs.records}), 3)

    def test_a_task_that_ends_at_once_ends_as_it_would(self) -> None:
        for code, ends in ((7, "os._exit(7)"), (-15, "os.kill(os.getpid(), 15)"), (3, "sys.exit(3)")):
            result = self.run_preloaded(PYTHON, "-c", f"import os, sys; {ends}")
            self.assertEqual(result.code, code)

    def test_a_static_program_runs_without_it(self) -> None:
        result = self.run_preloaded(os.path.join(BUILD, "tests", "tasks", "touch"), "1")
        self.assertEqual(result.code, 0)
        self.assertFalse([r for r in result.records if r.name.startswith("mallinfo2.")])

    def test_does_nothing_outside_memcg_run(self) -> None:
        """No channel: no thread."""
        count = "import os; print(len(os.listdir('/proc/self/task')))"
        script = self.write("count.py", count)
        environment = {"LD_PRELOAD": LIBRARY, "MEMCG_RUN_INTERVAL_NS": "1000000"}
        result = self.run_command([PYTHON, script], {**environment, "MEMCG_RUN_CHANNEL": "/none"})
        self.assertEqual((result.code, result.stdout), (0, "1\n"))
        self.assertEqual(self.run_preloaded(PYTHON, script).stdout, "2\n")


if __name__ == "__main__":
    sys.exit(unittest.main())
