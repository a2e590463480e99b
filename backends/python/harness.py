"""python3 harness.py BACKEND INTERVAL_S FUNCTION SCRIPT [ARGUMENT...]

The way in, and no more: Python compiles its main script at every start, in the process that is measured,
and takes the code of a module from __pycache__. memcg_run_harness.py has the rest.
"""

import sys

import memcg_run_harness

if __name__ == "__main__":
    memcg_run_harness.main(sys.argv[1:])
