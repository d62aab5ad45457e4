#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Every guard is missed when it is gone: mutants.toml takes them out one at a time, and the unit
tests it names must go red. A mutant that survives, or whose text is not there, is a finding.
mutants.py ROOT [RULE]"""
import concurrent.futures
import glob
import os
import re
import shutil
import sys
import tempfile
import tomllib

import tree

FLAGS = ["-std=c11", "-D_GNU_SOURCE", "-O0", "-w", "-DTSMREQ_VERSION=\"0.0.0\""]
# what the tests of a room are linked with: the guest room's ask a kernel in a box
ROOMS = {
    "core": ("core", "rev", "transport"),
    "rev": ("core", "rev", "transport"),
    "decode": ("decode",),
    "host": ("core", "rev", "transport", "host"),
    "guest": ("core", "rev", "transport", "decode", "guest", "mock"),
    "model": ("core", "rev", "transport", "decode", "guest"),
    "evidence": ("core", "rev", "transport", "decode", "guest", "mock", "host", "evidence"),
    "netlink": ("core", "rev", "transport", "decode", "guest", "mock", "host", "evidence"),
}
APART = ("model", "netlink")  # not in unit/
# the other side of the tests in netlink/
SERVER = "tests/netlink/server.c"


def libnl(which):
    done = tree.run("pkg-config", which, "libnl-genl-3.0")
    if done.returncode:
        print("skipped: no libnl (./dev test installs it)")
        sys.exit(tree.SKIP)
    return done.stdout.split()


def test_of(name):
    """"ctx" is of core, "guest/job" of guest."""
    room, _, file = name.rpartition("/")
    return f"tests/{'' if room in APART else 'unit/'}{room or 'core'}/test-{file}.c"


def room_of(test):
    return test.split("/")[-2]


class Bench:
    """What @tests need, compiled once; a mutant compiles what it touches again."""

    def __init__(self, root, scratch, tests):
        self.root, self.scratch = root, scratch
        self.cc = tree.find("cc gcc clang", "gcc")
        self.flags = FLAGS + libnl("--cflags")
        self.libs = ["-lcmocka", "-lpthread", *libnl("--libs")]
        rooms = sorted({room for test in tests for room in ROOMS[room_of(test)]})
        sources = [s for room in rooms for s in sorted(glob.glob(f"src/{room}/*.c", root_dir=root))]
        with concurrent.futures.ThreadPoolExecutor() as pool:
            self.objects = dict(zip(sources, pool.map(self.compile, sources)))
            self.tests = dict(zip(tests, pool.map(self.compile, tests)))
        self.server = self.compile(SERVER)

    def who_includes(self, header):
        """A room's own header concerns the room, and base/ or rev/rev.h everybody above."""
        room = header.split("/")[1]
        return [s for s in self.objects if room != "guest" or s.split("/")[1] == room]

    def link(self, binary, test, objects):
        """What a test puts between the room and libc it says in a line of its own."""
        wraps = re.search(r"^/\* wraps: (.*) \*/$", tree.read(self.root, test), re.MULTILINE)
        flags = [f"-Wl,--wrap={name}" for name in (wraps.group(1).split() if wraps else ())]
        server = [self.server] if room_of(test) == "netlink" else []
        done = tree.run(self.cc, "-o", binary, self.tests[test], *server, *objects, *flags, *self.libs)
        if done.returncode:
            sys.exit(f"{test}: {done.stdout}")

    def compile(self, source, top=None, out=None):
        """@top: a tree with the mutated file in it, looked into first."""
        obj = os.path.join(out or self.scratch, source.replace("/", "_") + ".o")
        includes = [f"-I{base}/{d}" for base in ([top] if top else []) + [self.root] for d in ("src", "include")]
        path = os.path.join(top, source) if top and os.path.exists(os.path.join(top, source)) else \
            os.path.join(self.root, source)
        errors = os.path.join(self.root, "doc/ERRORS.md")
        done = tree.run(self.cc, *self.flags, *includes, f"-DERRORS_MD=\"{errors}\"", "-c", path, "-o", obj)
        if done.returncode:
            sys.exit(f"{source}: {done.stdout}")
        return obj

    def red(self, mutant):
        """Does one of the tests named notice?"""
        with tempfile.TemporaryDirectory(dir=self.scratch) as top:
            path = os.path.join(top, mutant["file"])
            os.makedirs(os.path.dirname(path))
            text = tree.read(self.root, mutant["file"])
            with open(path, "w", encoding="utf-8") as f:
                f.write(text.replace(mutant["take"], mutant["with"], 1))
            header = mutant["file"].endswith(".h")
            touched = self.who_includes(mutant["file"]) if header else [mutant["file"]]
            objects = dict(self.objects)
            objects.update((s, self.compile(s, top, top)) for s in touched)
            for name in mutant["tests"]:
                binary = os.path.join(top, "test")
                self.link(binary, test_of(name), objects.values())
                if tree.run("timeout", "20", binary, cwd=top).returncode == 0:
                    return False
            return True


def main(root, rule=""):
    with open(os.path.join(root, "tests/check/mutants.toml"), "rb") as f:
        mutants = [m for m in tomllib.load(f)["mutant"] if rule in m["rule"]]
    findings = [f"{m['file']}: no such text: {m['take']}" for m in mutants
                if m["take"] not in tree.read(root, m["file"])]
    if findings:
        tree.conclude(findings, f"{len(mutants)} mutants")
    scratch = tempfile.mkdtemp()
    try:
        tests = sorted({test_of(name) for mutant in mutants for name in mutant["tests"]})
        bench = Bench(os.path.abspath(root), scratch, tests)
        for name in bench.tests:
            binary = os.path.join(scratch, "base")
            bench.link(binary, name, bench.objects.values())
            if tree.run(binary, cwd=scratch).returncode:
                findings.append(f"{name} is red without any mutant")
        with concurrent.futures.ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:
            for mutant, red in zip(mutants, pool.map(bench.red, mutants)):
                if not red:
                    findings.append(f"{mutant['file']}: survived: {mutant['rule']}")
    finally:
        shutil.rmtree(scratch)
    tree.conclude(findings, f"{len(mutants)} guards taken out one at a time")


main(*sys.argv[1:])
