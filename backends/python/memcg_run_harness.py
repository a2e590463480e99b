"""Runs a task in Python between task_begin and task_end, with one reporter.

    python3 harness.py BACKEND INTERVAL_S FUNCTION SCRIPT [ARGUMENT...]

BACKEND is a name, or the path of a reporter's file. FUNCTION "-" runs the whole script as __main__.
Otherwise the script is imported before task_begin, and its function of that name is called between the
marks. Behind "-m" SCRIPT is a module's name: "-m" runs it as "python3 -m" would, "-mwork" calls its work().
Its exceptions and exit status are the same as without the harness.

A task ends when its interpreter does: threads are joined, executors and multiprocessing's children waited
for and exit handlers called, and then task_end is sent. The modules that a script imports before its first
other statement are loaded before task_begin, so they do not count as its data.

A reporter is one file, reporters/<backend>.py, with one class:

    class Reporter:
        def __init__(self, channel: memcg_run.Channel, interval_s: float) -> None
            Before task_begin: imports its tool, opens files, allocates, starts its thread.
        def initial(self) -> None
            Just before task_begin: one sample of every metric, including expensive ones.
        def begin(self) -> None
            The task is about to run: start polling.
        def end(self) -> None
            The task has ended: stop polling, then one sample of every metric.

and, if it reads by itself,

        def read(self) -> object
            Reads once, and sends nothing. It is timed after the task, as <backend>.reading_ns.

and, if its tool calls the task,

        def around(self, measure: Callable[[], None]) -> None
            Calls `measure`: all of the above except the first, and the task. Its exceptions must propagate.

(a tool that runs the whole script sets RUNS_SCRIPT = True in its file: it does its own work after the
task in the same interpreter, and the task must have ended by then),

and, if its tool changes the task's arguments, restore_arguments(arguments) -> arguments.
Metrics are named "<backend>.<what>_<unit>" and sent at once, so a killed task keeps them.

The initial sample is taken just before task_begin, with only the mark itself in between, so it is the
value at the mark. The same applies to the final sample before task_end.
"""

from __future__ import annotations

import atexit
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

# Debian's modules; a virtual environment has no way to them.
TOOLS = "/usr/lib/python3/dist-packages"
HERE = os.path.dirname(os.path.abspath(__file__))
# Where a traceback is not yet in the task: files of ours, and Python's loader that we call.
OURS = (
    "harness.py",
    "memcg_run_harness.py",
    "memory-usage.py",
    "memray.py",
    "<frozen importlib._bootstrap>",
    "<frozen importlib._bootstrap_external>",
    "<frozen importlib.util>",  # from 3.11; before, a file, which find_module names
)
# Enough for a median; the first one runs with cold caches.
N_READINGS = 15
# compile() to a syntax tree; ast.PyCF_ONLY_AST, without importing ast.
ONLY_AST = 0x400
PROFILE_HINT = (
    "memcg-run: @profile is memory_profiler's, and there under backend mprof alone; the script runs under "
    'others with "from memory_profiler import profile", or without the decorator\n'
)
USAGE = "usage: harness.py BACKEND INTERVAL_S FUNCTION SCRIPT [ARGUMENT...]"


class NoReporter:
    """The control, backend "none"."""

    def initial(self) -> None:
        """Does not read."""

    begin = end = initial


def load_reporter(backend: str) -> ModuleType | None:
    """Loads reporters/psutil.py under another name, so that its "import psutil" finds the tool."""
    if backend == "none":
        return None
    path = os.path.join(HERE, "reporters", backend + ".py")
    if backend.startswith("/"):  # a user's own
        path = backend
    if not os.path.exists(path):
        raise SystemExit(f"memcg-run: {backend}: no such reporter in {HERE}/reporters")
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


class LentTools:
    """Debian's folder behind all others, where the interpreter has no way to it: for reporters alone.

    The task imports what its interpreter has.
    """

    def __enter__(self) -> None:
        self._lent = TOOLS not in sys.path
        if self._lent:
            sys.path.append(TOOLS)

    def __exit__(self, *_: object) -> None:
        if self._lent:
            sys.path.remove(TOOLS)


