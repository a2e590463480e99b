#!/usr/bin/env bats
# report.html in headless Chromium. On the host alone: the machine's root has no Chromium.
# bats file_tags=portable,host

# shellcheck disable=SC2030,SC2031
load common

# Two points, one of which has a name that would end the script, and two backends; twenty steps of 1 MiB.
make_report() {
	cat >"$folder/steps.py" <<-'PY'
		import time
		held = []
		for _ in range(20):
		    held.append(bytearray(1 << 20))
		    time.sleep(0.01)
	PY
	experiment page <<-'TOML'
		[task]
		python = "steps.py"
		[task.parameters]
		word = ["plain", "</script><script>document.title = 'taken'</script>"]
		[backends]
		names = ["none", "psutil"]
		[trials]
		repetitions = 1
		warmups = 0
		[container]
		runtime = "none"
	TOML
	run_experiment_with_pictures page
	echo "$output"
	[ "$status" -eq 0 ]
	page=$run_folder/report.html
}

# What the page is after each expression, in $seen: browser.py's line.
browse() {
	seen=$("$BATS_TEST_DIRNAME"/browser.py "$@")
	echo "$seen"
	# Not one error in the console, nothing refused by the policy, nothing fetched.
	[ "$(jq -c '[.console, .requests]' <<<"$seen")" = '[[],[]]' ]
}

value() {
	jq -r ".values[$1]" <<<"$seen"
}

# Drags over the first chart, from one part of its width to another.
drag="(from, to) => {
	const chart = document.querySelector('.chart');
	const canvas = [...chart.querySelectorAll('canvas')].pop();
	const box = canvas.getBoundingClientRect();
	const at = (part) => ({ bubbles: true, cancelable: true, view: window, detail: 1,
		clientX: box.left + part * box.width, clientY: box.top + box.height / 2 });
	canvas.dispatchEvent(new MouseEvent('mousedown', at(from)));
	document.dispatchEvent(new MouseEvent('mousemove', at((from + to) / 2)));
	document.dispatchEvent(new MouseEvent('mousemove', at(to)));
	document.dispatchEvent(new MouseEvent('mouseup', at(to)));
}"
width='[...document.querySelectorAll("figure")].map((figure) => figure.dataset.to - figure.dataset.from)'
click='(text) => [...document.querySelectorAll("button")].find((button) => button.textContent === text).click()'
tick='(text) => [...document.querySelectorAll("#controls label")].find((label) =>
	label.textContent.includes(text)).querySelector("input").click()'
figures='document.querySelectorAll("figure").length'
status_text='document.querySelector("figure [role=status]").textContent'

@test "report.html zooms by a drag to the single sample, filters points and backends, and runs no name" {
	make_report
	grep -q "script-src 'sha256-" "$page"
	[ "$(grep -c '<script' "$page")" -eq 2 ]
	browse "$page" "$figures" "$width" "($drag)(0.3, 0.6); $width" "($click)('peak'); $status_text" \
		"($click)('task'); $width" "($tick)('psutil'); $figures" "($tick)('plain'); ($tick)('document.title'); $figures" \
		'document.title' 'document.querySelectorAll("h3")[0].textContent' 'document.querySelectorAll(".parts").length'
	# One point, the one with the largest peak, with two backends.
	[ "$(value 0)" -eq 2 ]
	# Both charts zoom together, to less than the half.
	[ "$(jq '.values[1][0] / 2 > .values[2][0] and .values[2][0] > 0' <<<"$seen")" = true ]
	[ "$(jq '.values[2][0] == .values[2][1]' <<<"$seen")" = true ]
	[ "$(value 3)" = "In view is every sample." ]
	[ "$(jq '.values[4] == .values[1]' <<<"$seen")" = true ]
	# Without a backend; with the other point in place of the first, whichever that was.
	[ "$(value 5)" -eq 1 ]
	[ "$(value 6)" -eq 1 ]
	[ "$(value 7)" = "page - memcg-run" ]
	[[ $(value 8) == *", none" ]]
	[ "$(value 9)" -eq 1 ]
}

@test "report.html is dark where that is preferred, fits a narrow screen, and prints" {
	make_report
	browse --dark --size 400x800 --pdf "$BATS_TEST_TMPDIR/page.pdf" --picture "$BATS_TEST_TMPDIR/page.png" "$page" \
		'getComputedStyle(document.body).backgroundColor' 'document.documentElement.scrollWidth' \
		'document.querySelectorAll("canvas").length > 0'
	[ "$(value 0)" = "rgb(24, 26, 27)" ]
	[ "$(value 1)" -le 400 ]
	[ "$(value 2)" = true ]
	[ "$(head -c 5 "$BATS_TEST_TMPDIR/page.pdf")" = "%PDF-" ]
	[ "$(stat -c %s "$BATS_TEST_TMPDIR/page.pdf")" -gt 20000 ]
	# A page of one colour compresses to less.
	[ "$(stat -c %s "$BATS_TEST_TMPDIR/page.png")" -gt 20000 ]
}

@test "report.html has every picture where dygraphs is not installed, and where no script runs" {
	make_report
	browse --no-script "$page"
	[ "$(grep -c '<noscript>' "$page")" -eq 1 ]
	[ "$(grep -c '<img alt="[^"]' "$page")" -eq 3 ]
	unshare --mount sh -c 'mount -t tmpfs none /usr/share/javascript && exec "$@"' sh \
		"$program" report --quiet "$run_folder"
	grep -q 'libjs-dygraphs was not installed where this was written' "$page"
	run grep -c '<script' "$page"
	[ "$output" -eq 0 ]
	# The three pictures and that of the other point.
	[ "$(grep -c '<img alt="[^"]*" src="data:image/png;base64,' "$page")" -eq 4 ]
	browse "$page" 'document.images.length' '[...document.images].every((image) => image.naturalWidth > 0)'
	[ "$(value 0)" -eq 4 ]
	[ "$(value 1)" = true ]
}
