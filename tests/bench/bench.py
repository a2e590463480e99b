#!/usr/bin/python3
"""bench.py [--quick] [NAME...]: runs the benchmarks, all unless named, and prints the table of figures.

    --quick   short: for trying out. Never written to docs/benchmarks.md
    --vm      runs what is asked of cgroup v2 in the machine of tests/vm instead
    --table   runs nothing: the table, and docs/benchmarks.md, of what was measured last
    --list    the names

What a benchmark measured is kept as lines of JSON in build/tests/bench/figures/NAME.jsonl (NAME-v2.jsonl: in
the machine). Without names and --quick, docs/benchmarks.md is written from all that there is. Needs root.
"""

from __future__ import annotations

import argparse
import importlib
import os
import subprocess
import sys
from pathlib import Path

import lines
import table
from context import BenchError, Context
from figures import Bench

NAMES = ("spin", "sleep", "disturbance", "storage", "container", "oneline", "disk", "report", "page", "gather", "spike",
         "peaks", "placement", "datasheet", "compare", "limit-search")
PROJECT = Path(__file__).resolve().parents[2]
DOCUMENT = PROJECT / "docs" / "benchmarks.md"


def main() -> int:
    arguments = parse_arguments()
    if arguments.list:
        print("\n".join(NAMES))
        return 0
    build = Path(os.environ.get("BUILD", PROJECT / "build"))
    context = Context(PROJECT, build, arguments.quick, arguments.in_machine)
    benches = {name: importlib.import_module(f"benches.{name.replace('-', '_')}") for name in NAMES}
    kept = context.programs / "figures"
    failed = []
    if arguments.vm:
        run_in_machine(context, kept)
    elif not arguments.table:
        failed = run_benches(context, {name: benches[name] for name in arguments.names or NAMES}, kept)
    figures = [figure for bench in benches.values() for figure in bench.FIGURES]
    measured = lines.read(kept)
    print(table.for_terminal(figures, measured))
    if not arguments.quick and not arguments.names and not failed and not arguments.in_machine:
        table.write_document(DOCUMENT, figures, measured)
    for name, cause in failed:
        print(f"bench: {name}: {cause}", file=sys.stderr)
    return 1 if failed else 0


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Runs the benchmarks.")
    parser.add_argument("--quick", action="store_true", help="short, for trying out")
    parser.add_argument("--vm", action="store_true", help="in the machine of tests/vm, what is asked of cgroup v2")
    parser.add_argument("--in-machine", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--table", action="store_true", help="run nothing, show what was measured last")
    parser.add_argument("--list", action="store_true", help="show the names")
    parser.add_argument("names", nargs="*", metavar="NAME", choices=[*NAMES, []], help="benchmarks; all unless named")
    arguments = parser.parse_args()
    if not (arguments.list or arguments.table) and os.geteuid() != 0:
        parser.error("needs root")
    return arguments


def run_benches(context: Context, benches: dict[str, Bench], kept: Path) -> list[tuple[str, str]]:
    """Each by itself: one that fails does not take the others with it. Returns those, and why."""
    failed = []
    for name, bench in benches.items():
        print(name, flush=True)
        context.clear()
        load = os.getloadavg()[0]
        texts = {figure.key: figure for figure in bench.FIGURES}
        measured = []
        try:
            for measurement in bench.run(context):
                line = lines.make(texts[measurement.key], measurement, context.quick, load)
                measured.append(line)
                print(lines.text_of(line), flush=True)
            lines.write(kept, name, measured)
        except (BenchError, OSError, subprocess.SubprocessError) as error:
            failed.append((name, str(error)))
            print(f"  failed: {error}", flush=True)
    context.clear()
    return failed


def run_in_machine(context: Context, kept: Path) -> None:
    """tests/vm/bench.bats runs this program there, and leaves its lines in the folder of outputs."""
    environment = {
        "MEMCG_RUN_VM_TEST_TIMEOUT_S": "2400", "MEMCG_RUN_VM_TIMEOUT_S": "3000",
    } | os.environ
    subprocess.run([context.project / "tests/vm/run", "tests/vm/bench.bats"], check=True, env=environment)
    made = Path(os.environ.get("MEMCG_RUN_VM_OUTPUT", context.project / "build" / "vm")) / "6.12" / "output"
    lines.write(kept, "container-v2", lines.read_file(made / "container.jsonl"))


if __name__ == "__main__":
    sys.exit(main())
