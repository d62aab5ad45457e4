#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The command as its user meets it: exit codes, one line for an error, JSON that is JSON.
commands.py TSMREQ VECTORS"""

import json
import os
import re
import subprocess
import sys
import tempfile

TSMREQ, VECTORS = sys.argv[1:3]
REVISIONS = ["rfc1", "v2", "v4", "v5", "v5-code", "june", "v6-like", "v6-objects", "cca-v7"]


def run(*args, code=0):
    """What it printed, twice the same."""
    both = [
        subprocess.run([TSMREQ, *args], stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
        for _ in range(2)
    ]
    done = both[0]
    assert done.stdout == both[1].stdout, f"{args}: two runs, two outputs"
    assert done.returncode == code, f"{args}: exit {done.returncode}, {done.stderr}"
    if code == 0:
        assert done.stderr == b"", f"{args}: {done.stderr}"
    return done.stdout.decode(), done.stderr.decode()


def refused(code, part, *args):
    """One clear line on standard error, and nothing on standard output."""
    out, err = run(*args, code=code)
    assert out == "", f"{args}: {out}"
    assert err.count("\n") == 1 and err.startswith("tsmreq"), f"{args}: {err}"
    assert part in err, f"{args}: {part!r} is not in {err!r}"
    if code == 2:
        assert "--help" in err, f"{args}: it does not say where the help is: {err}"


def has_lines(out, *parts):
    for part in parts:
        assert re.search(part, out, re.MULTILINE), f"{part!r} is not in:\n{out}"


def test_help_and_version():
    has_lines(run("--help")[0], "^usage: tsmreq", "^  uapi ", "^  probe ", "^  demo ", "^  replay ", "^  decode ",
              "^  report ", "^  devices ")
    assert re.fullmatch(r"tsmreq \d+\.\d+\.\d+\n", run("--version")[0])
    for command in ("uapi", "probe", "demo", "replay", "decode", "report", "devices"):
        assert run(command, "--help")[0].startswith(f"usage: tsmreq {command} ")
        assert run(command, "-h")[0] == run(command, "--help")[0]


def test_usage_errors():
    assert run(code=2)[1].startswith("usage: ")
    refused(2, "no command is called bla", "bla")
    for command in ("uapi", "probe", "demo", "replay", "decode", "report", "devices"):
        refused(2, "unknown option --bla", command, "--bla")
    refused(2, "no revision is called v99; there are rfc1 v2", "uapi", "v99")
    refused(2, "one revision at most", "uapi", "v2", "v4")
    refused(2, "option --json takes no value", "uapi", "--json=1")
    refused(2, "--device or --mock, not both", "probe", "--device", "x", "--mock", "v2")
    refused(2, "option --mock needs a value", "probe", "--mock")
    refused(2, "no revision is called x", "probe", "--mock", "x")
    refused(2, "no operand is expected, not even x", "probe", "x")
    refused(2, "no architecture is called x; there are cca sev tdx", "demo", "--arch", "x")
    refused(2, "no revision is called x", "demo", "--uapi", "x")
    refused(2, "no operand is expected, not even x", "demo", "x")
    refused(2, "name at least one vector file", "replay")


def test_failures():
    refused(1, "v7 is never spoken: ", "demo", "--uapi", "v7")
    refused(1, "amd-rfc2 is never spoken: ", "probe", "--mock", "amd-rfc2")
    refused(1, "No such file", "probe", "--device", "/nowhere/at/all")
    with open("/dev/full", "w", encoding="utf-8") as full:
        done = subprocess.run([TSMREQ, "uapi"], stdout=full, stderr=subprocess.PIPE, check=False)
    assert done.returncode == 1 and b"cannot write: No space left" in done.stderr, done


def test_uapi():
    out, _ = run("uapi")
    has_lines(
        out,
        r"^rfc1 +0x3b95 +0x3b96 +48 +type +kvm-fd$",
        r"^v6-like +0x3b96 +0x3b97 +48 +op +tsm-code residue$",
        r"^cca-v7 +- +0x3b96 +48 +op +tsm-code residue bind-at-alloc$",
        r"^amd-rfc2 +never spoken: ",
        r"^v7 +never spoken: ",
        r"set-tdi-state=5",
    )
    table = json.loads(run("uapi", "--json")[0])
    spoken = [row["name"] for row in table if not row["refusal"]]
    assert spoken == REVISIONS, spoken
    rows = {row["name"]: row for row in table}
    assert rows["june"]["archs"]["sev"]["ops"]["sev-enable-dma"] == 6
    assert "lock" in rows["cca-v7"]["archs"]["cca"]["features"]
    assert "lock" not in rows["cca-v7"]["archs"]["sev"]["features"]
    assert rows["cca-v7"]["op_cmd"] is None and rows["v5"]["op_cmd"] == "0x3b95"
    assert rows["intel-rfc1"]["archs"] == {}
    for name, row in rows.items():
        assert json.loads(run("uapi", "--json", name)[0]) == row
        has_lines(run("uapi", name)[0], f"^{name} ", "^read from: ")


def test_probe():
    for revision in REVISIONS:
        out, _ = run("probe", "--mock", revision)
        has_lines(out, f"^verdict  {revision}: ", "^0x3b80   S=ENOENT$", "^0x3b96   A=")
        told = json.loads(run("probe", "--json", "--mock", revision)[0])
        assert (told["verdict"], told["revision"]) == ("row", revision)
        assert 0 < len(told["answers"]) <= 16
        assert told["answers"][0] == {"name": "S", "cmd": "0x3b80", "answer": "ENOENT"}
    has_lines(run("probe", "--mock", "none", code=1)[0], "^verdict  none: ")
    has_lines(run("probe", "--device", "/dev/null", code=1)[0], "^verdict  not-iommufd: ")
    told = json.loads(run("probe", "--json", "--device=/dev/null", code=1)[0])
    assert (told["verdict"], told["revision"]) == ("not-iommufd", None)


def test_demo():
    out, _ = run("demo")
    has_lines(
        out,
        "^cca on cca-v7: ",
        "^sev on v6-objects: ",
        "^tdx on cca-v7: ",
        "^  LOCK       done, state locked$",
        "^  evidence   measurements, .* nonce",
        "^  MMIO       0x80000000..0x8000ffff validated$",
        "^  MMIO       MMIO_VALIDATE: ",
        "^  MMIO       a TD accepts its MMIO itself",
        "^  DMA        SDTE_WRITE, on",
        "^  RUN        done, state run$",
        "^  UNLOCK     done, state unlocked$",
        "^3 walks, nothing unexpected$",
    )
    assert "sends" not in out
    out, _ = run("demo", "--uapi", "all")
    has_lines(out, f"^{3 * len(REVISIONS)} walks, nothing unexpected$")
    # what a row cannot do is said
    has_lines(run("demo", "--arch", "cca", "--uapi", "v6-like")[0], "^  evidence   .* netlink$")
    has_lines(run("demo", "--arch=sev", "--uapi=cca-v7")[0], "^  LOCK       this row has no word")
    has_lines(run("demo", "--arch=tdx", "--uapi=rfc1")[0], "^  RUN        no request of this row")
    out, _ = run("demo", "--arch", "sev", "-v")
    has_lines(
        out,
        r"^             # ioctl 0x3b97$",
        r"^             sends  10 00 00 00 01 00\*7 04 00 00 00$",
        r"^             req    a7\*16 00\*16 01 ",
        r"^             reply  ret=0 code=0 resp=b2",
    )


def replay(text, code, *options):
    with tempfile.NamedTemporaryFile("wb", suffix=".vec") as out:
        out.write(text)
        out.flush()
        told, _ = run("replay", *options, out.name, code=code)
        return told.replace(out.name, "FILE")


GOOD = b"""case   good
abi    v5
given  op-cmd=3b95 vdev:100=7
call   kind=bind dev=100
sends  10 00 00 00 01 00*7 07 00 00 00
reply  ret=0
out    result=ok

