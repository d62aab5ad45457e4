#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""doc/SANDBOX.md has every system call that the library makes, and no other: programs run with all of theirs
trapped (tests/sandbox/trace.c), and its allow-lists say what its tables say.  sandbox.py ROOT BUILD"""
import glob
import os
import re
import sys
import tempfile

import tree

OWN_FILTER = "example-jailed"  # it has a filter of its own
PEERS = ("tests/netlink/read-evidence", "tests/sandbox/sandbox-evidence")  # they want a server
EVENTS = ("anon_inode:[eventfd]", "anon_inode:[timerfd]")


def between(text, name):
    """What stands between <!-- NAME --> and the next mark or fence's end."""
    found = re.search(rf"^<!-- {name} -->\n(.*?)^(?:<!-- end -->|```\n\n)", text, re.MULTILINE | re.DOTALL)
    return found.group(1) if found else ""


def table(text, name):
    """{(system call, command or -): made by} of the rows."""
    rows = re.findall(r"^\| `(\w+)`(?: `(0x\w+)`)? \| [^|]* \| ([^|]*) \|$", between(text, name), re.MULTILINE)
    if len(rows) + 2 != len(re.findall(r"^\|", between(text, name), re.MULTILINE)):
        tree.conclude([f"doc/SANDBOX.md, {name}: a row that cannot be read"], "sandbox")
    return {(call, command or "-"): maker for call, command, maker in rows}


def trace(build, program, log):
    """[(phase, call, command or -)] of what the libraries' code did in @program; netlink's is a phase of its own."""
    command = ["env", "LD_PRELOAD=" + os.path.join(build, "tests/sandbox/trace.so"), "TSMREQ_TRACE=" + log, program]
    if program.endswith(PEERS):
        command = [os.path.join(build, "tests/netlink/netlink-serve"), "--", *command, "01:00.0", "@PEER@"]
    done = tree.run(*command)
    if done.returncode == tree.SKIP:
        print(f"skipped: no seccomp filter here: {done.stdout.strip()}")
        sys.exit(tree.SKIP)
    if done.returncode:
        tree.conclude([f"{os.path.basename(program)} ends with {done.returncode}:\n{done.stdout}"], "sandbox")
    for line in tree.read(log).splitlines():
        phase, whose, call, number, detail = line.split()
        if whose in ("library", "evidence"):
            name = f"{call}-{number}" if call == "?" else call
            events = EVENTS if whose == "evidence" else EVENTS[:1]
            is_other_fd = call in ("read", "write") and detail not in events
            yield "evidence" if whose == "evidence" else phase, name, detail if call == "ioctl" or is_other_fd else "-"


def compare(seen, serving, starting, evidence):
    for phase, call, detail in sorted(seen):
        known = {"serve": serving, "evidence": evidence}.get(phase, starting)
        # before it is made there may be a probe, of any number
        if (call, detail) not in known and not (phase == "start" and call == "ioctl" and (call, detail) in serving):
            yield f"{phase}: {call} {detail} is not in doc/SANDBOX.md"
    for phase, known in (("serve", serving), ("evidence", evidence)):
        for (call, detail), maker in known.items():
            if (phase, call, detail) not in seen and not maker.startswith("malloc"):
                yield f"doc/SANDBOX.md: nothing makes {call} {detail}"


def lists(text, serving):
    """The allow-lists name the calls and the commands of the table."""
    calls = {call for call, _ in serving}
    commands = {detail for _, detail in serving if detail != "-"}
    crosvm, rust = between(text, "crosvm"), between(text, "cloud-hypervisor")
    for name, has, wants in (
        ("crosvm", set(re.findall(r"^(\w+):", crosvm, re.MULTILINE)), calls),
        ("crosvm", set(re.findall(r"0x\w+", crosvm)), commands),
        ("cloud-hypervisor", set(re.findall(r"SYS_(\w+)", rust)), calls),
        ("cloud-hypervisor", set(re.findall(r"0x\w+", rust)), commands),
    ):
        for word in sorted(has ^ wants):
            yield f"doc/SANDBOX.md, {name}: {word} is {'not in the table' if word in has else 'missing'}"


def programs(build):
    if not os.path.exists(os.path.join(build, "tests/sandbox/trace.so")):
        print("skipped: tests/sandbox/trace.c is for x86-64")
        sys.exit(tree.SKIP)
    others = ("tests/sandbox/sandbox-rest", *PEERS)
    found = glob.glob(os.path.join(build, "examples/example-*")) + [os.path.join(build, p) for p in others]
    return sorted(p for p in found if os.path.isfile(p) and os.path.basename(p) != OWN_FILTER)


def main(root, build):
    text = tree.read(root, "doc/SANDBOX.md")
    serving, starting, evidence = (table(text, name) for name in ("serving", "starting", "evidence"))
    findings = list(lists(text, serving))
    run = programs(build)
    seen = set()
    with tempfile.TemporaryDirectory() as scratch:
        for number, program in enumerate(run):
            seen |= set(trace(build, program, os.path.join(scratch, str(number))))
    # without libnl there is nothing to see it make
    if not os.path.exists(os.path.join(build, PEERS[0])):
        print("skipped: libtsmreq-evidence is not built")
        evidence = {}
    findings += compare(seen, serving, starting, evidence)
    tree.conclude(findings, f"sandbox: {len(seen)} kinds of calls in {len(run)} programs")


main(*sys.argv[1:])
