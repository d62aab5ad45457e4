#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Has spin look at every state of the models, and at models with a fault, which it must find.
explore.py [WORD...]: only models and faults with one of the words in their names."""
import concurrent.futures
import os
import re
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
# of each model all assertions and every state that nobody leaves, and these claims, with weak fairness
MODELS = {"operation": ("answered", "drained", "passes"), "flight": (), "ends": ()}
DEPTH = 1000000
SAFETY = ("-DSAFETY", "-DNOCLAIM")
CLAIMS = ("-DNFAIR=3",)  # 6 processes, and weak fairness counts two more
# Cells of table.h that answer something and that no run steps on: a job is looked at before it is
# taken, a device in reset refuses a start, and one reset cancels what there is.
UNTRODDEN = {("IDLE", "TAKE"), ("DONE", "TAKE"), ("TOLD", "TAKE"), ("LOST", "START"), ("LOST", "RESET")}

# (what is wrong, file, text, the text instead, what spin must say)
FAULTS = [
    ("ABORT of a running one answers 0", "table.h",
     "RUNNING, ABORT, RUNNING, BUSY", "RUNNING, ABORT, IDLE, OK", "assertion violated"),
    ("a completion after a reset is told", "table.h",
     "LOST, COMPLETE, IDLE, DROPPED", "LOST, COMPLETE, DONE, OK", "assertion violated"),
    ("one that is finished stays INCOMPLETE", "table.h",
     "DONE, CONTINUE, TOLD, STATUS", "DONE, CONTINUE, DONE, INCOMPLETE", "assertion violated"),
    ("any handle will do", "table.h",
     "RUNNING, STRANGE, RUNNING, UNKNOWN", "RUNNING, STRANGE, RUNNING, INCOMPLETE", "assertion violated"),
    ("an old end is told with a new handle", "table.h",
     "DONE, STRANGE, DONE, UNKNOWN", "DONE, STRANGE, TOLD, STATUS", "assertion violated"),
    ("a handle outlives a reset", "table.h",
     "IDLE, CONTINUE, IDLE, UNKNOWN", "IDLE, CONTINUE, IDLE, STATUS", "assertion violated"),
    ("BUSY for one that was told", "table.h",
     "TOLD, START, QUEUED, OK", "TOLD, START, TOLD, BUSY", "assertion violated"),
    ("ABORT leaves a queued one in the queue", "operation.pml",
     "	job = (state == QUEUED -> operation_job : NOBODY);", "	job = NOBODY;", "assertion violated"),
    ("a reset leaves a queued one in the queue", "operation.pml",
     "			expected[operation_job] = false;\n", "", "assertion violated"),
    ("who was told BUSY stays in the queue", "operation.pml",
     "			withdraw();\n", "", "assertion violated"),
    ("a start slips in after a reset has cancelled", "operation.pml",
     ":: resetting -> verdict = BUSY;", ":: false -> verdict = BUSY;", "assertion violated"),
    ("what was dropped is run", "operation.pml",
     ":: expected[job] && !resetting ->", ":: !resetting ->", "assertion violated"),
    ("a job that nobody takes is forgotten", "operation.pml",
     "	   settle(next);\n", "", "assertion violated"),
    ("a device is given back, the queue forgotten", "operation.pml",
     ":: atomic {\n		empty(queue) -> busy", ":: atomic {\n		busy", "invalid end state"),
    ("a call that never comes back", "operation.pml",
     "		settle(job);\n		release();", "		do :: verdict = NEVER; verdict = OK :: break od;\n		settle(job);\n		release();",
     "acceptance cycle"),
    ("a late result is written", "flight.pml",
     "expects[j] == SETTLED && !over[j] -> write", "!over[j] -> write", "assertion violated"),
    ("a result is written to who has given up", "flight.pml",
     "expects[j] == SETTLED && !over[j] -> write", "expects[j] == SETTLED -> write", "assertion violated"),
    ("the clock writes to who has given up", "flight.pml",
     ":: !over[job] -> write", ":: true -> write", "assertion violated"),
    ("the clock does not mark what it answered", "flight.pml",
     "take_off(job, NOTHING);", "in_flight[job] = false;", "assertion violated"),
    ("a late BIND stays", "flight.pml",
     "late = won;", "late = false;", "assertion violated"),
    ("a BIND that was in time and is told too late stays", "flight.pml",
     "			told = told || (won && expects[job] == SETTLED && over[job]); /* LATE */\n", "", "assertion violated"),
    ("a failed undo is kept to ourselves", "flight.pml",
     "			told = told || result != OK;\n", "", "assertion violated"),
    ("who is refused is not told", "flight.pml",
     ":: expects[j] == ANSWER -> take_off(j, SETTLED);", ":: expects[j] == ANSWER -> take_off(j, NOTHING);",
     "invalid end state"),
    ("two end a device at once", "ends.pml",
     "pins = pins + mine;", "skip;", "assertion violated"),
    ("who waits is not woken", "ends.pml",
     "			wake();\n			unpin();", "			unpin();", "invalid end state"),
    ("who waits looks at the pins alone", "ends.pml",
     ":: !(flag && pins > 0) -> break", ":: flag && pins == 0 -> break", "invalid end state"),
    ("a blocking end gives up on a passing pin", "ends.pml",
     "found = attached && detaching;\n			mine = found && pins == 0;",
     "mine = attached && detaching && pins == 0;\n			found = false;", "assertion violated"),
]


class Broken(Exception):
    pass


def call(*command, cwd):
    done = subprocess.run(command, cwd=cwd, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    if done.returncode:
        raise Broken(f"{' '.join(command)}: {done.stdout}")
    return done.stdout


def build(scratch, model, options, plant=None):
    """A verifier of a model, or of its copy with a fault."""
    for name in [m + ".pml" for m in MODELS] + ["table.h"]:
        with open(os.path.join(HERE, name), encoding="utf-8") as f:
            text = f.read()
        if plant and plant[0] == name:
            if plant[1] not in text:
                raise Broken(f"{name} has no {plant[1]!r}")
            text = text.replace(plant[1], plant[2], 1)
        with open(os.path.join(scratch, name), "w", encoding="utf-8") as f:
            f.write(text)
    call("spin", "-a", model + ".pml", cwd=scratch)
    call("cc", "-w", "-DCOLLAPSE", *options, "-o", "pan", "pan.c", cwd=scratch)


def explore(scratch, *options):
    return call("./pan", f"-m{DEPTH}", *options, cwd=scratch)


def judge(said):
    """(number of states, what is wrong or None) of pan's report."""
    states = re.search(r"^ *(\d+) states, stored", said, re.MULTILINE)
    errors = re.search(r"errors: (\d+)$", said, re.MULTILINE)
    if not states or not errors:
        raise Broken(said)
    wrong = re.search(r"^pan:\d+: (.*)", said, re.MULTILINE)
    if re.search(r"max search depth too small|Search not completed", said) and not wrong:
        wrong = re.search(r".*(max search depth|not completed).*", said)
    return int(states.group(1)), wrong.group(0) if wrong or errors.group(1) != "0" else None


