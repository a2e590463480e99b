#!/usr/bin/env bats
# A search for the smallest memory limit, end to end: its points, its exit status, its folder, and one that was killed.

load common

# Two points that touch 8 and 24 MiB; a survival of 50 % is shown by few trials, and nothing is drawn.
search_of_two_points() {
	experiment two <<-'TOML'
		[task]
		command = ["./touch", "{size}"]
		[task.parameters]
		size = [8, 24]
		[trials]
		warmups = 0
		[limit]
		survival = 0.5
		confidence = 0.5
		curve = 0
		[container]
		runtime = "none"
	TOML
}

search() {
	run "$program" limit --no-pictures --output "$runs" "$folder/$1.toml"
	echo "$output"
	find_run_folder
}

# The answer of the folder, as JSON.
answer() {
	"$program" report --json "$run_folder"
}

# Each point has a limit: no smaller than what it touches.
is_found() {
	answer >"$BATS_TEST_TMPDIR/answer.json"
	/usr/bin/python3 - "$BATS_TEST_TMPDIR/answer.json" <<-'PY'
		import json, sys
		points = json.load(open(sys.argv[1]))["points"]
		assert len(points) == 2, points
		for point, mib in zip(points, (8, 24)):
		    least = point["minimal_limit_bytes"]["value"]
		    assert least >= mib << 20, point
		    rows = {row["limit_bytes"]: row for row in point["limits"]}
		    assert rows[least]["survived"] == rows[least]["trials"] > 0, rows
		    assert rows[None]["survived"] == rows[None]["trials"] > 0, rows
		    assert all(row["survived"] == 0 for limit, row in rows.items() if limit and limit < mib << 20), rows
	PY
}

@test "limit: each point has its limit, and the folder gives the answer again" {
	local died

	search_of_two_points
	search two
	# That trials died on the way is no failure.
	[ "$status" -eq 0 ]
	is_found
	run "$program" report --emit docker "$run_folder"
	echo "$output"
	[ "$status" -eq 0 ]
	[ "$(grep -c -- '^--memory=[0-9]*m --memory-swap=[0-9]*m$' <<<"$output")" -eq 2 ]
	# The first that died at its limit is shown as any other trial.
	died=$(query 'next(int(t.order) for t in run.trials if t.status != "ok")')
	run "$program" show "$run_folder" "$died"
	echo "$output"
	[[ $status -eq 0 && $output == *memory* ]]
}

@test "limit: a task that dies without a limit has none" {
	experiment dies <<-'TOML'
		[task]
		command = ["/bin/sh", "-c", "echo no luck >&2; exit 3"]
		[trials]
		warmups = 0
		[limit]
		survival = 0.5
		confidence = 0.5
		curve = 0
		[container]
		runtime = "none"
	TOML
	search dies
	[ "$status" -eq 1 ]
	[[ $output == *"exited with code 3"* ]]
	[ "$(answer | jq '.points[0].minimal_limit_bytes.value')" = null ]
	# A setting that is not there is no empty one.
	run "$program" report --emit docker "$run_folder"
	echo "$output"
	[ "$status" -eq 1 ]
	[[ $output == *"there is no limit to set"* ]]
}

@test "limit: the setting has the swap that the trials had" {
	experiment swap <<-'TOML'
		[task]
		command = ["./touch", "8"]
		[trials]
		warmups = 0
		[limits]
		swap_max = "max"
		[limit]
		survival = 0.5
		confidence = 0.5
		curve = 0
		[container]
		runtime = "none"
	TOML
	search swap
	[ "$status" -eq 0 ]
	"$program" report --emit docker "$run_folder" | grep -q -- ' --memory-swap=-1$'
}

@test "limit: a killed search is resumed to its answer, and keeps the trials that were sealed" {
	search_of_two_points
	"$program" limit --no-pictures --output "$runs" "$folder/two.toml" >"$BATS_TEST_TMPDIR/printed" 2>&1 3>&- &
	runner=$!
	for _ in $(seq 1200); do
		! grep -qs 'trial 000007: the gate opens' "$runs"/2*/run.log || break
		sleep 0.02
	done
	kill -KILL "$runner"
	wait "$runner" || true
	find_run_folder
	[ -e "$run_folder/trials/000001.h5" ]
	starts=$(/usr/bin/python3 -c 'import h5py, sys
print([int(h5py.File(f)["/"].attrs["start_realtime_ns"]) for f in sys.argv[1:]])' \
		"$run_folder"/trials/00000[1-6].h5)
	run "$program" resume --no-pictures "$run_folder"
	echo "$output"
	[ "$status" -eq 0 ]
	holds 'bool(run.attrs["complete"])' \
		"[int(t.start_realtime_ns) for t in run.trials[:6]] == $starts" \
		'[int(t.order) for t in run.trials] == list(range(1, len(run.trials) + 1))'
	is_found
	# Complete: there is nothing to go on with.
	run "$program" resume "$run_folder"
	[ "$status" -eq 0 ]
}
