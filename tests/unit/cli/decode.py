#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""tsmreq decode and tsmreq report, as their user meets them: exits made of the vector files, then words,
exit codes and errors. decode.py TSMREQ VECTORS"""

import json
import os
import re
import struct
import subprocess
import sys
import tempfile

TSMREQ, VECTORS = sys.argv[1:3]


def run(*args, code=0, given=None):
    done = subprocess.run([TSMREQ, *args], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          input=given or b"", check=False)
    assert done.returncode == code, f"{args}: exit {done.returncode}, {done.stderr}"
    if code == 0:
        assert done.stderr == b"", f"{args}: {done.stderr}"
    return done.stdout.decode(), done.stderr.decode()


def looked_at(*args):
    """As JSON."""
    return json.loads(run("decode", *args, "--json")[0])


def shown(told, *args):
    """What people see says the same of the call."""
    line = run("decode", *args)[0].splitlines()[0].split()
    assert line[0] == "call" and line[1:] == [f"{k}={v.removeprefix('0x')}" for k, v in told["call"].items()]


def decoded(*args):
    told = looked_at(*args)
    shown(told, *args)
    return told


def refused(code, part, *args, given=None):
    """One clear line on standard error, and nothing on standard output."""
    out, err = run(*args, code=code, given=given)
    assert out == "", f"{args}: {out}"
    assert err.count("\n") == 1 and err.startswith("tsmreq "), f"{args}: {err}"
    assert part in err, f"{args}: {part!r} is not in {err!r}"
    if code == 2:
        assert "--help" in err, f"{args}: it does not say where the help is: {err}"


def put(name, data):
    path = os.path.join(FOLDER, name)
    with open(path, "wb") as out:
        out.write(data)
    return path


# --- the vector files, as far as an exit needs them


def number(text):
    """h1 and h2 are handles: any number will do."""
    return 0x7000 + int(text[1:]) if text.startswith("h") else int(text, 16)


def to_bytes(text):
    """`07 00*3`, `42*32`, `..N`"""
    made = b""
    for fill, pair, times in re.findall(r"\.\.(\d+)|([0-9a-f]{2})(?:\*(\d+))?", text):
        made += bytes(int(fill) - len(made)) if fill else bytes.fromhex(pair) * int(times or 1)
    return made


def words(line):
    return dict(word.partition("=")[::2] for word in line.split())


def cases(name):
    with open(os.path.join(VECTORS, name), encoding="utf-8") as file:
        blocks = re.split(r"\n\s*\n", "".join(line for line in file if not line.startswith("#")))
    for block in filter(None, map(str.strip, blocks)):
        lines = [(line.split(None, 1) + [""])[:2] for line in block.splitlines()]
        case = {"name": lines[0][1].strip(), "abi": "", "given": {}, "mem": [], "steps": []}
        for key, text in lines:
            text = text.strip()
            if key == "abi":
                case["abi"] = text
            elif key == "given":
                case["given"].update(words(text))
            elif key == "mem":
                gpa, data = text.split(None, 1)
                case["mem"].append((int(gpa, 16), to_bytes(data)))
            elif key == "in" and (not case["steps"] or case["steps"][-1]["closed"]):
                case["steps"].append({"in": text, "call": None, "closed": False})
            elif key == "in":
                case["steps"][-1]["in"] += " " + text
            elif key == "call" and case["steps"]:
                case["steps"][-1]["call"] = text
            if key in ("call", "sends", "reply", "out") and case["steps"]:
                case["steps"][-1]["closed"] = True
        yield case


def memory(case, gpa, size):
    """What the guest has there; bytes that no line names are zero."""
    made = bytearray(size)
    for at, data in case["mem"]:
        low, high = max(at, gpa), min(at + len(data), gpa + size)
        if low < high:
            made[low - gpa:high - gpa] = data[low - at:high - at]
    return bytes(made)


# which copies an exit may ask for: of read[N], with that option
LOOKS = {
    "rhi-parameters": [(0, "--parameters")],
    "tdcm-header": [(0, "--buffer")],
    "service-headers": [(0, "--buffer"), (1, "--response")],
    "sev-message": [(0, "--message")],
    "sev-nonce": [(1, "--nonce")],
}
SEEN = set()


def follow(case, command, looks, size=None):
    """Gives an exit the copies that it asks for, @size bytes or as many as it wants."""
    told = looked_at(*command)
    while told["next"] in looks:
        for span, option in looks[told["next"]]:
            at = told["read"][span]
            command += [option, put(option, memory(case, number(at["gpa"]), size or number(at["size"])))]
        told = looked_at(*command)
    # once for each kind: processes are not free
    kind = (told["call"]["kind"], told["shape"], len(command))
    if kind not in SEEN:
        SEEN.add(kind)
        shown(told, *command)
    return told


def agrees(case, step, told):
    """The words of the call line; where the files give no reason, any will do. Whether addresses are memory
    and devices are there is the VMM's business: the answer is whether that alone makes it a refusal."""
    expect, got = words(step["call"]), {k: v.removeprefix("0x") for k, v in told["call"].items()}
    if expect["kind"] == "reject" and got["kind"] != "reject":
        return True
    if "reason" not in expect:
        got.pop("reason", None)
    if "nonce" in expect:
        expect["nonce"] = to_bytes(expect["nonce"]).hex()
    if "handle" in expect:
        expect["handle"] = f"{number(expect['handle']):x}"
    assert got == expect, f"{case['name']}: expected {expect}, got {got}"
    return False


