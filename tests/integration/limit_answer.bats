#!/usr/bin/env bats
# What a search for the smallest limit says in each of its outputs, and the settings to paste, read by what they are for.
# The numbers are tested in tests/unit/test_limit_answer.c, over trials that are given.
# bats file_tags=portable

load common

# A static program that touches 24 MiB, and has 1 MiB or less beside. The survival is low because few trials show it.
search() {
	experiment needs <<-'TOML'
		[task]
		command = ["./touch", "24"]
	TOML
	run "$program" limit --quick --survival 0.5 --curve 2 --output "$runs" "$folder/needs.toml"
	find_run_folder
	echo "$output"
	[ "$status" -eq 0 ]
}

@test "limit: the answer is the same on the terminal, as JSON, as CSV, in the report and in the picture" {
	search
	[[ $output == *"./touch 24: survives from "* ]]
	for file in limit.csv limit.json memory-limit.png report.html; do
		[ -s "$run_folder/$file" ]
		[[ $output == *"$run_folder/$file"* ]]
	done
	# It can be drawn again from its script.
	rm "$run_folder/memory-limit.png"
	(cd "$run_folder/plots" && gnuplot memory-limit.gp)
	[ -s "$run_folder/memory-limit.png" ]
	"$program" report --json "$run_folder" >"$BATS_TEST_TMPDIR/limit.json"
	diff "$BATS_TEST_TMPDIR/limit.json" "$run_folder/limit.json"
	/usr/bin/python3 - "$run_folder" "$output" <<-'PYTHON'
		import csv, html, json, pathlib, re, sys
		MIB = 1 << 20
		folder = pathlib.Path(sys.argv[1])
		answer = json.loads((folder / "limit.json").read_text())
		assert answer["schema"] == "memcg-run limit" and answer["schema_version"] == 1, answer
		(point,) = answer["points"]
		minimal = point["minimal_limit_bytes"]
		assert point["result"] == "found" and point["finished"], point
		# It needs 24 MiB. The limit is at most a step of 1 MiB above its largest peak.
		assert 24 * MIB <= minimal["value"] <= point["peak_bytes"]["interval"]["high"] + 2 * MIB, point
		assert minimal["interval"]["high"] == minimal["value"], minimal
		assert minimal["trials"] >= minimal["survived"] >= 5, minimal
		# A peak that is too short has none.
		floor = point["floor_bytes"]["value"]
		assert floor is None or 23 * MIB <= floor <= point["peak_bytes"]["value"], point
		rows = list(csv.DictReader(open(folder / "limit.csv")))
		assert [int(row["limit_bytes"] or 0) for row in rows] == [
		    row["limit_bytes"] or 0 for row in point["limits"]], rows
		assert [int(row["trials"]) for row in rows] == [row["trials"] for row in point["limits"]], rows
		(marked,) = [row for row in rows if "minimal" in row["marks"].split()]
		assert int(marked["limit_bytes"]) == minimal["value"], rows
		assert rows[-1]["limit_bytes"] == "", rows
		# The text of the report is that of the terminal.
		page = (folder / "report.html").read_text()
		text = html.unescape(re.search("<pre>(.*?)</pre>", page, re.S).group(1)).rstrip()
		assert text in sys.argv[2], text
		assert "What each limit did to the task" in page
	PYTHON
}

@test "limit: each setting to paste is read by what it is for" {
	local setting

	search
	limit_mib=$(jq '(.points[0].setting_bytes / 1048576) | ceil' "$run_folder/limit.json")
	for setting in docker kubernetes systemd slurm snakemake nextflow; do
		"$program" report --emit "$setting" "$run_folder" >"$BATS_TEST_TMPDIR/$setting"
		# Where it comes from: the task, and when it was measured.
		grep -q 'touch 24' "$BATS_TEST_TMPDIR/$setting"
		grep -q "$(jq -r .created "$run_folder/limit.json")" "$BATS_TEST_TMPDIR/$setting"
	done
	cd "$BATS_TEST_TMPDIR"
	grep -qx -- "--memory=${limit_mib}m --memory-swap=${limit_mib}m" docker
	grep -qx "#SBATCH --mem=${limit_mib}M" slurm
	grep -qx "memory '$limit_mib MB'" nextflow
	bash -n slurm
	/usr/bin/python3 - "$limit_mib" <<-'PYTHON'
		import ast, sys, textwrap
		import yaml
		mib = int(sys.argv[1])
		resources = yaml.safe_load(open("kubernetes"))
		size = {"memory": f"{mib}Mi"}
		assert resources == {"resources": {"requests": size, "limits": size}}, resources
		# A rule of Snakemake is Python but for its keyword, which makes a function's arguments of what follows.
		lines = [line for line in open("snakemake") if not line.startswith("#")]
		assert lines[0] == "resources:\n", lines
		call = ast.parse("resources(" + textwrap.dedent("".join(lines[1:])) + ")", mode="eval").body
		(word,) = call.keywords
		assert word.arg == "mem_mb" and (mib - 1) * 1048576 < word.value.value * 1000000, lines
	PYTHON
	type systemd-analyze >/dev/null 2>&1 || return 0
	mkdir -p units/pasted.service.d
	printf '[Service]\nExecStart=/bin/true\n' >units/pasted.service
	cp systemd units/pasted.service.d/memory.conf
	# It prints what it does not understand, also of other units.
	SYSTEMD_UNIT_PATH="$PWD/units:" systemd-analyze verify units/pasted.service 2>verified || true
	cat verified
	run grep 'pasted.*memory.conf' verified
	[ "$status" -eq 1 ]
}

@test "limit: over several sizes, the minimal limit has a law, and a bound for a size that was not measured" {
	experiment sizes <<-'TOML'
		[task]
		command = ["./touch", "{size_mib}"]
		[task.parameters]
		size_mib = [8, 16, 24, 32]
	TOML
	run "$program" limit --quick --survival 0.5 --curve 0 --no-pictures --output "$runs" "$folder/sizes.toml"
	find_run_folder
	echo "$output"
	[ "$status" -eq 0 ]
	run "$program" fit --metric limit --predict 64 "$run_folder"
	echo "$output"
	[ "$status" -eq 0 ]
	[[ $output == *"The minimal memory limit over n = size_mib."*"4 searches at 4 sizes"* ]]
	/usr/bin/python3 - "$run_folder/fit.csv" <<-'PYTHON'
		import csv, sys
		MIB = 1 << 20
		one = {row["row"]: row for row in csv.DictReader(open(sys.argv[1]))}
		assert 0.85 * MIB < float(one["b"]["fitted"]) < 1.15 * MIB, one["b"]
		predicted = one["prediction"]
		assert 60 * MIB < float(predicted["fitted"]) < 72 * MIB, predicted
		assert float(predicted["bound"]) >= float(predicted["fitted"]), predicted
	PYTHON
	# A run that is no search has no limits.
	experiment plain <<-'TOML'
		[task]
		command = ["./touch", "{size_mib}"]
		[task.parameters]
		size_mib = [8, 16, 24]
		[trials]
		repetitions = 1
		warmups = 0
	TOML
	run_experiment plain
	run "$program" fit --metric limit "$run_folder"
	[ "$status" -eq 2 ]
	[[ $output == *"it is not a search for a limit"* ]]
}
