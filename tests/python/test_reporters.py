"""The reporters: what each sends, when, and what the numbers say of a block of known size."""

from __future__ import annotations

import os
import subprocess
import time
import unittest

from fake_runner import HARNESS, METRIC, PYTHON, SAMPLE, HarnessTest, Result

MIB = 1 << 20
BLOCK_MIB = 64
# The block is held for as long as the reporter needs to look a few times, and freed before the end.
BLOCK = f"""
import memcg_run, time
block = bytearray({BLOCK_MIB} << 20)
memcg_run.mark("held")
time.sleep(0.1)
memcg_run.mark("freed")
del block
"""
# What the reporter asks of memray, for machines without it. The peak stands in the file that the tracker writes at its end.
FAKE_MEMRAY = """
import types
tracing = False
class FileDestination:
    def __init__(self, path, overwrite, compress_on_exit):
        self.path = path
class Tracker:
    def __init__(self, destination, native_traces):
        self.path = destination.path
    def __enter__(self):
        global tracing
        tracing = True
    def __exit__(self, *raised):
        global tracing
        tracing = False
        with open(self.path, "w") as file:
            file.write("67109123")
class FileReader:
    def __init__(self, path):
        assert not tracing
        with open(path) as file:
            self.metadata = types.SimpleNamespace(peak_memory=int(file.read()))
    def __enter__(self):
        return self
    def __exit__(self, *raised):
        pass
"""


def cgroup_is_visible() -> bool:
    return any(
        map(
            os.path.exists,
            ("/sys/fs/cgroup/memory.current", "/sys/fs/cgroup/memory/memory.usage_in_bytes"),
        )
    )


