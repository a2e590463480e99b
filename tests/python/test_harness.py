"""harness.py: the task runs as it would without it, between two marks."""

from __future__ import annotations

import os
import pathlib
import signal
import subprocess

from fake_runner import HARNESS, MARK, PYTHON, HarnessTest, Result

SHOW = """
import sys
print(__name__, __file__, sys.argv, sys.path[0])
"""


class ScriptTest(HarnessTest):
    """FUNCTION "-": the whole script."""

    def test_runs_between_the_marks(self) -> None:
        script = self.write("task.py", "import memcg_run\nmemcg_run.mark('inside')\n")
        result = self.run_task(script)
        self.assertEqual((result.code, result.stderr), (0, ""))
        self.assertEqual(result.marks(), ["task_begin", "inside", "task_end"])
        self.assertEqual(
            [r.value for r in result.records if r.kind == MARK], [1, 0, 1], "who waits"
        )

    def test_looks_as_python_itself_would_run_it(self) -> None:
        script = self.write("tasks/task.py", SHOW)
        result = self.run_task(script, "a", "--b", "-3")
        folder = os.path.dirname(script)
        self.assertEqual(
            result.stdout,
            f"__main__ {script} {[script, 'a', '--b', '-3']} {folder}\n",
        )

    def test_relative_script_has_an_absolute_file(self) -> None:
        script = self.write("tasks/task.py", SHOW)
        result = self.run_task("tasks/task.py")
        self.assertEqual(
            result.stdout, f"__main__ {script} ['tasks/task.py'] {os.path.dirname(script)}\n"
        )

    def test_main_module_is_the_script(self) -> None:
        """Pickle and multiprocessing look there."""
        script = self.write(
            "task.py",
            "import pickle, sys\n"
            "class Thing: pass\n"
            "assert sys.modules['__main__'].Thing is Thing\n"
            "pickle.loads(pickle.dumps(Thing()))\n"
            "if __name__ == '__main__': print('main')\n",
        )
        result = self.run_task(script)
        self.assertEqual((result.stdout, result.stderr), ("main\n", ""))

    def test_imports_from_its_own_folder(self) -> None:
        self.write("helper.py", "VALUE = 5\n")
        script = self.write("task.py", "import helper\nprint(helper.VALUE)\n")
        self.assertEqual(self.run_task(script).stdout, "5\n")

    def test_exit_code_is_kept(self) -> None:
        script = self.write("task.py", "import sys\nsys.exit(7)\n")
        result = self.run_task(script)
        self.assertEqual((result.code, result.stderr), (7, ""))
        self.assertEqual(result.marks(), ["task_begin", "task_end"])

    def test_exit_with_a_message_prints_it(self) -> None:
        script = self.write("task.py", "raise SystemExit('no data')\n")
        result = self.run_task(script)
        self.assertEqual((result.code, result.stderr), (1, "no data\n"))

    def test_exception_prints_the_task_and_not_the_harness(self) -> None:
        script = self.write("task.py", "def f():\n    raise KeyError('k')\nf()\n")
        result = self.run_task(script)
        self.assertEqual(result.code, 1)
        # From Python 3.13 on, the place is underlined.
        lines = [line for line in result.stderr.splitlines(True) if line.strip(" ~^\n")]
        self.assertEqual(
            "".join(lines),
            "Traceback (most recent call last):\n"
            f'  File "{script}", line 3, in <module>\n'
            "    f()\n"
            f'  File "{script}", line 2, in f\n'
            "    raise KeyError('k')\n"
            "KeyError: 'k'\n",
        )
        self.assertEqual(result.marks(), ["task_begin", "task_end"])

    def test_excepthook_of_the_task_is_used(self) -> None:
        script = self.write(
            "task.py",
            "import sys\n"
            "sys.excepthook = lambda kind, e, trace: print('hook', e, trace.tb_lineno)\n"
            "raise ValueError('v')\n",
        )
        self.assertEqual(self.run_task(script).stdout, "hook v 3\n")

    def test_syntax_error_is_before_the_task(self) -> None:
        script = self.write("task.py", "def f(:\n")
        result = self.run_task(script)
        self.assertEqual((result.code, result.marks()), (1, []))
        self.assertIn("SyntaxError", result.stderr)
        self.assertNotIn("harness", result.stderr)
        self.assertNotIn("Traceback", result.stderr)

    def test_missing_script_is_before_the_task(self) -> None:
        result = self.run_task(os.path.join(self.directory, "none.py"))
        self.assertEqual((result.code, result.marks()), (1, []))
        self.assertIn("none.py", result.stderr)

    def test_signal_ends_it_as_it_ends_python(self) -> None:
        script = self.write("task.py", "import os, signal\nos.kill(os.getpid(), signal.SIGKILL)\n")
        result = self.run_task(script, backend="kernel")
        self.assertEqual(result.code, -signal.SIGKILL)
        self.assertEqual(result.marks(), ["task_begin"])
        self.assertGreater(len(result.samples("kernel.rss_bytes")), 0)

    def test_interrupt_ends_it_as_it_ends_python(self) -> None:
        script = self.write("task.py", "raise KeyboardInterrupt\n")
        result = self.run_task(script)
        self.assertEqual(result.code, -signal.SIGINT)
        self.assertEqual(result.marks(), ["task_begin", "task_end"])

    def assert_inside(self, text: str, *inside: str, function: str = "-") -> None:
        """Under a reporter that polls, and under one whose tool calls the task."""
        script = self.write("task.py", text)
        for backend in ("none", "kernel", "memory-usage"):
            quiet = {"PYTHONWARNINGS": "ignore"}
            result = self.run_task(script, backend=backend, function=function, environment=quiet)
            self.assertEqual((result.code, result.stderr), (0, ""), backend)
            self.assertEqual(result.marks(), ["task_begin", *inside, "task_end"], backend)

    def test_exit_handlers_are_the_tasks(self) -> None:
        self.assert_inside(
            "import atexit, memcg_run\n"
            "atexit.register(memcg_run.mark, 'first')\natexit.register(memcg_run.mark, 'second')\n"
            "atexit.register(print, 'taken back')\natexit.unregister(print)\n",
            "second",
            "first",
        )

    def test_a_thread_is_the_tasks(self) -> None:
        self.assert_inside(
            "import memcg_run, threading, time\n"
            "def work():\n    time.sleep(0.1)\n    memcg_run.mark('thread')\n"
            "threading.Thread(target=work).start()\nmemcg_run.mark('last_line')\n",
            "last_line",
            "thread",
        )

    def test_what_an_executor_has_to_do_is_the_tasks(self) -> None:
        self.assert_inside(
            "from concurrent.futures import ThreadPoolExecutor\nimport memcg_run, time\n"
            "def work():\n    time.sleep(0.1)\n    memcg_run.mark('future')\n"
            "def main(): ThreadPoolExecutor(2).submit(work)\n",
            "future",
            function="main",
        )

    def test_a_process_of_multiprocessing_is_the_tasks(self) -> None:
        self.assert_inside(
            "import memcg_run, multiprocessing, time\n"
            "def work():\n    time.sleep(0.1)\n    memcg_run.mark('process')\n"
            "if __name__ == '__main__': multiprocessing.get_context('fork').Process(target=work).start()\n",
            "process",
        )

    def test_what_it_raises_ends_it_after_its_threads(self) -> None:
        script = self.write(
            "task.py",
            "import memcg_run, threading, time\n"
            "def work():\n    time.sleep(0.1)\n    memcg_run.mark('thread')\n"
            "threading.Thread(target=work).start()\nraise SystemExit(4)\n",
        )
        for backend in ("none", "memory-usage"):
            result = self.run_task(script, backend=backend)
            self.assertEqual(result.code, 4)
            self.assertEqual(result.marks(), ["task_begin", "thread", "task_end"])

    def test_leading_imports_are_before_the_task(self) -> None:
        self.write("early.py", "import memcg_run\nmemcg_run.mark('early')\n")
        self.write("late.py", "import memcg_run\nmemcg_run.mark('late')\n")
        script = self.write(
            "task.py",
            '"A script."\nfrom __future__ import annotations\nimport early\nVALUE = 1\nimport late\n',
        )
        self.assertEqual(self.run_task(script).marks(), ["early", "task_begin", "late", "task_end"])

    def test_import_that_fails_fails_in_the_script(self) -> None:
        script = self.write("task.py", "import os\nimport nonesuch\n")
        result = self.run_task(script)
        self.assertEqual((result.code, result.marks()), (1, ["task_begin", "task_end"]))
        self.assertIn("line 2, in <module>", result.stderr)
        self.assertNotIn("harness", result.stderr)

    def test_profile_is_there_under_mprof_and_explained_under_others(self) -> None:
        script = self.write("task.py", "@profile\ndef work():\n    return 7\nprint(work())\n")
        result = self.run_task(script, backend="mprof")
        self.assertEqual((result.code, result.stdout, result.stderr), (0, "7\n", ""))
        result = self.run_task(script)
        self.assertEqual(result.code, 1)
        self.assertIn("@profile is memory_profiler's, and there under backend mprof alone", result.stderr)

    def test_forked_child_that_comes_back_sends_no_mark(self) -> None:
        script = self.write(
            "task.py",
            "import os, sys\npid = os.fork()\nif pid == 0:\n    sys.exit(3)\n"
            "print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))\n",
        )
        for backend in ("none", "kernel"):
            # From 3.12 on Python warns of a fork beside a thread, as the poller is.
            quiet = {"PYTHONWARNINGS": "ignore"}
            result = self.run_task(script, backend=backend, environment=quiet)
            self.assertEqual((result.stdout, result.stderr), ("3\n", ""))
            self.assertEqual(result.marks(), ["task_begin", "task_end"])

    def test_runs_outside_memcg_run(self) -> None:
        script = self.write("task.py", "print('ran')\n")
        result = self.run_task(script, backend="kernel", environment={"MEMCG_RUN_CHANNEL": ""})
        self.assertEqual((result.code, result.stdout, result.stderr), (0, "ran\n", ""))


