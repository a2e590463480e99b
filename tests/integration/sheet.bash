# What the tests of data sheets ask of one that `memcg-run datasheet` has written into $run_folder.

# Fails, and says which, unless each of the Python conditions holds: over `cells`, the lines of datasheet.csv by
# phenomenon, moment and metric, `verdict` of those three, and `reporters`, the lines of datasheet-reporters.csv
# by metric.
sheet_holds() {
	/usr/bin/python3 - "$run_folder" "$@" <<-'PYTHON'
		import csv, sys

		def lines(name):
		    with open(f"{sys.argv[1]}/{name}", newline="") as file:
		        return list(csv.DictReader(file))

		cells = {(c["phenomenon"], c["moment"], c["metric"]): c for c in lines("datasheet.csv")}
		reporters = {r["metric"]: r for r in lines("datasheet-reporters.csv")}
		names = {"cells": cells, "reporters": reporters, "MIB": 1 << 20,
		    "verdict": lambda *cell: cells[cell]["verdict"]}
		broken = [condition for condition in sys.argv[2:] if not eval(condition, names)]
		if broken:
		    print(*(c.values() for c in cells.values()), *reporters.values(), sep="\n")
		    sys.exit("\n".join(f"does not hold: {condition}" for condition in broken))
	PYTHON
}
