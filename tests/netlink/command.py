#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""tsmreq evidence as its user meets it, with a server in the kernel's place.
command.py TSMREQ SERVE"""
import json
import os
import pty
import re
import subprocess
import sys
import tempfile

TSMREQ, SERVE = sys.argv[1:3]
DEVICE = "0000:01:00.0"


def run(*args, world=(), code=0, peer=True, **options):
    command = [SERVE, *world, "--", TSMREQ, "evidence", *args, *(["--peer", "@PEER@"] if peer else [])]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=options.get("stderr", subprocess.PIPE), text=True,
                          check=False, timeout=60)
    assert done.returncode == code, f"{args}: exit {done.returncode}, {done.stderr}"
    if code == 0 and "stderr" not in options:
        assert done.stderr == "", done.stderr
    return done.stdout, done.stderr


def refused(code, part, *args, **options):
    out, err = run(*args, code=code, **options)
    assert out == "", out
    assert err.count("\n") == 1 and err.startswith("tsmreq evidence: "), err
    assert part in err, f"{part!r} is not in {err!r}"


def test_all_of_it():
    out, _ = run("01:00.0")
    for line in ("device         01:00.0", "family         device-evidence", "generation     7", "cert2          1432 bytes",
                 "cert0          none", "vca            34 bytes", "measurements   300 bytes", "report         56 bytes",
                 r"interface info  0x0002 dma-without-pasid", r"ranges          2", r"  de ad be ef", "Linux           takes it"):
        assert re.search(f"^{line}$", out, re.MULTILINE), f"{line}:\n{out}"
    told = json.loads(run(DEVICE, "--json")[0])
    assert told["family"] == "device-evidence" and told["generation"] == 7 and told["nonce"] is None
    assert [o["bytes"] for o in told["objects"]] == [0, 0, 1432, 0, 0, 0, 0, 0, 34, 300, 56]
    assert len(told["report"]["ranges"]) == 2


def test_some_of_it():
    told = json.loads(run(DEVICE, "--json", "--type", "vca,cert")[0])
    assert [o["type"] for o in told["objects"]] == [f"cert{i}" for i in range(8)] + ["vca"]
    assert told["report"] is None
    out, _ = run(DEVICE, "--type=measurements", "--digest")
    assert "measurements   300 bytes\n" in out and "ranges" not in out
    assert "the report is none: " in run(DEVICE, world=["noise"])[0]
    assert json.loads(run(DEVICE, "--json", world=["noise"])[0])["report"] is None


def test_nonce():
    out, _ = run(DEVICE, "--nonce", "00ffA5")
    assert "nonce          00ffa5\n" in out and "measurements   64 bytes, with the nonce in them\n" in out
    first, second = (json.loads(run(DEVICE, "--json", "--nonce", "random")[0]) for _ in range(2))
    assert len(first["nonce"]) == 64 and first["nonce"] != second["nonce"]
    assert [o["holds_nonce"] for o in first["objects"] if o["type"] == "measurements"] == [True]
    assert first["generation"] == 8
    out, _ = run(DEVICE, "--nonce", "random", world=["foreign"])
    assert "WITHOUT the nonce in them" in out
    refused(1, f"{DEVICE}: no new measurements from here", DEVICE, "--nonce", "random", world=["gen1"])
    for bad in ("", "0", "zz", "0g", "00" * 33):
        refused(2, "a nonce is random, or 1 to 32 bytes in hex", DEVICE, "--nonce", bad)


def test_families():
    out, _ = run(DEVICE, world=["gen1"])
    assert "family         pci-tsm\n" in out and "generation" not in out
    assert "family         pci-tsm\n" in run(DEVICE, "--family", "pci-tsm")[0]
    refused(1, "does not have the netlink family", DEVICE, world=["nothing"])
    refused(1, "does not have the netlink family", DEVICE, "--family", "device-evidence", world=["gen1"])
    refused(2, "no family is called x; there are auto device-evidence pci-tsm", DEVICE, "--family", "x")


def test_what_is_missing():
    refused(1, "0000:02:00.0: no such device, or it has no evidence", "0000:02:00.0")
    refused(1, "CAP_NET_ADMIN", DEVICE, world=["error=1"])
    refused(1, "no such thing", DEVICE, world=["error=1"])  # the kernel's own words
    refused(1, "time is up", DEVICE, "--timeout", "1", world=["silence"])
    # this machine's own kernel, whatever it has
    _, err = run("ffffffff:ff:1f.7", code=1, peer=False)
    assert err.startswith("tsmreq evidence: ffffffff:ff:1f.7: ") and err.count("\n") == 1


def test_files():
    with tempfile.TemporaryDirectory() as folder:
        out = os.path.join(folder, "new")
        run(DEVICE, "--out", out, world=["large"])
        sizes = {n: os.path.getsize(os.path.join(out, n)) for n in os.listdir(out)}
        assert sizes == {"cert2.bin": 1432, "vca.bin": 34, "measurements.bin": 1 << 24, "report.bin": 56}, sizes
        shown = subprocess.run([TSMREQ, "report", os.path.join(out, "report.bin")], check=True, stdout=subprocess.PIPE)
        assert b"de ad be ef" in shown.stdout
        refused(1, "cert2.bin: File exists", DEVICE, "--out", out)
        os.remove(os.path.join(out, "cert2.bin"))
        refused(1, "vca.bin: File exists", DEVICE, "--out", out)
        refused(1, "no/where: No such file or directory", DEVICE, "--out", os.path.join(folder, "no/where"))


def test_progress_is_for_terminals():
    ours, theirs = pty.openpty()
    run(DEVICE, world=["large"], stderr=theirs)
    os.close(theirs)
    seen = b""
    try:
        while True:
            seen += os.read(ours, 65536)
    except OSError:
        pass
    assert re.search(rb"\rmeasurements \d+ KiB of 16384 KiB", seen), seen[:200]
    run(DEVICE, world=["large"])  # and nobody else sees a word of it


def test_usage():
    refused(2, "name one PCI function", peer=False)
    refused(2, "name one PCI function", DEVICE, DEVICE)
    refused(2, "no evidence is called x; there are", DEVICE, "--type", "vca,x")
    refused(2, "no evidence is called ; there are", DEVICE, "--type", "")
    refused(2, "a timeout is 1 to 86400 seconds", DEVICE, "--timeout", "0")
    refused(2, "a timeout is 1 to 86400 seconds", DEVICE, "--timeout", "-1")
    for peer in ("2", "2:", ":1", "2:x", "x:1", "32:1", "2:4294967296", "2:1 "):
        refused(2, "a peer is PROTOCOL:PORT", DEVICE, "--peer", peer, peer=False)
    refused(1, "eth0: no PCI function", "eth0")


if __name__ == "__main__":
    sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
    import named
    named.run(globals())
