"""docs/results/README.md says nothing that the data sheets beside it do not: each row of its last table is a claim
on one cell of a sheet."""

from __future__ import annotations

import csv
import os
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
RESULTS = os.path.join(ROOT, "docs", "results")
COLUMNS = ["claim", "run", "reporter", "phenomenon", "moment", "verdict"]


def claims() -> list[dict[str, str]]:
    """The rows of the table that has these columns."""
    rows = []
    with open(os.path.join(RESULTS, "README.md"), encoding="utf-8") as file:
        for line in file:
            if line.startswith("|"):
                rows.append([cell.strip().strip("`") for cell in line.strip().strip("|").split("|")])
    begin = rows.index(COLUMNS) + 2
    return [dict(zip(COLUMNS, row)) for row in rows[begin:]]


def sheet(run: str) -> dict[tuple[str, str, str], dict[str, str]]:
    with open(os.path.join(RESULTS, run, "datasheet.csv"), newline="", encoding="utf-8") as file:
        return {(cell["metric"], cell["phenomenon"], cell["moment"]): cell for cell in csv.DictReader(file)}


class Claims(unittest.TestCase):
    def test_each_is_what_its_sheet_says(self) -> None:
        sheets = {run: sheet(run) for run in {claim["run"] for claim in claims()}}
        for claim in claims():
            cell = sheets[claim["run"]].get((claim["reporter"], claim["phenomenon"], claim["moment"]))
            with self.subTest(claim["claim"]):
                self.assertIsNotNone(cell)
                self.assertEqual(cell["verdict"], claim["verdict"])

    def test_there_are_some_of_each_run(self) -> None:
        runs = [claim["run"] for claim in claims()]
        self.assertGreater(runs.count("native"), 10)
        self.assertGreater(runs.count("v2"), 3)


if __name__ == "__main__":
    unittest.main()