CCA = {"rhi": "cca-v7", "v2": "cca-v2", "v4": "cca-v4", "v5": "cca-v4", "june": "cca-v6", "v6-like": "cca-v6",
       "v6-objects": "cca-v6", "cca-v7": "cca-v7"}


def cca_run(given, abi):
    exit_, body = given.get("exit"), bytearray(104)
    if exit_ == "tio":
        fields = ["flags", "nr", "vdev_id", "gpa_base", "gpa_top", "pa_base", "response"]
        data = to_bytes(given["raw"]) if "raw" in given else struct.pack(
            "<7Q", *(number(given.get(f, "0")) for f in fields))
        struct.pack_into("<I", body, 8, 44)
        body[32:32 + len(data)] = data
        if abi == "cca-v2":
            return bytes(body[:80])
    elif exit_ == "memory-fault":
        struct.pack_into("<I", body, 8, 39)
        struct.pack_into("<3Q", body, 32, *(number(given.get(f, "0")) for f in ("flags", "gpa", "size")))
    else:
        struct.pack_into("<I", body, 8, 3)
        struct.pack_into("<Q", body, 32, number(given.get("nr", f"{number(given['x0']) & 0xffffffff:x}")))
        struct.pack_into("<Q", body, 96, number(given.get("flags", "0")))
    return bytes(body)


def cca_step(case, step):
    given, abi = words(step["in"]), CCA[case["abi"].split()[0]]
    registers = [f"{k}=0x{number(v):x}" for k, v in given.items() if re.fullmatch(r"x[0-7]", k)]
    quirks = ["--quirks", case["given"]["quirk"]] if "quirk" in case["given"] else []
    base = ["--shared-base", case["given"]["shbit"]] if "shbit" in case["given"] else []
    carrier = ["kvm-run", put("run", cca_run(given, abi)), "--abi", abi, *base]
    # a call line without flags is the call as the registers tell it: its block is not readable, or refused
    looks = LOOKS if "flags" in words(step["call"]) else {}
    command = [*carrier, *registers, *quirks]
    told = follow(case, command, looks)
    if registers and abi == "cca-v7":
        # the same without kvm_run
        exit_ = [f"{k}={given[k]}" for k in ("nr", "flags") if k in given]
        again = follow(case, ["rhi", *registers, *quirks, *exit_], looks)
        assert again == told or told["call"]["kind"] == "none", f"{case['name']}: {again}, {told}"
    return agrees(case, step, told)


