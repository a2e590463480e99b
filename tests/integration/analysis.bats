#!/usr/bin/env bats
# The recipes of docs/analysis.md, run as they stand there, and what memcg_run.results reads of a real run. On the host
# alone: the machine's root has no pandas.
# bats file_tags=portable,host

# shellcheck disable=SC2030,SC2031
load common
bats_require_minimum_version 1.5.0

# A user's tools: the program of this tree, and Python's modules. sudo is for those who are not root.
use_this_tree() {
	mkdir -p "$BATS_TEST_TMPDIR/bin"
	printf '#!/bin/sh\nexec "$@"\n' >"$BATS_TEST_TMPDIR/bin/sudo"
	chmod +x "$BATS_TEST_TMPDIR/bin/sudo"
	export PATH=$BATS_TEST_TMPDIR/bin:$build:$PATH PYTHONPATH=$repository/python
	export PYTHONDONTWRITEBYTECODE=1
	cd "$folder" || return
}

# Each block of code of the page, with two repetitions instead of ten, in a file named after its number and language.
extract_blocks() {
	sed 's/-r 10 -w 1 /-r 2 -w 1 /' "$repository/docs/analysis.md" |
		awk '/^```/ { inside = !inside; name = sprintf("block-%02d.%s", n += inside, substr($0, 4)); next }
			inside { print >name }'
}

run_block() {
	case $1 in
	*.sh) bash -eu "$1" ;;
	*.python) /usr/bin/python3 "$1" ;;
	*.gnuplot) gnuplot "$1" ;;
	*.r) Rscript "$1" ;;
	*) echo "$1 is in no language that is known here" && return 1 ;;
	esac
}

# Runs the blocks in these languages; each must succeed, and Python must print no warning. What each prints is in
# printed-NUMBER.
run_blocks() {
	local block

	for block in block-*; do
		[[ " $* " == *" ${block#*.} "* ]] || continue
		run --separate-stderr run_block "$block"
		echo "$block: exit status $status"
		cat "$block"
		# shellcheck disable=SC2154 # bats's
		echo "$output" "$stderr"
		[ "$status" -eq 0 ]
		[[ $block != *.python || -z $stderr ]]
		echo "$output" >"printed-${block//[!0-9]/}"
	done
}

@test "each recipe of docs/analysis.md runs, and their numbers are those of the table" {
	use_this_tree
	extract_blocks
	# A language of the page that is not run here would not be noticed otherwise.
	[ -z "$(find . -name 'block-*' -regextype egrep ! -regex '.*\.(sh|python|gnuplot|r|text)')" ]
	run_blocks sh python gnuplot
	for picture in peaks.pdf trace.pdf; do
		[ "$(head -c 4 "$picture")" = %PDF ]
	done
	/usr/bin/python3 - "$repository/docs/analysis.md" <<-'PYTHON'
		import math, sys
		from memcg_run import results

		run = results.Run("output/latest")
		trials = results.load("output/*")
		assert len(trials) == 2 * 3 * 2 * 2, trials
		assert len(results.load("output/*", warmups=True)) == len(trials) + 12
		assert trials.attrs["parameters"] == ["kind", "n"] and trials.n.dtype == "int64", trials.dtypes
		assert list(trials.run.unique()) == [run.summary["run"]["id"]], trials.run
		assert list(trials.kernel.unique()) == [run.summary["host"]["kernel"]]
		page = open(sys.argv[1]).read()
		undocumented = {name for name in trials if f"\x60{name}\x60" not in page} - {"kind", "n"}
		assert not undocumented, undocumented
		compared = 0
		for point in run.summary["points"]:
		    for backend in point["backends"]:
		        same = trials[trials.backend == backend["backend"]]
		        for name, value in point["parameters"].items():
		            same = same[same[name] == value]
		        reported = backend["reported"] or {}
		        for column, statistics, scale in (
		            ("initial_bytes", backend["initial_bytes"], 1),
		            ("peak_bytes", backend["peak_bytes"], 1),
		            ("final_bytes", backend["final_bytes"], 1),
		            ("maxrss_bytes", backend["maxrss_bytes"], 1),
		            ("wall_s", backend["wall_ns"], 1e9),
		            ("cpu_s", backend["cpu_ns"], 1e9),
		            ("reported_initial_bytes", reported.get("initial_bytes"), 1),
		            ("reported_peak_bytes", reported.get("peak_bytes"), 1),
		        ):
		            values = same[column].dropna() * scale
		            if statistics is None:
		                assert len(values) == 0, column
		                continue
		            assert len(values) == statistics["n"] == 2, (column, len(values))
		            for name in "median", "minimum", "maximum":
		                value = getattr(values, {"minimum": "min", "maximum": "max"}.get(name, name))()
		                assert math.isclose(value, statistics[name], rel_tol=1e-9, abs_tol=1), (column, name, value, statistics)
		            compared += 1
		        typical = backend["typical_trial"]["trial"]
		        row = trials[trials.trial == typical].iloc[0]
		        trace = run.trace(typical)
		        # The kernel's own peak is at least what was sampled within the interval.
		        assert trace.loc[0 : row.wall_s].max() <= row.peak_bytes
		        assert trace.index[0] < 0 and trace.index.is_monotonic_increasing
		        composition = run.composition(typical)
		        assert (composition >= 0).all(axis=None) and composition.anon_bytes.max() > 0
		        if reported:
		            assert run.trace(typical, reported["metric"]).max() >= row.reported_peak_bytes
		# 6 points: of none 6 statistics each, of psutil 8.
		assert compared == 6 * 6 + 6 * 8, compared
	PYTHON
	# h5py, SQLite and pandas see the same peaks: of two trials the median is the mean.
	/usr/bin/python3 - <<-'PYTHON'
		import glob, re
		texts = {name: open(name).read() for name in glob.glob("printed-*")}
		h5py, = (t for t in texts.values() if re.match(r"\d+ samples in", t))
		sqlite, = (t for t in texts.values() if "mean_peak_mib" in t)
		rows = [line.split() for line in sqlite.splitlines()[2:]]
		other = {tuple(line.split()[:3]): float(line.split()[3]) for line in h5py.splitlines()[1:]}
		assert len(rows) == len(other) == 12, (sqlite, h5py)
		for kind, n, backend, trials, mean in rows:
		    assert trials == "2" and abs(float(mean) - other[kind, n, backend]) < 0.01, (kind, n, backend, mean)
	PYTHON
}

@test "the recipe for R reads a run" {
	Rscript -e 'library(hdf5r)' >/dev/null 2>&1 || skip "Rscript or its package hdf5r is not installed"
	use_this_tree
	extract_blocks
	run_blocks sh r
	grep -qE '^[0-9]+ samples in [0-9.]+ s, at most [0-9.]+ MiB$' printed-*
}
