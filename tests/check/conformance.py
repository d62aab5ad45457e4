#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""doc/CONFORMANCE.md: its tables of numbers are what `tsmreq decode --tables` prints, and every rule names a
vector case or a unit test that is there.  conformance.py ROOT BUILD"""
import fnmatch
import json
import os
import re
import sys

import tree

DOCUMENT = "doc/CONFORMANCE.md"
CASE = r"[a-z0-9-]+\*?"
TEST = r"(\w+)/([\w-]+): (\w+)"  # ROOM/FILE: TEST


def rows(lines):
    """The cells of a table, without its ruler."""
    table = [[cell.strip() for cell in line.strip().strip("|").split("|")] for line in lines]
    return [cells for cells in table if not all(re.fullmatch("-+", cell) for cell in cells)]


def marked(text):
    """{name: rows} of the tables that are printed somewhere else."""
    found = re.findall(r"<!-- table: (\S+) -->\n(.*?)\n<!-- end -->", text, re.DOTALL)
    return {name: rows(body.splitlines()) for name, body in found}


def compare(documented, printed):
    for name in sorted(documented.keys() | printed.keys()):
        if name not in documented or name not in printed:
            yield f"{name}: missing in the {'document' if name in printed else 'library'}"
            continue
        header, *said = documented[name]
        told = [list(row.values()) for row in printed[name]]
        if header != list(printed[name][0]):
            yield f"{name}: columns are {' '.join(printed[name][0])}"
        # the order counts: the first row that fits decides
        for i in range(max(len(said), len(told))):
            ours = " | ".join(said[i]) if i < len(said) else "nothing"
            theirs = " | ".join(told[i]) if i < len(told) else "nothing"
            if ours != theirs:
                yield f"{name}: row {i + 1} says {ours}, the library {theirs}"


def rules(text):
    """(rule, proofs) of every row of every table that has proofs, which stand last."""
    for block in re.findall(r"(?:^\|.*\n)+", text, re.MULTILINE):
        header, *body = rows(block.splitlines())
        if header[-1] == "proved by":
            yield from ((cells[0], cells[-1]) for cells in body)


def has_test(root, room, name, test):
    path = f"tests/unit/{room}/test-{name}.c"
    return os.path.exists(os.path.join(root, path)) and f"cmocka_unit_test({test})" in tree.read(root, path)


def prove(root, rule, proofs, cases):
    words = re.findall(r"`([^`]*)`", proofs)
    if not words or re.sub(r"`[^`]*`", "", proofs).strip(", "):
        yield f"{rule}: {proofs or 'nothing'} is no list of proofs"
    for word in words:
        test = re.fullmatch(TEST, word)
        if test and not has_test(root, *test.groups()):
            yield f"{rule}: no such test: {word}"
        elif not test and not re.fullmatch(CASE, word):
            yield f"{rule}: {word} is neither a case nor ROOM/FILE: TEST"
        elif not test and not fnmatch.filter(cases, word):
            yield f"{rule}: no such case: {word}"


def main(root, build):
    text = tree.read(root, DOCUMENT)
    vectors = "\n".join(tree.read(root, f) for f in tree.files(root, ".vec") if f.startswith("tests/vectors/"))
    cases = re.findall(r"^case\s+(\S+)", vectors, re.MULTILINE)
    printed = tree.run(os.path.join(build, "src/cli/tsmreq"), "decode", "--tables", "--json")
    tables = marked(text)
    findings = list(compare(tables, json.loads(printed.stdout)))
    ruled = list(rules(text))
    for rule, proofs in ruled:
        findings += prove(root, rule, proofs, cases)
    tree.conclude([f"{DOCUMENT}: {f}" for f in findings], f"{len(ruled)} rules, {len(tables)} tables of numbers")


if __name__ == "__main__":
    main(*sys.argv[1:])
