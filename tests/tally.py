#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Counts what meson ran, test by test.  tally.py NAME PROVES LOG COUNTS [TESTLOG.json]
Prints a line for the run (for NAME 'test': one a suite) and the failures; appends
PASSED FAILED SKIPPED to the file COUNTS."""
import json
import os
import re
import sys

# what a suite shows when it is green; a suite without a line here is a failure
PROVES = {
    "base": "loads, stores and sized structs, at every alignment and length",
    "decode": "guest exits become neutral words, byte by byte, for three architectures",
    "rev": "each kernel revision says each operation in its own bytes, and is told from the others",
    "transport": "one ioctl, its errno, and a borrowed descriptor left alone",
    "core": "typed calls: results, outcomes, the hold, and every trap closed",
    "guest": "from exit to answer: devices, jobs, guest memory, time, ends",
    "host": "which TSM drives a device, from a tree as sysfs shows it",
    "evidence": "netlink's bytes taken apart, and no number of libnl's let out",
    "netlink": "evidence over real netlink sockets, whole and in every way broken",
    "mock": "the mock answers as the kernel's source says, errno by errno",
    "preload": "an unmodified program opens /dev/iommu and reaches the mock kernel",
    "cli": "the command: its words, its exit codes, its output",
    "contract": "the same behaviour on every revision and architecture",
    "vectors": "published vectors through the shipped library",
    "fuzz": "decoders keep their promises over all that fuzzers found and that guests in the vectors say",
    "plain": "every verb on every revision, in plain C",
    "check": "the rules of the house, each of which can fail",
    "downstream": "programs in other trees and languages find and use the installed library",
    "examples": "the examples do what they show",
}


class Count:
    def __init__(self):
        self.passed = self.failed = self.skipped = 0

    def add(self, passed, failed, skipped):
        self.passed += passed
        self.failed += failed
        self.skipped += skipped

    def __str__(self):
        text = f"{self.passed} passed"
        if self.failed:
            text += f", {self.failed} FAILED"
        if self.skipped:
            text += f", {self.skipped} skipped"
        return text


def count(test):
    """(passed, failed, skipped) of one test program: its own count where it keeps one."""
    out = test.get("stdout", "")
    points = re.findall(r"^(not )?ok \d+(.*)$", out, re.MULTILINE)
    total = re.findall(r"^(\d+) passed, (\d+) failed(?:, (\d+) skipped)?", out, re.MULTILINE)
    if points:
        skipped = sum("# SKIP" in text for _, text in points)
        failed = sum(bool(no) and "# SKIP" not in text for no, text in points)
        counted = [len(points) - failed - skipped, failed, skipped]
    elif total:
        counted = [int(n or 0) for n in total[-1]]
    else:
        counted = [0, 0, 0]
    if test["result"] == "SKIP" and not any(counted):
        counted[2] = 1
    elif test["result"] not in ("OK", "SKIP", "EXPECTEDFAIL") and counted[1] == 0:
        counted[1] = 1  # it crashed, ran out of time or miscounted: no count of its own says so
    elif not any(counted):
        counted[0] = 1
    return counted


def main(name, proves, log, counts, results=None):
    total = Count()
    groups = {}
    troubles = []
    tests = []
    if results and os.path.exists(results):
        with open(results, encoding="utf-8") as f:
            tests = [json.loads(line) for line in f]
    for test in tests:
        suite = test["name"].split(":")[-1].split(" / ")[0].split("+")[0]
        counted = count(test)
        total.add(*counted)
        groups.setdefault(suite, Count()).add(*counted)
        if counted[1]:
            troubles.append(f"  {test['name']}: {test['result']}\n" + indent(test, 40))
        elif counted[2]:
            troubles.append(f"  {test['name']}: skipped\n" + indent(test, 3))
    for suite in groups:
        if suite not in PROVES:
            total.add(0, 1, 0)
            troubles.append(f"  suite {suite}: tests/tally.py does not know what it proves")
    if not tests:
        total.add(0, 1, 0)
        with open(log, encoding="utf-8", errors="replace") as f:
            troubles.append(f"  nothing ran ({log}):\n" + "".join("    " + line for line in f.readlines()[-4:]))

    if name == "test":
        for suite in sorted(groups, key=list(PROVES).index):
            print(f"{suite:<14} {str(groups[suite]):<22}  {PROVES[suite]}")
    else:
        print(f"{name:<14} {str(total):<22}  {proves}")
    for trouble in troubles:
        print(trouble)
    with open(counts, "a", encoding="utf-8") as f:
        print(total.passed, total.failed, total.skipped, file=f)


def indent(test, lines):
    text = (test.get("stdout", "") + test.get("stderr", "")).splitlines()[-lines:]
    return "\n".join("    " + line for line in text)


main(*sys.argv[1:])