def tdx_step(case, step):
    given = words(step["in"])
    offers = ["none"] if case["given"].get("tdcm") == "off" else ["tdcm"]
    offers += ["service"] if case["given"].get("legacy") == "on" else []
    offers += ["service-tdcm"] if "tdcm" in case["given"].get("services", "").split(",") else []
    command = ["ghci", *(f"{k}={v}" for k, v in given.items() if k != "rcx"),
               "--gpa-width", case["given"]["gpaw"], "--offers", ",".join(offers)]
    return agrees(case, step, follow(case, command, LOOKS, 0x20000))


def tdx_exit(case, step):
    """Nothing in these exits is ours, wherever the fields stand."""
    values = [number(value) for value in words(step["in"]).values()]
    body = put("run", struct.pack("<8xI20x", values[0]) + struct.pack(f"<{len(values) - 1}Q", *values[1:]) + bytes(104))
    return any(agrees(case, step, follow(case, ["kvm-run", body, "--abi", abi], LOOKS)) for abi in ("tdx", "tdx-old"))


SEV = {"tio-a": ("sev-tio", "auto"), "tio-b": ("sev-tio", "auto"), "rfc1": ("sev-rfc1", "rfc1"),
       "rfc2": ("sev-rfc2", "rfc2"), "ghcb204": ("sev", "ghcb204"), "req-certs": ("sev", "auto"), "psc": ("sev", "auto")}


def sev_step(case, step):
    given, (abi, guest) = words(step["in"]), SEV[case["abi"].split()[0]]
    if "ghcb" in given:
        command = ["ghcb", put("ghcb", memory(case, number(given["ghcb"]), 4096)), "--abi", guest]
    else:
        body = bytearray(104)
        struct.pack_into("<I", body, 8, number(given["exit"]))
        data = to_bytes(step["in"].partition("run=")[2])
        body[32:32 + len(data)] = data
        command = ["kvm-run", put("run", bytes(body)), "--abi", abi]
    return agrees(case, step, follow(case, command, LOOKS))


def walk(name, step_of):
    """How many exits a file has, and how many refusals of them are the VMM's own."""
    exits = [(case, step) for case in cases(name) for step in case["steps"]
             if step["call"] and "event=" not in step["in"] and not case["abi"].startswith("kvm-none")]
    return len(exits), sum(step_of(case)(case, step) for case, step in exits)


def test_rhi_vectors():
    exits, refusals = walk("rhi.vec", lambda case: cca_step)
    assert exits >= 250 and refusals == 0, (exits, refusals)


def test_ghci_vectors():
    exits, refusals = walk("ghci.vec", lambda case: tdx_exit if case["abi"].startswith("kvm-exit") else tdx_step)
    assert exits >= 140 and refusals * 10 < exits, (exits, refusals)


def test_ghcb_vectors():
    exits, refusals = walk("ghcb.vec", lambda case: sev_step)
    assert exits >= 170 and refusals * 10 < exits, (exits, refusals)


# --- what people see


def lines(*args, given=None):
    return run(*args, given=given)[0].splitlines()


def test_every_field_of_a_call():
    assert lines("decode", "rhi", "x0=c500004d", "x1=10108", "x2=1", "x3=0x2000", "x4=8", "x5=6") == [
        "call      kind=read_object dev=10108 object=certificate gpa=2000 len=8 off=6",
        "device    0001:01:01.0", "arch      cca", "shape     rhi",
        "write[0]  use=object gpa=2000 size=8", "offered   yes", "next      done"]
    assert lines("decode", "rhi", "x0=c5000056")[-2] == "offered   no: answer x0=-1"
    assert lines("decode", "rhi", "x0=c5000056", "--features", "bf")[-2] == "offered   yes"
    assert lines("decode", "rhi", "x0=c5000052", "x2=1000")[-1] == \
        "next      rhi-parameters: give read[0] with --parameters"
    assert lines("decode", "rhi", "x0=84000000") == [
        "call      kind=none", "meaning   not ours: hand the exit on, touch nothing"]
    out = lines("decode", "ghci", "r11=10007", "r12=18", "r13=8000012340000", "r14=1000", "r15=50")
    assert "vector    50" in out and out[-1] == "next      tdcm-header: give read[0] with --buffer"
    told = decoded("ghci", "r11=10007", "r12=18", "r13=8000012340000", "r14=1000", "r15=50")
    assert told["vector"] == "0x50" and told["device"] == "0000:00:03.0" and told["message"] is None
    assert told["read"][0] == {"use": "tdcm-header", "gpa": "0x12340000", "size": "0x14"}
    assert told["read"][1] is None and told["offered"] is None and told["answer"] is None


