#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What the vectors' guests say, as inputs of the harnesses.  seeds.py DIRECTORY GHCB GHCI RHI
The layouts are those in the head comments of the harnesses."""
import hashlib
import pathlib
import re
import struct
import sys

ANSWER = bytes(5 + 16)  # rc, flags, layer, state, outcome, code, value
FIELDS = ((0x390, 24), (0x3F0, 16), (0xFFA, 6), (0x1F8, 8), (0x308, 24))
KVM = {"cca-v2": 1, "v2": 1, "v4": 2, "v5": 2, "june": 3, "v6-like": 3, "v6-objects": 3, "cca-v7": 4}
GHCB = {"tio-a": 2, "tio-b": 3, "rfc1": 4, "rfc2": 5, "ghcb204": 6}
QUIRKS = {name: 1 << i for i, name in enumerate(
    "tdi-state-input offset-slice read-exact length0-offset object4-invalid vca-is-4 handle-vdev "
    "continue-any-handle meas-block-old meas-flags-pass tdi-pass".split())}


def octets(text):
    """Hex pairs, 00*16 and ..N."""
    out = b""
    for word in text.split():
        if word.startswith(".."):
            out = out.ljust(int(word[2:]), b"\0")
        elif "*" in word:
            byte, times = word.split("*")
            out += bytes.fromhex(byte) * int(times)
        else:
            out += bytes.fromhex(word)
    return out


def cases(path):
    """Each case as its lines: (key, text)."""
    for block in pathlib.Path(path).read_text(encoding="utf-8").split("\n\n"):
        lines = [line.partition(" ") for line in block.splitlines() if line and line[0] != "#"]
        if lines and any(key == "case" for key, _, _ in lines):
            yield [(key, text.strip()) for key, _, text in lines]


def words(text):
    return dict(word.split("=", 1) for word in text.split() if "=" in word)


def number(fields, key, default=0):
    """A name stands for a value the library chose: any will do."""
    text = fields.get(key, hex(default))
    return int(text, 16) & (2**64 - 1) if re.fullmatch("(0x)?[0-9a-f]+", text) else 1


def quads(*values):
    return struct.pack(f"<{len(values)}Q", *values)


class Memory:
    def __init__(self, case):
        self.pieces = [(int(at, 16), octets(rest))
                       for key, text in case if key == "mem"
                       for at, _, rest in [text.partition(" ")]]

    def read(self, at, size):
        out = bytearray(size)
        for start, piece in self.pieces:
            for i, byte in enumerate(piece):
                if 0 <= start + i - at < size:
                    out[start + i - at] = byte
        return bytes(out)


def exits(case):
    """The in lines, those of one exit together."""
    return [words(text) | ({"run": text.partition("run=")[2]} if "run=" in text else {})
            for key, text in case if key == "in"]


def from_rhi(seeds, path):
    for case in cases(path):
        memory = Memory(case)
        given = " ".join(text for key, text in case if key == "given")
        quirks = sum(QUIRKS.get(q, 0) for q in re.findall(r"quirk=([\w-]+)", given))
        selector = next((KVM[w] for key, text in case if key == "abi" for w in text.split()
                         if w in KVM), 4)
        shared = int(re.search(r"shbit=(\w+)", given + " shbit=800000000000").group(1), 16)
        head = bytes([selector]) + ANSWER + quads(shared)
        for fields in exits(case):
            if "x0" in fields:
                x = [number(fields, f"x{i}") for i in range(8)]
                nr = number(fields, "nr", x[0] & 0xFFFFFFFF)
                seeds.add("rhi", struct.pack("<H", quirks) + ANSWER + quads(0x2000, nr, number(fields, "flags"), *x)
                          + (memory.read(x[2], 0x220) if x[0] & 0xFF == 0x52 else b""))
                seeds.add("kvm", head + run(3, quads(nr, *[0] * 7, number(fields, "flags"))))
            elif fields.get("exit") == "tio":
                part = octets(fields["raw"]) if "raw" in fields and " " in fields["raw"] else quads(
                    *(number(fields, key) for key in ("flags", "nr", "vdev_id", "base", "top", "pa", "response")))
                seeds.add("kvm", head + run(44, part))
            elif fields.get("exit") == "memory-fault":
                seeds.add("kvm", head + run(39, quads(*(number(fields, key) for key in ("flags", "gpa", "size")))))


def run(reason, part):
    return (bytes(8) + struct.pack("<I", reason) + bytes(20) + part).ljust(104, b"\0")[:104]


def from_ghci(seeds, path):
    for case in cases(path):
        memory = Memory(case)
        given = words(" ".join(text for key, text in case if key == "given"))
        width = int(given.get("gpaw", "52"))
        for fields in exits(case):
            if "r11" not in fields:
                continue
            r = [number(fields, f"r{i}") for i in range(10, 16)]
            head = bytes([width, 7]) + ANSWER + quads(*r)
            if r[1] == 0x10005:
                ask, say = (value & ~(1 << (width - 1)) for value in r[2:4])
                size = min(struct.unpack("<I", memory.read(ask + 16, 4))[0], 128)
                room = min(struct.unpack("<I", memory.read(say + 16, 4))[0], 64)
                seeds.add("service", head + struct.pack("<3H", 32, size, room)
                          + memory.read(ask, size) + memory.read(say, room))
            else:
                seeds.add("ghci", head + struct.pack("<H", 64) + memory.read(r[3] & ~(1 << (width - 1)), 20))


def from_ghcb(seeds, path):
    for case in cases(path):
        memory = Memory(case)
        abi = next((GHCB[w] for key, text in case if key == "abi" for w in text.split() if w in GHCB), 1)
        reply = b"".join(octets(text.partition("resp=")[2]) for key, text in case
                         if key == "reply" and "resp=" in text)[0x20:0x38].ljust(24, b"\0")
        reason = 0
        for fields in exits(case):
            reason = number(fields, "exit", reason)
            if "ghcb" in fields:
                at = number(fields, "ghcb")
                page = struct.pack("<HB", 4096, 0) + b"".join(memory.read(at + o, n) for o, n in FIELDS)
                seeds.add("ghcb", bytes([abi, 19]) + ANSWER + page)
                request = struct.unpack("<Q", memory.read(at + 0x398, 8))[0]
                data = struct.unpack("<Q", memory.read(at + 0x1F8, 8))[0]
                seeds.add("snp-message", bytes([abi, 1]) + ANSWER + page
                          + message(memory, request, reply, data))
            elif "run" in fields:
                union = octets(fields["run"]).ljust(56, b"\0")[:56]
                seeds.add("vmgexit", bytes([abi]) + ANSWER + union)
                data, _, request = struct.unpack("<3Q", union[12:36])
                seeds.add("snp-message", bytes([abi, 0]) + ANSWER + union
                          + message(memory, request, reply, data))
                seeds.add("kvm", bytes([9 if abi != 5 else 8]) + ANSWER + quads(0) + run(reason, union))


def message(memory, request, reply, data):
    return struct.pack("<2H", 0, 4096) + memory.read(request + 0x20, 24) + reply + memory.read(data, 32)


def from_objects(seeds):
    """Reports and blob tables stand in no in line: small ones of the documented form."""
    for count, info in ((0, b""), (1, b""), (2, b"info"), (3, b"")):
        report = struct.pack("<4H2I", 0x1F, 0, 3, 0, 0, count)
        report += b"".join(struct.pack("<QI2H", 0x100 * i, 16, i & 15, i) for i in range(count))
        report += struct.pack("<I", len(info)) + info
        for flags in (0, 1):
            seeds.add("report", bytes([flags]) + report)
            seeds.add("report", bytes([flags]) + report + b"more")
    guids = ("c680aa5cef121a40b364ec59a93abe3f", "75cb8c074426e849afe75686c5cf72f1",
             "0e5bdc70c00cd54c97bbff0ba25bf320")
    table, at = b"", 96
    for guid in guids:
        table += bytes.fromhex(guid) + struct.pack("<2I", at, 8)
        at += 8
    head = struct.pack("<B4H", 15, 4096, 8, 8, 8)
    seeds.add("blob", head + table + bytes(24) + b"evidence" * 3)
    seeds.add("blob", head + table[24:48] + bytes(96) + b"evidence" * 2)
    seeds.add("blob", head + bytes(24))


class Seeds:
    def __init__(self, directory):
        self.directory = pathlib.Path(directory)

    def add(self, name, content):
        content = bytes(content)
        folder = self.directory / name
        folder.mkdir(parents=True, exist_ok=True)
        (folder / hashlib.sha1(content).hexdigest()).write_bytes(content)


def main(directory, ghcb, ghci, rhi):
    seeds = Seeds(directory)
    from_ghcb(seeds, ghcb)
    from_ghci(seeds, ghci)
    from_rhi(seeds, rhi)
    from_objects(seeds)


main(*sys.argv[1:])
