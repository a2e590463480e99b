#!/bin/sh
# tests/tap, through which all tests are run: nothing of what a failed test said is lost, and its exit code is not.
set -u

n=0
folder=$(mktemp -d)
trap 'rm -r "$folder"' EXIT

# $1: what is tested; standard input: a program; $2: its exit code; $3: what is to come through.
passes_on() {
	n=$((n + 1))
	cat >"$folder/program"
	output=$(tests/tap sh "$folder/program" 2>/dev/null) # bash reports a program that was killed
	code=$?
	if [ "$code" = "$2" ] && [ "$output" = "$(printf '%b' "$3")" ]; then
		echo "ok $n - $1"
	else
		printf 'not ok %s - %s\n' "$n" "$1"
		printf '%s\n' "exit code $code:" "$output" | sed 's/^/# /'
	fi
}

echo 1..4
passes_on "of a program that is well only its results" 0 '1..2\nok 1 - a\nok 2 # SKIP b' <<-'SH'
	printf '%s\n' 1..2 '# begins' 'ok 1 - a' '# said' 'not ok 2 # SKIP b' '# ok - tests'
SH
passes_on "all that a failed test says, and nothing of the next" 1 \
	'1..3\n# right before\nnot ok 1 - a\n# why\n# where\nnot ok 2 - b\nok 3 - c' <<-'SH'
	printf '%s\n' 1..3 '# long before' '# right before' 'not ok 1 - a' '# why' '# where' 'not ok 2 - b' 'ok 3 - c' '# x' \
		'# not ok - tests'
	exit 1
SH
passes_on "the last word of a program that ends without a result" 134 '# input-7' <<-'SH'
	printf '%s\n' '# input-6' '# input-7'
	kill -ABRT $$
SH
passes_on "an exit code without a failed test" 3 '1..1\nok 1 - a' <<-'SH'
	printf '%s\n' 1..1 'ok 1 - a'
	exit 3
SH
