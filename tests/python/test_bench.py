"""tests/bench: what it says of a figure, and where it writes it."""

from __future__ import annotations

import sys
import tempfile
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "bench"))

import intervals
import lines
import table
from context import toml
from figures import Figure, Measurement

AT_MOST = Figure("a.most", "no more", "x", at_most=1.25)
AT_LEAST = Figure("a.least", "no less", "of 20", at_least=20)
TOLD = Figure("a.told", "for comparison", "MiB")


class Figures(unittest.TestCase):
    def test_target_itself_is_met(self) -> None:
        self.assertTrue(AT_MOST.met(1.25))
        self.assertFalse(AT_MOST.met(1.26))
        self.assertTrue(AT_LEAST.met(20))
        self.assertFalse(AT_LEAST.met(19))

    def test_without_target_is_neither_met_nor_not(self) -> None:
        self.assertIsNone(TOLD.met(3.0))
        self.assertEqual(TOLD.target, "-")

    def test_numbers_have_their_units(self) -> None:
        self.assertEqual(AT_MOST.target, "at most 1.25 x")
        self.assertEqual(AT_LEAST.format(19.0), "19 of 20")


class Document(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.path = Path(folder.name) / "benchmarks.md"

    def write(self, quick: bool) -> str:
        line = lines.make(AT_MOST, Measurement("a.most", 1.3, "so", (1.2, 1.4)), quick, load=0.25)
        self.path.write_text(f"before\n{table.BEGIN}old\n{table.END}\nafter\n")
        table.write_document(self.path, [AT_MOST, TOLD], {"a.most": line})
        return self.path.read_text()

    def test_what_stands_around_the_figures_stays(self) -> None:
        text = self.write(quick=False)
        self.assertTrue(text.startswith("before\n"))
        self.assertTrue(text.endswith("\nafter\n"))
        self.assertNotIn("old", text)

    def test_every_figure_has_a_row(self) -> None:
        text = self.write(quick=False)
        self.assertIn("| no more | at most 1.25 x | 1.3 x | 1.2 x to 1.4 x | NO |", text)
        self.assertIn("| for comparison | - | not measured | - | - |", text)
        self.assertIn("| no more | so | 0.2 |", text)

    def test_quick_one_is_no_measurement(self) -> None:
        self.assertIn("| no more | at most 1.25 x | not measured | - | - |", self.write(quick=True))

    def test_without_place_for_figures_is_refused(self) -> None:
        self.path.write_text("nothing\n")
        with self.assertRaises(SystemExit):
            table.write_document(self.path, [AT_MOST], {})


class Numbers(unittest.TestCase):
    def test_interval_holds_the_median(self) -> None:
        low, high = intervals.median_interval([1.0, 2.0, 3.0, 4.0, 5.0])
        self.assertLessEqual(1.0, low)
        self.assertLess(low, 3.0)
        self.assertLess(3.0, high)
        self.assertLessEqual(high, 5.0)

    def test_interval_of_equal_values_is_that_value(self) -> None:
        self.assertEqual(intervals.median_interval([2.0] * 9), (2.0, 2.0))

    def test_toml_of_values(self) -> None:
        self.assertEqual(toml(["a\"b", 1, True, 0.5]), '["a\\"b", 1, true, 0.5]')


if __name__ == "__main__":
    unittest.main()
