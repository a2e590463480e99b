"""Runs of memcg-run in pandas: trials, traces and compositions.

    from memcg_run import results

    trials = results.load("output/*")
    print(trials.groupby(["task", "backend"]).peak_bytes.median() / 2**20)
    run = results.Run("output/latest")
    trace = run.trace(7)

For programs that read results, on any machine that has a run's folder. A task has memcg_run alone: its
container does not contain this file. Reads results.h5 (docs/hdf5-schema.md) and summary.json
(docs/summary-schema.md); docs/analysis.md has recipes. Sizes are in bytes and times in seconds, and a
column's name says so. NaN means that a value was not measured; 0 always means zero.
"""

from __future__ import annotations

import contextlib
import glob
import hashlib
import json
import operator
import os
import pathlib
import warnings
from typing import Any, Iterable, Iterator

try:
    import h5py
    import numpy
    import pandas
except ImportError as error:
    raise ImportError(
        f"memcg_run.results needs {error.name or error}; on Debian: apt-get install python3-h5py python3-pandas",
        name=error.name,
    ) from error

PathLike = str | os.PathLike

_FORMAT = "memcg-run"
_FORMAT_VERSION = 1
_SUMMARY_SCHEMA = "memcg-run summary"
_REFERENCE = "reference.current_bytes"
_NS_PER_S = 1e9
# The last line of a sealed file: these words, 64 digits and a newline.
_SEAL = b"memcg-run sha256 "
_SEAL_SIZE = len(_SEAL) + 64 + 1
_BLOCK = 1 << 20

# The columns of a table of trials, in order; parameters follow "task". Those of the middle are /summary's.
_FIRST = ("run", "experiment", "task")
_REPORTED = ("reported_initial_bytes", "reported_peak_bytes", "reported_final_bytes")
_COLUMNS = (
    *("backend", "trial", "repetition", "warmup", "status", "cause", "exit_code", "signal", "suspect"),
    *("initial_bytes", "peak_bytes", "final_bytes", "truth_peak_bytes", "wall_s", "cpu_s", "maxrss_bytes"),
    *("composed_bytes", "composed_s", "peak_anon_bytes", "peak_file_bytes", "peak_shmem_bytes"),
    *("peak_kernel_bytes", "memory_max_bytes", "limit_met", "oom_kills", "task_n_cpus"),
    *("refaults", "major_faults", "stage", "limit_bytes", "limit_end"),
    *("reported_metric", *_REPORTED),
    *("watched_s", "runner_cpu_s", "sampler_cpu_s", "runner_peak_rss_bytes"),
)
# The conditions of the run, by the attribute of results.h5 that has each.
_CONDITIONS = {
    "complete": "complete",
    "kernel": "kernel",
    "hierarchy": "hierarchy",
    "cpu_model": "cpu_model",
    "cpus": "cpus",
    "host_memory_bytes": "memory_bytes",
    "runtime": "runtime",
    "image": "image",
}
_RESERVED = {*_FIRST, *_COLUMNS, *_CONDITIONS}

# Of what trace() is asked for: the group and column that have it, and the name of the series.
_TRACES = {
    "reference": ("reference", "current_bytes", _REFERENCE),
    _REFERENCE: ("reference", "current_bytes", _REFERENCE),
    "truth": ("truth", "bytes", "truth_bytes"),
}
_PARTS = ("anon_bytes", "file_bytes", "shmem_bytes", "kernel_bytes")


class ResultsError(ValueError):
    """A file is not a run's results, is damaged, or lacks what was asked for; the message names it."""


def load(
    paths: PathLike | Iterable[PathLike], *, all: bool = False, warmups: bool = False
) -> pandas.DataFrame:
    """The trials of one or more runs, one row each: Run.trials() of all of them.

    `paths` is a run's folder or its results.h5, a pattern ("output/*"), or several of these. A run that
    is named twice ("latest" is a link to another) is read once. A path that a pattern matches and that has
    no results.h5, such as the folder of a run that has not ended, is left out with a warning; if nothing is
    left, or a run cannot be read, raises ResultsError.
    """
    tables = [Run(path).trials(all=all, warmups=warmups) for path in _find_runs(paths)]
    parameters = list(dict.fromkeys(name for table in tables for name in table.attrs["parameters"]))
    # What an empty table guesses about its types must not count.
    filled = [table for table in tables if len(table)] or tables[:1]
    joined = pandas.concat(filled, ignore_index=True)
    for name in parameters:
        if name not in joined:
            joined[name] = numpy.nan
        elif joined[name].isna().any():
            # A parameter of some of the runs: 64 stays a whole number.
            joined[name] = joined[name].convert_dtypes()
    others = [name for name in joined.columns if name not in {*_FIRST, *parameters}]
    joined = joined[[*_FIRST, *parameters, *others]]
    joined.attrs["parameters"] = parameters
    return joined