def test_answers_of_refusals():
    assert decoded("rhi", "x0=c500004c", "x2=4")["answer"] == {"x0": "0xb", "name": "OBJECT_UNSUPPORTED"}
    # nr is the low half, as KVM has it, unless it is given
    assert decoded("rhi", "x0=1c500004c")["answer"] == {"x0": "0xffffffffffffffff", "name": "NOT_SUPPORTED"}
    assert decoded("rhi", "x0=1c500004c", "nr=1c500004c")["call"] == {"kind": "none"}
    assert decoded("rhi", "x0=c500004c", "flags=4")["call"] == {"kind": "reject", "reason": "bad_flags"}
    private = ("ghci", "r11=10007", "r12=18", "r13=12340000", "r14=1000")
    assert decoded(*private)["answer"] == {"r10": "0x8000000000000000", "name": "INVALID_OPERAND"}
    shared = ("ghci", "r11=10007", "r13=8000012340000", "r14=1000")
    header = put("header", struct.pack("<HB17x", 9, 0))
    assert decoded(*shared, "--buffer", header)["answer"] == {
        "r10": "0x0", "error": "0xf", "length": "0x14", "name": "INVALID_STATE"}
    guid = bytes.fromhex("e1c56ffb7833cb4a8964fa5ee43b9c8a")
    query = put("query", guid + struct.pack("<II", 30, 0) + bytes(20))
    answer = put("answer", guid + struct.pack("<II", 4096, 0) + bytes(20))
    service = ("ghci", "r11=10005", "r12=8000012340000", "r13=8000012350000", "--offers", "service",
               "--buffer", query, "--response", answer)
    assert decoded(*service)["answer"] == {
        "r10": "0x0", "status": "0x4", "length": "0x18", "name": "BAD_COMMAND_SIZE"}
    page = bytearray(4096)
    assert decoded("ghcb", put("page", page))["answer"] == {"info1": "0x2", "info2": "0x4", "name": "MISSING_INPUT"}
    sev = bytearray(104)
    struct.pack_into("<I", sev, 8, 42)
    struct.pack_into("<IIB", sev, 32, 5, 0x100, 9)
    told = decoded("kvm-run", put("run", sev), "--abi", "sev-tio")
    assert told["answer"] == {"fw_err": "0x16", "name": "INVALID_PARAM"}
    tio = bytearray(104)
    struct.pack_into("<I", tio, 8, 44)
    run_file = put("tio", tio)
    assert decoded("kvm-run", run_file, "--abi", "cca-v7")["answer"] == {"response": "0xffffffffffffffff"}
    assert decoded("kvm-run", run_file, "--abi", "cca-v2")["answer"] == {"action": "stop"}


