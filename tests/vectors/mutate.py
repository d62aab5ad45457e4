#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Does replay look? Changes every case in one place at a time: each change must turn it red."""

import json
import re
import subprocess
import sys
import tempfile

BYTE = re.compile(r"(?<![0-9a-fpx.*=:])([0-9a-f]{2})(?![0-9a-fpx:=])")


def read_cases(path):
    """Blocks of (key, text) lines."""
    blocks, block = [], []
    with open(path, encoding="utf-8") as lines:
        for line in [*lines, "\n"]:
            line = line.rstrip()
            if not line:
                if block:
                    blocks.append(block)
                block = []
            elif not line.startswith("#"):
                key, _, text = line.partition(" ")
                block.append((key, text.strip()))
    return blocks


def other_byte(match):
    return f"{int(match.group(1), 16) ^ 0xFF:02x}"


def other_word(word):
    """A value that is still of its kind, and another one."""
    key, _, value = word.partition("=")
    numbers = ("written", "residue", "consumed", "value", "code", "op-cmd", "req-cmd", "req-size")
    if key in numbers and re.fullmatch("[0-9a-f]+", value):
        return f"{key}={int(value, 16) + 1:x}"
    if key in ("verdict", "layout", "bind", "objects", "code"):
        return f"{key}=other"
    if key == "result":
        return "result=failed" if value != "failed" else "result=ok"
    if key == "errno":
        return "errno=ENOSPC"
    if key == "ret":
        return "ret=-ENOSPC" if value != "-ENOSPC" else "ret=0"
    return None


def change_bytes(text):
    """The first and the last byte that is written out."""
    found = list(BYTE.finditer(text))
    for match in {found[0].start(): found[0], found[-1].start(): found[-1]}.values() if found else ():
        yield text[: match.start()] + other_byte(match) + text[match.end() :]


def change_words(text, keys=None):
    words = text.split()
    for i, word in enumerate(words):
        if keys and word.partition("=")[0] not in keys:
            continue
        changed = other_word(word)
        if changed:
            yield " ".join([*words[:i], changed, *words[i + 1 :]])


def change_reply(text):
    words, resp, answer = text.partition("resp=")
    for changed in change_words(words):
        # code=0 says no more than no code word does, where there is no tsm_code
        yield changed + (" " + resp + answer if resp else "")
    for changed in change_bytes(answer):
        yield words + resp + changed


def change_letters(text):
    """Another errno for a probe the library must send: A, B, C and J on every slot, or S."""
    for letter in "ABCJS":
        changed = re.sub(rf"\b{letter}=\w+", f"{letter}=ENOSPC", text)
        if changed != text:
            yield changed


# ---- guests' exits: what goes in is a question, what comes out, and what is sent for it, is not

GUESTS = {"rhi", "tdcm-2.0", "service-1.5", "service-tdcm-0.6.4"}
EXIT = re.compile(r"(x0|nr|rcx|r10|exit|event|ghcb)=")
OTHER = {"locked": "run", "run": "locked", "unlocked": "run", "shared": "private", "private": "shared", "none": "1"}


def other_value(key, value):
    """Of the same kind, as far as that can be told."""
    if re.fullmatch("[0-9a-f]{1,16}", value):
        return f"{int(value, 16) ^ 1:x}"
    if re.fullmatch("h[0-9]+", value):
        return "0"
    if key in ("nonce", "raw"):
        return other_byte(re.match("(..)", value)) + value[2:]
    if key == "guid":
        return f"{int(value[0], 16) ^ 1:x}{value[1:]}"
    if key == "object":
        return "vca" if value != "vca" else "report"
    return OTHER.get(value, "other")


def change_values(text):
    words, run, answer = text.partition("run=")
    words = words.split()
    for i, word in enumerate(words):
        key, _, value = word.partition("=")
        rest = [*words[:i], f"{key}={other_value(key, value)}", *words[i + 1 :]]
        yield " ".join(rest) + (" " + run + answer if run else "")
    for changed in change_bytes(answer):
        yield " ".join([*words, run + changed])


