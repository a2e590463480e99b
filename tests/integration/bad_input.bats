#!/usr/bin/env bats
# Files that are not what they should be: experiments, folders, results.
# bats file_tags=portable

bats_require_minimum_version 1.5.0
load common

# A run of one trial, without pictures; then `report` reads a copy of its results alone, draws nothing and
# prints what the copy says.
make_results() {
	experiment tiny <<-'END'
		[task]
		command = ["./touch", "1"]
		[trials]
		repetitions = 1
		warmups = 0
	END
	run -0 "$program" --no-pictures --output "$runs" "$folder/tiny.toml"
	results=$(echo "$runs"/2*/results.h5)
	copy=$BATS_TEST_TMPDIR/copy
	mkdir "$copy"
}

report_copy() {
	run env PATH=/nonexistent "$program" report "$copy"
}

# An error that says so, and no table.
assert_refused() {
	[ "$status" -eq 2 ]
	[[ $output == "memcg-run: error: "*"$1"* ]]
	[[ $output != *"kernel's account"* ]]
}

@test "experiments that are too large, too deep or not text are refused before anything is created" {
	truncate -s 100M "$folder/large.toml"
	run -2 "$program" --output "$runs" "$folder/large.toml"
	[[ $output == *"large.toml: larger than 1048576 bytes" ]]

	head -c 1000 /dev/zero >"$folder/zeros.toml"
	run -2 "$program" --output "$runs" "$folder/zeros.toml"
	[[ $output == *"zeros.toml:1:1: error: "* ]]

	printf '[task]\ncommand = ["a\\u0000b"]\n' >"$folder/nul.toml"
	run -2 "$program" --output "$runs" "$folder/nul.toml"
	[[ $output == *"nul.toml:2:12: error: a NUL character in a string"* ]]

	printf 'a = %s\n' "$(printf '[%.0s' $(seq 100000))" >"$folder/deep.toml"
	run -2 "$program" --output "$runs" "$folder/deep.toml"
	[[ $output == *"deep.toml:1:69: error: nested too deeply"* ]]

	run -2 "$program" --output "$runs" "$folder"
	[[ $output == *"Is a directory" ]]
	[ ! -e "$runs" ]
}

@test "a plan of a thousand million trials is refused with its size" {
	experiment billion <<-END
		[task]
		command = ["./touch", "{a}"]
		[task.parameters]
		a = [$(seq -s , 1000)]
		b = [$(seq -s , 1000)]
		[trials]
		repetitions = 1000
		warmups = 0
	END
	run -2 "$program" --output "$runs" "$folder/billion.toml"
	[[ $output == *"the plan has 1000000000 trials ("*"expected at most 999999" ]]
	[ ! -e "$runs" ]
}

@test "paths with blanks, quotes, newlines and dots are paths like others" {
	local odd=$BATS_TEST_TMPDIR/$'a b\n\'"$(c)`d`'

	mkdir "$odd"
	cp "$build/tests/tasks/touch" "$odd/"
	printf '[task]\ncommand = ["./touch", "1"]\n[trials]\nrepetitions = 1\nwarmups = 0\n' >"$odd/x.toml"
	run -0 "$program" --output "$odd/../$(basename "$odd")/out" "$odd/../$(basename "$odd")/x.toml"
	[ -s "$(echo "$odd"/out/2*/memory-usage-comparison.png)" ]
	[ -s "$(echo "$odd"/out/2*/results.h5)" ]
	run -0 "$program" report "$(echo "$odd"/out/2*)"
}

@test "a link in place of the run's folder is not followed" {
	local now name n=0

	mkdir "$runs" "$BATS_TEST_TMPDIR/elsewhere"
	now=$(date +%s)
	# The run's name is of a second to come.
	for n in $(seq 0 60); do
		name=$(date -u -d "@$((now + n))" +%Y%m%dT%H%M%SZ)-tiny
		ln -s "$BATS_TEST_TMPDIR/elsewhere" "$runs/$name"
	done
	printf '[task]\ncommand = ["./touch", "1"]\n[trials]\nrepetitions = 1\nwarmups = 0\n' >"$folder/tiny.toml"
	run -0 "$program" --no-pictures --output "$runs" "$folder/tiny.toml"
	[ -z "$(ls -A "$BATS_TEST_TMPDIR/elsewhere")" ]
	[ -s "$(echo "$runs"/2*-tiny-2/results.h5)" ]
}