def test_what_no_call_line_has():
    fault = bytearray(104)
    struct.pack_into("<I", fault, 8, 39)
    struct.pack_into("<3Q", fault, 32, 0x18, 0x4000, 0x1000)
    told = decoded("kvm-run", put("fault", fault), "--abi", "cca-v7")
    assert told["more"] == {"flags": "0x18"} and told["device"] is None
    guid = bytes.fromhex("51da7062239a6b4b81ceddd86970f296")
    command = put("command", guid + struct.pack("<IIBBHI", 32, 0, 0, 1, 0, 0x18))
    response = put("response", guid + struct.pack("<II", 4096, 0) + bytes(64))
    told = decoded("ghci", "r11=10005", "r12=8000012340000", "r13=8000012350000", "r14=50", "r15=7",
                   "--offers", "service,service-tdcm", "--buffer", command, "--response", response)
    assert told["call"] == {"kind": "legacy_tdisp", "dev": "0x18"}
    assert told["more"] == {"timeout": "0x7", "offered": "0x1", "command": "0x1",
                            "guid": "6270da51-9a23-4b6b-81ce-ddd86970f296"}
    message = bytearray(4096)
    struct.pack_into("<Q8xBBHBBH", message, 0x20, 7, 1, 1, 0x60, 0x13, 2, 16)
    ghcb = bytearray(4096)
    struct.pack_into("<QQQ", ghcb, 0x390, 0x80000020, 0x1000, 0x2000)
    struct.pack_into("<QQQ", ghcb, 0x308, 0x100, 1, 0)
    struct.pack_into("<QQHI", ghcb, 0x3f0, 0x8000000000000000, 0x001c000e00000000, 0, 0)
    struct.pack_into("<H", ghcb, 0xffa, 2)
    told = decoded("ghcb", put("ghcb", ghcb), "--message", put("message", message))
    assert told["message"] == {"type": "0x13", "version": "0x2", "seqno": "0x7", "size": "0x10"}, told
    assert told["shape"] == "ghcb-page" and told["write"][0]["use"] == "sev-response"
    # standard input, too
    assert run("decode", "ghcb", "-", given=bytes(ghcb))[0].startswith("call      kind=pending dev=100 rax=0 ")


def test_usage():
    for carrier in ("rhi", "ghci", "ghcb", "kvm-run"):
        text, _ = run("decode", carrier, "--help")
        assert text.startswith(f"usage: tsmreq decode {carrier} ") and "--json" in text
        refused(2, "unknown option --bla", "decode", carrier, "--bla")
    assert run("decode", "--help")[0].startswith("usage: tsmreq decode CARRIER ")
    refused(2, "name the carrier", "decode")
    refused(2, "no carrier is called sgx; there are rhi ghci ghcb kvm-run", "decode", "sgx")
    refused(2, "name the carrier first", "decode", "--json", "rhi")
    refused(2, "x0 is missing", "decode", "rhi", "x1=1")
    refused(2, "x0 is given twice", "decode", "rhi", "x0=1", "x0=1")
    refused(2, "x8=1 is no register; there are x0= x1=", "decode", "rhi", "x8=1")
    refused(2, "x is no register", "decode", "rhi", "x")
    for wrong in ("", "0x", "g", "-1", "11112222333344445"):
        refused(2, f"x1={wrong} is no hexadecimal number", "decode", "rhi", "x0=1", f"x1={wrong}")
    refused(2, "--features=z is no hexadecimal number", "decode", "rhi", "x0=1", "--features", "z")
    refused(2, "no quirk is called y; there are tdi-state-input ", "decode", "rhi", "x0=1", "--quirks", "vca-is-4,y")
    refused(2, "r11 is missing", "decode", "ghci", "r12=1")
    refused(2, "no GPA width is called 50; there are 48 52", "decode", "ghci", "r11=1", "--gpa-width", "50")
    refused(2, "no offer is called x; there are tdcm service service-tdcm none", "decode", "ghci", "r11=1", "--offers", "x")
    refused(2, "name one file", "decode", "ghcb")
    refused(2, "name one file", "decode", "ghcb", "a", "b")
    refused(2, "no GHCB abi is called x; there are auto tio-a", "decode", "ghcb", "a", "--abi", "x")
    refused(2, "name the file", "decode", "kvm-run", "--abi", "sev")
    refused(2, "--abi is missing", "decode", "kvm-run", "a")
    refused(2, "x0 is missing", "decode", "kvm-run", "a", "x1=1", "--abi", "cca-v7")
    vmgexit = bytearray(104)
    struct.pack_into("<I", vmgexit, 8, 42)
    refused(2, "GHCB abi ghcb204 has no exit of KVM's", "decode", "kvm-run", put("run", vmgexit), "--abi", "sev-tio",
            "--ghcb-abi", "ghcb204")
    # the help names what there is
    _, err = run("decode", "kvm-run", "a", "--abi", "x", code=2)
    for word in re.search("there are (.*);", err).group(1).split():
        assert word in run("decode", "kvm-run", "--help")[0], word
    _, err = run("decode", "ghcb", "a", "--abi", "x", code=2)
    for word in re.search("there are (.*);", err).group(1).split():
        assert word in run("decode", "ghcb", "--help")[0], word