def make_reporter(backend: str, interval_s: float) -> tuple[ModuleType | None, Any]:
    """The reporter's module and the reporter.

    A virtual environment may lack the reporter's tool. Then it is Debian's.
    """
    try:
        with LentTools():
            module = load_reporter(backend)
            return module, module.Reporter(memcg_run.channel(), interval_s) if module else NoReporter()
    except ImportError as error:
        if TOOLS in sys.path:
            raise
        raise SystemExit(
            f"memcg-run: {sys.executable} cannot load what backend {backend} needs, and cannot use "
            f"that in {TOOLS} either ({error}): install it for this interpreter"
        ) from None


def prepare_script(path: str) -> Callable[[], Any]:
    """A call that runs the script as "python3 SCRIPT" would. It is compiled here, before task_begin."""
    loader = SourceFileLoader("__main__", path)
    source = loader.get_data(path)
    code = loader.source_to_code(source, path)
    for name in leading_imports(source, path):
        import_quietly(name)
    return prepare_main(code, loader, os.path.abspath(path))


def prepare_module(name: str) -> Callable[[], Any]:
    """A call that runs the module as "python3 -m NAME" would; of a package it is __main__."""
    spec = find_module(name)
    if spec.submodule_search_locations is not None:
        spec = find_module(name + ".__main__")
    code = spec.loader.get_code(spec.name)
    if code is None:
        raise SystemExit(f"memcg-run: {name} has no code that Python could run")
    source = spec.loader.get_source(spec.name)
    for imported in leading_imports(source, spec.origin) if source else ():
        import_quietly(imported)
    sys.argv[0] = spec.origin
    return prepare_main(code, spec.loader, spec.origin, spec)


def find_module(name: str) -> Any:
    from importlib.util import find_spec  # as "python3 -m" has loaded it

    try:
        spec = find_spec(name)
    except ModuleNotFoundError as error:
        if error.name is None or not (name + ".").startswith(error.name + "."):
            raise  # a package of the task lacks something
        raise SystemExit(f"memcg-run: {sys.executable} finds no module {error.name}") from None
    if spec is None:
        raise SystemExit(f"memcg-run: {sys.executable} finds no module {name}")
    return spec


def prepare_main(code: Any, loader: Any, path: str, spec: Any = None) -> Callable[[], Any]:
    module = type(sys)("__main__")
    module.__file__ = path
    module.__loader__ = loader
    module.__dict__.update(__builtins__=__builtins__, __cached__=None, __annotations__={})
    if spec is not None:
        module.__spec__ = spec
        module.__package__ = spec.parent
        module.__cached__ = spec.cached
    sys.modules["__main__"] = module
    return lambda: exec(code, module.__dict__)


def leading_imports(source: bytes | str, path: str) -> list[str]:
    """The modules that a script imports before its first other statement, in order."""
    names: list[str] = []
    for statement in compile(source, path, "exec", ONLY_AST, dont_inherit=True).body:
        kind = type(statement).__name__
        if kind == "Import":
            names += [alias.name for alias in statement.names]
        elif kind == "ImportFrom" and statement.level == 0:
            names.append(statement.module)
        elif kind != "Expr" or type(statement.value).__name__ != "Constant":
            break
    return names


def import_quietly(name: str) -> None:
    """Errors are left to the script, which imports the module again at its own line."""
    try:
        __import__(name)
    except Exception:
        pass


def prepare_function(module: ModuleType, where: str, name: str) -> Callable[[], Any]:
    function = getattr(module, name, None)
    if not callable(function):
        raise SystemExit(f"memcg-run: {where} has no function {name}()")
    return function


def prepare(function: str, script: str) -> Callable[[], Any]:
    """The task, from the words of the command line."""
    if function == "-":
        return prepare_script(script)
    if function == "-m":
        return prepare_module(script)
    if function.startswith("-m"):
        find_module(script)
        __import__(script)
        return prepare_function(sys.modules[script], script, function[2:])
    name = os.path.splitext(os.path.basename(script))[0]
    return prepare_function(load_module(name, script), script, function)


def without_harness(trace: TracebackType | None) -> TracebackType | None:
    """The traceback from the task's first frame on, without ours and those of the loader that we call."""
    while trace is not None and os.path.basename(trace.tb_frame.f_code.co_filename) in OURS:
        trace = trace.tb_next
    return trace


def hide_harness() -> None:
    """Whatever prints the propagating exception prints only the task's frames."""
    task_hook = sys.excepthook

    def hook(kind: type, error: BaseException, trace: TracebackType | None) -> None:
        trace = without_harness(trace)
        task_hook(kind, error.with_traceback(trace), trace)
        if kind is NameError and getattr(error, "name", None) == "profile":
            sys.stderr.write(PROFILE_HINT)

    sys.excepthook = hook


