"""memcg_run.py: what a task's own calls send, and what they do outside memcg-run."""

from __future__ import annotations

import os
import pathlib
import re
import socket
import subprocess

from fake_runner import (
    MARK,
    METRIC,
    PYTHON,
    PYTHON_DIRECTORY,
    ROOT,
    SAMPLE,
    TRUTH,
    HarnessTest,
)


class ChannelTest(HarnessTest):
    def run_python(self, text: str, environment: dict[str, str] | None = None):
        script = self.write("task.py", text)
        return self.run_command(
            [PYTHON, script], {"PYTHONPATH": PYTHON_DIRECTORY, **(environment or {})}
        )

    def run_alone(self, text: str, environment: dict[str, str] | None = None):
        """Outside memcg-run."""
        kept = {k: v for k, v in os.environ.items() if not k.startswith("MEMCG_RUN_")}
        kept.update({"PYTHONPATH": PYTHON_DIRECTORY, **(environment or {})})
        return subprocess.run(
            [PYTHON, "-c", "import memcg_run\n" + text],
            env=kept,
            capture_output=True,
            text=True,
            timeout=30,
        )

    def test_the_channel_is_that_of_the_c_header(self) -> None:
        """Both sides write the protocol down: what one has the other has."""
        header = pathlib.Path(ROOT, "backends/native/memcg_run.h").read_text(encoding="utf-8")
        texts = dict(re.findall(r'#define MEMCG_RUN_([A-Z_]+) "([^"]*)"', header))
        numbers = dict(re.findall(r"#define MEMCG_RUN_([A-Z_]+) (?:UINT32_C\()?(\w+)", header))
        types = dict(re.findall(r"\bMEMCG_RUN_([A-Z]+) = (\d+)", header))
        result = self.run_alone(
            "for name in 'MARK', 'SAMPLE', 'TRUTH', 'METRIC', 'ACK': print(name, getattr(memcg_run, name))\n"
            "print(memcg_run._MAGIC, memcg_run._NAME_MAX, memcg_run.ENVIRONMENT)\n"
            "print(*memcg_run._TRUTH_KINDS)\n"
        )
        lines = result.stdout.splitlines()
        self.assertEqual(dict(line.split() for line in lines[:5]), types)
        self.assertEqual(
            lines[5].split(),
            [
                str(int(numbers["MAGIC"], 16)),
                str(int(numbers["NAME_MAX"]) - 1),
                texts["ENVIRONMENT"],
            ],
        )
        kinds = [texts[name] for name in ("REQUESTED", "TOUCHED", "CHARGED", "UNIQUE")]
        self.assertEqual(lines[6].split(), kinds)

    def test_calls_become_records_in_order(self) -> None:
        result = self.run_python(
            "import memcg_run\n"
            "memcg_run.mark('loaded')\n"
            "memcg_run.truth(1 << 20)\n"
            "memcg_run.truth(3, 'touched')\n"
            "memcg_run.truth(2, 'charged')\n"
            "memcg_run.sample('numpy.cache_bytes', 2**64 - 1)\n"
            "memcg_run.channel().metric('numpy.peak_bytes', memcg_run.HIGH_WATER)\n"
            "memcg_run.mark_and_wait('done')\n"
        )
        self.assertEqual(result.stderr, "")
        self.assertEqual(
            [(r.kind, r.name, r.value) for r in result.records],
            [
                (MARK, "loaded", 0),
                (TRUTH, "", 1048576),
                (TRUTH, "", 3),
                (TRUTH, "charged", 2),
                (SAMPLE, "numpy.cache_bytes", 2**64 - 1),
                (METRIC, "numpy.peak_bytes", 1),
                (MARK, "done", 1),
            ],
        )
        times = [record.time_ns for record in result.records]
        self.assertEqual(times, sorted(times))

    def test_mark_and_wait_waits_for_the_acknowledgement(self) -> None:
        """A runner that does not answer holds the task; one that goes away lets it go on."""
        script = self.write("task.py", "import memcg_run\nmemcg_run.mark_and_wait('x')\n")
        path = os.path.join(self.directory, "silent")
        with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as listener:
            listener.bind(path)
            listener.listen(1)
            environment = {"PYTHONPATH": PYTHON_DIRECTORY, "MEMCG_RUN_CHANNEL": path}
            task = subprocess.Popen([PYTHON, script], env={**os.environ, **environment})
            connection, _ = listener.accept()
            self.assertEqual(len(connection.recv(4096)), 88)
            with self.assertRaises(subprocess.TimeoutExpired):
                task.wait(0.2)
            connection.close()
            self.assertEqual(task.wait(30), 0)

    def test_outside_memcg_run_nothing_happens(self) -> None:
        done = self.run_alone(
            "memcg_run.mark('a')\nmemcg_run.mark_and_wait('b')\nmemcg_run.truth(1)\n"
            "memcg_run.sample('a.b_bytes', 1)\n"
        )
        self.assertEqual((done.returncode, done.stdout, done.stderr), (0, "", ""))

    def test_nobody_listening_is_outside(self) -> None:
        done = self.run_alone(
            "memcg_run.mark_and_wait('b')", {"MEMCG_RUN_CHANNEL": "/nonexistent/channel"}
        )
        self.assertEqual((done.returncode, done.stderr), (0, ""))

    def test_bad_names_and_values_are_refused_everywhere(self) -> None:
        for call in (
            "mark('')",
            "mark('two words')",
            "mark('n\\u00e4me')",
            "mark('x' * 64)",
            "truth(-1)",
            "truth(2**64)",
            "truth(1.5)",
            "truth(1, 'held')",
            "truth(1, '')",
            "sample('a.b_bytes', None)",
        ):
            done = self.run_alone(f"memcg_run.{call}")
            self.assertEqual(done.returncode, 1, call)
            self.assertIn("ValueError", done.stderr, call)
        self.assertEqual(self.run_alone("memcg_run.mark('x' * 63)").returncode, 0)

    def test_numpy_numbers_are_numbers(self) -> None:
        result = self.run_python(
            "import memcg_run\n"
            "class Number:\n"
            "    def __index__(self): return 7\n"
            "memcg_run.truth(Number())\n"
        )
        self.assertEqual([r.value for r in result.records], [7])

    def test_forked_child_has_a_connection_of_its_own(self) -> None:
        """Two processes that wait on one connection would take each other's acknowledgements."""
        result = self.run_python(
            "import memcg_run, os\n"
            "memcg_run.mark('parent')\n"
            "if os.fork() == 0:\n"
            "    memcg_run.mark_and_wait('child')\n"
            "    os._exit(0)\n"
            "memcg_run.mark_and_wait('parent_waits')\n"
            "os.wait()\n"
        )
        connections = {record.name: record.connection for record in result.records}
        self.assertEqual(connections, {"parent": 0, "parent_waits": 0, "child": 1})

    def test_threads_may_send_at_the_same_time(self) -> None:
        result = self.run_python(
            "import memcg_run, threading\n"
            "def send(k):\n"
            "    for i in range(500): memcg_run.sample(f't.n{k}_bytes', k * 1000 + i)\n"
            "threads = [threading.Thread(target=send, args=(k,)) for k in range(4)]\n"
            "[t.start() for t in threads]; [t.join() for t in threads]\n"
        )
        for k in range(4):
            values = [record.value for record in result.samples(f"t.n{k}_bytes")]
            self.assertEqual(values, [k * 1000 + i for i in range(500)])

    def test_import_does_nothing(self) -> None:
        result = self.run_python("import memcg_run\n")
        self.assertEqual(result.records, [])


