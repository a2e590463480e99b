#!/usr/bin/env bats
# A run whose files were damaged, one at a time and in each way: resume refuses it, and changes nothing, or makes it
# complete with what was measured before. It never measures again what was sealed.
# bats file_tags=portable

load common
bats_require_minimum_version 1.5.0

# Two runs of three trials, each made once: one that is complete, and one that was ended in its second trial, so that
# two trials are sealed, the second of them as interrupted, and both are in results.h5 too.
setup_file() {
	exec {turn}>/run/lock/memcg-run-tests
	flock --timeout 300 "$turn"
	folder=$BATS_FILE_TMPDIR/experiment
	runs=$BATS_FILE_TMPDIR/output
	mkdir -p "$folder"
	cp "$build"/tests/tasks/* "$folder"/
	experiment steps <<-'TOML'
		[task]
		command = ["./end", "sleep", "{seconds}"]
		[task.parameters]
		# Only the trial that is ended need take its time; "00" is another point than "0".
		seconds = ["0", "1", "00"]
		[trials]
		repetitions = 1
		warmups = 0
		order = "sequential"
	TOML
	run_experiment steps
	[ "$status" -eq 0 ]
	mv "$run_folder" "$BATS_FILE_TMPDIR/complete"
	"$program" --no-pictures --output "$runs" "$folder/steps.toml" 3>&- &
	for _ in $(seq 1200); do
		! grep -qs 'trial 000002: the gate opens' "$runs"/2*/run.log || break
		sleep 0.05
	done
	kill -TERM $!
	wait $! || true
	find_run_folder
	mv "$run_folder" "$BATS_FILE_TMPDIR/ended"
	[ -e "$BATS_FILE_TMPDIR/ended/trials/000002.h5" ]
	for state in complete ended; do
		starts_of "$BATS_FILE_TMPDIR/$state/results.h5" >"$BATS_FILE_TMPDIR/starts-$state"
	done
	flock -u "$turn"
}

# ---- each way in which a file is damaged

turn_a_bit() {
	/usr/bin/python3 -c '
import sys
data = bytearray(open(sys.argv[1], "rb").read())
data[len(data) // 3] ^= 4
open(sys.argv[1], "wb").write(data)' "$1"
}

cut_in_half() {
	truncate -s $(($(stat -c %s "$1") / 2)) "$1"
}

lose_its_end() {
	/usr/bin/python3 -c '
import sys
data = open(sys.argv[1], "rb").read()
open(sys.argv[1], "wb").write(data[:-82] + bytes(82))' "$1"
}

become_empty() {
	: >"$1"
}

be_missing() {
	rm "$1"
}

grow_a_byte() {
	printf x >>"$1"
}

become_a_folder() {
	rm "$1"
	mkdir "$1"
}

become_a_fifo() {
	rm "$1"
	mkfifo "$1"
}

become_a_link() {
	mv "$1" "$1.elsewhere"
	ln -s "$(basename "$1").elsewhere" "$1"
}

# ---- what comes of it

# What every file of a folder is, links and FIFOs too: a resumption that is refused has left all as it was. The log of
# a run that is opened, and the folder of trials, may be used up to there.
state_of() {
	(
		cd "$1" || exit
		find . ! -name run.log ! -path ./trials ! -path . -printf '%P %y\n' | sort
		find . -type f ! -name run.log -exec sha256sum {} + | sort
	)
}

# When the trials that were sealed began: the same for ever.
starts_of() {
	/usr/bin/python3 - "$1" <<-'END'
		import h5py, sys
		with h5py.File(sys.argv[1], "r") as file:
		    for name, trial in file["trials"].items():
		        if trial.attrs["status"] == "ok":
		            print(name, trial.attrs["start_monotonic_ns"])
	END
}

# Damages each file of a run of the state $1 by the function $2, and resumes it.
each_file_of() {
	local file before starts
	for file in results.h5 run.json experiment.toml run.log summary.csv summary.json trials/000001.h5 trials/000002.h5; do
		[ -e "$BATS_FILE_TMPDIR/$1/$file" ] || continue
		run_folder=$BATS_TEST_TMPDIR/run
		rm -rf "$run_folder"
		cp -a "$BATS_FILE_TMPDIR/$1" "$run_folder"
		starts=$(<"$BATS_FILE_TMPDIR/starts-$1")
		"$2" "$run_folder/$file"
		before=$(state_of "$run_folder")
		run timeout 100 "$program" resume --no-pictures "$run_folder"
		echo "--- $1, $file, $2: status $status"
		echo "$output"
		case $status in
		0) is_complete_with "$starts" ;;
		2 | 3) is_refused_at "$before" ;;
		*) return 1 ;;
		esac
		is_as_expected "$1" "$file" "$2"
	done
}

# Every trial that was sealed is the one that it was.
is_complete_with() {
	[ "$(starts_of "$run_folder/results.h5" | grep -cxF "$1")" -eq "$(wc -l <<<"$1")" ]
	holds '[t.status for t in run.trials] == ["ok"] * 3' 'bool(run.attrs["complete"])'
	[ ! -e "$run_folder/trials" ]
}

is_refused_at() {
	[[ $output == *"memcg-run: error: "* ]]
	[ "$(state_of "$run_folder")" = "$1" ]
}

# What holds the measurements, and what the rest follows from, is never passed over.
is_as_expected() {
	case $1,$2,$3 in
	complete,results.h5,* | *,run.json,be_missing | ended,trials/000001.h5,* | *,*,become_a_*) [ "$status" -ne 0 ] ;;
	esac
}

@test "a bit turned" {
	each_file_of complete turn_a_bit
	each_file_of ended turn_a_bit
}

@test "cut in half" {
	each_file_of complete cut_in_half
	each_file_of ended cut_in_half
}

@test "zeros at the end" {
	each_file_of complete lose_its_end
	each_file_of ended lose_its_end
}

@test "empty" {
	each_file_of complete become_empty
	each_file_of ended become_empty
}

@test "missing" {
	each_file_of complete be_missing
	each_file_of ended be_missing
}

@test "a byte more" {
	each_file_of complete grow_a_byte
	each_file_of ended grow_a_byte
}

@test "a folder in its place" {
	each_file_of complete become_a_folder
	each_file_of ended become_a_folder
}

@test "a FIFO in its place" {
	each_file_of complete become_a_fifo
	each_file_of ended become_a_fifo
}

@test "a link in its place" {
	each_file_of complete become_a_link
	each_file_of ended become_a_link
}

@test "a refused run says how to recover its results" {
	run_folder=$BATS_TEST_TMPDIR/run
	cp -a "$BATS_FILE_TMPDIR/complete" "$run_folder"
	turn_a_bit "$run_folder/results.h5"
	run -2 "$program" resume "$run_folder"
	[[ $output == *"cannot resume $run_folder: its trials were measured and are in results.h5 alone, which cannot be read: "* ]]
	[[ $output == *"results.h5 is damaged: "*"restore that file from a copy, read what is left of it with h5dump or h5py"* ]]
}