class ReporterTest(HarnessTest):
    def run_block(self, backend: str, interval_s: float = 0.01) -> Result:
        result = self.run_task(self.write("task.py", BLOCK), backend=backend, interval_s=interval_s)
        self.assertEqual((result.code, result.stderr), (0, ""))
        self.assertEqual(result.marks(), ["task_begin", "held", "freed", "task_end"])
        return result

    def initial(self, result: Result, metric: str) -> int:
        """The last value at or before task_begin, as memcg-run takes it."""
        begin_ns = result.at("task_begin")
        return [r.value for r in result.samples(metric) if r.time_ns <= begin_ns][-1]

    def final(self, result: Result, metric: str) -> int:
        end_ns = result.at("task_end")
        return [r.value for r in result.samples(metric) if r.time_ns <= end_ns][-1]

    def largest(self, result: Result, metric: str) -> int:
        return max(r.value for r in result.samples(metric))

    def assert_sees_block(self, result: Result, metric: str, slack_bytes: int = MIB) -> None:
        """A gauge: up by the block at its peak, down again at the end."""
        initial = self.initial(result, metric)
        self.assertAlmostEqual(
            self.largest(result, metric) - initial, BLOCK_MIB * MIB, delta=slack_bytes
        )
        self.assertAlmostEqual(self.final(result, metric), initial, delta=slack_bytes)

    def assert_high_water(self, result: Result, metric: str) -> None:
        """Declared as such, and it stays up when the block is gone.

        VmHWM may fall a little: it is the larger of an exact sum and of a mark that the kernel set from
        approximate counters (docs/backends/kernel.md).
        """
        kinds = [r.value for r in result.records if r.kind == METRIC and r.name == metric]
        self.assertEqual(kinds, [1])
        largest = self.largest(result, metric)
        self.assertGreater(largest, self.initial(result, metric) + BLOCK_MIB * MIB // 2)
        self.assertAlmostEqual(self.final(result, metric), largest, delta=MIB)

    def test_every_series_is_in_order_of_time(self) -> None:
        for backend in ("psutil", "resource", "tracemalloc", "kernel", "cgroup", "memory-usage"):
            if backend == "cgroup" and not cgroup_is_visible():
                continue
            result = self.run_block(backend, interval_s=0.001)
            names = {r.name for r in result.records if r.kind == SAMPLE}
            for name in names - {f"{backend}.reading_ns"}:
                self.assertTrue(name.startswith(backend + "."), name)
                times = [record.time_ns for record in result.samples(name)]
                self.assertEqual(times, sorted(times), name)
                self.assertLessEqual(times[0], result.at("task_begin"), name)
                if backend != "memory-usage":  # looks once more when the task is gone
                    self.assertLessEqual(times[-1], result.at("task_end"), name)

    def test_readings_are_timed_when_all_is_over(self) -> None:
        for backend in ("psutil", "resource", "tracemalloc", "kernel", "cgroup"):
            if backend == "cgroup" and not cgroup_is_visible():
                continue
            result = self.run_block(backend)
            readings = result.samples(f"{backend}.reading_ns")
            self.assertEqual(len(readings), 15, backend)
            self.assertTrue(all(r.time_ns >= result.at("task_end") for r in readings), backend)
            # Each is within the time to the next.
            for reading, following in zip(readings, readings[1:]):
                self.assertGreater(reading.value, 0, backend)
                self.assertLessEqual(reading.time_ns + reading.value, following.time_ns, backend)

    def test_polls_at_the_interval(self) -> None:
        """About 10 looks in 100 ms of sleep; a busy machine may give fewer, never more."""
        result = self.run_block("kernel", interval_s=0.01)
        held_ns, freed_ns = result.at("held"), result.at("freed")
        inside = [
            r for r in result.samples("kernel.rss_bytes") if held_ns <= r.time_ns <= freed_ns
        ]
        self.assertGreaterEqual(len(inside), 5)
        self.assertLessEqual(len(inside), (freed_ns - held_ns) // 10_000_000 + 2)

    def test_long_interval_does_not_hold_up_the_end(self) -> None:
        result = self.run_block("kernel", interval_s=3600.0)
        self.assertLess(result.at("task_end") - result.at("freed"), 5_000_000_000)
        self.assertEqual(len(result.samples("kernel.smaps_rss_bytes")), 2)

    def test_psutil(self) -> None:
        result = self.run_block("psutil")
        self.assert_sees_block(result, "psutil.rss_bytes")
        self.assert_sees_block(result, "psutil.vms_bytes")
        self.assertLess(
            self.initial(result, "psutil.rss_bytes"), self.initial(result, "psutil.vms_bytes")
        )
        self.assertEqual(len(result.samples("psutil.uss_bytes")), 2)
        self.assertEqual(len(result.samples("psutil.pss_bytes")), 2)
        for metric in ("psutil.uss_bytes", "psutil.pss_bytes"):
            kinds = [r.value for r in result.records if r.kind == METRIC and r.name == metric]
            self.assertEqual(kinds, [2], "a gauge at the marks alone: it has no peak")
        self.assertLess(
            self.initial(result, "psutil.uss_bytes"), self.initial(result, "psutil.rss_bytes")
        )

    def test_resource(self) -> None:
        result = self.run_block("resource")
        self.assert_high_water(result, "resource.maxrss_bytes")
        self.assertEqual(len(result.samples("resource.maxrss_bytes")), 2)
        self.assertGreater(self.final(result, "resource.maxrss_bytes"), BLOCK_MIB * MIB)

    def test_tracemalloc(self) -> None:
        result = self.run_block("tracemalloc")
        self.assert_sees_block(result, "tracemalloc.traced_bytes", slack_bytes=MIB // 4)
        peaks = result.samples("tracemalloc.peak_bytes")
        begin_ns = result.at("task_begin")
        in_task = [r.value for r in peaks if r.time_ns >= begin_ns]
        self.assertEqual(in_task, sorted(in_task))
        self.assertAlmostEqual(in_task[-1], BLOCK_MIB * MIB, delta=MIB // 4)
        self.assertGreater(self.final(result, "tracemalloc.overhead_bytes"), 0)

    def test_tracemalloc_peak_starts_at_task_begin(self) -> None:
        """What the module's body took and gave back is not the function's."""
        script = self.write(
            "task.py", "big = bytearray(32 << 20)\ndel big\ndef work():\n    pass\n"
        )
        result = self.run_task(script, backend="tracemalloc", function="work")
        self.assertLess(self.initial(result, "tracemalloc.peak_bytes"), MIB)
        self.assertLess(self.final(result, "tracemalloc.peak_bytes"), MIB)

    def test_kernel(self) -> None:
        result = self.run_block("kernel")
        self.assert_sees_block(result, "kernel.rss_bytes")
        self.assert_sees_block(result, "kernel.statm_rss_bytes")
        self.assert_high_water(result, "kernel.hwm_bytes")
        self.assertEqual(len(result.samples("kernel.smaps_rss_bytes")), 2)
        self.assertLess(
            self.initial(result, "kernel.pss_bytes"), self.initial(result, "kernel.smaps_rss_bytes")
        )

    def test_memory_usage(self) -> None:
        """Of the end it may know what it saw up to an interval before: the block."""
        result = self.run_block("memory-usage")
        metric = "memory-usage.rss_bytes"
        rise = self.largest(result, metric) - self.initial(result, metric)
        self.assertAlmostEqual(rise, BLOCK_MIB * MIB, delta=MIB)

    def test_memory_usage_runs_a_task_once_and_lets_it_end_as_it_likes(self) -> None:
        """memory_usage() itself calls a function that ends within a few looks again."""
        script = self.write("task.py", "import sys\nprint('once')\nsys.exit(3)\n")
        result = self.run_task(script, backend="memory-usage", interval_s=0.1)
        self.assertEqual((result.code, result.stdout, result.stderr), (3, "once\n", ""))
        self.assertEqual(result.marks(), ["task_begin", "task_end"])
        self.assertGreater(len(result.samples("memory-usage.rss_bytes")), 1)
        script = self.write("task.py", "def work():\n    raise ValueError('mine')\n")
        result = self.run_task(script, backend="memory-usage", function="work")
        lines = result.stderr.splitlines()
        self.assertEqual((result.code, lines[-1]), (1, "ValueError: mine"))
        self.assertEqual(sum(line.startswith("  File ") for line in lines), 1)

    def test_memory_usage_goes_on_in_no_child_of_the_task(self) -> None:
        script = self.write(
            "task.py",
            "import os\nchild = os.fork()\nif child:\n    os.waitpid(child, 0)\n    print('parent')\n",
        )
        result = self.run_task(script, backend="memory-usage")
        self.assertEqual((result.code, result.stdout), (0, "parent\n"))
        self.assertEqual(result.marks(), ["task_begin", "task_end"])

    def run_under_memray(self, text: str, function: str = "-") -> Result:
        self.write("modules/memray/__init__.py", FAKE_MEMRAY)
        os.mkdir(os.path.join(self.directory, "profiler"))
        return self.run_task(
            self.write("task.py", text),
            backend="memray",
            function=function,
            environment={
                "PYTHONPATH": os.path.join(self.directory, "modules"),
                "MEMCG_RUN_PROFILER": os.path.join(self.directory, "profiler"),
            },
        )

    def assert_peak_is_told(self, result: Result) -> None:
        """Nothing at task_begin, and the peak as of task_end, though it was known later only."""
        self.assertEqual(result.marks(), ["task_begin", "task_end"])
        initial, peak = result.samples("memray.peak_bytes")
        self.assertEqual((initial.value, peak.value), (0, 67109123))
        self.assertLessEqual(initial.time_ns, result.at("task_begin"))
        self.assertGreater(peak.time_ns, result.at("task_begin"))
        self.assertLessEqual(peak.time_ns, result.at("task_end"))
        self.assertEqual(result.records[-1], peak)

    def test_memray_traces_the_task_and_tells_its_peak_afterwards(self) -> None:
        result = self.run_under_memray("import memray\nprint(memray.tracing)\n")
        self.assertEqual((result.code, result.stdout, result.stderr), (0, "True\n", ""))
        self.assert_peak_is_told(result)
        self.assertTrue(os.path.exists(os.path.join(self.directory, "profiler", "memray.bin")))

    def test_memray_traces_a_function_and_not_what_its_module_did_before(self) -> None:
        text = "import memray\nprint(memray.tracing)\ndef work():\n    print(memray.tracing)\n"
        result = self.run_under_memray(text, function="work")
        self.assertEqual((result.code, result.stdout), (0, "False\nTrue\n"))
        self.assert_peak_is_told(result)

    def test_memray_tells_the_peak_of_a_task_that_fails(self) -> None:
        result = self.run_under_memray("import sys\nsys.exit(3)\n")
        self.assertEqual((result.code, result.stderr), (3, ""))
        self.assert_peak_is_told(result)

    def test_memray_tells_nothing_of_a_child_that_comes_back(self) -> None:
        result = self.run_under_memray(
            "import os\nif os.fork() != 0:\n    os.wait()\n"
        )
        self.assertEqual(len(result.samples("memray.peak_bytes")), 2)

    @unittest.skipUnless(cgroup_is_visible(), "no memory cgroup in sight")
    def test_cgroup(self) -> None:
        """Outside a container this is the machine's own group: only that it is read can be told."""
        result = self.run_block("cgroup")
        self.assertGreater(self.initial(result, "cgroup.current_bytes"), 0)
        self.assertGreater(len(result.samples("cgroup.current_bytes")), 5)

    def test_mprof_writes_its_own_file(self) -> None:
        """The tool runs the harness; its file has the block, and the marks say where."""
        script = self.write("task.py", BLOCK + "import sys\nprint(sys.argv[1:])\n")
        output = os.path.join(self.directory, "mprofile.dat")
        command = [PYTHON, "-m", "mprof", "run", "--nopython", "--exit-code", "--interval", "0.01"]
        command += ["--output", output, PYTHON, HARNESS, "mprof", "0.01", "-", script]
        result = self.run_command([*command, "-T", "a", "-5", "--", "-6"])
        self.assertEqual(result.code, 0, result.stderr)
        self.assertEqual(result.marks(), ["task_begin", "held", "freed", "task_end"])
        self.assertEqual([r for r in result.records if r.kind == SAMPLE], [])
        self.assertIn("['-T', 'a', '-5', '--', '-6']", result.stdout)
        with open(output, encoding="utf-8") as file:
            looks = [line.split()[1:] for line in file if line.startswith("MEM ")]
        # It has seen the process as it is at task_begin, not only as it was while it started.
        offset_s = time.time() - time.monotonic()
        begin_s = result.at("task_begin") / 1e9 + offset_s
        before = [float(mib) for mib, at_s in looks if float(at_s) <= begin_s]
        largest = max(float(mib) for mib, _ in looks)
        self.assertAlmostEqual(largest - before[-1], BLOCK_MIB, delta=0.5)

    def test_mprof_tells_how_the_task_ended(self) -> None:
        """256 - N for a signal N, which backends/mprof.c turns back."""
        command = [PYTHON, "-m", "mprof", "run", "--nopython", "--exit-code", "--interval", "0.01"]
        command += ["--output", os.path.join(self.directory, "mprofile.dat")]
        for text, code in (
            ("import sys; sys.exit(7)", 7),
            ("import os; os.kill(os.getpid(), 9)", 247),
            ("import os; os.abort()", 250),
        ):
            script = self.write("task.py", text)
            done = subprocess.run(
                [*command, PYTHON, HARNESS, "mprof", "0.01", "-", script],
                cwd=self.directory,
                capture_output=True,
                timeout=30,
            )
            self.assertEqual(done.returncode, code, text)


class MemoryTest(HarnessTest):
    """What the harness itself adds to the process that is measured."""

    ASK = "import resource; print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)"

    def bare_bytes(self) -> int:
        # A shell in between: an exec'd program keeps the high-water mark of the one before it.
        command = ["sh", "-c", f"{PYTHON} -c '{self.ASK}'; exit $?"]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        return int(done.stdout) * 1024

    def test_empty_task_starts_within_a_mebibyte_of_bare_python(self) -> None:
        """As installed: compiled beforehand. Medians, since both vary by 0.2 MiB from run to run."""
        python = os.path.join(self.directory, "python")
        subprocess.run(["cp", "-r", os.path.dirname(HARNESS), python], check=True)
        compileall = [PYTHON, "-m", "compileall", "-q", "--invalidation-mode", "checked-hash"]
        subprocess.run([*compileall, python], check=True)
        script = self.write("task.py", "")
        command = f"{PYTHON} {python}/harness.py resource 0.01 - {script}; exit $?"
        bare, harness = [], []
        for _ in range(9):
            bare.append(self.bare_bytes())
            result = self.run_command(["sh", "-c", command])
            harness.append(result.samples("resource.maxrss_bytes")[0].value)
        added = sorted(harness)[4] - sorted(bare)[4]
        self.assertLess(added, MIB)
        self.assertGreater(added, 0)
