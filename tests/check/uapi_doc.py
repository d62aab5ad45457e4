#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""doc/UAPI.md is what the library does: its operations are those of `tsmreq uapi --json`, and its tables
of structures, payloads and probe answers are turned into vectors and replayed.
uapi_doc.py ROOT BUILD"""
import json
import os
import re
import sys
import tempfile

import tree

OPS = ["read-object", "regen-object", "object-info", "validate-mmio", "set-tdi-state",
       "sev-enable-dma", "sev-disable-dma", "sev-mmio-config", "vdev-request"]


def table(text, head):
    """Rows of cells below the line that starts with @head."""
    lines = text[text.index(head):].split("\n\n")[0].splitlines()
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:] if line.startswith("|")]


def documented(text):
    return [tuple(row) for row in table(text, "| revision | TSM_OP")]


def spoken(rows):
    for row in rows:
        if row["refusal"]:
            continue
        for arch, can in row["archs"].items():
            wire = [str(can["ops"].get(op, "-")) for op in OPS]
            yield (row["name"], row["op_cmd"] or "-", row["request_cmd"], str(row["request_size"]),
                   row["layout"], arch, *wire)


# --- the tables as vectors ------------------------------------------------------------------------

POINTER = ["pp"] * 8

# row of the table of payloads: column of the operation, the call, the response
REQUESTS = {
    "object size": ("info", "object_size object=report", 4),
    "object read": ("read", "read_object object=report len=140", 0x140),
    "fresh report": ("regen", "regen object=report", 0),
    "fresh measurements": ("regen", "regen object=measurements flags=1 nonce=42*32", 0),
    "device lookup": ("vdev request", "vdev_request", 0),
    "validate MMIO": ("validate", "validate_mmio base=4000 top=8000 pa=9000", 0),
    "set TDI state": ("state", "set_tdi_state state=run", 0),
}
VALUES = {"object": 3, "flags": 1, "vCPU fd": 0x17, "base": 0x4000, "top": 0x8000, "pa": 0x9000, "state": 2}
PAYLOADS = {"rfc1": 1, "v2": 2, "v4": 3, "v5": 3, "v5-code": 3}  # columns; all others: 4


def le(value, size):
    return [f"{byte:02x}" for byte in value.to_bytes(size, "little")]


def payload(cell):
    """'2, object, u64 0 (16)' as bytes; None for '-'."""
    words, size = re.fullmatch(r"(.*) \((\d+)\)", cell).groups() if cell != "-" else (None, 0)
    if words is None:
        return None
    found, wide = [], 4
    for word in words.split(", "):
        if word.startswith("u64 "):
            word, wide = word[4:], 8
        if word == "nonce pointer":
            found += POINTER
        else:
            found += le(VALUES[word] if word in VALUES else int(word), wide)
    assert len(found) == int(size), f"{cell}: {len(found)} bytes"
    return found


def structure(text, layout, size, values):
    """The bytes of one column of the table of structures."""
    column = {"TSM_OP": 1, "type": 2, "scope": 3, "op": 4}[layout]
    found = []
    for row in table(text, "| offset | TSM_OP"):
        cell = row[column].removeprefix("v5-code: ")
        if not cell or len(found) == size:
            break
        wide = 8 if cell.startswith("u64 ") else 4
        name = re.match(r"\w+", cell.removeprefix("u64 ")).group(0)
        assert int(row[0]) == len(found), f"{layout}: {row[0]}"
        value = values.get(name, 0)
        found += POINTER if value == "pointer" else le(value, wide)
    return found


def case(name, *lines):
    return "\n".join([f"case   {name}", *lines]) + "\n"


def requests(text):
    heads = [cell.strip() for cell in text[text.index("| revision | TSM_OP"):].splitlines()[0].strip("|").split("|")]
    for row in documented(text):
        revision, size, layout, arch = row[0], int(row[3]), row[4], row[5]
        if arch != "cca":
            continue
        for cells in table(text, "| request | type (rfc1)"):
            column, call, room = REQUESTS[cells[0]]
            wire = row[heads.index(column)]
            at = PAYLOADS.get(revision, 4)
            body = payload(cells[at - 1] if cells[at] == "the same" else cells[at])
            given = "given  vdev:100=7 arch=cca tdi:100=bound vcpufd=17 object:100:report=5a*320"
            kind, *more = call.split()
            told = [f"abi    {revision}", given, f"call   kind={kind} dev=100 {' '.join(more)}"]
            if wire == "-" or body is None:
                yield case(f"{revision}-{cells[0].replace(' ', '-')}".lower(), *told, "out    result=refused")
                continue
            values = {"size": size, "vdevice_id": 7, layout: int(wire), "req_len": len(body), "resp_len": room,
                      "tvm_arch": 1, "request": "pointer", "response": "pointer" if room else 0}
            yield case(f"{revision}-{cells[0].replace(' ', '-')}".lower(), *told,
                       "sends  " + " ".join(structure(text, layout, size, values)), "req    " + " ".join(body),
                       "out    result=ok")


def tsm_ops(text):
    for row in documented(text):
        if row[1] == "-" or row[5] != "cca":
            continue
        for name, wire, state in (("bind", 1, "unbound"), ("unbind", 2, "bound")):
            sent = structure(text, "TSM_OP", 16, {"size": 16, "type": wire, "vdevice_id": 7})
            yield case(f"{row[0]}-{name}", f"abi    {row[0]}", f"given  vdev:100=7 arch=cca tdi:100={state}",
                       f"call   kind={name} dev=100", "sends  " + " ".join(sent), "out    result=ok")


def letters(text):
    for row in table(text, "| letter | size"):
        for name, size, words in (row[:3], row[4:]):
            if not name:
                continue
            argument = le(int(size), 4) + ["00"] * (int(size) - 4)
            for word in words.split(", ") if words != "-" else []:
                at, value = word.split(" = ")
                argument[int(at):int(at) + 4] = le(int(value, 0), 4)
            yield case(f"letter-{name.lower()}", "abi    any", "given  cmd=3b95,3b96,3b97",
                       f"call   kind=probe name={name}", "sends  " + " ".join(argument))


CLASSES = {"rfc1": 5, "v5-code": 5, "v2": 4, "v4": 4, "v5": 4}  # rows; all others: an op request


def slots(text, which):
    """Answers to A, B, C, J of one row; a cell with an 'or' is two slots."""
    cells = table(text, "| a slot is")[which][1:]
    for choice in range(2):
        answers = {}
        for letter, cell in zip("ABCJ", cells):
            if cell not in ("", "the same"):
                last = cell.split(" or ")[-1 if choice else 0]
            answers[letter] = last
        yield answers


def verdict(name, numbers, out):
    lines = [f"in     nr={nr:x} " + " ".join(f"{k}={v}" for k, v in numbers.get(nr, {"A": "ENOTTY"}).items())
             for nr in (0x95, 0x96, 0x97)]
    return case(name, "abi    unlisted", *lines, f"out    {out}")


def verdicts(text):
    numbers = {row[0]: (row[1], row[2]) for row in documented(text)}
    tsm_op = next(slots(text, 1))
    for names, marks, answers in table(text, "| revision | letters"):
        for i, said in enumerate(answers.split("; ")):
            for name in names.split(", "):
                op, request = numbers[name]
                known = next(slots(text, CLASSES.get(name, 3))) | dict(zip(marks.split(), said.split()))
                kernel = {int(request, 16) & 0xff: known}
                if op != "-":
                    kernel[int(op, 16) & 0xff] = tsm_op
                yield verdict(f"verdict-{name}-{i}", kernel, f"verdict={name}")
    for nr, which in ((0x95, 2), (0x96, 2), (0x96, 6), (0x96, 7), (0x97, 7)):
        for i, answers in enumerate(slots(text, which)):
            yield verdict(f"off-{nr:x}-{which}-{i}", {nr: answers}, "verdict=off")
    yield verdict("none", {}, "verdict=none")
    yield verdict("getpa", {0x95: {"A": "EINVAL", "B": "EPERM", "C": "EPERM", "J": "E2BIG"}}, "verdict=none")


def replayed(text, command):
    cases = [*tsm_ops(text), *requests(text), *letters(text), *verdicts(text)]
    with tempfile.NamedTemporaryFile("w", suffix=".vec", encoding="utf-8") as f:
        f.write("\n".join(cases))
        f.flush()
        told = json.loads(tree.run(command, "replay", "--json", f.name).stdout)
    if told["passed"] + len(told["failures"]) != len(cases):
        yield f"doc/UAPI.md: {len(cases)} cases made, {told['passed']} passed"
    for failure in told["failures"]:
        yield f"doc/UAPI.md, as a vector: {failure['case']}: {failure['why']}"


def main(root, build):
    text = tree.read(root, "doc/UAPI.md")
    command = os.path.join(build, "src/cli/tsmreq")
    rows = json.loads(tree.run(command, "uapi", "--json").stdout)
    said, is_ = documented(text), list(spoken(rows))
    findings = [f"doc/UAPI.md: no such row in the library: {' '.join(r)}" for r in said if r not in is_]
    findings += [f"doc/UAPI.md: missing: | {' | '.join(r)} |" for r in is_ if r not in said]
    findings += [f"doc/UAPI.md: {row['name']} is not named" for row in rows if f"`{row['name']}`" not in text
                 and row["refusal"]]
    if not findings:
        findings += replayed(text, command)
    tree.conclude(findings, f"{len(is_)} rows of operations, and the tables as vectors")


if __name__ == "__main__":
    main(*sys.argv[1:])
