#!/usr/bin/python3
"""Runs the tests in tests/python and tells of them in TAP, as the other tests do."""

from __future__ import annotations

import os
import sys
import unittest


class TapResult(unittest.TestResult):
    """One line a test, as it ends; what failed, as comments below it."""

    n_told = 0

    def tell(self, verdict: str, test: unittest.TestCase, directive: str = "") -> None:
        self.n_told += 1
        print(f"{verdict} {self.n_told} - {test.id()}{directive}", flush=True)

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


def main() -> int:
    folder = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "python")
    sys.dont_write_bytecode = True
    result = TapResult()
    unittest.defaultTestLoader.discover(folder).run(result)
    print(f"1..{result.n_told}")
    return 0 if result.wasSuccessful() else 1


if __name__ == "__main__":
    sys.exit(main())
