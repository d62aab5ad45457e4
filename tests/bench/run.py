#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Counts instructions of ours per call with callgrind, and compares with figures.json.
run.py BUILD [--json | --store | --gate]"""
import json
import os
import re
import subprocess
import sys
import tempfile

TIMES = 1000
WORSE = 1.05  # what a change may cost before somebody has to say so
PROGRAMS = ("calls", "exits")
# of a call, or of a decoder and its encoder together
GOAL = {"set-tdi-state": 200, "rhi": 150, "tdcm": 250, "ghcb": 400}
RATIO = 0.7
FIGURES = os.path.join(os.path.dirname(os.path.abspath(__file__)), "figures.json")
HARNESS = ("main", "bench_", "verb_")


def profile(program, case, times):
    """(instructions of the library, instructions of libc) of one run."""
    with tempfile.NamedTemporaryFile("r") as out:
        subprocess.run(["valgrind", "--tool=callgrind", "--quiet", f"--callgrind-out-file={out.name}",
                        program, case, str(times)], check=True, stderr=subprocess.DEVNULL)
        return split(out.read(), program)


def split(text, program):
    """The same of the text of one profile (valgrind manual, callgrind format)."""
    names = {}  # "(7)" stands for the name it came with first
    ours = libc = 0
    where = function = ""
    inclusive = False  # the line after calls= repeats what the callee cost
    for line in text.splitlines():
        record = re.match(r"(c?ob|c?fn)=(\(\d+\))(?: (.*))?", line)
        if record:
            key = (record.group(1)[-2:], record.group(2))
            names.setdefault(key, record.group(3))
            if record.group(1) == "ob":
                where = names[key]
            elif record.group(1) == "fn":
                function = names[key]
        elif line.startswith("calls="):
            inclusive = True
        elif re.match(r"[+*\d-]", line):
            cost = int(line.split()[1]) if not inclusive else 0
            inclusive = False
            if os.path.basename(where) == os.path.basename(program):
                ours += 0 if function.startswith(HARNESS) else cost
            elif "/libc.so" in where:
                libc += cost
    return ours, libc


def ask(program, word):
    return subprocess.run([program, word], check=True, stdout=subprocess.PIPE, text=True).stdout


def measure(build):
    figures = {}
    for name in PROGRAMS:
        program = os.path.join(build, "tests/bench", name)
        for case in ask(program, "list").split():
            # a run without calls costs what starting costs
            idle, busy = profile(program, case, 0), profile(program, case, TIMES)
            figures[case] = {"ours": round((busy[0] - idle[0]) / TIMES),
                             "libc": round((busy[1] - idle[1]) / TIMES)}
    return ask(program, "compiler").strip(), figures


def total(figures, goal):
    """Instructions of ours, of all that the goal is for."""
    return sum(figure["ours"] for case, figure in figures.items()
               if case in (goal, f"{goal}-decode", f"{goal}-encode"))


def throughput(build):
    """(library, bare, ratio) in MiB a second of the reader's time, or None: built without libnl."""
    program = os.path.join(build, "tests/bench/netlink")
    if not os.path.exists(program):
        return None
    done = subprocess.run([program], check=True, stdout=subprocess.PIPE, text=True)
    return [float(word) for word in done.stdout.split()]


def judge(figures, stored):
    """What is wrong with the figures, in words."""
    for case, figure in figures.items():
        if figure["ours"] <= 0:
            yield f"{case}: nothing was counted"
        if case in stored and figure["ours"] > stored[case] * WORSE:
            yield (f"{case}: {figure['ours']} instructions, {stored[case]} before: "
                   "find them, or keep them with ./dev bench --store and say why")
    for goal, most in GOAL.items():
        if stored and total(figures, goal) > most:
            yield f"{goal}: {total(figures, goal)} instructions, the goal was {most} and had been reached"


def main(build, option=None):
    with open(FIGURES, encoding="utf-8") as f:
        stored = json.load(f)
    compiler, figures = measure(build)
    # time is no gate: it is another every day
    evidence = throughput(build) if option != "--gate" else None
    before = stored.get(compiler, {})
    if option == "--store":
        stored[compiler] = {case: figure["ours"] for case, figure in figures.items()}
        with open(FIGURES, "w", encoding="utf-8") as f:
            f.write(json.dumps(stored, indent=2, sort_keys=True) + "\n")
    if option == "--json":
        print(json.dumps({"compiler": compiler, "instructions": figures, "evidence": evidence}, indent=2))
        return
    print(f"instructions per call, {compiler}; the system call itself is not in it")
    print(f"{'':<16}{'ours':>8}{'stored':>8}{'libc':>8}")
    for case, figure in figures.items():
        print(f"{case:<16}{figure['ours']:>8}{before.get(case, '-'):>8}{figure['libc']:>8}")
    print(", ".join(f"{goal} {total(figures, goal)} of {most}" for goal, most in GOAL.items()))
    if evidence:
        print(f"evidence by netlink, 16 MiB: {evidence[0]:.0f} MiB/s, recvmsg and memcpy alone {evidence[1]:.0f}, "
              f"ratio {evidence[2]:.2f} (goal {RATIO})")
    findings = list(judge(figures, before if option != "--store" else {}))
    if not before and option == "--gate":
        print(f"no figures of {compiler} are stored: nothing to compare with")
    for finding in findings:
        print(finding)
    sys.exit(1 if findings else 0)


main(*sys.argv[1:])
