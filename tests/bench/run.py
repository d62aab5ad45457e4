#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Counts instructions of ours per call with callgrind, and compares with figures.json. Counts calls
to the heap. Measures what only a clock can tell, and gates none of it: it is another every day.
run.py BUILD [--json | --store | --gate]"""
import concurrent.futures
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile

TIMES = 1000
WORSE = 1.05  # what a change may cost before somebody has to say so
# a run, and the function that is counted; without one all of it is, less what starting costs
PROGRAMS = {"calls": None, "exits": None, "guest": "bench_counted"}
# of a call, or of a decoder and its encoder together
GOAL = {"set-tdi-state": 200, "rhi": 150, "tdcm": 250, "ghcb": 400}
MANY = 1.05  # of an exit's instructions at one device, at 65,536
# what the clock tells; microseconds, nanoseconds or a part of what it is compared with
EVIDENCE, STEP_US, PARALLEL, SLICE, PRELOAD_NS = 0.7, 50, 0.95, 0.9, 1000
FIGURES = os.path.join(os.path.dirname(os.path.abspath(__file__)), "figures.json")
HARNESS = ("main", "bench_", "verb_", "vm_")


def profile(program, case, times, counted=None):
    """(instructions of the library, instructions of libc) of one run."""
    only = [f"--toggle-collect={counted}"] if counted else []
    with tempfile.NamedTemporaryFile("r") as out:
        subprocess.run(["valgrind", "--tool=callgrind", "--quiet", f"--callgrind-out-file={out.name}", *only,
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


def run(*command):
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, timeout=300).stdout


def rows(build, name):
    """What a program of tests/bench prints: words, by the line."""
    return [line.split() for line in run(os.path.join(build, "tests/bench", name)).splitlines()]


def count(job):
    program, case, counted = job
    # a run without calls costs what starting costs
    idle = (0, 0) if counted else profile(program, case, 0)
    busy = profile(program, case, TIMES, counted)
    return {"ours": round((busy[0] - idle[0]) / TIMES), "libc": round((busy[1] - idle[1]) / TIMES)}


def measure(build):
    """(compiler, instructions by the case)"""
    programs = {os.path.join(build, "tests/bench", name): counted for name, counted in PROGRAMS.items()}
    jobs = [(program, case, counted) for program, counted in programs.items() for case in run(program, "list").split()]
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        figures = dict(zip([job[1] for job in jobs], pool.map(count, jobs)))
    return run(jobs[0][0], "compiler").strip(), figures


def total(figures, goal):
    """Instructions of ours, of all that the goal is for."""
    return sum(figure["ours"] for case, figure in figures.items()
               if case in (goal, f"{goal}-decode", f"{goal}-encode"))


def many(figures):
    """What part of an exit's instructions at one device it has at 65,536."""
    return {case: figures[f"{case}-many"]["ours"] / figure["ours"]
            for case, figure in figures.items() if f"{case}-many" in figures}


# ---- by the clock


def doors(build):
    """Nanoseconds per ioctl, in turn, and the best of each; None: what it needs is not installed."""
    program = os.path.join(build, "tests/bench/doors")
    umockdev, wrapper = os.path.join(build, "tests/bench/umockdev"), shutil.which("umockdev-wrapper")
    ways = {
        "in-process": [program],
        "preload": [os.path.join(build, "src/cli/tsmreq"), "mock", "--uapi", "cca-v7", "--arch", "sev",
                    "--", program, "/dev/iommu"],
        "umockdev": [wrapper, umockdev, program, "/dev/iommu"],
    }
    best = dict.fromkeys(ways)
    for _ in range(5):
        for way, command in ways.items():
            if way != "umockdev" or (wrapper and os.path.exists(umockdev)):
                best[way] = min(int(run(*command)), best[way] or sys.maxsize)
    return best


def clock(build):
    """All that is measured by it; evidence is None where it was built without libnl."""
    netlink = os.path.exists(os.path.join(build, "tests/bench/netlink"))
    return {
        "evidence": [float(word) for word in rows(build, "netlink")[0]] if netlink else None,
        "offload": {arch: [float(median), float(worst)] for arch, median, worst in rows(build, "offload")},
        "parallel": [float(word) for word in rows(build, "parallel")[0]],
        "slices": {size: [float(word) for word in words] for size, *words in rows(build, "slices")},
        "doors": doors(build),
    }


