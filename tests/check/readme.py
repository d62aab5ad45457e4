#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""README.md tells the truth: its program compiles and runs, its commands exist.
readme.py ROOT BUILD"""
import os
import re
import sys
import tempfile

import tree


def blocks(text, language):
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.MULTILINE | re.DOTALL)


def program(root, build, source):
    """Builds the first C block against the libraries just built; it must end with 0."""
    with tempfile.TemporaryDirectory() as scratch:
        unit = os.path.join(scratch, "readme.c")
        with open(unit, "w", encoding="utf-8") as f:
            f.write(source)
        flags = ["-std=c11", "-Wall", "-Wextra", "-Werror", "-I", os.path.join(root, "include")]
        link = ["-L", os.path.join(build, "src"), "-L", os.path.join(build, "src/mock")]
        link += ["-ltsmreq-mock", "-ltsmreq"]
        link += ["-Wl,-rpath," + os.path.join(build, "src"), "-Wl,-rpath," + os.path.join(build, "src/mock")]
        cc = tree.find("cc gcc clang", "gcc")
        binary = os.path.join(scratch, "readme")
        for command in ([cc, *flags, unit, "-o", binary, *link], [binary]):
            done = tree.run(*command)
            if done.returncode:
                yield f"README.md: {' '.join(map(os.path.basename, command[:1]))}: {done.stdout}"
                return


def commands(root, build, text):
    """Every `./dev WORD` and `tsmreq WORD` in the text is one the program itself lists."""
    for name, command in (("./dev", [os.path.join(root, "dev")]),
                          ("tsmreq", [os.path.join(build, "src/cli/tsmreq")])):
        helped = tree.run(*command, "--help").stdout
        shell = "\n".join(blocks(text, "(?:sh|console|shell)") + re.findall(r"`([^`\n]+)`", text))
        for word in sorted(set(re.findall(rf"(?:^|[\s$/]){re.escape(name)} ([a-z][\w-]*)", shell, re.MULTILINE))):
            if not re.search(rf"\b{word}\b", helped):
                yield f"README.md: `{name} {word}`: {name} help does not know it"


def main(root, build):
    if not os.path.exists(os.path.join(root, "README.md")):
        tree.conclude(["README.md: not there"], "README.md")
    text = tree.read(root, "README.md")
    sources = blocks(text, "c")
    findings = [] if sources else ["README.md: no C program"]
    for source in sources[:1]:
        findings += program(root, build, source)
    findings += commands(root, build, text)
    tree.conclude(findings, "README.md: its program and commands")


main(*sys.argv[1:])