class FunctionTest(HarnessTest):
    """FUNCTION: the module's body before task_begin, the function after it."""

    def test_body_runs_before_the_function_inside(self) -> None:
        script = self.write(
            "my-task.py",
            "import memcg_run, sys\n"
            "memcg_run.mark('body')\n"
            "def work():\n"
            "    memcg_run.mark('work')\n"
            "    print(__name__, sys.argv)\n"
            "if __name__ == '__main__': memcg_run.mark('main')\n",
        )
        result = self.run_task(script, "x", function="work")
        self.assertEqual((result.code, result.stderr), (0, ""))
        self.assertEqual(result.marks(), ["body", "task_begin", "work", "task_end"])
        self.assertEqual(result.stdout, f"my-task {[script, 'x']}\n")

    def test_missing_function_is_named(self) -> None:
        script = self.write("task.py", "VALUE = 1\n")
        for name in ("work", "VALUE"):
            result = self.run_task(script, function=name)
            self.assertEqual((result.code, result.marks()), (1, []))
            self.assertEqual(
                result.stderr, f"memcg-run: {script} has no function {name}()\n"
            )

    def test_exception_in_the_body_is_before_the_task(self) -> None:
        script = self.write("task.py", "1 / 0\ndef work(): pass\n")
        result = self.run_task(script, function="work")
        self.assertEqual((result.code, result.marks()), (1, []))
        self.assertIn("ZeroDivisionError", result.stderr)
        self.assertNotIn("harness", result.stderr)