class ParameterTest(ChannelTest):
    def value(self, call: str, **parameters: str) -> str:
        environment = {f"MEMCG_RUN_PARAM_{name}": text for name, text in parameters.items()}
        done = self.run_alone(f"print(repr(memcg_run.{call}))", environment)
        return done.stdout.strip() or done.stderr.strip().splitlines()[-1]

    def test_is_text_unless_converted(self) -> None:
        self.assertEqual(self.value("parameter('size')", size="64"), "'64'")
        self.assertEqual(self.value("parameter('size', int)", size="64"), "64")
        self.assertEqual(self.value("parameter('size', float)", size="0.5"), "0.5")

    def test_false_is_false(self) -> None:
        self.assertEqual(self.value("parameter('fast', bool)", fast="false"), "False")
        self.assertEqual(self.value("parameter('fast', bool)", fast="true"), "True")

    def test_given_value_goes_before_the_default(self) -> None:
        self.assertEqual(self.value("parameter('size', int, default=1)", size="2"), "2")

    def test_default_is_taken_as_it_stands(self) -> None:
        self.assertEqual(self.value("parameter('size', int, default=None)"), "None")

    def test_missing_one_says_what_to_do(self) -> None:
        message = self.value("parameter('size', int)")
        self.assertIn("LookupError: parameter size is not set", message)
        self.assertIn("MEMCG_RUN_PARAM_size=VALUE", message)

    def test_bad_value_names_the_parameter(self) -> None:
        self.assertIn("ValueError: parameter size:", self.value("parameter('size', int)", size="x"))
        self.assertIn("neither true nor false", self.value("parameter('f', bool)", f="yes"))
