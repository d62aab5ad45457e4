#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The libraries keep no state: every object's writable data is empty; and who links them statically meets no
name but ours.  globals.py ARCHIVE.a..."""
import os
import re
import sys

import tree


def main(*archives):
    findings = []
    objects = 0
    for archive in archives:
        listing = tree.run("readelf", "-SW", archive).stdout
        for member in re.split(r"^File: ", listing, flags=re.MULTILINE)[1:]:
            objects += 1
            for name, size in re.findall(r"\] (\.\S+)\s+(?:PROGBITS|NOBITS)\s+\S+ \S+ (\S+)", member):
                writable = re.match(r"\.(data|bss|tdata|tbss)\b(?!\.rel\.ro)", name)
                if writable and int(size, 16):
                    findings.append(f"{member.splitlines()[0]}: {int(size, 16)} bytes in {name}")
        for line in tree.run("nm", "-A", "-g", "--defined-only", archive).stdout.splitlines():
            member, symbol = line.split(":")[1], line.split()[-1]
            if not symbol.startswith(("tsmreq_", "_.stapsdt")):  # the mark of a trace point
                findings.append(f"{member}: {symbol} is a name of everybody's")
    if not objects:
        findings.append("no object found")
    tree.conclude(findings, f"globals: {objects} objects in {len(archives)} archives")


main(*sys.argv[1:])