def untrodden(said):
    """The cells of table.h that no process steps on, but for those that say NEVER."""
    with open(os.path.join(HERE, "table.h"), encoding="utf-8") as f:
        cells = re.findall(r"^STEP\((\w+), (\w+), \w+, (\w+)\)", f.read(), re.MULTILINE)
    with open(os.path.join(HERE, "operation.pml"), encoding="utf-8") as f:
        words = re.findall(r"\w+", re.search(r"^mtype = {(.*?)}", f.read(), re.MULTILINE | re.DOTALL).group(1))
    # spin counts a list of mtype from its end
    numbers = {word: str(len(words) - i) for i, word in enumerate(words)}
    trodden = set(re.findall(r"^trodden (\d+) (\d+)$", said, re.MULTILINE))
    return {(state, event) for state, event, verdict in cells
            if verdict != "NEVER" and (numbers[state], numbers[event]) not in trodden}


def tell(model, claim, said):
    """[what is wrong], and the number of states."""
    states, wrong = judge(said)
    if not wrong and model == "operation" and not claim and untrodden(said) != UNTRODDEN:
        wrong = f"steps on no cell of {sorted(untrodden(said))}, which should be {sorted(UNTRODDEN)}"
    if wrong:
        return [f"{model} {claim}: {wrong}"], states
    print(f"{model + ' ' + claim:<24} {states:>9} states, no error", flush=True)
    return [], states


def check_safety(model):
    with tempfile.TemporaryDirectory() as scratch:
        build(scratch, model, ["-O1", *SAFETY])
        return tell(model, "", explore(scratch))


def check_claims(model):
    """All with one verifier, weakly fair."""
    findings, states = [], 0
    with tempfile.TemporaryDirectory() as scratch:
        build(scratch, model, ["-O1", *CLAIMS])
        for claim in MODELS[model]:
            wrong, count = tell(model, claim, explore(scratch, "-a", "-f", "-N", claim))
            findings += wrong
            states += count
    return findings, states


def check_fault(fault):
    what, name, take, put, words = fault
    model = "operation" if name == "table.h" else name.removesuffix(".pml")
    claims = [["-a", "-f", "-N", claim] for claim in MODELS[model]] if words == "acceptance cycle" else []
    with tempfile.TemporaryDirectory() as scratch:
        # found soon: the compiler takes longer
        build(scratch, model, ["-O0", *(CLAIMS if claims else SAFETY)], (name, take, put))
        for options in claims or [[]]:
            _, wrong = judge(explore(scratch, *options))
            if not wrong or words not in wrong:
                return [f"{what} {' '.join(options)}: spin finds {wrong or 'nothing'}"], 0
    print(f"{what + ':':<52} {wrong}", flush=True)
    return [], 0


def main(*words):
    def wanted(name):
        return not words or any(w in name for w in words)

    models = [m for m in MODELS if wanted(m)]
    faults = [f for f in FAULTS if wanted(f[0])]
    # the longest first
    tasks = [(check_claims, m) for m in models if MODELS[m]] + [(check_safety, m) for m in models]
    tasks += [(check_fault, f) for f in faults]
    with concurrent.futures.ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:
        results = [task.result() for task in [pool.submit(*task) for task in tasks]]
    findings = [finding for found, _ in results for finding in found]
    for finding in findings:
        print(finding)
    print(f"{', '.join(models)}: {sum(states for _, states in results)} states; "
          f"{len(faults)} faults planted; {len(findings)} findings")
    sys.exit(1 if findings or not tasks else 0)


if __name__ == "__main__":
    main(*sys.argv[1:])
