#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""doc/UAPI.md's table of operations is the library's: `tsmreq uapi --json` says the same.
uapi_doc.py ROOT BUILD"""
import json
import os
import sys

import tree

OPS = ["read-object", "regen-object", "object-info", "validate-mmio", "set-tdi-state",
       "sev-enable-dma", "sev-disable-dma", "sev-mmio-config", "vdev-request"]


def documented(text):
    table = text.split("<!-- operations -->")[1].split("<!-- end -->")[0]
    lines = table.strip().splitlines()[2:]
    return [tuple(cell.strip() for cell in line.strip("|").split("|")) for line in lines]


def spoken(rows):
    for row in rows:
        if row["refusal"]:
            continue
        for arch, can in row["archs"].items():
            wire = [str(can["ops"].get(op, "-")) for op in OPS]
            yield (row["name"], row["op_cmd"] or "-", row["request_cmd"], str(row["request_size"]),
                   row["layout"], arch, *wire)


def main(root, build):
    text = tree.read(root, "doc/UAPI.md")
    printed = tree.run(os.path.join(build, "src/cli/tsmreq"), "uapi", "--json")
    rows = json.loads(printed.stdout)
    said, is_ = documented(text), list(spoken(rows))
    findings = [f"doc/UAPI.md: no such row in the library: {' '.join(r)}" for r in said if r not in is_]
    findings += [f"doc/UAPI.md: missing: | {' | '.join(r)} |" for r in is_ if r not in said]
    findings += [f"doc/UAPI.md: {row['name']} is not named" for row in rows if f"`{row['name']}`" not in text
                 and row["refusal"]]
    tree.conclude(findings, f"{len(is_)} rows of operations")


if __name__ == "__main__":
    main(*sys.argv[1:])
