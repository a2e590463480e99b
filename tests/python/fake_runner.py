"""A runner for tests: listens as memcg-run does, acknowledges marks, keeps the records."""

from __future__ import annotations

import os
import socket
import struct
import subprocess
import tempfile
import threading
import unittest
from typing import NamedTuple, Sequence

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
PYTHON_DIRECTORY = os.path.join(ROOT, "backends", "python")
HARNESS = os.path.join(PYTHON_DIRECTORY, "harness.py")
PYTHON = "/usr/bin/python3"

MARK, SAMPLE, TRUTH, METRIC, ACK = 1, 2, 3, 4, 5
RECORD = struct.Struct("=IIQQ64s")
MAGIC = 0x3152434D
TIMEOUT_S = 30.0


class Record(NamedTuple):
    kind: int
    time_ns: int
    value: int
    name: str
    connection: int  # which, in the order of their coming


class Result(NamedTuple):
    code: int
    stdout: str
    stderr: str
    records: list[Record]

    def marks(self) -> list[str]:
        return [record.name for record in self.records if record.kind == MARK]

    def samples(self, name: str) -> list[Record]:
        return [r for r in self.records if r.kind == SAMPLE and r.name == name]

    def at(self, mark: str) -> int:
        """When a mark was set, in ns."""
        return next(r.time_ns for r in self.records if r.kind == MARK and r.name == mark)


class Runner:
    """Serves every connection to its end, each in a thread."""

    def __init__(self, directory: str) -> None:
        self.path = os.path.join(directory, "channel")
        self.records: list[Record] = []
        self._lock = threading.Lock()
        self._listener = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._listener.bind(self.path)
        self._listener.listen(16)
        self._threads: list[threading.Thread] = []
        self._acceptor = threading.Thread(target=self._accept, daemon=True)
        self._acceptor.start()

    def close(self) -> None:
        """To be called when the task is gone: waits until all that it sent has been read.

        Connections are accepted in order, so one of our own comes after those that the task left.
        """
        with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as last:
            last.connect(self.path)
            self._acceptor.join(TIMEOUT_S)
        self._listener.close()
        for thread in self._threads:
            thread.join(TIMEOUT_S)

    def _accept(self) -> None:
        while True:
            connection, _ = self._listener.accept()
            credentials = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12)
            if struct.unpack("iii", credentials)[0] == os.getpid():
                connection.close()
                return
            arguments = (connection, len(self._threads))
            thread = threading.Thread(target=self._serve, args=arguments, daemon=True)
            self._threads.append(thread)
            thread.start()

    def _serve(self, connection: socket.socket, index: int) -> None:
        with connection:
            while packet := connection.recv(65536):
                for at in range(0, len(packet), RECORD.size):
                    self._take(connection, index, packet[at : at + RECORD.size])

    def _take(self, connection: socket.socket, index: int, data: bytes) -> None:
        magic, kind, time_ns, value, name = RECORD.unpack(data)
        assert magic == MAGIC, "a record without the magic number"
        with self._lock:
            text = name.rstrip(b"\0").decode()
            self.records.append(Record(kind, time_ns, value, text, index))
        if kind == MARK and value == 1:
            connection.sendall(RECORD.pack(MAGIC, ACK, time_ns, 0, name))


class HarnessTest(unittest.TestCase):
    """Scripts are written to a folder of their own and run below the harness."""

    def setUp(self) -> None:
        self._folder = tempfile.TemporaryDirectory()
        self.addCleanup(self._folder.cleanup)
        self.directory = self._folder.name

    def write(self, name: str, text: str) -> str:
        path = os.path.join(self.directory, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        return path

    def run_command(
        self, command: Sequence[str], environment: dict[str, str] | None = None
    ) -> Result:
        runner = Runner(self.directory)
        done = subprocess.run(
            command,
            env={**os.environ, "MEMCG_RUN_CHANNEL": runner.path, **(environment or {})},
            cwd=self.directory,
            capture_output=True,
            text=True,
            timeout=TIMEOUT_S,
        )
        runner.close()
        os.unlink(runner.path)
        return Result(done.returncode, done.stdout, done.stderr, runner.records)

    def run_task(
        self,
        script: str,
        *arguments: str,
        backend: str = "none",
        function: str = "-",
        interval_s: float = 0.001,
        environment: dict[str, str] | None = None,
    ) -> Result:
        command = [PYTHON, HARNESS, backend, str(interval_s), function, script, *arguments]
        return self.run_command(command, environment)
