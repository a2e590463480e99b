#!/usr/bin/env bats
# The unit tests, compiled against Debian 13's libraries and run as root on v2: one test a program. Those named in
# `portable` need no machine, and are run by tests/vm/libraries.

build=${BUILD:-$(cd "$BATS_TEST_DIRNAME/../.." && pwd)/build}

# As for tests/integration/common.bash's.
! grep -q 'QEMU TCG' /proc/cpuinfo || BATS_TEST_RETRIES=1

passes() {
	"$1"
}

for program in "$build"/tests/unit/test_*; do
	if [ -f "$program" ] && [ -x "$program" ] &&
		! grep -qx "$(basename "$program")" "$BATS_TEST_DIRNAME/portable"; then
		bats_test_function --description "$(basename "$program")" -- passes "$program"
	fi
done
