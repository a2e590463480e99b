#!/usr/bin/env bats
# The peak as a function of the size, from a real run: what is known of the task has to come out.
# bats file_tags=portable

load common

# A static program that maps and touches so many MiB, and has 1 MiB or less beside.
sweep() {
	experiment sweep <<-'TOML'
		[task]
		command = ["./touch", "{size_mib}"]
		[task.parameters]
		size_mib = [8, 16, 32, 64]
		[trials]
		repetitions = 2
		warmups = 0
	TOML
	run_experiment sweep
	[ "$status" -eq 0 ]
}

@test "fit: a task that touches n MiB costs 1 MiB for each, and the largest size is predicted from the others" {
	sweep
	run "$program" fit --predict 128 "$run_folder"
	echo "$output"
	[ "$status" -eq 0 ]
	[[ $output == *"over n = size_mib, in trials of none."* ]]
	[[ $output == *"8 trials at 4 sizes"* && $output == *"within the interval"* ]]
	[[ $output == *"$run_folder/fit.png"* ]]
	[ -s "$run_folder/fit.png" ]
	[ -s "$run_folder/plots/fit.gp" ]
	/usr/bin/python3 - "$run_folder/fit.csv" <<-'PYTHON'
		import csv, sys
		MIB = 1 << 20
		rows = list(csv.DictReader(open(sys.argv[1])))
		one = {row["row"]: row for row in rows}
		assert len(rows) == 8, rows
		assert {row["model"] for row in rows} == {"a + b*n"}, rows
		assert 0 <= float(one["a"]["fitted"]) <= 2 * MIB, one["a"]
		assert float(one["b"]["low"]) <= MIB <= float(one["b"]["high"]), one["b"]
		assert 0.98 * MIB < float(one["b"]["fitted"]) < 1.02 * MIB, one["b"]
		assert one["check"]["n"] == "64" and one["check"]["verdict"] == "within", one["check"]
		assert 126 * MIB < float(one["prediction"]["fitted"]) < 132 * MIB, one["prediction"]
	PYTHON
	# The picture can be drawn again from its script.
	rm "$run_folder/fit.png"
	(cd "$run_folder/plots" && gnuplot fit.gp)
	[ -s "$run_folder/fit.png" ]
	# Without gnuplot the model is printed all the same.
	run env PATH=/nonexistent "$program" fit "$run_folder"
	[ "$status" -eq 3 ]
	[[ $output == *"peak = "*"apt-get install gnuplot-nox"* ]]
	run "$program" fit --x edge "$run_folder"
	[ "$status" -eq 2 ]
	[[ $output == *"no parameter edge"* ]]
	# Root writes in a user's folder as that user; the tests' own is root's alone.
	place=$(mktemp -d /tmp/memcg-run-test-XXXXXX)
	chmod 755 "$place"
	mkdir "$place/run"
	cp "$run_folder/results.h5" "$place/run/"
	chown -hR 54321:54322 "$place/run"
	run "$program" fit -q "$place/run"
	owners=$(stat -c %u:%g "$place"/run/{fit.csv,fit.png} | sort -u)
	rm -r "$place"
	[ "$status" -eq 0 ]
	[ -z "$output" ]
	[ "$owners" = 54321:54322 ]
}

@test "fit: a run with one size, and a folder that is not a run, are refused with the reason" {
	experiment one <<-'TOML'
		[task]
		command = ["./touch", "8"]
		[trials]
		repetitions = 1
		warmups = 0
	TOML
	run_experiment one
	[ "$status" -eq 0 ]
	run "$program" fit "$run_folder"
	[ "$status" -eq 2 ]
	[[ $output == *"no parameter varies in this run"* ]]
	[ ! -e "$run_folder/fit.csv" ]
	run "$program" fit "$folder"
	[ "$status" -eq 2 ]
	[[ $output == *"results.h5"* ]]
}
