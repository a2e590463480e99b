#!/usr/bin/env bats
# The unit tests, compiled against Debian 13's libraries and run as root on v2: one test a program.

build=${BUILD:-$(cd "$BATS_TEST_DIRNAME/../.." && pwd)/build}

passes() {
	"$1"
}

for program in "$build"/tests/unit/test_*; do
	if [ -f "$program" ] && [ -x "$program" ]; then
		bats_test_function --description "$(basename "$program")" -- passes "$program"
	fi
done
