"""docs/results/README.md says nothing that the sheets beside it do not: each row of its last table is a claim on one
cell of a sheet, and each run in its first table has a sheet of so many trials."""

from __future__ import annotations

import csv
import unittest
from pathlib import Path

RESULTS = Path(__file__).resolve().parents[2] / "docs" / "results"
CLAIM_COLUMNS = ["claim", "run", "reporter", "phenomenon", "moment", "verdict"]
RUN_COLUMNS = ["run", "machine", "cgroup", "trials", "the sheet"]


def table(columns: list[str]) -> list[dict[str, str]]:
    """The rows of README.md's table that has these columns."""
    rows = []
    for line in (RESULTS / "README.md").read_text(encoding="utf-8").splitlines():
        cells = [cell.strip().strip("`") for cell in line.strip("|").split("|")]
        if rows and not line.startswith("|"):
            break
        if rows or cells == columns:
            rows.append(cells)
    return [dict(zip(columns, cells, strict=True)) for cells in rows[2:]]


def cells(run: str) -> list[dict[str, str]]:
    with open(RESULTS / run / "datasheet.csv", newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


class Claims(unittest.TestCase):
    def test_each_is_a_verdict_of_its_sheet(self) -> None:
        claims = table(CLAIM_COLUMNS)
        verdicts = {(run, cell["metric"], cell["phenomenon"], cell["moment"]): cell["verdict"]
                    for run in {claim["run"] for claim in claims} for cell in cells(run)}
        wrong = [claim for claim in claims
                 if verdicts.get((claim["run"], claim["reporter"], claim["phenomenon"], claim["moment"])) !=
                 claim["verdict"]]
        self.assertEqual(wrong, [])

    def test_there_are_some_of_each_run(self) -> None:
        runs = [claim["run"] for claim in table(CLAIM_COLUMNS)]
        self.assertGreater(runs.count("native"), 20)
        self.assertGreater(runs.count("v2"), 10)

    def test_a_sheet_rests_on_as_many_trials_as_are_said(self) -> None:
        runs = table(RUN_COLUMNS)
        self.assertEqual([run["run"] for run in runs], ["native", "v2"])
        for run in runs:
            trials = {trial for cell in cells(run["run"]) for trial in cell["trials"].split()}
            self.assertEqual(len(trials), int(run["trials"]), run["run"])


if __name__ == "__main__":
    unittest.main()
