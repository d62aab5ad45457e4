# SPDX-License-Identifier: MIT
"""Runs the functions of a script that are called test_*, and ends with a line that tests/tally.py reads."""
import sys
import traceback


def run(names):
    failed = 0
    tests = [(name, test) for name, test in names.items() if name.startswith("test_")]
    for name, test in tests:
        try:
            test()
        except Exception:  # pylint: disable=broad-except
            failed += 1
            print(f"{name}:")
            traceback.print_exc(file=sys.stdout)
    print(f"{len(tests) - failed} passed, {failed} failed")
    sys.exit(1 if failed or not tests else 0)
