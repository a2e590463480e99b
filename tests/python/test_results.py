"""memcg_run.results: files whose content is known, written here with h5py, and read as a user does."""

from __future__ import annotations

import filecmp
import hashlib
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest
import warnings
from typing import Any

import h5py
import numpy

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "python"))

from memcg_run import results  # noqa: E402

MIB = 1 << 20
NAN = float("nan")
# A machine that has been up for 36 years: no double has its nanoseconds.
BEGIN_NS = (1 << 60) + 1
SECOND_NS = 1_000_000_000

ROW = {
    "trial": 1,
    "task": b"./job",
    "parameters": b'{"size": 8}',
    "backend": b"none",
    "metric": b"reference.current_bytes",
    "repetition": 1,
    "warmup": False,
    "status": b"ok",
    "initial_bytes": 1.0 * MIB,
    "peak_bytes": 9.0 * MIB,
    "final_bytes": 2.0 * MIB,
    "truth_peak_bytes": NAN,
    "wall_ns": 1_500_000_000,
    "suspect": False,
    "cause": b"",
    "exit_code": 0.0,
    "cpu_ns": 250_000_000.0,
}
KINDS = {bytes: "S80", bool: "?", int: "<u8", float: "<f8"}
ROW_TYPE = numpy.dtype([(name, KINDS[type(value)]) for name, value in ROW.items()])


def row(**changed: Any) -> dict[str, Any]:
    return {**ROW, **changed}


def add_trial(file: h5py.File, number: int, columns: dict[str, list[int]], **attributes: Any) -> None:
    """A trial by the paths and values of its columns; names that end in time_ns count from task_begin."""
    group = file.create_group(f"trials/{number:06d}")
    group.attrs.update({"begin_ns": numpy.uint64(BEGIN_NS), "cause": "", **attributes})
    for path, values in columns.items():
        start = BEGIN_NS if path.endswith(("time_ns", "end_ns")) else 0
        group[path] = numpy.array([start + value for value in values], dtype="<u8")


class ResultsTest(unittest.TestCase):
    def setUp(self) -> None:
        # What a user would be warned of is a failure.
        caught = warnings.catch_warnings()
        caught.__enter__()
        self.addCleanup(caught.__exit__, None, None, None)
        warnings.simplefilter("error")
        directory = tempfile.TemporaryDirectory(prefix="memcg-run-test-")
        self.addCleanup(directory.cleanup)
        self.output = pathlib.Path(directory.name).resolve()

    def write_run(self, name: str, rows: list[dict[str, Any]], add=None, metrics=None, **attributes: Any):
        """A run's folder with /summary, what add(file) adds, and summary.json if there are main metrics."""
        folder = self.output / name
        folder.mkdir()
        with h5py.File(folder / "results.h5", "w") as file:
            file.attrs.update(
                {
                    "format": "memcg-run",
                    "format_version": numpy.uint64(1),
                    "id": name,
                    "name": "job",
                    "complete": True,
                    "kernel": "6.1.0",
                    "cpus": numpy.uint64(2),
                    **attributes,
                }
            )
            values = [tuple(one[column] for column in ROW) for one in rows]
            file["summary"] = numpy.array(values, dtype=ROW_TYPE)
            if add:
                add(file)
        if metrics:
            backends = [{"name": key, "metric": value} for key, value in metrics.items()]
            summary = {"schema": "memcg-run summary", "schema_version": 1, "backends": backends}
            (folder / "summary.json").write_text(json.dumps(summary))
        return folder

    def seal(self, folder: pathlib.Path) -> pathlib.Path:
        """Ends results.h5 with its digest, as memcg-run does."""
        path = folder / "results.h5"
        with h5py.File(path, "a") as file:
            file.attrs["sealed"] = True
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        with open(path, "ab") as file:
            file.write(f"memcg-run sha256 {digest}\n".encode())
        return path