"""


def test_replay():
    assert replay(GOOD, 0) == "1 passed, 0 failed\n"
    assert replay(GOOD, 0, "-v") == "pass FILE:1: good\n1 passed, 0 failed\n"
    bad = GOOD.replace(b"good", b"bad").replace(b" 07 ", b" 08 ")
    assert replay(GOOD + bad, 1) == (
        "FAIL FILE:13: bad: sends, byte 12: expected 08 00 00 00, got 07 00 00 00\n"
        "1 passed, 1 failed\n"
    )
    told = json.loads(replay(GOOD + bad, 1, "--json"))
    assert (told["passed"], told["failed"]) == (1, 1)
    assert told["failures"][0]["case"] == "bad" and told["failures"][0]["line"] == 13
    # what cannot be read is a failure with its line
    assert replay(b"\ncase x\nbla\n", 1) == "FAIL FILE:3: no such key: bla\n0 passed, 1 failed\n"
    assert replay(b"case x\nabi bla\n", 1).startswith("FAIL FILE:1: x: neither abi nor in says")
    odd = b'case   "odd\\\xff"\nabi    v5\ncall   kind=\xc3\xa4\nout    result=ok\n'
    told = json.loads(replay(odd, 1, "--json"))
    assert told["failures"][0]["case"] == '"odd\\\ufffd"', told
    out, _ = run("replay", "/nowhere", code=1)
    assert out == "FAIL /nowhere: No such file or directory\n0 passed, 1 failed\n"
    json.loads(run("replay", "--json", "/nowhere", code=1)[0])


def test_replay_finds_the_room():
    for block, said in (
        (b"abi    tdcm-2.0\n" b"in     r11=10006\ncall   kind=none", "passed"),
        (b"abi    tio-a june\n" b"in     exit=2a run=00 ..56\ncall   kind=none", "passed"),
        (b"abi    rhi\n" b"in     x0=c500004e\ncall   kind=none", "passed"),
        (b"abi    rfc1\n" b"in     exit=28 run=01 ..12\ncall   kind=none", "passed"),
        (b"abi    v5\n" b"in     nr=c500004e\ncall   kind=none", "passed"),
        (b"abi    v5\n" b"in     exit=5\ncall   kind=none", "no such exit"),
        (b"abi    tdcm-2.0 v9\n" b"in     r11=10006\ncall   kind=none", "no such revision"),
    ):
        assert said in replay(b"case   x\n" + block + b"\n", int(said != "passed")), block


def test_shipped_vectors():
    names = sorted(name for name in os.listdir(VECTORS) if name.endswith(".vec"))
    assert len(names) >= 10, names
    for name in names:
        path = os.path.join(VECTORS, name)
        with open(path, encoding="utf-8") as lines:
            cases = sum(line.startswith("case ") for line in lines)
        assert run("replay", path)[0] == f"{cases} passed, 0 failed\n"


def plant(root, files):
    for path, text in files.items():
        path = os.path.join(root, path)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        if text.startswith("->"):
            os.symlink(text[2:], path)
        else:
            with open(path, "w", encoding="utf-8") as f:
                f.write(text)


def test_devices():
    pci = "bus/pci/devices/"
    with tempfile.TemporaryDirectory() as root:
        refused(1, f"{root} has no PCI functions to show: No such file", "devices", "--root", root)
        plant(root, {pci + "0000:00:00.0/class": "0x060000\n"})
        has_lines(run("devices", "--root", root)[0], "^no device is shown as TSM capable: ")
        assert json.loads(run("devices", "--json", "--root", root)[0]) == []
        plant(root, {
            "class/tsm/tsm0/device/driver": "->../../ccp",
            pci + "10000:01:00.0/tsm/connect": "\n",
            pci + "0000:01:00.0/tsm/connect": "tsm0\n",
            pci + "0000:01:00.0/tsm/bound": "\n",
            pci + "0000:01:00.0/authenticated": "tsm0\n",
            pci + "0000:01:00.4/tsm/dsm": "0000:01:00.0\n",
            pci + "nonsense/tsm/connect": "tsm0\n",
        })
        out, _ = run("devices", "--root", root)
        assert out == (
            "DEVICE        CAPABLE  CONNECTED TSM      DRIVER       ARCH     DSM           BOUND    AUTHENTICATED\n"
            "0000:01:00.0  yes      yes       tsm0     ccp          sev      -             no       yes\n"
            "0000:01:00.4  yes      yes       tsm0     ccp          sev      0000:01:00.0  unknown  unknown\n"
            "10000:01:00.0 yes      no        -        -            unknown  -             unknown  unknown\n"
        ), out
        assert len(run("devices", "--all", "--root", root)[0].splitlines()) == 5
        assert json.loads(run("devices", "--json", "--root", root, "01:00.0")[0]) == [{
            "device": "0000:01:00.0", "capable": "yes", "connected": "yes", "tsm": "tsm0", "role": "link",
            "driver": "ccp", "arch": "sev", "dsm": None, "bound": "no", "authenticated": "yes",
        }]
        run("devices", "--root", root, "--arch", "sev")
        err = run("devices", "--root", root, "--arch", "cca", "01:00.0", code=1)[1]
        assert err == "tsmreq devices: 0000:01:00.0 is connected to tsm0 of driver ccp: a sev host, not cca\n"
        refused(1, f"{root}/{pci}0000:07:00.0: No such device", "devices", "--root", root, "07:00.0")
        refused(2, "x is no PCI function", "devices", "x")
        refused(2, "no architecture is called x; there are cca sev tdx", "devices", "--arch", "x")
        plant(root, {pci + "0000:01:00.0/tsm/dsm": "../../..\n"})
        blame = f"{root}/{pci}0000:01:00.0/tsm/dsm: Bad message"
        refused(1, blame, "devices", "--root", root, "01:00.0")
        refused(1, blame, "devices", "--root", root, "01:00.0", "--json")
        # one that makes no sense hides no other
        out, err = run("devices", "--root", root, code=1)
        assert err == f"tsmreq devices: {blame}\n", err
        has_lines(out, "^0000:01:00.4  yes ", "^10000:01:00.0 yes ")
        assert len(out.splitlines()) == 3, out


if __name__ == "__main__":
    sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", ".."))
    import named
    named.run(globals())