def change_exit(key, text, alive, binds):
    if key in ("sends", "req"):
        return change_bytes(text) if alive else ()
    if key == "call":
        return change_values(text)
    if key == "out":
        return change_values(text) if binds else ()
    if key == "after" and binds:
        gpa, _, data = text.partition(" ")
        return (f"{gpa} {changed}" for changed in change_bytes(data))
    return ()


def exit_mutations(block, spoken):
    case = dict(block)
    words = case["abi"].split()
    # of a kernel that is never spoken to, and of the rest of a VMM, the case only tells
    alive = words[-1] in spoken | GUESTS
    binds = not case["case"].startswith("vmm-") and words[0] != "kvm-none"
    for i, (key, text) in enumerate(block):
        for line in change_exit(key, text, alive, binds):
            yield [*block[:i], (key, line), *block[i + 1 :]]
        if key in ("given", "call", "in", "out"):
            yield [*block[:i], (key, text + " no-such-word=1"), *block[i + 1 :]]
        # one of several tries is not missed
        if key == "sends" and alive and block.count((key, text)) == 1:
            rest = i + 1
            while rest < len(block) and block[rest][0] in ("req", "reply"):
                rest += 1
            yield block[:i] + block[rest:]


# ---- calls of the VMM


def mutations(block, spoken):
    """Cases that differ from this one in one place."""
    case = dict(block)
    if any(key == "in" and EXIT.match(text) for key, text in block):
        yield from exit_mutations(block, spoken)
        return
    # of the others nothing is sent: their layouts are documentation
    alive = case.get("abi") in spoken
    # what the caller hands in is a question, not an expectation
    call = case.get("call", "").split()
    asked = "kind=ioctl" in call
    opaque = asked or bool({"kind=raw_request", "kind=guest_req", "kind=set_dma"} & set(call))
    for i, (key, text) in enumerate(block):
        if key == "sends":
            changed = change_bytes(text) if alive and not asked else ()
        elif key == "req":
            changed = change_bytes(text) if alive and not opaque else ()
        elif key == "reply":
            changed = change_reply(text) if alive else ()
        elif key == "out":
            changed = change_words(text)
        elif key == "given":
            changed = change_words(text, ("op-cmd", "req-cmd")) if alive else ()
        elif key == "in":
            changed = change_letters(text) if alive else ()
        else:
            changed = ()
        for line in changed:
            yield [*block[:i], (key, line), *block[i + 1 :]]
        if key in ("given", "call", "in", "out"):
            yield [*block[:i], (key, text + " no-such-word=1"), *block[i + 1 :]]
        if key == "sends" and alive and not asked:
            rest = i + 1
            while rest < len(block) and block[rest][0] in ("req", "reply"):
                rest += 1
            yield block[:i] + block[rest:]


def read_spoken(tsmreq):
    """The revisions the mock plays, a kernel without TSM among them; probe arguments are for any."""
    table = json.loads(subprocess.run([tsmreq, "uapi", "--json"], stdout=subprocess.PIPE, check=True).stdout)
    return {"none", "any"} | {row["name"] for row in table if not row["refusal"]}


def main():
    tsmreq, *paths = sys.argv[1:]
    spoken = read_spoken(tsmreq)
    with tempfile.NamedTemporaryFile("w", suffix=".vec", encoding="utf-8") as out:
        names = {}
        for path in paths:
            for block in read_cases(path):
                for changed in mutations(block, spoken):
                    name = f"mutation-{len(names)}"
                    names[name] = changed
                    out.write(f"case {name}\n")
                    out.writelines(f"{k} {t}\n" for k, t in changed if k != "case")
                    out.write("\n")
        out.flush()
        done = subprocess.run([tsmreq, "replay", "--json", out.name], stdout=subprocess.PIPE, check=False)
    told = json.loads(done.stdout)
    red = {failure["case"] for failure in told["failures"]}
    for name, block in names.items():
        if name not in red:
            print("still green:", *(f"  {key} {text}" for key, text in block), "", sep="\n")
    print(f"{len(red)} of {len(names)} changes turned their case red")
    return 0 if names and len(red) == len(names) and told["passed"] == 0 else 1


if __name__ == "__main__":
    sys.exit(main())