class TableTest(ResultsTest):
    def test_a_row_is_a_trial_that_ended_ok(self) -> None:
        folder = self.write_run(
            "a",
            [
                row(warmup=True),
                row(trial=2, metric=b"oracle.anon_bytes", peak_bytes=7.0),
                row(trial=2),
                row(trial=3, status=b"oom", cause=b"killed", exit_code=NAN, wall_ns=0),
            ],
        )
        self.assertEqual(list(results.load(folder).trial), [2])
        self.assertEqual(list(results.load(folder, warmups=True).trial), [1, 2])
        every = results.load(folder / "results.h5", all=True, warmups=True)
        self.assertEqual(list(every.trial), [1, 2, 3])
        self.assertEqual(list(every.warmup), [True, False, False])
        self.assertEqual(list(every.status), ["ok", "ok", "oom"])
        self.assertEqual(list(every.peak_bytes), [9 * MIB] * 3)

    def test_columns_have_units_and_conditions(self) -> None:
        table = results.load(self.write_run("a", [row()]))
        one = table.iloc[0]
        self.assertEqual((one.wall_s, one.cpu_s), (1.5, 0.25))
        self.assertEqual((one.run, one.experiment, one.task), ("a", "job", "./job"))
        self.assertEqual((one.kernel, one.cpus, bool(one.complete)), ("6.1.0", 2, True))
        # Of another version of memcg-run: the column is there.
        self.assertTrue(numpy.isnan(one.oom_kills))
        self.assertFalse([name for name in table.columns if name.endswith("_ns")])

    def test_a_task_that_never_began_has_no_wall_time(self) -> None:
        table = results.load(self.write_run("a", [row(status=b"failed", wall_ns=0)]), all=True)
        self.assertTrue(numpy.isnan(table.wall_s[0]))

    def test_parameters_are_columns_of_their_own_types(self) -> None:
        points = [{"size": 8, "mode": "fast", "ratio": 0.5, "deep": True}]
        points.append({"size": 16, "mode": "\u00e9", "ratio": 2, "deep": False})
        rows = [row(trial=i + 1, parameters=json.dumps(p, ensure_ascii=False).encode()) for i, p in enumerate(points)]
        table = results.load(self.write_run("a", rows))
        self.assertEqual([table[name].dtype.kind for name in points[0]], ["i", "O", "f", "b"])
        self.assertEqual(list(table["mode"]), ["fast", "\u00e9"])
        self.assertEqual(table.attrs["parameters"], ["size", "mode", "ratio", "deep"])
        self.assertEqual(list(table.columns[:5]), ["run", "experiment", "task", "size", "mode"])

    def test_a_parameter_named_like_a_column_hides_none(self) -> None:
        table = results.load(self.write_run("a", [row(parameters=b'{"cpus": 7}')]))
        self.assertEqual((table["cpus"][0], table["parameter.cpus"][0]), (2, 7))

    def test_what_the_backend_reported_is_by_its_main_metric(self) -> None:
        rows = [row(), row(trial=2, backend=b"psutil")]
        for metric, peak in (b"psutil.vms_bytes", 900.0), (b"psutil.rss_bytes", 300.0):
            rows.append(row(trial=2, backend=b"psutil", metric=metric, peak_bytes=peak))
        main = {"none": None, "psutil": "psutil.rss_bytes"}
        table = results.load(self.write_run("a", rows, metrics=main))
        self.assertEqual(list(table.peak_bytes), [9 * MIB] * 2)
        self.assertEqual(table.reported_peak_bytes[1], 300)
        self.assertEqual(table.reported_metric[1], "psutil.rss_bytes")
        self.assertTrue(numpy.isnan(table.reported_peak_bytes[0]))
        table = results.load(self.write_run("b", rows))
        self.assertTrue(table.reported_peak_bytes.isna().all())
        table = results.load(self.write_run("c", rows, **{"headline.psutil": "psutil.vms_bytes"}))
        self.assertEqual(table.reported_peak_bytes[1], 900)

    def test_several_runs_are_one_table(self) -> None:
        self.write_run("a", [row()])
        self.write_run("b", [row(parameters=b'{"n": 3}'), row(trial=2, parameters=b'{"n": 4}')])
        (self.output / "latest").symlink_to("b")
        table = results.load(f"{self.output}/*")
        self.assertEqual(list(table.run), ["a", "b", "b"])
        self.assertEqual(table.attrs["parameters"], ["size", "n"])
        self.assertEqual(list(table.n.dropna()), [3, 4])
        self.assertEqual((str(table.n.dtype), str(table["size"].dtype)), ("Int64", "Int64"))
        again = results.load([self.output / "b", self.output / "latest", self.output / "a"])
        self.assertEqual(list(again.run), ["b", "b", "a"])

    def test_a_run_without_such_trials_is_an_empty_table(self) -> None:
        none = self.write_run("a", [])
        failed = self.write_run("b", [row(status=b"failed")])
        for paths in none, failed, [none, failed]:
            table = results.load(paths)
            self.assertEqual(len(table), 0)
            self.assertIn("peak_bytes", table.columns)
        ok = self.write_run("c", [row(parameters=b'{"n": 3}')])
        table = results.load([none, failed, ok])
        self.assertEqual((list(table.run), table.warmup.dtype.kind, table.n.dtype.kind), (["c"], "b", "i"))
        self.assertEqual(list(table.columns[3:5]), ["size", "n"])

    def test_a_run_under_way_is_left_out_with_a_warning(self) -> None:
        self.write_run("a", [row()])
        (self.output / "b").mkdir()
        with self.assertWarnsRegex(UserWarning, f"left out: {self.output}/b has no results.h5"):
            table = results.load(f"{self.output}/*")
        self.assertEqual(list(table.run), ["a"])
        with self.assertRaisesRegex(results.ResultsError, f"{self.output}/b has no results.h5"):
            results.load(self.output / "b")
        for nothing in f"{self.output}/x*", [self.output / "a", self.output / "c"], []:
            with self.assertRaises(results.ResultsError):
                results.load(nothing)


