"""python3 harness.py BACKEND INTERVAL_S FUNCTION SCRIPT [ARGUMENT...]

Only the entry point: Python compiles its main script at every start, in the process that is measured,
but loads the code of a module from __pycache__. memcg_run_harness.py has the rest.
"""

import sys

import memcg_run_harness

if __name__ == "__main__":
    memcg_run_harness.main(sys.argv[1:])
