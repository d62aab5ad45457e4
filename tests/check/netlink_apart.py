#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A program that links libtsmreq alone maps no libnl, and no public header names it.
netlink_apart.py ROOT LIBTSMREQ LIBTSMREQ-EVIDENCE"""
import os
import re
import sys
import tempfile

import tree

PROGRAM = """#include <tsmreq/tsmreq.h>
int main(void)
{
	unsigned int a, b, c;

	tsmreq_get_version(&a, &b, &c);
	return 0;
}
"""


def mapped(root, folder, library):
    """What the loader maps for a program that links @library."""
    program = os.path.join(folder, "program")
    with open(program + ".c", "w", encoding="utf-8") as f:
        f.write(PROGRAM)
    paths = [os.path.dirname(library), os.path.dirname(os.path.dirname(library)), os.path.dirname(library)]
    done = tree.run("cc", "-I", os.path.join(root, "include"), program + ".c", "-o", program, "-Wl,--no-as-needed",
                    library, *[f"-Wl,-rpath,{p}" for p in paths], *[f"-Wl,-rpath-link,{p}" for p in paths],
                    *[f"-L{p}" for p in paths], "-l:libtsmreq.so.0")
    if done.returncode:
        sys.exit(done.stdout)
    return tree.run("ldd", program).stdout


def main(root, core, evidence):
    findings = []
    with tempfile.TemporaryDirectory() as folder:
        maps = mapped(root, folder, core)
        if "libtsmreq.so" not in maps or "not found" in maps:
            findings.append(f"the program does not load:\n{maps}")
        if "libnl" in maps:
            findings.append(f"libtsmreq brings libnl along:\n{maps}")
        # and the look would see it
        if "libnl" not in mapped(root, folder, evidence):
            findings.append("libnl is not seen where it is")
    headers = [f for f in tree.files(root, ".h") if f.startswith("include/")]
    for header in headers:
        for word in re.findall(r"\b(?:nl|nla|nlmsg|genl|NL|NLE)_\w+|<netlink", tree.bare(tree.read(root, header))):
            findings.append(f"{header}: {word} is libnl's")
    tree.conclude(findings, f"no libnl in libtsmreq, nor in {len(headers)} headers")


main(*sys.argv[1:])
