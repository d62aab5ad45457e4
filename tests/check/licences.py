#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""An SPDX line on top of every file that can hold a comment; the rest is in .reuse/dep5, by name.
licences.py ROOT [reuse]"""
import fnmatch
import os
import re
import sys
import tempfile

import tree


def named(root):
    """The patterns of .reuse/dep5, without the one that stands for everything."""
    lines = re.findall(r"^Files: (.*(?:\n .*)*)", tree.read(root, ".reuse/dep5"), re.MULTILINE)
    return [p for line in lines for p in line.split() if p != "*"]


def main(root, *options):
    findings = []
    patterns = named(root) + ["LICENSES/*", ".reuse/dep5"]
    listed = tree.files(root)
    for pattern in patterns:
        if not any(fnmatch.fnmatch(f, pattern) for f in listed):
            findings.append(f".reuse/dep5: {pattern} names no file")
    for name in listed:
        if any(fnmatch.fnmatch(name, p) for p in patterns):
            continue
        head = "\n".join(tree.read(root, name).splitlines()[:3])
        if "SPDX-License-Identifier: MIT" not in head:
            findings.append(f"{name}: no SPDX line in its first three")
    if "reuse" in options:
        reuse = tree.find("reuse", "reuse")
        with tempfile.TemporaryDirectory() as scratch:
            done = tree.run(reuse, "lint", cwd=tree.copy(root, scratch))
        if done.returncode:
            findings.append(done.stdout)
    tree.conclude(findings, f"licences: {len(listed)} files")


main(*sys.argv[1:])