class ModuleTest(HarnessTest):
    """FUNCTION "-m...": a module, found from the working directory, as python3 -m finds it."""

    def test_looks_as_python_itself_would_run_it(self) -> None:
        path = self.write("pack/tool.py", SHOW + "print(__package__, __spec__.name)\n")
        self.write("pack/__init__.py", "")
        result = self.run_task("pack.tool", "a", "--b", function="-m")
        folder = os.path.dirname(os.path.dirname(path))
        self.assertEqual(result.stderr, "")
        self.assertEqual(
            result.stdout,
            f"__main__ {path} {[path, 'a', '--b']} {folder}\npack pack.tool\n",
        )
        self.assertEqual(result.marks(), ["task_begin", "task_end"])

    def test_of_a_package_its_main_is_run(self) -> None:
        self.write("pack/__init__.py", "import memcg_run\nmemcg_run.mark('package')\n")
        self.write(
            "pack/__main__.py", "from .inner import VALUE\nimport memcg_run\nmemcg_run.mark(VALUE)\n"
        )
        self.write("pack/inner.py", "VALUE = 'inside'\n")
        result = self.run_task("pack", function="-m")
        self.assertEqual((result.code, result.stderr), (0, ""))
        self.assertEqual(result.marks(), ["package", "task_begin", "inside", "task_end"])

    def test_folder_without_init_is_a_package_too(self) -> None:
        self.write("pack/__main__.py", "print(__spec__.name)\n")
        result = self.run_task("pack", function="-m")
        self.assertEqual((result.stdout, result.stderr), ("pack.__main__\n", ""))

    def test_its_function_is_called(self) -> None:
        self.write("pack/__init__.py", "")
        self.write("pack/tool.py", "import sys\ndef work(): print(__name__, sys.argv[1:])\n")
        result = self.run_task("pack.tool", "x", function="-mwork")
        self.assertEqual((result.stdout, result.stderr), ("pack.tool ['x']\n", ""))

    def test_missing_module_is_named(self) -> None:
        for function in ("-m", "-mwork"):
            for name in ("nonesuch", "nonesuch.inner"):
                result = self.run_task(name, function=function)
                self.assertEqual((result.code, result.marks()), (1, []))
                self.assertTrue(result.stderr.startswith("memcg-run: "), result.stderr)
                self.assertIn("finds no module nonesuch", result.stderr)


    def test_exception_in_its_package_prints_the_task_and_not_the_harness(self) -> None:
        path = self.write("pack/__init__.py", "raise KeyError('k')\n")
        self.write("pack/__main__.py", "")
        for function in ("-m", "-mwork"):
            result = self.run_task("pack" if function == "-m" else "pack.tool", function=function)
            self.assertEqual(
                result.stderr,
                "Traceback (most recent call last):\n"
                f'  File "{path}", line 1, in <module>\n'
                "    raise KeyError('k')\n"
                "KeyError: 'k'\n",
            )

    def test_what_its_package_lacks_is_not_taken_for_it(self) -> None:
        self.write("pack/__init__.py", "import nonesuch\n")
        self.write("pack/__main__.py", "")
        result = self.run_task("pack", function="-m")
        self.assertIn("ModuleNotFoundError: No module named 'nonesuch'", result.stderr)


