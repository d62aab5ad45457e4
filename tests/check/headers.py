#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Each public header compiles alone, leaks nothing and hides no padding.  headers.py ROOT c11|c++17|c11-32"""
import os
import re
import sys
import tempfile

import tree

# compilers by (language, target); the first that is installed
COMPILERS = {
    "c11": ("cc gcc clang", "gcc", ["-x", "c", "-std=c11", "-Wpedantic"]),
    "c++17": ("c++ g++ clang++", "g++", ["-x", "c++", "-std=c++17"]),
    "c11-32": ("i686-linux-gnu-gcc", "gcc-i686-linux-gnu", ["-x", "c", "-std=c11"]),
}
WARNINGS = ["-Wall", "-Wextra", "-Wpadded", "-Werror", "-fsyntax-only"]

# the umbrella, and headers of other libraries
APART = ("tsmreq.h", "mock.h", "evidence.h")

# a macro that takes arguments cannot be called from another language: the list of those we bear
FUNCTION_MACROS = {}


def poison(root, folder):
    """Headers no consumer has: ours that are private, and the kernel's."""
    names = [f[len("src/"):] for f in tree.files(root, ".h") if f.startswith("src/")]
    for kernel in ("linux", "asm"):
        for base in (f"/usr/include/{kernel}", f"/usr/include/x86_64-linux-gnu/{kernel}"):
            if os.path.isdir(base):
                names += [f"{kernel}/{n}" for n in os.listdir(base) if n.endswith(".h")]
        names.append(f"{kernel}/iommufd.h")
    for name in names:
        path = os.path.join(folder, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as f:
            f.write('#error "not a public header"\n')


def read_rules(path, text):
    """What a compiler does not object to, and a binding generator or another compiler does."""
    bare = tree.bare(text)
    joined = re.sub(r"\\\n", "  ", bare)
    for match in re.finditer(r"^[ \t]*#[ \t]*define[ \t]+(\w+)\(", joined, re.MULTILINE):
        if match.group(1) not in FUNCTION_MACROS:
            yield f"{path}: macro {match.group(1)}() takes arguments"
    for number, line in enumerate(bare.splitlines(), 1):
        if re.search(r"\b\w+\s*:\s*\d+\s*;", line):
            yield f"{path}:{number}: bit-field"
        if re.search(r"\b(va_list|long double|wchar_t)\b", line):
            yield f"{path}:{number}: a type other languages cannot say"


def reachable(root, public):
    """A header that nobody installs is no public one, and tsmreq.h brings all that belong to libtsmreq."""
    listed = "".join(tree.read(root, f) for f in tree.files(root, "meson.build"))
    umbrella = tree.read(root, "include/tsmreq/tsmreq.h")
    for header in public:
        name = os.path.basename(header)
        if f"{name}'" not in listed:
            yield f"{header}: no meson.build installs it"
        if name not in APART and f"<tsmreq/{name}>" not in umbrella:
            yield f"{header}: tsmreq.h does not include it"


def main(root, language):
    tool, package, flags = COMPILERS[language]
    compiler = tree.find(tool, package)
    public = [f for f in tree.files(root, ".h") if f.startswith("include/")]
    findings = list(reachable(root, public))
    with tempfile.TemporaryDirectory() as scratch:
        poison(root, scratch)
        for header in public:
            name = header[len("include/"):]
            findings += read_rules(header, tree.read(root, header))
            unit = os.path.join(scratch, "unit.c")
            with open(unit, "w", encoding="utf-8") as f:
                f.write(f"#include <{name}>\n#include <{name}>\nint alone;\n")
            done = tree.run(compiler, *flags, *WARNINGS, "-I", os.path.join(root, "include"),
                            "-I", scratch, unit)
            if done.returncode:
                findings.append(f"{header} as {language}:\n{done.stdout.replace(root + '/', '')}")
    if not public:
        findings.append("no public header found")
    tree.conclude(findings, f"headers alone as {language}: {len(public)} headers")


main(*sys.argv[1:])
