#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""tests/unit mirrors src, and no test lies about that nobody builds.  mirror.py ROOT"""
import fnmatch
import os
import sys

import tree

# files whose rules are tested under another name, and where
ELSEWHERE = {
    "src/base/errnos.h": "tests/unit/core/test-text.c",
    "src/base/trace.h": None,  # a macro of the system's, or nothing at all
    "src/rev/feature.c": "tests/unit/rev/test-table.c",
    "src/rev/layout_*.c": "tests/unit/rev/test-request.c",
    "src/mock/engine.c": "tests/contract/dispatcher/test-framing.c",
    "src/mock/vdevice.c": "tests/contract/dispatcher/test-vectors.c",
    "src/mock/backend.c": "tests/unit/mock/test-cca.c",
    "src/mock/open_fd.c": "tests/unit/preload/test-open-fd.c",
    "src/evidence/client.c": "tests/netlink/test-read.c",
    "src/evidence/socket.c": "tests/netlink/test-faults.c",
    "src/evidence/source.c": "tests/netlink/test-source.c",
    "src/cli/cmd_decode*.c": "tests/unit/cli/decode.py",
    "src/cli/cmd_evidence.c": "tests/netlink/command.py",
    "src/cli/show_report.c": "tests/unit/cli/decode.py",
    "src/cli/cmd_report.c": "tests/unit/cli/decode.py",
    "src/cli/show_call.c": "tests/unit/cli/decode.py",
    "src/cli/cmd_*.c": "tests/unit/cli/commands.py",
    "src/cli/main.c": "tests/unit/cli/commands.py",
}

# rooms that are tested as what they are: a guest's exits, a program's system calls
WHOLE = ("guest", "preload")


def mirrored(source, files):
    _, room, name = source.split("/")
    if room in WHOLE:
        return any(f.startswith(f"tests/unit/{room}/test-") for f in files)
    stem = name.rsplit(".", 1)[0]
    if any(f"tests/unit/{room}/test-{s}.c" in files for s in (stem, stem.replace("_", "-"))):
        return True
    for pattern, test in ELSEWHERE.items():
        if fnmatch.fnmatch(source, pattern):
            return test is None or test in files
    return False


def main(root):
    files = set(tree.files(root))
    sources = [f for f in sorted(files) if f.count("/") == 2 and f.startswith("src/")
               and (f.endswith(".c") or f.startswith("src/base/") and f.endswith(".h"))]
    findings = [f"{s}: has no tests/unit/{s.split('/')[1]}/test-*.c" for s in sources if not mirrored(s, files)]
    findings += [f"tests/check/mirror.py: {p} names no file" for p in ELSEWHERE
                 if not any(fnmatch.fnmatch(s, p) for s in sources)]
    programs = [f for f in sorted(files) if fnmatch.fnmatch(os.path.basename(f), "test-*.c") and f.startswith("tests/")]
    for program in programs:
        folder, name = os.path.split(program)
        stem = name[len("test-"):-len(".c")].removesuffix("-vectors")
        if stem not in tree.read(root, folder, "meson.build"):
            findings.append(f"{program}: nothing builds it")
    tree.conclude(findings, f"mirror: {len(sources)} sources, {len(programs)} test programs")


main(sys.argv[1])
