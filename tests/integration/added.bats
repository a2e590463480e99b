#!/usr/bin/env bats
# Backends that a user adds: the two of docs/adding-a-backend.md as they stand there, and what is refused.
# bats file_tags=portable

load common

# A file of the manual's examples, by its name there, into the experiment's folder.
example() {
	mkdir -p "$folder/backends"
	awk -v name="$1" '
		$0 == "`" name "`:" { taken = 1; next }
		taken && /^    / { printf "%s%s\n", blank, substr($0, 5); blank = ""; begun = 1; next }
		taken && /^$/ { if (begun) blank = blank "\n"; next }
		taken { exit }
	' "$repository/docs/adding-a-backend.md" >"$folder/$1"
	[ -s "$folder/$1" ]
}

examples() {
	example backends/anon.toml
	example backends/anon
	chmod +x "$folder/backends/anon"
	example backends/rss-anon.toml
	example backends/rss-anon.py
}

# An experiment over a Python task that takes 32 MiB, with these backends.
with_backends() {
	cat >"$folder/task.py" <<-'PYTHON'
		import time

		def run():
		    global held
		    held = bytearray(32 << 20)
		    time.sleep(0.1)
	PYTHON
	experiment added <<-TOML
		[task]
		python = "task.py"
		function = "run"
		[trials]
		repetitions = 1
		warmups = 0
		[backends]
		path = "backends"
		names = [$1]
		[container]
		runtime = "${2:-runc}"
	TOML
}

# The experiment is refused before anything is made, with this sentence.
refused() {
	run "$program" check "$folder/added.toml"
	echo "$output"
	[ "$status" -eq 2 ]
	[[ $output == *"$1"* ]]
}

@test "the manual's two examples, in a container and without one" {
	examples
	for runtime in runc none; do
		rm -rf "$runs"
		with_backends '"none", "anon", "rss-anon"' "$runtime"
		run_experiment added
		echo "$output"
		[ "$status" -eq 0 ]
		holds 'all(t.status == "ok" and t.reporter_failure is None for t in run.trials)'
		for metric in anon.charged_bytes anon.largest_bytes rss-anon.resident_bytes; do
			holds "31 <= run.of('${metric%%.*}')[0].rise('$metric') / MIB <= 34" \
				"'$metric' in [m.decode() for m in run.file['summary']['metric']]"
		done
		holds 'run.of("anon")[0].metric("anon.largest_bytes")["kind"] in ("high-water mark", b"high-water mark")' \
			'run.of("anon")[0].metric("anon.reading_ns")["peak"] > 0'
		# They have a row in the table, by their headlines.
		grep -Eq '^anon +1/1 +[0-9.]+ +[0-9.]+ ' <<<"$output"
		grep -Eq '^rss-anon +1/1 +[0-9.]+ +[0-9.]+ ' <<<"$output"
		holds 'run.attrs["headline.anon"] in ("anon.charged_bytes", b"anon.charged_bytes")'
	done
	# So they have when it is reported again from the results alone.
	rm -rf "$folder/backends"
	run "$program" report "$run_folder"
	[ "$status" -eq 0 ]
	grep -Eq '^anon +1/1 +[0-9.]+ +[0-9.]+ ' <<<"$output"
}

@test "an external backend works with a command, an in-process one does not" {
	examples
	experiment added <<-'TOML'
		[task]
		command = ["./touch", "16", "100"]
		[trials]
		repetitions = 1
		warmups = 0
		[backends]
		path = "backends"
		names = ["anon"]
		[container]
		runtime = "none"
	TOML
	run_experiment added
	[ "$status" -eq 0 ]
	# memory.stat may lag by 64 pages a CPU: half a MiB on two.
	holds '15.5 <= run.trials[0].rise("anon.charged_bytes") / MIB <= 17'
	sed -i 's/"anon"/"rss-anon"/' "$folder/added.toml"
	refused '"rss-anon" runs inside a Python task'
}

@test "mistakes in an added backend are reported with its file" {
	examples
	with_backends '"annon"'
	refused '"anon" or "rss-anon"; did you mean "anon"?'

	with_backends '"anon"'
	chmod -x "$folder/backends/anon"
	refused "/backends/anon: chmod +x it: Permission denied"
	cp "$folder/backends/rss-anon.py" "$folder/backends/anon.py"
	refused "/backends/anon (external) exist; remove one"
	rm "$folder/backends"/anon{,.py}
	refused "/backends/anon.toml has no reporter: expected"

	example backends/anon
	chmod +x "$folder/backends/anon"
	echo 'sumary = "x"' >>"$folder/backends/anon.toml"
	refused "/backends/anon.toml:3:1: sumary: unknown key; expected summary and headline"
	echo 'summary = "x"' >"$folder/backends/anon.toml"
	refused "/backends/anon.toml has no headline"
	echo 'headline = "other.charged_bytes"' >>"$folder/backends/anon.toml"
	refused '/backends/anon.toml:2:12: headline: found "other.charged_bytes"; expected one of its metrics, "anon.<what>_bytes"'
	echo 'summary = ' >"$folder/backends/anon.toml"
	refused "/backends/anon.toml:1:"

	mv "$folder/backends/rss-anon.toml" "$folder/backends/psutil.toml"
	with_backends '"psutil"'
	refused "\"psutil\" is already the name of a built-in backend: rename the one in $folder/backends"
	rm -r "$folder/backends"
	refused 'backends.path: found "backends"; expected an existing folder'
}

@test "root refuses a reporter that others can change" {
	[ "$(id -u)" -eq 0 ]
	examples
	with_backends '"anon"'
	run "$program" check "$folder/added.toml"
	[ "$status" -eq 0 ]
	chmod o+w "$folder/backends/anon"
	refused "/backends/anon is writable by others; root runs only what they cannot change: chmod go-w it"
	chmod o-w "$folder/backends/anon"
	chmod g+w "$folder/backends"
	refused "/backends is writable by others"
	chmod g-w "$folder/backends"
	chown nobody "$folder/backends/anon.toml"
	refused "/backends/anon.toml belongs to user $(id -u nobody); root runs only what root or the calling user owns: chown it"
	# It is nobody who called sudo.
	SUDO_UID=$(id -u nobody) run "$program" check "$folder/added.toml"
	[ "$status" -eq 0 ]
}