def time_readings(backend: str, reporter: Any) -> None:
    """The duration of one reading, ns. Runs after task_end, outside the measurement."""
    read = getattr(reporter, "read", None)
    if read is None:
        return
    sender = memcg_run.Sender(memcg_run.channel(), (f"{backend}.reading_ns",))
    for _ in range(N_READINGS):
        before_ns = time.monotonic_ns()
        read()
        sender.send(before_ns, time.monotonic_ns() - before_ns)


class Interval:
    """task_begin and task_end around the task; a forked child that gets here sends nothing."""

    __slots__ = ("_backend", "_process", "_reporter")

    def __init__(self) -> None:
        self._process = 0

    def begin(self, backend: str, reporter: Any) -> None:
        self._backend, self._reporter = backend, reporter
        reporter.initial()
        memcg_run.mark_and_wait("task_begin")
        self._process = os.getpid()
        reporter.begin()

    def end(self) -> None:
        if os.getpid() != self._process:
            return
        self._process = 0
        self._reporter.end()
        memcg_run.mark_and_wait("task_end")
        time_readings(self._backend, self._reporter)


class EndInside:
    """Ends the task as the interpreter's end would, for a tool that continues in the same interpreter.

    The tool's own exit handlers, threads and children, which existed before the task, are left alone.
    """

    def __init__(self) -> None:
        self._process = os.getpid()
        self._handlers: list[tuple[Any, tuple[Any, ...], dict[str, Any]]] = []
        self._children = self._live_children()
        self._register, self._unregister = atexit.register, atexit.unregister
        atexit.register, atexit.unregister = self._add, self._remove

    def _add(self, function: Any, /, *arguments: Any, **keywords: Any) -> Any:
        self._handlers.append((function, arguments, keywords))
        return function

    def _remove(self, function: Any, /) -> None:
        self._handlers[:] = [handler for handler in self._handlers if handler[0] != function]
        self._unregister(function)

    @staticmethod
    def _live_children() -> list[Any]:
        multiprocessing = sys.modules.get("multiprocessing")
        return multiprocessing.active_children() if multiprocessing else []

    def end(self) -> None:
        """Threads and executors, children, exit handlers: in the order of Py_FinalizeEx."""
        atexit.register, atexit.unregister = self._register, self._unregister
        if os.getpid() != self._process:
            return
        threading = sys.modules.get("threading")
        if threading:
            threading._shutdown()
        for child in self._live_children():
            if child not in self._children and not child.daemon:
                child.join()
        while self._handlers:
            function, arguments, keywords = self._handlers.pop()
            try:
                function(*arguments, **keywords)
            except Exception:
                sys.excepthook(*sys.exc_info())


def measure(interval: Interval, backend: str, reporter: Any, run: Callable[[], Any]) -> None:
    """The task's beginning; `interval` ends with the interpreter."""
    interval.begin(backend, reporter)
    run()


def measure_inside(interval: Interval, backend: str, reporter: Any, run: Callable[[], Any]) -> None:
    """Both of its ends, inside a tool."""
    end = EndInside()
    interval.begin(backend, reporter)
    try:
        run()
    finally:
        end.end()
        interval.end()


def main(arguments: list[str]) -> None:
    if len(arguments) < 4:
        raise SystemExit(USAGE)
    backend, interval_s, function, script = arguments[:4]
    interval = Interval()
    # The first that is registered is called last, when all that the task has registered is done.
    atexit.register(interval.end)
    module, reporter = make_reporter(backend, float(interval_s))
    restore_arguments = getattr(module, "restore_arguments", list)
    sys.argv[:] = [script, *restore_arguments(arguments[4:])]
    # The script's own folder first, as Python has it, and the working one for a module; ours last, for its
    # "import memcg_run".
    named = function.startswith("-m")
    sys.path[0] = os.getcwd() if named else os.path.dirname(os.path.realpath(script))
    sys.path.append(HERE)
    try:
        run = prepare(function, script)
        around = getattr(reporter, "around", None)
        if around:
            around(lambda: measure_inside(interval, backend, reporter, run))
        elif getattr(module, "RUNS_SCRIPT", False):
            measure_inside(interval, backend, reporter, run)
        else:
            measure(interval, backend, reporter, run)
    except BaseException:
        hide_harness()
        raise
