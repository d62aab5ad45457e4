#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The binaries as they get installed: hardened, and free of the builder's paths.  hardening.py BUILD"""
import os
import sys
import tempfile

import tree


def check(path, name, is_program):
    dynamic = tree.run("readelf", "-dW", path).stdout
    segments = tree.run("readelf", "-lW", path).stdout
    header = tree.run("readelf", "-hW", path).stdout
    symbols = tree.run("nm", "-D", path).stdout
    stack = [line for line in segments.splitlines() if "GNU_STACK" in line]
    rules = {
        "no RELRO": "GNU_RELRO" in segments,
        "bound lazily": "BIND_NOW" in dynamic or "NOW" in dynamic,
        "executable stack": stack and "RWE" not in stack[0],
        "a segment both writable and executable": "RWE" not in segments,
        "text relocations": "TEXTREL" not in dynamic,
        "RPATH or RUNPATH": "RPATH" not in dynamic and "RUNPATH" not in dynamic,
        "no stack protector": "__stack_chk_fail" in symbols,
        "not position independent": "DYN (" in header,
        "no soname": is_program or "SONAME" in dynamic,
    }
    for finding, good in rules.items():
        if not good:
            yield f"{name}: {finding}"


def main(build):
    with tempfile.TemporaryDirectory() as stage:
        done = tree.run("meson", "install", "-C", build, "--no-rebuild", "--destdir", stage)
        if done.returncode:
            sys.exit(done.stdout)
        findings = []
        checked = []
        for name in tree.files(stage):
            path = os.path.join(stage, name)
            if os.path.islink(path):
                continue
            with open(path, "rb") as f:
                elf = f.read(4) == b"\x7fELF"
            if elf:
                checked.append(os.path.basename(name))
                findings += check(path, name, os.path.dirname(name).endswith("bin"))
    if not any(".so." in c for c in checked):
        findings.append("no shared library was installed")
    tree.conclude(findings, f"hardening: {', '.join(checked)}")


main(sys.argv[1])
