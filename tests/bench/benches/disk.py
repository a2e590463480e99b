"""What a sample takes on disk, for the two experiments that a user meets first."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator

from context import Context
from figures import Figure, Measurement

FIGURES = [
    Figure("disk.ramp", "bytes a sample on disk, ramp at 10 kHz", "bytes", at_most=2.5),
    Figure("disk.envelope", "bytes a sample on disk, envelope at 10 kHz", "bytes", at_most=2.5),
]

COLUMNS = ("time_ns", "current_bytes")


def run(context: Context) -> Iterator[Measurement]:
    for name in ("ramp", "envelope"):
        context.say(f"{name} at 10 kHz")
        folder = context.work / f"disk-{name}"
        shutil.copytree(context.project / "experiments", folder)
        path = folder / f"{name}.toml"
        path.write_text(at_10_khz(path.read_text(), 1 if context.quick else 3))
        finished = context.run(path)
        references = [trial["reference"] for trial in finished.trials()]
        samples = sum(len(reference["time_ns"]) for reference in references)
        stored = [sum(reference[column].id.get_storage_size() for reference in references) for column in COLUMNS]
        whole = (finished.folder / "results.h5").stat().st_size
        yield Measurement(
            f"disk.{name}", sum(stored) / samples,
            f"{samples} samples of {len(references)} trials: {stored[0] / samples:.2f} bytes of time, "
            f"{stored[1] / samples:.2f} of value; the whole results.h5 {whole / 1e6:.1f} MB",
        )


def at_10_khz(text: str, repetitions: int) -> str:
    text = re.sub(r"^rate_hz = .*$", "rate_hz = 10000", text, flags=re.MULTILINE)
    text = re.sub(r"^names = .*$", 'names = ["none"]', text, flags=re.MULTILINE)
    return re.sub(r"^repetitions = .*$", f"repetitions = {repetitions}", text, flags=re.MULTILINE)
