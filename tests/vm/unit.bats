#!/usr/bin/env bats
# The unit tests, compiled against Debian 13's libraries and run as root on v2: one test a program. Those named in
# `portable` need no machine, and are run by tests/vm/libraries.

build=${BUILD:-$(cd "$BATS_TEST_DIRNAME/../.." && pwd)/build}

# As for tests/integration/common.bash's.
! grep -q 'QEMU TCG' /proc/cpuinfo || BATS_TEST_RETRIES=1

passes() {
	"$1"
}

# bats reads this file anew for each test. To start programs here for each of ninety names took longer than the tests
# where processes are emulated.
declare -A portable
while read -r name; do
	portable[$name]=yes
done < <(grep -v '^#' "$BATS_TEST_DIRNAME/portable")

for program in "$build"/tests/unit/test_*; do
	name=${program##*/}
	if [[ -f $program && -x $program && ! ${portable[$name]:-} ]]; then
		bats_test_function --description "$name" -- passes "$program"
	fi
done