def test_failures():
    refused(1, "/nowhere: No such file", "decode", "ghcb", "/nowhere")
    refused(1, "standard input has 5 bytes; a GHCB page has 4096", "decode", "ghcb", "-", given=b"short")
    refused(1, "has 4097 bytes; a GHCB page has 4096", "decode", "ghcb", put("long", bytes(4097)))
    tdcm = ("decode", "ghci", "r11=10007", "r13=8000012340000", "r14=1000", "--buffer")
    refused(1, "has 19 bytes; the TDCM header needs 20 from byte 0 on", *tdcm, put("short", bytes(19)))
    refused(1, "Is a directory", *tdcm, FOLDER)
    refused(1, "has 287 bytes; the parameter block needs 288", "decode", "rhi", "x0=c5000052", "x2=1000",
            "--parameters", put("block", bytes(287)))
    tio = bytearray(104)
    struct.pack_into("<I", tio, 8, 44)
    refused(1, "has 87 bytes, too few for this exit: the first 104", "decode", "kvm-run", put("run", tio[:87]),
            "--abi", "cca-v7")
    refused(1, "has 0 bytes, too few", "decode", "kvm-run", "-", "--abi", "sev")
    vmgexit = bytearray(33)
    struct.pack_into("<I", vmgexit, 8, 42)
    for size in (12, 31, 32, 33, 32 + 55):
        refused(1, f"has {min(size, 33)} bytes, too few", "decode", "kvm-run", put("run", vmgexit[:size]),
                "--abi", "sev-tio")
    guid = bytes(16)
    command = put("command", guid + struct.pack("<II", 64, 0) + bytes(39))
    response = put("response", guid + struct.pack("<II", 4096, 0))
    refused(1, "has 63 bytes; the command needs 40 from byte 24 on", "decode", "ghci", "r11=10005",
            "r12=8000012340000", "r13=8000012350000", "--offers", "service", "--buffer", command,
            "--response", response)


# --- tables


def test_tables():
    tables = json.loads(run("decode", "--tables", "--json")[0])
    out, _ = run("decode", "--tables")
    assert list(tables) == ["rhi-errno", "rhi-functions", "rhi-quirks", "rhi-filters", "tdcm-errno", "services",
                            "ghcb-errno", "ghcb-refusals", "snp-messages"]
    assert out.count("\n\n") == len(tables) - 1
    for rows in tables.values():
        for row in rows:
            assert re.search(r"^  " + r" +".join(map(re.escape, row.values())) + "$", out, re.MULTILINE), row
    assert tables["rhi-errno"][0] == {"errno": "ENODEV", "when": "any", "x0": "0x3", "name": "INVALID_VDEV_ID"}
    for name in ("rhi-errno", "tdcm-errno", "ghcb-errno"):
        assert tables[name][-1]["errno"] == "any other"
    assert {row["numbering"] for row in tables["rhi-functions"]} == {"final", "2025-07", "2025-11"}
    assert {"features": "0x3b", "base": "0xc500004b", "functions": "0x3", "action": "0x2"} in tables["rhi-filters"]
    assert len([row for row in tables["rhi-filters"] if row["features"] == "0xbf"]) == 5
    assert tables["services"][0]["guid"] == "e1c56ffb7833cb4a8964fa5ee43b9c8a"
    assert all(cell != "unknown" for rows in tables.values() for row in rows for cell in row.values())


