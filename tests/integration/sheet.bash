# What the tests of data sheets ask of one that `memcg-run datasheet` has written into $run_folder.

# Fails unless a Python condition holds over `cells`, the lines of datasheet.csv by phenomenon, moment and
# metric, and `reporters`, those of datasheet-reporters.csv by metric.
sheet_holds() {
	/usr/bin/python3 - "$run_folder" "$1" <<-'PYTHON'
		import csv, sys

		def lines(name):
		    with open(f"{sys.argv[1]}/{name}", newline="") as file:
		        return list(csv.DictReader(file))

		cells = {(c["phenomenon"], c["moment"], c["metric"]): c for c in lines("datasheet.csv")}
		reporters = {r["metric"]: r for r in lines("datasheet-reporters.csv")}
		names = {"cells": cells, "reporters": reporters, "MIB": 1 << 20}
		if not eval(sys.argv[2], names):
		    print(*(c.values() for c in cells.values()), *reporters.values(), sep="\n")
		    sys.exit(f"does not hold: {sys.argv[2]}")
	PYTHON
}

# The verdict on a metric in a phenomenon at a moment.
verdict_is() {
	sheet_holds "cells['$1', '$2', '$3']['verdict'] == '$4'"
}
