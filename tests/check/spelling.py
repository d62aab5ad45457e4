#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Spelling of the tree and, word by word, of every exported name.  spelling.py ROOT"""
import os
import re
import sys

import tree


def main(root):
    codespell = tree.find("codespell", "codespell")
    words = os.path.join(root, "tests/check/words.txt")
    command = [codespell, "--quiet-level", "2", "--ignore-words", words]
    listed = tree.texts(root)
    done = tree.run(*command, *listed, cwd=root)
    findings = done.stdout.splitlines()
    # a name is for ever: tsmreq_vdev_get_firmware_verison stays misspelt in every caller
    names = set()
    for path in tree.files(root, (".h", ".map")):
        names |= set(re.findall(r"\b[Tt][Ss][Mm][Rr][Ee][Qq]_\w+", tree.read(root, path)))
    spelled = "\n".join(sorted(n.replace("_", " ").lower() for n in names))
    done = tree.run(*command, "-", input=spelled)
    findings += [f"in a name: {line}" for line in done.stdout.splitlines()]
    tree.conclude(findings, f"spelling: {len(listed)} files, {len(names)} names")


main(sys.argv[1])
