#!/usr/bin/env bats
# The experiments that ship run as they are: here each of them once, to see that its task does.
# bats file_tags=portable

load common

# An experiment of the repository with one repetition, no warm-up and one value a sweep.
once() {
	cp -r "$repository/experiments/tasks" "$folder/"
	sed -E -e 's/^repetitions = .*/repetitions = 1/' -e 's/^warmups = .*/warmups = 0/' \
		-e 's/^(size_mib|edge|block_mib|lines|rows|functions) = \[([0-9]+),.*/\1 = \2/' \
		-e 's/^(shape) = \[("[^"]+"),.*/\1 = \2/' \
		-e "s/^small_objects = .*/small_objects = $small_objects/" \
		"$repository/experiments/$1.toml" | experiment "$1"
	run_experiment "$1"
}

@test "ramp" {
	once ramp
	[ "$status" -eq 0 ]
	holds 'len(run.trials) == 7 and all(t.status == "ok" for t in run.trials)'
}

@test "backends" {
	# Records that Python makes one by one, under twelve reporters.
	small_objects=$(unless_emulated 400_000 40_000)
	once backends
	[ "$status" -eq 0 ]
	holds 'len(run.trials) == 12 and all(t.status == "ok" for t in run.trials)'
	# Records of four objects beside blocks of 64 MiB: the truth is what they are, 400,000 of them 36 MiB and more.
	holds "all(t.truth_peak() > 64 * MIB + 36 * MIB * $small_objects // 400_000 for t in run.trials)"
}

@test "envelope" {
	once envelope
	[ "$status" -eq 0 ]
	holds 'len(run.trials) == 5 and all(t.status == "ok" for t in run.trials)'
	# The cube of 96 samples a side and its complex spectrum are there at once: 4 + 8 bytes a sample.
	holds 'all(t.rise("reference") > 96**3 * 12 for t in run.trials)'
}

@test "structure_tensor" {
	once structure_tensor
	[ "$status" -eq 0 ]
	# The cube, its three gradients, the tensor's six entries and one product are there at once: 4 bytes each.
	holds 'all(t.status == "ok" for t in run.trials) and len(run.trials) == 1' \
		'all(48 * 64 * 96 * 40 < t.rise("reference") < 48 * 64 * 96 * 60 + 8 * MIB for t in run.trials)'
}

@test "gaussian" {
	once gaussian
	[ "$status" -eq 0 ]
	# The cube and the smooth one.
	holds 'all(t.status == "ok" for t in run.trials) and len(run.trials) == 1' \
		'all(64 * 96 * 128 * 8 < t.rise("reference") < 64 * 96 * 128 * 16 + 8 * MIB for t in run.trials)'
}

@test "gzip, sort, sqlite3 and gcc" {
	local name

	for name in gzip sort sqlite3 gcc; do
		once "$name"
		[ "$status" -eq 0 ]
		holds 'len(run.trials) == 1 and run.trials[0].status == "ok"' \
			'MIB <= run.trials[0].reference["peak_bytes"] <= 64 * MIB'
	done
	# gcc's compiler proper takes more than the driver does, and than any of the others' first sizes.
	holds 'run.trials[0].reference["peak_bytes"] > 8 * MIB'
}

@test "command" {
	once command
	[ "$status" -eq 0 ]
	holds 'all(16 * MIB <= t.reference["peak_bytes"] <= 18 * MIB for t in run.trials)'
}

# Those of the folder limit, which are for `memcg-run limit`, as ordinary runs of one trial.
@test "limit: numpy, cache, sort and java" {
	local name disk

	cp -r "$repository/experiments/limit/tasks" "$folder/"
	# A file on a disk, where no other run has one.
	disk=$(mktemp -d /var/tmp/experiments-XXXXXX)
	for name in numpy cache sort java; do
		[ "$name" != java ] || command -v javac || continue
		sed -E -e 's/^\[trials\]/&\nrepetitions = 1\nwarmups = 0/' -e 's/lines = 7800000/lines = 100000/' \
			-e 's/count=128/count=16/' -e "s#\"/var/tmp:#\"$disk:#" "$repository/experiments/limit/$name.toml" | experiment "$name"
		run_experiment "$name"
		echo "$output"
		[ "$status" -eq 0 ]
		holds 'len(run.trials) == 1 and run.trials[0].status == "ok"'
		case $name in
			numpy) holds '240 * MIB < run.trials[0].reference["peak_bytes"] < 300 * MIB' ;;
			# The file was dropped before, so its pages are in the peak.
			cache) holds '12 * MIB < run.trials[0].slow_attrs("composition")["file_bytes"] < 24 * MIB' ;;
			java) holds '60 * MIB < run.trials[0].reference["peak_bytes"]' ;;
		esac
	done
	# What setup made, teardown removed.
	rmdir "$disk"
}
