#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""No file knows the machine it was written on, and none is left half done.  portable.py ROOT"""
import re
import sys

import tree

NEVER = {
    r"\.\./shared": "a place outside the tree",
    r"/(work|home|root|tmp)/\w": "a path of one machine",
    r"\b(TO" r"DO|FIX" r"ME)\b": "a promise instead of the thing",
    r"[ \t]+$": "blanks at the end of the line",
    r"\r$": "a carriage return",
}


def main(root):
    findings = []
    listed = tree.texts(root)
    for name in listed:
        text = tree.read(root, name)
        if text and not text.endswith("\n"):
            findings.append(f"{name}: no newline at the end")
        for number, line in enumerate(text.split("\n"), 1):
            findings += [f"{name}:{number}: {what}" for p, what in NEVER.items() if re.search(p, line)]
    tree.conclude(findings, f"portable: {len(listed)} files")


main(sys.argv[1])
