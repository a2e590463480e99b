"""report.html of a trial of 10^7 samples: its size, and how long headless Chromium takes to open it."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

from context import Context
from figures import Figure, Measurement
from intervals import median

FIGURES = [
    Figure("page.size", "report.html of 10^7 samples", "MB", at_most=5),
    Figure("page.opening", "to open it in headless Chromium", "s", at_most=2),
    Figure("page.peak", "its chart zoomed to the peak, every sample in view", "of 1", at_least=1),
]

BROWSER = Path(__file__).resolve().parents[2] / "integration" / "browser.py"
ZOOM = """[...document.querySelectorAll("button")].find((button) => button.textContent === "peak").click();
    document.querySelector("figure [role=status]").textContent"""


def run(context: Context) -> Iterator[Measurement]:
    n, repetitions = 10**7, 1 if context.quick else 5
    folder = context.work / "page"
    folder.mkdir(parents=True)
    context.say(f"making {n:.0e} samples")
    subprocess.run([context.programs / "make_results", "samples", folder, str(n), str(n * 618 // 1000)], check=True)
    subprocess.run([context.program, "report", "--quiet", folder], check=True)
    page = folder / "report.html"
    seen = []
    for number in range(repetitions):
        context.say(f"opening {number + 1} of {repetitions}")
        seen.append(json.loads(subprocess.run([BROWSER, page, ZOOM], check=True, capture_output=True).stdout))
    yield Measurement("page.size", page.stat().st_size / 1e6, "dygraphs and the pictures for those without scripts included")
    yield Measurement("page.opening", median([one["opened_s"] for one in seen]),
                      f"median of {repetitions}, until it has loaded and drawn its charts")
    yield Measurement("page.peak", float(all(one["values"] == ["In view is every sample."] for one in seen)), "what stands below it")
