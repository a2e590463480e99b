#!/usr/bin/env bats
# The figures that are asked for under cgroup v2: `make bench-vm` takes them from the runs' folder.

bats_require_minimum_version 1.5.0

@test "a whole trial is measured against the runtime alone" {
	repository=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
	build=${BUILD:-$repository/build}
	BUILD=$build run /usr/bin/python3 "$repository/tests/bench/bench.py" --in-machine container
	echo "$output"
	[ "$status" -eq 0 ]
	cp "$build/tests/bench/figures/container.jsonl" "$repository/output/"
}
