#!/usr/bin/python3
"""Runs the tests in tests/python and tells of them in TAP, as the other tests do.

Each file in a process of its own: a child begins with the high-water mark that its parent has at exec, so
that modules which one file imports would be in what another measures.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import unittest

FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "python")


class TapResult(unittest.TestResult):
    """One line a test, as it ends; what failed, as comments below it."""

    def tell(self, verdict: str, test: unittest.TestCase, directive: str = "") -> None:
        print(f"{verdict} - {test.id()}{directive}", flush=True)

    def addSuccess(self, test: unittest.TestCase) -> None:
        self.tell("ok", test)

    def addSkip(self, test: unittest.TestCase, reason: str) -> None:
        self.tell("ok", test, f" # SKIP {reason}")

    def addFailure(self, test: unittest.TestCase, error) -> None:
        super().addFailure(test, error)
        self.tell("not ok", test)
        for line in self.failures[-1][1].splitlines():
            print("#", line)

    def addError(self, test: unittest.TestCase, error) -> None:
        super().addError(test, error)
        self.tell("not ok", test)
        for line in self.errors[-1][1].splitlines():
            print("#", line)


def run_file(name: str) -> int:
    result = TapResult()
    unittest.defaultTestLoader.discover(FOLDER, pattern=name).run(result)
    return 0 if result.wasSuccessful() else 1


def tell_file(name: str) -> tuple[int, int]:
    """Runs it in a process of its own: the tests it told of, and its exit code."""
    n_told = 0
    with subprocess.Popen([sys.executable, "-B", __file__, name], stdout=subprocess.PIPE) as process:
        for line in process.stdout:
            n_told += line.startswith((b"ok", b"not ok"))
            sys.stdout.buffer.write(line)
            sys.stdout.flush()
    if n_told == 0:
        print(f"not ok - {name} has no test, or died of {process.returncode} before its first")
    return max(n_told, 1), process.returncode


def main() -> int:
    files = sorted(name for name in os.listdir(FOLDER) if re.fullmatch(r"test_\w+\.py", name))
    told = [tell_file(name) for name in files]
    print(f"1..{sum(n for n, _ in told)}")
    return 0 if files and all(code == 0 for _, code in told) else 1


if __name__ == "__main__":
    sys.exit(run_file(sys.argv[1]) if len(sys.argv) > 1 else main())
