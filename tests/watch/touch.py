"""Touches as many MiB as its argument says."""
import sys

held = bytearray(int(sys.argv[1]) << 20)
