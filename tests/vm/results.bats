#!/usr/bin/env bats
# The data sheet's experiment in the machine, each trial once: scripts/results takes the run. Emulated, a trial takes
# seconds: so without a container, and each stage is held until the slowest reporter has looked.

load ../integration/common

@test "every phenomenon under every reporter" {
	cp -r "$repository/experiments/tasks" "$folder/"
	sed -e "s/^hold_s = .*/hold_s = $(unless_emulated 0.025 0.8)/" \
		-e 's/^\[container\]$/&\nruntime = "none"/' -e '/^mounts = /d' \
		"$repository/experiments/datasheet.toml" >"$folder/datasheet.toml"
	run "$program" --quick --no-pictures --output "$repository/output" "$folder/datasheet.toml"
	echo "$output"
	# Exit code 1 says that trials were not ok: the sheet counts them.
	[ "$status" -le 1 ]
	nothing_is_left
}