class TrialTest(ResultsTest):
    def run_of(self, columns: dict[str, list[int]], **attributes: Any) -> results.Run:
        return results.Run(self.write_run("a", [row()], lambda file: add_trial(file, 1, columns, **attributes)))

    def test_a_trace_is_in_seconds_from_task_begin(self) -> None:
        run = self.run_of(
            {
                "reference/time_ns": [-SECOND_NS, 1, SECOND_NS // 2],
                "reference/current_bytes": [5, 4, 6],
                "metrics/psutil.rss_bytes/time_ns": [20, 10],
                "metrics/psutil.rss_bytes/value": [2, (1 << 63) - 1],
                "truth/time_ns": [3],
                "truth/bytes": [MIB],
            }
        )
        trace = run.trace(1)
        self.assertEqual(list(trace.index), [-1.0, 1e-9, 0.5])
        self.assertEqual((list(trace), trace.name, trace.index.name), ([5, 4, 6], "reference.current_bytes", "time_s"))
        self.assertEqual(list(trace.diff().dropna()), [-1, 2])
        self.assertEqual(trace.attrs["gaps_s"], [])
        # Of two processes: in the order of their times.
        reported = run.trace(1, "psutil.rss_bytes")
        self.assertEqual((list(reported.index), list(reported)), ([1e-8, 2e-8], [(1 << 63) - 1, 2]))
        self.assertEqual(list(run.trace(1, "truth")), [MIB])
        for metric in "psutil.vms_bytes", "":
            with self.assertRaisesRegex(
                results.ResultsError, "a/results.h5.* it has reference, psutil.rss_bytes, truth"
            ):
                run.trace(1, metric)
        with self.assertRaisesRegex(results.ResultsError, "a/results.h5 has no trial 2"):
            run.trace(2)

    def test_a_trace_has_its_gaps(self) -> None:
        run = self.run_of(
            {
                "reference/time_ns": [0, 2 * SECOND_NS],
                "reference/current_bytes": [5, 4],
                "reference/gaps/time_ns": [0],
                "reference/gaps/end_ns": [2 * SECOND_NS],
            }
        )
        self.assertEqual(run.trace(1).attrs["gaps_s"], [(0.0, 2.0)])

    def test_a_trial_that_never_began_has_no_times(self) -> None:
        def add(file: h5py.File) -> None:
            add_trial(file, 1, {}, cause="no such program")
            del file["trials/000001"].attrs["begin_ns"]

        run = results.Run(self.write_run("a", [row()], add))
        for ask in run.trace, run.composition:
            with self.assertRaisesRegex(results.ResultsError, "trial 1 never began: no such program"):
                ask(1)

    def test_the_parts_of_a_composition_do_not_overlap(self) -> None:
        run = self.run_of(
            {
                "reference/stat/time_ns": [0, 2 * SECOND_NS],
                "reference/stat/anon_bytes": [10, 20],
                "reference/stat/file_bytes": [100, 5],
                "reference/stat/shmem_bytes": [30, 6],
                "reference/stat/swapcached_bytes": [1, 0],
                "reference/composition/time_ns": [SECOND_NS],
                "reference/composition/current_bytes": [99],
                "reference/composition/anon_bytes": [15],
                "reference/composition/file_bytes": [50],
                "reference/composition/shmem_bytes": [7],
            }
        )
        table = run.composition(1)
        self.assertEqual(list(table.index), [0.0, 1.0, 2.0])
        self.assertEqual(list(table.columns), ["anon_bytes", "file_bytes", "shmem_bytes"])
        self.assertEqual(table.values.tolist(), [[10, 69, 30], [15, 50, 7], [20, 0, 6]])

    def test_a_trial_without_composition_says_so(self) -> None:
        with self.assertRaisesRegex(results.ResultsError, "a/results.h5: trial 1 has no composition"):
            self.run_of({"reference/time_ns": [], "reference/current_bytes": []}).composition(1)


class BadInputTest(ResultsTest):
    def refuses(self, path: pathlib.Path, expected: str) -> None:
        with self.assertRaises(results.ResultsError) as caught:
            results.Run(path)
        self.assertIn(str(path), str(caught.exception))
        self.assertRegex(str(caught.exception), expected)

    def test_what_is_not_a_run_is_refused_by_name(self) -> None:
        self.refuses(self.output, "has no results.h5")
        self.refuses(self.output / "x", "does not exist")
        text = self.output / "notes.txt"
        text.write_text("x")
        self.refuses(text, "neither a run's folder nor its results.h5")
        other = self.output / "other.h5"
        other.write_text("not HDF5")
        self.refuses(other, "cannot read")
        h5py.File(other, "w").close()
        self.refuses(other, "is not the results of a run")
        newer = self.write_run("newer", [], format_version=numpy.uint64(2))
        self.refuses(newer / "results.h5", "version 2 of the format")

    def test_a_damaged_file_is_refused(self) -> None:
        path = self.seal(self.write_run("a", [row()]))
        whole = path.read_bytes()
        self.assertEqual(len(results.load(path)), 1)
        path.write_bytes(whole[:500] + bytes([whole[500] ^ 1]) + whole[501:])
        self.refuses(path, "its digest is not that of its content")
        path.write_bytes(whole[:-82])
        self.refuses(path, "its digest is not at its end")
        path.write_bytes(whole[: len(whole) // 2])
        self.refuses(path, "cannot read")

    def test_a_file_without_its_table_is_refused(self) -> None:
        folder = self.write_run("a", [row()])
        with h5py.File(folder / "results.h5", "a") as file:
            del file["summary"]
        with self.assertRaisesRegex(results.ResultsError, "cannot read .*a/results.h5: .*summary"):
            results.load(folder)
        folder = self.write_run("b", [row(parameters=b"{")])
        with self.assertRaisesRegex(results.ResultsError, "b/results.h5: parameters are not JSON"):
            results.load(folder)

    def test_a_missing_or_foreign_summary_is_named(self) -> None:
        run = results.Run(self.write_run("a", [row()]))
        with self.assertRaisesRegex(results.ResultsError, "a/summary.json is missing: memcg-run report"):
            run.summary
        for text in "{", "[]", '{"schema": "other"}':
            (self.output / "a" / "summary.json").write_text(text)
            with self.assertRaisesRegex(results.ResultsError, "a/summary.json is not"):
                run.summary


class ImportTest(unittest.TestCase):
    def run_python(self, *arguments: str) -> subprocess.CompletedProcess:
        return subprocess.run(
            [sys.executable, "-B", *arguments],
            env={**os.environ, "PYTHONPATH": str(ROOT / "python")},
            capture_output=True,
            text=True,
            timeout=60,
        )

    def test_memcg_run_alone_loads_nothing_of_it(self) -> None:
        text = "import memcg_run, sys; print({'memcg_run.results', 'h5py', 'numpy', 'pandas'} & set(sys.modules))"
        self.assertEqual(self.run_python("-c", text).stdout, "set()\n")

    def test_a_task_does_not_have_it(self) -> None:
        """It imports the same memcg_run, from a folder without this module."""
        measured = ROOT / "backends" / "python"
        self.assertTrue(filecmp.cmp(measured / "memcg_run.py", ROOT / "python/memcg_run/__init__.py", shallow=False))
        self.assertEqual(list(measured.rglob("results*")), [])

    def test_a_missing_package_is_named_as_debian_has_it(self) -> None:
        # Without site there is no dist-packages.
        result = self.run_python("-S", "-c", "import memcg_run.results")
        self.assertIn(
            "ImportError: memcg_run.results needs h5py; on Debian: apt-get install python3-h5py python3-pandas",
            result.stderr,
        )


if __name__ == "__main__":
    unittest.main()