class Run:
    """One run, by its folder or its results.h5, which is checked against its digest once.

    `path` is results.h5, `attrs` its root's attributes, `id` the run's. Every method opens the file anew: nothing
    stays open.
    """

    def __init__(self, path: PathLike) -> None:
        self.path = _find_results(pathlib.Path(path))
        has_digest = _check_digest(self.path)
        with self._open() as file:
            self.attrs = {name: _plain(value) for name, value in file.attrs.items()}
        if self.attrs.get("format") != _FORMAT:
            raise ResultsError(f"{self.path} is not the results of a run")
        if self.attrs.get("format_version") != _FORMAT_VERSION:
            raise ResultsError(
                f"{self.path} has version {self.attrs.get('format_version')} of the format; "
                f"this module reads version {_FORMAT_VERSION}"
            )
        if self.attrs.get("sealed") and not has_digest:
            raise ResultsError(f"{self.path} is damaged, or was changed: its digest is not at its end")
        self.id = self.attrs.get("id") or self.path.parent.name

    def __repr__(self) -> str:
        return f"Run({str(self.path.parent)!r})"

    @property
    def summary(self) -> dict[str, Any]:
        """summary.json: points, statistics and verdicts, as in the run's table (docs/summary-schema.md)."""
        path = self.path.with_name("summary.json")
        try:
            summary = json.loads(path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            raise ResultsError(
                f"{path} is missing: memcg-run report {self.path.parent} writes it"
            ) from None
        except ValueError as error:
            raise ResultsError(f"{path} is not JSON: {error}") from error
        if not isinstance(summary, dict) or summary.get("schema") != _SUMMARY_SCHEMA:
            raise ResultsError(f"{path} is not a run's summary")
        return summary

    def trials(self, *, all: bool = False, warmups: bool = False) -> pandas.DataFrame:
        """One row per trial that ended ok; with `all`, of any status; with `warmups`, warm-ups as well.

        Of a search for a limit these are the trials that it gave no limit: under one the peak is the limit, and no
        peak of the task. With `all`, the others too; `stage` and `limit_bytes` tell them apart.

        Each parameter is a column, of its own type (one that has the name of another column is
        "parameter.NAME"); `.attrs["parameters"]` has their names. `peak_bytes` and the like are the
        kernel's account; what the trial's backend itself reported is in `reported_...`, by the metric that the
        table shows, which summary.json names: without that file they are NaN, except of external backends.
        """
        with self._open() as file:
            rows = _read_summary(file["summary"][()])
        trials = rows[rows.metric == _REFERENCE].drop(columns="metric").reset_index(drop=True)
        parameters = self._read_parameters(trials.pop("parameters"))
        trials = trials.merge(self._reported(rows), on="trial", how="left")
        # Files of older versions lack columns, newer ones may have more.
        extra = [name for name in trials.columns if name not in {*_FIRST, *_COLUMNS}]
        run = pandas.DataFrame(
            {
                "run": self.id,
                "experiment": self.attrs.get("name"),
                "task": trials.pop("task"),
            },
            index=trials.index,
        )
        conditions = pandas.DataFrame(
            {name: self.attrs.get(key) for name, key in _CONDITIONS.items()}, index=trials.index
        )
        table = pandas.concat(
            [run, parameters, trials.reindex(columns=[*_COLUMNS, *extra]), conditions], axis=1
        )
        chosen = pandas.Series(True, index=table.index)
        if not all:
            chosen &= (table.status == "ok") & table.limit_bytes.isna()
        if not warmups:
            chosen &= ~table.warmup
        table = table[chosen].reset_index(drop=True)
        table.attrs["parameters"] = list(parameters.columns)
        return table

    def trace(self, trial: int, metric: str = "reference") -> pandas.Series:
        """The samples of one metric of a trial, by seconds from task_begin; before it, the times are negative.

        `metric` is "reference", the kernel's account; one that the backend reported, such as
        "psutil.rss_bytes"; or "truth", whose values hold until the next. `.attrs["gaps_s"]` has the
        gaps of the reference, (begin, end) each: nothing is known in between.
        """
        default = (f"metrics/{metric}", "value", metric)
        name, column, series_name = _TRACES.get(metric, default)
        with self._open() as file:
            group, begin_ns = self._open_trial(file, trial)
            if f"{name}/{column}" not in group:
                known = ["reference", *group.get("metrics", ()), *(["truth"] if "truth" in group else ())]
                raise ResultsError(
                    f"{self.path}: trial {trial} has no metric {metric}; it has {', '.join(known)}"
                )
            source = group[name]
            series = pandas.Series(
                _signed(source[column][()]),
                index=_read_times(source["time_ns"], begin_ns),
                name=series_name,
            )
            gaps = source.get("gaps") if name == "reference" else None
            gaps_s = [] if gaps is None else [_read_times(gaps[key], begin_ns) for key in ("time_ns", "end_ns")]
        # Of two processes the samples may have arrived out of order.
        series = series.sort_index(kind="stable")
        series.attrs["gaps_s"] = list(zip(*gaps_s))
        return series

    def composition(self, trial: int) -> pandas.DataFrame:
        """What the memory of a trial was made of, by seconds from task_begin, in parts that do not overlap.

        `anon_bytes`, `file_bytes` (page cache, without shmem and the swap cache), `shmem_bytes` and
        `kernel_bytes`, at every reading: at the rate of memory.stat, and at each new maximum. Each holds
        until the next. A part that the kernel does not report has no column.
        """
        with self._open() as file:
            group, begin_ns = self._open_trial(file, trial)
            reference = group["reference"]
            tables = [
                _read_parts(reference[name], begin_ns)
                for name in ("stat", "composition")
                if name in reference
            ]
        if not tables:
            raise ResultsError(f"{self.path}: trial {trial} has no composition")
        table = pandas.concat(tables).sort_index(kind="stable")
        return table[[part for part in _PARTS if part in table]]

    @contextlib.contextmanager
    def _open(self) -> Iterator[h5py.File]:
        try:
            with h5py.File(self.path, "r") as file:
                yield file
        except (OSError, KeyError) as error:
            raise ResultsError(f"cannot read {self.path}: {error}") from error

    def _open_trial(self, file: h5py.File, trial: int) -> tuple[h5py.Group, int]:
        """Its group, and its task_begin in nanoseconds."""
        name = f"trials/{operator.index(trial):06d}"
        if name not in file:
            raise ResultsError(f"{self.path} has no trial {trial}")
        group = file[name]
        if "begin_ns" not in group.attrs:
            raise ResultsError(f"{self.path}: trial {trial} never began: {group.attrs['cause']}")
        return group, int(group.attrs["begin_ns"])

    def _read_parameters(self, texts: pandas.Series) -> pandas.DataFrame:
        """A column for each parameter, from JSON objects."""
        try:
            points = [json.loads(text) for text in texts]
        except ValueError as error:
            raise ResultsError(f"{self.path}: parameters are not JSON: {error}") from error
        names = dict.fromkeys(name for point in points for name in point)
        columns = {
            f"parameter.{name}" if name in _RESERVED else name: [point.get(name) for point in points]
            for name in names
        }
        return pandas.DataFrame(columns, index=texts.index)

    def _reported(self, rows: pandas.DataFrame) -> pandas.DataFrame:
        """What the backend of each trial reported, by its main metric."""
        main = {
            key.partition(".")[2]: value for key, value in self.attrs.items() if key.startswith("headline.")
        }
        if self.path.with_name("summary.json").exists():
            main.update({backend["name"]: backend["metric"] for backend in self.summary["backends"]})
        chosen = rows[rows.metric == rows.backend.map(main)]
        names = {name.replace("reported_", ""): name for name in _REPORTED}
        return chosen[["trial", "metric", *names]].rename(columns={"metric": "reported_metric", **names})


# ---- files


def _find_runs(paths: PathLike | Iterable[PathLike]) -> list[pathlib.Path]:
    """The results.h5 of each run, once."""
    found: dict[pathlib.Path, None] = {}
    for path in [paths] if isinstance(paths, (str, os.PathLike)) else paths:
        if os.path.exists(path):
            found[_find_results(pathlib.Path(path))] = None
            continue
        matches = sorted(glob.glob(os.fspath(path)))
        if not matches:
            raise ResultsError(f"{path} does not exist")
        for match in matches:
            try:
                found[_find_results(pathlib.Path(match))] = None
            except ResultsError as error:
                warnings.warn(f"left out: {error}", stacklevel=3)
    if not found:
        raise ResultsError(f"no run has ended in {paths}")
    return list(found)


def _find_results(path: pathlib.Path) -> pathlib.Path:
    """The results.h5 of a run's folder, or the file itself; links are followed."""
    if path.is_dir():
        file = path / "results.h5"
        if not file.exists():
            raise ResultsError(f"{path} has no results.h5: the run has not ended, or this is not a run")
        return file.resolve()
    if not path.exists():
        raise ResultsError(f"{path} does not exist")
    if path.suffix != ".h5":
        raise ResultsError(f"{path} is neither a run's folder nor its results.h5")
    return path.resolve()


def _check_digest(path: pathlib.Path) -> bool:
    """Whether the file ends with its digest; ResultsError if it is another file's."""
    try:
        with open(path, "rb") as file:
            left = max(os.fstat(file.fileno()).st_size - _SEAL_SIZE, 0)
            file.seek(left)
            seal = file.read()
            if not seal.startswith(_SEAL):
                return False
            file.seek(0)
            digest = hashlib.sha256()
            while left > 0 and (block := file.read(min(left, _BLOCK))):
                digest.update(block)
                left -= len(block)
    except OSError as error:
        raise ResultsError(f"cannot read {path}: {error.strerror}") from error
    if seal != _SEAL + digest.hexdigest().encode() + b"\n":
        raise ResultsError(f"{path} is damaged, or was changed: its digest is not that of its content")
    return True


# ---- columns


def _plain(value: Any) -> Any:
    """An attribute in Python's own type."""
    return value.item() if isinstance(value, numpy.generic) else value


def _read_summary(table: numpy.ndarray) -> pandas.DataFrame:
    """/summary with texts as text, and seconds instead of nanoseconds."""
    columns: dict[str, numpy.ndarray] = {}
    for name in table.dtype.names:
        values = table[name]
        if values.dtype.kind == "S":
            columns[name] = numpy.char.decode(values, "utf-8", "replace").astype(object)
        elif name.endswith("_ns"):
            columns[f"{name[:-3]}_s"] = values / _NS_PER_S
        else:
            columns[name] = _signed(values)
    # A task that never began has no wall time; /summary has 0 there.
    columns["wall_s"] = numpy.where(columns["wall_s"] > 0, columns["wall_s"], numpy.nan)
    return pandas.DataFrame(columns)


def _signed(values: numpy.ndarray) -> numpy.ndarray:
    """Unsigned numbers as signed, so that differences do not wrap around; those beyond 2^63 as floating point."""
    if values.dtype.kind != "u":
        return values
    fits = not len(values) or values.max() < 1 << 63
    return values.astype("i8" if fits else "f8")


def _read_times(times_ns: h5py.Dataset, begin_ns: int) -> pandas.Index:
    """Seconds from task_begin. The difference is taken in whole nanoseconds, and so is exact."""
    return pandas.Index((times_ns[()].astype("i8") - begin_ns) / _NS_PER_S, name="time_s")


def _read_parts(source: h5py.Group, begin_ns: int) -> pandas.DataFrame:
    """The parts in one group. File memory in memory.stat includes shmem and the swap cache."""
    columns = {part: _signed(source[part][()]) for part in _PARTS if part in source}
    if source.name.endswith("/stat") and "file_bytes" in columns:
        for other in ("shmem_bytes", "swapcached_bytes"):
            if other in source:
                columns["file_bytes"] = columns["file_bytes"] - _signed(source[other][()])
        # They are not read at one instant: the others may be the larger.
        columns["file_bytes"] = columns["file_bytes"].clip(0)
    return pandas.DataFrame(columns, index=_read_times(source["time_ns"], begin_ns))