class VirtualEnvironmentTest(HarnessTest):
    """An interpreter without the reporters' tools gets Debian's, and the task does not."""

    def run_in(self, site: str, script: str, backend: str) -> Result:
        venv = self.make_venv()
        if site:
            folder = next(venv.glob("lib/python3*/site-packages"))
            (folder / "psutil.py").write_text(site)
        return self.run_command(
            [str(venv / "bin/python"), HARNESS, backend, "0.001", "-", script]
        )

    def make_venv(self) -> pathlib.Path:
        venv = pathlib.Path(self.directory) / "venv"
        subprocess.run([PYTHON, "-m", "venv", "--without-pip", venv], check=True)
        return venv

    def test_reporter_borrows_its_tool(self) -> None:
        script = self.write(
            "task.py",
            "import sys\nprint(sys.prefix != sys.base_prefix, '/usr/lib/python3/dist-packages' in sys.path)\n",
        )
        result = self.run_in("", script, "psutil")
        self.assertEqual((result.stdout, result.stderr), ("True False\n", ""))
        self.assertTrue(result.samples("psutil.rss_bytes"))

    def test_task_does_not_see_what_it_did_not_install(self) -> None:
        script = self.write("task.py", "import psutil\n")
        result = self.run_in("", script, "none")
        self.assertIn("No module named 'psutil'", result.stderr)

    def test_its_own_tool_comes_first(self) -> None:
        script = self.write("task.py", "import psutil\nprint(psutil.WHOSE)\n")
        own = (
            "WHOSE = 'its own'\n"
            "class Process:\n"
            "    def memory_info(self): return type('', (), {'rss': 1, 'vms': 1})\n"
            "    def memory_full_info(self): return type('', (), {'uss': 1, 'pss': 1})\n"
        )
        result = self.run_in(own, script, "psutil")
        self.assertEqual((result.stdout, result.stderr), ("its own\n", ""))

    def test_tool_that_cannot_be_loaded_is_named(self) -> None:
        script = self.write("task.py", "print('task')\n")
        result = self.run_in("raise ImportError('of another Python')", script, "psutil")
        self.assertEqual((result.code, result.stdout), (1, ""))
        self.assertIn("cannot load what backend psutil needs", result.stderr)
        self.assertIn("of another Python", result.stderr)


class CommandLineTest(HarnessTest):
    def test_unknown_backend_is_named(self) -> None:
        script = self.write("task.py", "")
        result = self.run_task(script, backend="nonesuch")
        self.assertEqual(result.code, 1)
        self.assertIn("nonesuch: no such reporter", result.stderr)

    def test_task_may_have_modules_named_as_ours(self) -> None:
        for name in ("harness", "reporters", "poller", "mprof"):
            self.write(f"{name}.py", f"WHO = 'task {name}'\n")
        script = self.write(
            "task.py",
            "import harness, reporters, poller, mprof\n"
            "print(harness.WHO, reporters.WHO, poller.WHO, mprof.WHO)\n",
        )
        result = self.run_task(script, backend="mprof")
        self.assertEqual(result.stdout, "task harness task reporters task poller task mprof\n")
