#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Every number, every field's offset and every size of the wire is asserted where it is declared.  wire.py ROOT"""
import re
import sys

import tree

HEADER = "src/uapi/iommufd.h"


def main(root):
    text = tree.bare(tree.read(root, HEADER))
    told = re.sub(r"\s+", "", text)
    wanted = [f"UAPI_IS({nr}," for nr in re.findall(r"^#define (UAPI_NR_\w+)", text, re.MULTILINE)]
    for name, body in re.findall(r"^struct (\w+) {(.*?)^}", text, re.MULTILINE | re.DOTALL):
        wanted.append(f"UAPI_SIZE({name},")
        wanted += [f"UAPI_AT({name},{field}," for field in re.findall(r"(\w+);", body)]
    findings = [f"{HEADER}: nothing asserts {w.rstrip(',')})" for w in wanted if w not in told]
    if not wanted:
        findings.append(f"{HEADER}: nothing declared")
    tree.conclude(findings, f"wire: {len(wanted)} numbers, offsets and sizes")


main(sys.argv[1])
