#!/usr/bin/env bats
# `memcg-run limit` on tasks whose smallest limit is known: tests/integration/tasks/need.c. What they need beside that, of a
# program that does nothing, is measured: it is what their floor without a limit has more than they touch.

load common

# An experiment of standard input, searched: $answer is the file of its JSON. So little is claimed that a search is short.
search() {
	{
		cat
		printf '[limit]\nsurvival = 0.7\nconfidence = 0.8\ncurve = 0\n'
	} | experiment searched
	answer=$BATS_TEST_TMPDIR/answer.json
	"$program" limit --quick --json --no-pictures --output "$runs" "$folder/searched.toml" >"$answer"
}

# Fails, and says why, unless each of the Python conditions holds: `points` by their task's name (answer.py).
finds() {
	/usr/bin/python3 "$repository/tests/integration/answer.py" "$answer" "$@"
}

# A file of 8 MiB on a disk: /tmp may be memory, of which nothing could be dropped.
make_file() {
	disk=$(mktemp -d /var/tmp/memcg-run-limit-XXXXXX)
	head -c 8M /dev/urandom >"$disk/file"
	sync "$disk/file"
}

teardown() {
	rm -rf "${disk:-/nonexistent}"
	nothing_is_left
}

# bats test_tags=kernels
@test "memory that cannot be reclaimed: a ramp, a leak, a share of the limit, a budget, and chance" {
	search <<-'TOML'
		[tasks.ramp]
		command = ["./need", "ramp", "24"]
		[tasks.leak]
		command = ["./need", "leak", "8", "32"]
		[tasks.share]
		command = ["./need", "share", "60", "8", "24"]
		[tasks.budget]
		command = ["./need", "budget", "24", "2"]
		[tasks.spread]
		command = ["./need", "spread", "20", "2"]
		[container]
		runtime = "none"
	TOML
	finds 'points["ramp"].is_sharp_at(24 * MIB + base)' \
		'points["leak"].is_sharp_at(8 * MIB + base)' \
		'points["share"].is_sharp_at(8 * MIB + base)' \
		'points["share"].adapts' \
		'points["budget"].is_sharp_at(26 * MIB)' \
		'points["budget"].dies_by == "own_error"' \
		'not any(points[name].adapts for name in ("ramp", "leak", "spread"))' \
		'points["ramp"].dies_by == "oom_killed"' \
		'points["spread"].found' \
		'20 * MIB + base - slack <= points["spread"].high <= 23 * MIB + base + slack'
}

@test "a ramp in a container" {
	search <<-'TOML'
		[tasks.ramp]
		command = ["./need", "ramp", "24"]
	TOML
	finds 'points["ramp"].is_sharp_at(points["ramp"].floor)' 'points["ramp"].floor >= 24 * MIB - slack'
}

# All of the file can be reclaimed, and read again.
# bats test_tags=kernels
@test "page cache: pages of a file at random, and in order" {
	make_file
	search <<-TOML
		[tasks.random]
		command = ["./need", "random", "4", "$disk/file", "4096"]
		[tasks.cyclic]
		command = ["./need", "cyclic", "4", "$disk/file", "3"]
		[container]
		runtime = "none"
	TOML
	finds 'all(point.holds(4 * MIB + point.base(4 * MIB)) for point in points.values())' \
		'all(point.high < 6 * MIB and 4 * MIB < point.floor < 5 * MIB for point in points.values())' \
		'all(point.page_cache_share > 0.5 for point in points.values())'
}
