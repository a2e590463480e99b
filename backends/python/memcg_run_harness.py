"""Runs a task in Python between task_begin and task_end, beside one reporter.

    python3 harness.py BACKEND INTERVAL_S FUNCTION SCRIPT [ARGUMENT...]

BACKEND is a name, or the path of a reporter's file. FUNCTION "-" runs the whole script as __main__.
Otherwise the script is imported before task_begin, and its function of that name is called between the
marks. What the script raises, and how it exits, is what it would be without the harness.

A reporter is one file, reporters/<backend>.py, with one class:

    class Reporter:
        def __init__(self, channel: memcg_run.Channel, interval_s: float) -> None
            Before task_begin: imports its tool, opens files, allocates, starts its thread.
        def initial(self) -> None
            Just before task_begin: one sample of every metric it has, the dear ones too.
        def begin(self) -> None
            The task is about to run: start polling.
        def end(self) -> None
            The task has ended: stop polling, then one sample of every metric.

and, where it reads by itself,

        def read(self) -> object
            What one look reads, and sends nothing. It is timed when all is over, as <backend>.reading_ns.

and, where its tool is one that calls the task,

        def around(self, measure: Callable[[], None]) -> None
            Calls `measure`: all of the above but the first, and the task. What that raises is to come out.

and, where its tool changes the task's arguments, restore_arguments(arguments) -> arguments.
Metrics are named "<backend>.<what>_<unit>" and sent at once, so that a task that is killed keeps them.

The initial sample stands just before task_begin, so that it is the value at the mark; nothing but the
mark itself lies between. So does the final one before task_end.
"""

from __future__ import annotations

import os
import sys
import time

import memcg_run

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import ModuleType, TracebackType
    from typing import Any, Callable

# As importlib.machinery has them, without importing it: this module itself was loaded by one.
SourceFileLoader = type(__loader__)
ModuleSpec = type(__spec__)

HERE = os.path.dirname(os.path.abspath(__file__))
# Where a traceback is not yet in the task: files of ours, and Python's loader that we call.
OURS = (
    "harness.py",
    "memcg_run_harness.py",
    "memory-usage.py",
    "memray.py",
    "<frozen importlib._bootstrap>",
    "<frozen importlib._bootstrap_external>",
)
# As many as give a median; the first finds its code and its tool's out of the caches.
N_READINGS = 15
USAGE = "usage: harness.py BACKEND INTERVAL_S FUNCTION SCRIPT [ARGUMENT...]"


class NoReporter:
    """The control, backend "none"."""

    def initial(self) -> None:
        """Nobody looks."""

    begin = end = initial


def load_reporter(backend: str) -> ModuleType | None:
    """reporters/psutil.py under a name of its own, so that its "import psutil" is the tool."""
    if backend == "none":
        return None
    path = os.path.join(HERE, "reporters", backend + ".py")
    if backend.startswith("/"):  # a user's own
        path = backend
    if not os.path.exists(path):
        raise SystemExit(f"memcg-run: {backend}: there is no such reporter in {HERE}/reporters")
    return load_module("memcg_run_reporter", path)


def load_module(name: str, path: str) -> ModuleType:
    loader = SourceFileLoader(name, path)
    module = type(sys)(name)
    module.__file__ = path
    module.__loader__ = loader
    module.__spec__ = ModuleSpec(name, loader, origin=path)
    sys.modules[name] = module
    exec(loader.get_code(name), module.__dict__)
    return module


def prepare_script(path: str) -> Callable[[], Any]:
    """A call that runs the script as "python3 SCRIPT" would. It is compiled here, before task_begin."""
    loader = SourceFileLoader("__main__", path)
    code = loader.source_to_code(loader.get_data(path), path)
    module = type(sys)("__main__")
    module.__file__ = os.path.abspath(path)
    module.__loader__ = loader
    module.__dict__.update(__builtins__=__builtins__, __cached__=None, __annotations__={})
    sys.modules["__main__"] = module
    return lambda: exec(code, module.__dict__)


def prepare_function(path: str, name: str) -> Callable[[], Any]:
    module = load_module(os.path.splitext(os.path.basename(path))[0], path)
    function = getattr(module, name, None)
    if not callable(function):
        raise SystemExit(f"memcg-run: {path} has no function {name}()")
    return function


def without_harness(trace: TracebackType | None) -> TracebackType | None:
    """A traceback from the task's first frame on: not ours, nor those of the loader that we call."""
    while trace is not None and os.path.basename(trace.tb_frame.f_code.co_filename) in OURS:
        trace = trace.tb_next
    return trace


def hide_harness() -> None:
    """Whatever prints the exception that is on its way prints the task's frames alone."""
    task_hook = sys.excepthook

    def hook(kind: type, error: BaseException, trace: TracebackType | None) -> None:
        trace = without_harness(trace)
        task_hook(kind, error.with_traceback(trace), trace)

    sys.excepthook = hook


def time_readings(backend: str, reporter: Any) -> None:
    """What one reading takes, ns. After task_end: nothing of it is in the measurement."""
    read = getattr(reporter, "read", None)
    if read is None:
        return
    sender = memcg_run.Sender(memcg_run.channel(), (f"{backend}.reading_ns",))
    for _ in range(N_READINGS):
        before_ns = time.monotonic_ns()
        read()
        sender.send(before_ns, time.monotonic_ns() - before_ns)


def measure(backend: str, reporter: Any, run: Callable[[], Any]) -> None:
    """Sends the marks around the task; a forked child of it that comes back here sends nothing."""
    process = os.getpid()
    reporter.initial()
    memcg_run.mark_and_wait("task_begin")
    reporter.begin()
    try:
        run()
    finally:
        if os.getpid() == process:
            reporter.end()
            memcg_run.mark_and_wait("task_end")
            time_readings(backend, reporter)


def main(arguments: list[str]) -> None:
    if len(arguments) < 4:
        raise SystemExit(USAGE)
    backend, interval_s, function, script = arguments[:4]
    module = load_reporter(backend)
    reporter = module.Reporter(memcg_run.channel(), float(interval_s)) if module else NoReporter()
    restore_arguments = getattr(module, "restore_arguments", list)
    sys.argv[:] = [script, *restore_arguments(arguments[4:])]
    # The script's own folder first, as Python has it; ours last, for its "import memcg_run".
    sys.path[0] = os.path.dirname(os.path.realpath(script))
    sys.path.append(HERE)
    try:
        run = prepare_script(script) if function == "-" else prepare_function(script, function)
        around = getattr(reporter, "around", None)
        if around:
            around(lambda: measure(backend, reporter, run))
        else:
            measure(backend, reporter, run)
    except BaseException:
        hide_harness()
        raise