# --- report

REPORT = bytes.fromhex("02000000038000000000000002000000" "06000500000000000200000000000000"
                       "00000600000000000100000003000200" "04000000deadbeef")


def test_report():
    path = put("report", REPORT)
    assert lines("report", path) == [
        "interface info  0x0002 dma-without-pasid",
        "MSI-X control   0x8003",
        "LNR control     0x0000",
        "TPH control     0x00000000",
        "ranges          2",
        "  RANGE  ID     START               BYTES           ATTRIBUTES",
        "      0  0      0x0000000050006000  0x2000          0x0000",
        "      1  2      0x0000000060000000  0x1000          0x0003 msix-table msix-pba",
        "device info     4 bytes",
        "  de ad be ef",
        "Linux           takes it",
    ]
    assert lines("report", "-", given=REPORT) == lines("report", path)
    told = json.loads(run("report", "--json", path)[0])
    assert told["names"] == ["dma-without-pasid"] and told["warning"] is None
    assert told["ranges"][1] == {"id": 2, "start": "0x60000000", "bytes": "0x1000", "attributes": "0x3",
                                 "names": ["msix-table", "msix-pba"]}
    assert bytes(told["device_info"]) == b"\xde\xad\xbe\xef"


def test_odd_reports():
    odd = bytearray(REPORT)
    odd[0:3] = b"\x00\x80\x07"  # reserved bits and bytes are shown
    odd[28] = 0x14
    out, _ = run("report", put("odd", odd + b"xy"))
    for part in ("interface info  0x8000 reserved-15", "reserved        0x0007", "0x0014 non-tee reserved-4",
                 "trailing        2 bytes", "Linux           may refuse it",
                 "  bytes behind the report: 2, from byte 56 on"):
        assert part in out, out
    assert "bytes behind" in json.loads(run("report", "--json", put("odd", odd + b"xy"))[0])["warning"]
    swapped = put("swapped", REPORT[:16] + REPORT[32:48] + REPORT[16:32] + REPORT[48:])
    assert "  range ids descend: range 1, at byte 32, and range 0" in run("report", swapped)[0]
    cut = put("cut", REPORT[:50])
    assert "device info     missing" in run("report", "--lenient", cut)[0]
    assert json.loads(run("report", "--lenient", "--json", cut)[0])["device_info"] is None
    none = put("none", bytes(20))
    assert "ranges          0" in run("report", none)[0] and "device info     0 bytes" in run("report", none)[0]


def test_no_reports():
    refused(1, "the header does not fit: at byte 0 it needs 16, there are 3; is this the whole report", "report", "-",
            given=b"abc")
    refused(1, "the MMIO ranges do not fit: at byte 16 it needs 32, there are 31; is this", "report",
            put("x", REPORT[:47]))
    refused(1, "part is missing: at byte 48 it needs 4, there are 2; --lenient does", "report", put("x", REPORT[:50]))
    refused(1, "part does not fit: at byte 52 it needs 4, there are 3; --lenient does", "report", put("x", REPORT[:-1]))
    wraps = bytearray(REPORT)
    wraps[32:40] = b"\xff" * 8
    refused(1, "ends past 64 bits: range 1, at byte 32\n", "report", put("x", wraps))
    refused(1, "longer than any object may be: 16777217, the limit is 16777216", "report", "/dev/zero")
    refused(1, "/nowhere: No such file", "report", "/nowhere")
    refused(2, "name one file with a report", "report")
    refused(2, "name one file with a report", "report", "a", "b")
    refused(2, "unknown option --strict", "report", "--strict")


if __name__ == "__main__":
    sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", ".."))
    import named
    with tempfile.TemporaryDirectory() as FOLDER:
        named.run(globals())