@test "results with any byte changed are refused, and never give a wrong number" {
	make_results
	# Places from a seed, so that a failure can be looked at again.
	/usr/bin/python3 - "$results" "$BATS_TEST_TMPDIR" <<-'END'
		import random, sys
		whole = open(sys.argv[1], "rb").read()
		places = random.Random(6)
		for i in range(20):
		    data = bytearray(whole)
		    data[places.randrange(len(data) - 82)] ^= 1 << places.randrange(8)
		    open(f"{sys.argv[2]}/changed-{i}.h5", "wb").write(data)
		for i in range(10):
		    open(f"{sys.argv[2]}/cut-{i}.h5", "wb").write(whole[: places.randrange(len(whole) - 82)])
	END
	cp "$results" "$copy/results.h5"
	report_copy
	[[ $output == *"kernel's account"* ]]
	for file in "$BATS_TEST_TMPDIR"/changed-*.h5; do
		cp "$file" "$copy/results.h5"
		report_copy
		assert_refused "results.h5 is damaged: its content does not match its checksum"
	done
	for file in "$BATS_TEST_TMPDIR"/cut-*.h5; do
		cp "$file" "$copy/results.h5"
		report_copy
		assert_refused "cannot open $copy/results.h5: "
	done
}

@test "results of another program, of a newer version, or changed on purpose" {
	make_results
	/usr/bin/python3 - "$results" "$BATS_TEST_TMPDIR" <<-'END'
		import shutil, sys
		import h5py
		results, folder = sys.argv[1:]
		with h5py.File(f"{folder}/other.h5", "w") as other:
		    other["summary"] = [1, 2, 3]
		def changed(name, change):
		    shutil.copy(results, f"{folder}/{name}.h5")
		    with h5py.File(f"{folder}/{name}.h5", "r+") as file:
		        change(file)
		        if name != "unsaid":
		            del file.attrs["sealed"]
		changed("newer", lambda file: file.attrs.modify("format_version", 2))
		changed("note", lambda file: file.attrs.create("note", "mine"))
		def table_of_numbers(file):
		    del file["summary"]
		    file["summary"] = [[1, 2], [3, 4]]
		changed("table", table_of_numbers)
		changed("unsaid", lambda file: file.attrs.create("note", "mine"))
		open(f"{folder}/longer.h5", "wb").write(open(results, "rb").read() + b"x")
	END
	cp "$BATS_TEST_TMPDIR/other.h5" "$copy/results.h5"
	report_copy
	assert_refused "it is not a results file of memcg-run"
	cp "$BATS_TEST_TMPDIR/newer.h5" "$copy/results.h5"
	report_copy
	assert_refused "its format version is 2, and this memcg-run reads 1"
	cp "$BATS_TEST_TMPDIR/table.h5" "$copy/results.h5"
	report_copy
	assert_refused "/summary"
	cp "$BATS_TEST_TMPDIR/note.h5" "$copy/results.h5"
	report_copy
	[[ $output == *"kernel's account"* ]]
	for file in unsaid longer; do
		cp "$BATS_TEST_TMPDIR/$file.h5" "$copy/results.h5"
		report_copy
		assert_refused "results.h5 has lost its seal: "
	done
	echo "no results" >"$copy/results.h5"
	report_copy
	assert_refused "cannot open $copy/results.h5: "
}

@test "report runs with the rights of the folder's owner" {
	local place

	make_results
	# Where anybody may go: the tests' own folder is root's alone.
	place=$(mktemp -d /tmp/memcg-run-test-XXXXXX)
	chmod 755 "$place"
	mkdir "$place/roots" "$place/run"
	cp "$results" "$place/run/"
	# What its owner could do: lead root's writing elsewhere.
	ln -s "$place/roots/report.html" "$place/run/report.html"
	ln -s "$place/roots" "$place/run/plots"
	chown -hR 54321:54322 "$place/run"
	run "$program" report "$place/run"
	[ -z "$(ls -A "$place/roots")" ]
	rm "$place/run/report.html" "$place/run/plots"
	run -0 "$program" report "$place/run"
	[ "$(stat -c %u:%g "$place"/run/report.html "$place"/run/*.png | sort -u)" = 54321:54322 ]
	rm -r "$place"
}

# Its task is root by number, and could leave a set-user-ID program there for a user of the host.
@test "the folder that a task can write to is closed to the host's users" {
	cat >"$folder/task.py" <<-'END'
		pass
	END
	experiment profiled <<-'END'
		[task]
		python = "task.py"
		[trials]
		repetitions = 1
		warmups = 0
		[backends]
		names = ["mprof"]
	END
	run -0 "$program" --no-pictures --output "$runs" "$folder/profiled.toml"
	[ "$(stat -c %a "$runs"/2*/profiler "$runs"/2*/profiler/000001-mprof | sort -u)" = 700 ]
}