def tell(times):
    """In words, each with its goal."""
    if times["evidence"]:
        library, bare, ratio = times["evidence"]
        yield (f"evidence by netlink, 16 MiB: {library:.0f} MiB/s, recvmsg and memcpy alone {bare:.0f}, "
               f"ratio {ratio:.2f} (goal {EVIDENCE})")
    steps = ", ".join(f"{arch} {median:.0f} us (longest {worst:.0f})"
                      for arch, (median, worst) in times["offload"].items())
    yield f"a vCPU's step beside a kernel call of 100 ms: {steps} (goal {STEP_US})"
    threads, processes, ratio = times["parallel"]
    yield (f"two vCPUs on two devices: {threads:.0f} thousand exits/s as threads, {processes:.0f} as processes, "
           f"ratio {ratio:.2f} (goal {PARALLEL})")
    slices = ", ".join(f"{size} KiB {words[2]:.2f}" for size, words in times["slices"].items())
    yield f"a slice from a snapshot, as a part of memcpy: {slices} (goal {SLICE})"
    ways = ", ".join(f"{way} {'not measured (not installed)' if ns is None else f'{ns} ns'}" for way, ns in times["doors"].items())
    yield f"an ioctl of the mock with 4 KiB each way: {ways} (goal: preload {PRELOAD_NS})"


# ---- what is wrong, in words


def judge(figures, heap, stored):
    for case, figure in figures.items():
        if figure["ours"] <= 0:
            yield f"{case}: nothing was counted"
        if case in stored and figure["ours"] > stored[case] * WORSE:
            yield (f"{case}: {figure['ours']} instructions, {stored[case]} before: "
                   "find them, or keep them with ./dev bench --store and say why")
    for goal, most in GOAL.items():
        if stored and total(figures, goal) > most:
            yield f"{goal}: {total(figures, goal)} instructions, the goal was {most} and had been reached"
    for case, part in many(figures).items():
        if part > MANY:
            yield f"{case}: {part:.2f} times as dear at 65,536 devices as at one, the goal is {MANY}"
    for case, calls in heap.items():
        if calls:
            yield f"{case}: {calls} calls to the heap in 100 rounds, the goal is none"


def judge_clock(times):
    """Only what is out of a busy machine's reach."""
    for arch, (median, _) in times["offload"].items():
        if median > STEP_US:
            yield f"{arch}: the vCPU is away for {median:.0f} us, the goal is {STEP_US}"
    if times["doors"]["preload"] > PRELOAD_NS:
        yield f"preload: {times['doors']['preload']} ns per ioctl, the goal is {PRELOAD_NS}"


def show(compiler, figures, before, heap):
    print(f"instructions per call, {compiler}; the system call itself is not in it")
    print(f"{'':<18}{'ours':>8}{'stored':>8}{'libc':>8}")
    for case, figure in figures.items():
        print(f"{case:<18}{figure['ours']:>8}{before.get(case, '-'):>8}{figure['libc']:>8}")
    print(", ".join(f"{goal} {total(figures, goal)} of {most}" for goal, most in GOAL.items()))
    print("at 65,536 devices, as a part of what it is at one: "
          + ", ".join(f"{case} {part:.2f}" for case, part in many(figures).items()) + f" (goal {MANY})")
    print(f"calls to the heap: {sum(heap.values())} in 100 rounds of {len(heap)} kinds of exits (goal 0)")


def main(build, option=None):
    with open(FIGURES, encoding="utf-8") as f:
        stored = json.load(f)
    compiler, figures = measure(build)
    heap = {case: int(calls) for case, calls in rows(build, "heap")}
    times = clock(build) if option != "--gate" else None
    before = stored.get(compiler, {})
    if option == "--store":
        stored[compiler] = {case: figure["ours"] for case, figure in figures.items()}
        with open(FIGURES, "w", encoding="utf-8") as f:
            f.write(json.dumps(stored, indent=2, sort_keys=True) + "\n")
    if option == "--json":
        print(json.dumps({"compiler": compiler, "instructions": figures, "many": many(figures), "heap": heap,
                          **times}, indent=2))
        return
    show(compiler, figures, before, heap)
    findings = list(judge(figures, heap, before if option != "--store" else {}))
    if times:
        print(*tell(times), sep="\n")
        findings += judge_clock(times)
    if not before and option == "--gate":
        print(f"no figures of {compiler} are stored: nothing to compare with")
    for finding in findings:
        print(finding)
    sys.exit(1 if findings else 0)


main(*sys.argv[1:])
