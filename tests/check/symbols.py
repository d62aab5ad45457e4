#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Headers = map = what the built library exports, and it imports only what is listed.
symbols.py ROOT [MAP LIBRARY.so]..."""
import os
import re
import sys
import tomllib

import tree

# headers that belong to another library than libtsmreq
HOME = {"mock.h": "libtsmreq-mock", "evidence.h": "libtsmreq-evidence"}


def declared(root, library):
    """The functions the public headers of one library promise."""
    names = set()
    for path in tree.files(root, ".h"):
        if path.startswith("include/") and HOME.get(os.path.basename(path), "libtsmreq") == library:
            text = tree.bare(tree.read(root, path))
            for prototype in re.findall(r"^TSMREQ_PUBLIC\b([^;{]*);", text, re.MULTILINE):
                names.add(re.search(r"(\w+)\s*\(", prototype).group(1))
    return names


def mapped(text):
    """{symbol: node} of a version script."""
    text = re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL)
    symbols = {}
    for node, body in re.findall(r"(\w+)\s*{(.*?)}", text, re.DOTALL):
        shown = re.search(r"global:(.*?)(?:local:|$)", body, re.DOTALL)
        for name in re.findall(r"([\w*?]+)\s*;", shown.group(1) if shown else ""):
            symbols[name] = node
    return symbols


def nm(library, which):
    done = tree.run("nm", "-D", which, library)
    if done.returncode:
        sys.exit(done.stdout)
    for line in done.stdout.splitlines():
        kind, name = line.split()[-2:]
        symbol, _, version = name.partition("@")
        yield kind, symbol, version.lstrip("@")


def check(root, script, path):
    library = os.path.basename(path).split(".so")[0]
    headers = declared(root, library)
    symbols = mapped(tree.read(script))
    exported = {s: v for kind, s, v in nm(path, "--defined-only") if kind != "A"}
    for name in sorted(headers | set(symbols) | set(exported)):
        places = [w for w, held in (("header", headers), ("map", symbols), ("library", exported))
                  if name not in held]
        if places:
            yield f"{library}: {name} is missing in: {', '.join(places)}"
        elif symbols[name] != exported[name]:
            yield f"{library}: {name} is {exported[name]}, the map says {symbols[name]}"
        if not name.startswith("tsmreq_"):
            yield f"{library}: {name} is not ours to export"

    with open(os.path.join(root, "tests/check/imports.toml"), "rb") as f:
        allowed = tomllib.load(f)
    for kind, name, version in nm(path, "--undefined-only"):
        if kind in "wv":  # weak: the compiler's own hooks
            continue
        if not version.startswith("GLIBC_") and name not in allowed["common"] + allowed.get(library, []):
            yield f"{library}: {name} comes from outside libc"
        elif name not in allowed["common"] + allowed.get(library, []):
            yield f"{library}: imports {name}, which tests/check/imports.toml does not list"
    needed = re.findall(r"\(NEEDED\).*\[(.*?)\]", tree.run("readelf", "-dW", path).stdout)
    for other in needed:
        if other not in allowed["needed"] + allowed.get(f"{library}-needed", []):
            yield f"{library}: needs {other}"


def main(root, *pairs):
    findings = [f for i in range(0, len(pairs), 2) for f in check(root, pairs[i], pairs[i + 1])]
    tree.conclude(findings, "symbols: " + ", ".join(os.path.basename(p) for p in pairs[1::2]))


main(*sys.argv[1:])
