#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Every revision x architecture x call x trouble, and every known kernel with an answer changed, as vectors:
the kernel interface read a third time, after src/rev and src/mock.  grid.py TSMREQ"""
import struct
import subprocess
import sys
import tempfile

# revision: TSM_OP, request, layout, tsm_code, CCA's payloads, the VCA object's number, op numbers
OPS_JUNE = {"read": 1, "regen": 2, "info": 3, "validate": 4, "state": 5, "dma-on": 6, "dma-off": 7}
OPS_V6 = {"validate": 1, "state": 2, "dma-on": 3, "dma-off": 4}
OPS_OBJECTS = OPS_V6 | {"read": 5, "regen": 6, "info": 7}
REVISIONS = {
    "rfc1": (0x3B95, 0x3B96, "type", False, "rfc1", 4, {}),
    "v2": (0x3B95, 0x3B96, "scope", False, "march", 4, {}),
    "v4": (0x3B95, 0x3B96, "scope", False, "april", 0, {}),
    "v5": (0x3B95, 0x3B96, "scope", False, "april", 0, {}),
    "v5-code": (0x3B95, 0x3B96, "scope", True, "april", 0, {}),
    "june": (0x3B95, 0x3B96, "op", True, "op", 0, OPS_JUNE),
    "v6-like": (0x3B96, 0x3B97, "op", True, "op", 0, OPS_V6),
    "v6-objects": (0x3B96, 0x3B97, "op", True, "op", 0, OPS_OBJECTS),
    "cca-v7": (None, 0x3B96, "op", True, "op", 0, OPS_OBJECTS),
}
ARCHS = {"cca": 1, "sev": 2, "tdx": 3}
OBJECTS = {"vca": 0, "certificate": 1, "measurements": 2, "report": 3}
STATES = {"unlocked": 0, "locked": 1, "run": 2}
ERRNOS = """EPERM ENOENT EINTR EIO ENXIO E2BIG EBADF EAGAIN ENOMEM EACCES EFAULT EBUSY EEXIST ENODEV EINVAL ENOTTY ENOSPC
ENODATA EREMOTEIO EPROTO EOVERFLOW EBADE EMSGSIZE EOPNOTSUPP ECANCELED ETIMEDOUT ESTALE EILSEQ ETIME EBADFD
ERANGE ENOSYS""".split()
# tested before the operation, on every revision
BEFORE = {"ENOTTY", "E2BIG", "EOPNOTSUPP", "ENOENT", "ENODEV", "EBUSY", "EINVAL"}
PAGE = b"\x5a" * 4096


def u32(*words):
    return b"".join(struct.pack("<I", w) for w in words)


def u64(*words):
    return b"".join(struct.pack("<Q", w) for w in words)


def text(data, pointers=()):
    """Bytes as vectors have them; eight wild ones at each of @pointers."""
    words, at = [], 0
    while at < len(data):
        if at in pointers:
            words.append("pp*8")
            at += 8
            continue
        end = at
        while end < len(data) and data[end] == data[at] and end not in pointers:
            end += 1
        words.append(f"{data[at]:02x}" + (f"*{end - at}" if end - at > 1 else ""))
        at = end
    return " ".join(words)


class Request:
    """One request of a revision, as its bytes; None of it where the revision cannot say it."""

    def __init__(self, revision, arch, op, object_="report", flags=0, state="run"):
        self.revision, self.arch, self.op = revision, arch, op
        _, _, self.layout, self.code, self.payloads, vca, ops = REVISIONS[revision]
        number = vca if object_ == "vca" else OBJECTS[object_]
        self.pointers = ()
        self.room = 0
        self.wire = self.payload = None
        if self.layout == "type" and arch != "cca" or self.layout == "scope" and arch == "tdx":
            return
        made = getattr(self, op.split("-")[0])(number, flags, state)
        if made is None or self.layout == "op" and op not in ops:
            return
        scope, self.payload, self.room = made
        self.wire = ops[op] if self.layout == "op" else scope

    def choose(self, rfc1=None, scope=None, op=None):
        return {"type": rfc1, "scope": scope, "op": op}[self.layout]

    def dma(self, *_):
        return (0, PAGE, 4096) if self.arch == "sev" else None

    def state(self, _number, _flags, state):
        if self.arch == "sev":
            return None if state == "locked" or self.layout == "type" else (1, bytes([state == "run"]), 0)
        word = 7 if self.payloads == "march" else 6
        return self.choose(scope=(1, u32(word, STATES[state]), 0), op=(0, u32(STATES[state]), 0))

    def info(self, number, *_):
        if self.arch == "sev":
            return None
        return self.choose((1, u32(number), 4), (0, u32(1, number), 4), (0, u32(number), 4))

    def read(self, number, *_):
        if self.arch == "sev":
            return None
        long = u32(number, 0) + u64(0)
        return self.choose((2, long, 320), (0, u32(2, number) + u64(0), 320), (0, long, 320))

    def regen(self, number, flags, _state):
        if self.arch != "cca":
            return None
        fresh = u64(flags, 0)
        if number == OBJECTS["report"]:
            return self.choose(None, (0, u32(3), 0), (0, u32(3, 0) + fresh, 0))
        self.pointers = (16,)
        return self.choose(None, (0, u32(4, 0) + fresh, 0), (0, u32(2, 0) + fresh, 0))

    def validate(self, *_):
        if self.arch != "cca":
            return None
        words = u32(6, 0x17) if self.payloads == "march" else u32(5, 0)
        range_ = u64(0x4000, 0x8000, 0x9000)
        return self.choose(None, (1, words + range_, 0), (0, range_, 0))

    def lookup(self, *_):
        return (0, u32(5, 0x17), 0) if self.arch == "cca" and self.payloads == "march" else None

    def sends(self, room=None):
        room = self.room if room is None else room
        length = len(self.payload)
        size = 40 if self.layout == "scope" and not self.code else 48
        if self.layout == "type":
            head, at = u32(size, 7, self.wire, 0, length, room) + u64(0), 32
        elif self.layout == "scope":
            head, at = u32(size, 7, self.wire, length, room, 0), 24
        else:
            head, at = u32(size, 7, self.wire, ARCHS[self.arch], length, room), 24
        pointers = [at] + ([at + 8] if room else [])
        return ["sends  " + text(head + bytes(size - len(head)), pointers), "req    " + text(self.payload, self.pointers)]

    @property
    def effect(self):
        if self.op in ("state", "dma-on", "dma-off"):
            return "state"
        return "read" if self.op in ("info", "read") else "refresh"


def outcome(effect, errno, arch, quirk=False, validate=False, rfc1_bind=False):
    if effect == "read":
        return "failed"
    if errno in ("EINTR", "EAGAIN"):
        return "unsure" if quirk and arch != "cca" and effect == "state" else "failed"
    if validate and errno == "EINVAL" or rfc1_bind and errno == "ENODEV":
        return "unsure"
    return "failed" if errno in BEFORE else "unsure"


CASES = []


def case(revision, arch, name, *lines):
    CASES.append("\n".join([f"case   {revision}-{arch}-{name}", *lines]) + "\n")


def told(revision, arch, call, tdi="bound", more=""):
    op, request = REVISIONS[revision][:2]
    numbers = (f"op-cmd={op:x} " if op else "") + f"req-cmd={request:x}"
    given = f"given  {numbers} vdev:100=7 arch={arch} tdi:100={tdi} vcpufd=17 {more}".rstrip()
    return [f"abi    {revision}", given, f"call   {call}"]


def calls(revision, arch):
    """Name, operation, the call's words, what shapes its payload."""
    yield "run", "state", "set_tdi_state dev=100 state=run", {"state": "run"}
    if revision == "cca-v7" or arch == "sev":
        yield "unlocked", "state", "set_tdi_state dev=100 state=unlocked", {"state": "unlocked"}
    if revision == "cca-v7":
        yield "locked", "state", "set_tdi_state dev=100 state=locked", {"state": "locked"}
    for name in OBJECTS if arch != "tdx" else ("report",):
        yield f"size-{name}", "info", f"object_size dev=100 object={name}", {"object_": name}
        yield f"read-{name}", "read", f"read_object dev=100 object={name} len=140", {"object_": name}
    yield "report", "regen", "regen dev=100 object=report", {}
    for flags in (0, 1):
        call = f"regen dev=100 object=measurements flags={flags} nonce=42*32"
        yield f"measurements-{flags}", "regen", call, {"object_": "measurements", "flags": flags}
    yield "validate", "validate", "validate_mmio dev=100 base=4000 top=8000 pa=9000", {}
    yield "lookup", "lookup", "vdev_request dev=100", {}
    yield "dma-on", "dma-on", "set_dma dev=100 enable=1 len=1000", {}
    yield "dma-off", "dma-off", "set_dma dev=100 enable=0 len=1000", {}


def one_call(revision, arch, name, op, words, shape):
    request = Request(revision, arch, op, **shape)
    words = f"kind={words}"
    cached = f"object:100:{shape.get('object_', 'report')}=5a*320" if op in ("info", "read") else ""
    tdi = "run" if name == "unlocked" and arch == "sev" else "bound"

    def add(what, out, *lines, more="", words=words, tdi=tdi):
        case(revision, arch, f"{name}-{what}".lower(), *told(revision, arch, words, tdi, f"{cached} {more}".strip()),
             *lines, f"out    {out}")

    if request.payload is None:
        add("refused", "result=refused")
        return
    code = " code=0" if request.code else ""
    answer = {"info": " resp=40 01 00 00", "read": " resp=5a*320"}.get(op, "")
    good = "result=ok" + {"info": " value=140", "read": " written=140"}.get(op, " written=1000" if request.room else "")
    sends = request.sends()
    done = f"reply  ret=0{code}{answer}"

    def fails(what, errno, more="", reply=code, quirk=False, times=1, **kw):
        concluded = outcome(request.effect, errno, arch, quirk, op == "validate")
        add(what, f"result={concluded} errno={errno}", *(sends + [f"reply  ret=-{errno}{reply}"]) * times, more=more, **kw)

    add("ok", good + code, *sends, done)
    add("without-kvm", good, *sends, done, more="kvm:100=none")
    fails("unbound", "ENXIO", tdi="unbound")
    fails("not-connected", "ENXIO", "tsm:100=none")
    fails("no-link", "ENXIO", "tsm:100=devsec")
    fails("compiled-out", "ENODEV" if revision == "rfc1" else "EOPNOTSUPP", "config-tsm=n", "")
    for errno in ERRNOS:
        fails(errno, errno, f"fault=backend:{errno}", times=3 if errno == "EINTR" and request.effect == "read" else 1)
    for errno in ("EAGAIN", "EBUSY", "EIO"):
        fails(f"{errno}-quirk", errno, f"fault=backend:{errno} quirk=eintr-unsure", quirk=True)

    # interrupted before anything happened: reads go out again, a job of SEV's or TDX's may
    interrupted = sends + [f"reply  ret=-EINTR{code}"]
    if request.effect == "read":
        add("interrupted", good, *interrupted, *sends, done, more="fault=intr-once")
    else:
        add("interrupted", "result=failed errno=EINTR", *interrupted, more="fault=intr-once")
        fails("interrupted-quirk", "EINTR", "fault=intr-once quirk=eintr-unsure", quirk=True)
        if arch != "cca" and request.effect == "state":
            add("run-again", good, *interrupted, *sends, done, more="fault=intr-once")

    # the structure cannot be copied back
    if request.code or request.layout == "type":
        fails("copyout", "EFAULT", "fault=copyout", "")
    else:
        add("copyout", good, *sends, done, more="fault=copyout")

    # what the TSM says
    if request.code:
        held = "unsure" if request.effect == "state" and arch == "cca" else "ok"
        add("code", f"result={held} code=c000010000000005", *sends, f"reply  ret=0 code=c000010000000005{answer}",
            more="code=c000010000000005")
        fails("code-and-errno", "EIO", "code=3c fault=backend:EIO", " code=3c")

    # what is left over
    room = request.room or len(request.payload)
    for left in sorted({1, room, room + 1, 0x7FFFFFFF}) if request.layout != "type" else ():
        out = "result=invalid"
        if left <= room and op in ("read", "dma-on", "dma-off"):
            out = "result=empty" if op == "read" and left == room else f"result=ok written={room - left:x} residue={left:x}"
        add(f"residue-{left}", out, *sends, f"reply  ret={left}{code}", more=f"ret={left}")
    if request.layout != "type":
        add("residue-wraps", "result=invalid", *sends, f"reply  ret=-2147483648{code}", more="ret=2147483648")
    if request.room:
        fails("response-fault", "EIO" if op == "read" else "EFAULT", "fault=resp-unwritable")

    # the hold
    if name in ("run", "locked") or op == "validate":
        add("held", "result=refused errno=ESTALE", tdi="unsure")
    else:
        add("not-held", good, *sends, done, tdi="unsure")
    if op == "read":
        read_sizes(request, add, words, code)
    if cached:
        cached = ""
        fails("not-cached", "EINVAL")
        empty = f"object:100:{shape['object_']}="
        add("empty", "result=empty", *sends, f"reply  ret=0{code}", more=empty)


def read_sizes(request, add, words, code):
    rfc1 = request.layout == "type"
    short = "ENOMEM" if rfc1 else "E2BIG"
    larger = [*request.sends(0x200), "reply  ret=0 resp=5a*320" if rfc1 else f"reply  ret=192{code} resp=5a*320"]
    add("too-small", f"result=failed errno={short}", *request.sends(0x100), f"reply  ret=-{short}{code}",
        words=words.replace("len=140", "len=100"))
    add("larger", "result=ok written=140", *larger, words=words.replace("len=140", "len=200"))
    add("as-expected", "result=ok written=140", *larger, words=words.replace("len=140", "len=200 expect=140"))
    add("shrunk", "result=invalid", *larger, words=words.replace("len=140", "len=200 expect=200"))
    add("over-16-mib", "result=refused errno=EMSGSIZE", words=words.replace("len=140", "len=1000001"))
    add("no-room", "result=refused", words=words.replace("len=140", "len=0"))


def tsm_ops(revision, arch):
    for verb, number, words in (("bind", 1, ("bind", "lock", "set_tdi_state locked")),
                                ("unbind", 2, ("unbind", "unlock", "set_tdi_state unlocked"))):
        for word in words:
            if word.endswith(" unlocked") and arch == "sev":
                continue  # the guest's STOP, a request
            kind, _, state = word.partition(" ")
            tsm_op(revision, arch, verb, number, f"kind={kind} dev=100" + (f" state={state}" if state else ""))


def tsm_op(revision, arch, verb, number, words):
    sends = ["sends  " + text(u32(16, number, 0, 7))]
    name = words.replace("kind=", "").replace(" dev=100", "").replace(" state=", "-").replace("_", "-")
    fresh = "unbound" if verb == "bind" else "bound"

    def add(what, out, *lines, tdi=fresh, more=""):
        case(revision, arch, f"{name}-{what}".lower(), *told(revision, arch, words, tdi, more), *lines, f"out    {out}")

    def fails(what, errno, more="", tdi=fresh, early=False, quirk=False):
        if revision == "rfc1" and not early:
            errno = "ENODEV"
        concluded = outcome("state", errno, arch, quirk, rfc1_bind=revision == "rfc1" and verb == "bind")
        add(what, f"result={concluded} errno={errno}", *sends, f"reply  ret=-{errno}", tdi=tdi, more=more)

    def works(what, more="", tdi=fresh):
        add(what, "result=ok", *sends, "reply  ret=0", tdi=tdi, more=more)

    works("ok")
    works("not-interruptible", "fault=intr-once")
    fails("without-kvm", "ENODEV", "kvm:100=none")
    fails("compiled-out", "ENODEV" if revision == "rfc1" else "EOPNOTSUPP", "config-tsm=n", early=True)
    fails("copyout", "EFAULT", "fault=copyout", early=True)
    if verb == "unbind":
        for tdi in ("unbound", "run", "bound-other", "unsure"):
            works(f"when-{tdi}", tdi=tdi)
        works("hides-the-backend", "fault=backend:EIO")
        return
    for tdi in ("bound", "run"):
        works(f"when-{tdi}", tdi=tdi)
    fails("other-vm", "EBUSY", tdi="bound-other")
    fails("not-connected", "EINVAL", "tsm:100=none")
    fails("no-link", "ENXIO", "tsm:100=devsec")
    for errno in ERRNOS:
        fails(errno, errno, f"fault=backend:{errno}")
    for errno in ("EINTR", "EAGAIN"):
        fails(f"{errno}-quirk", errno, f"fault=backend:{errno} quirk=eintr-unsure", quirk=True)
    add("held", "result=refused errno=ESTALE", tdi="unsure")


def without_tsm_op(revision, arch):
    for tdi in ("bound", "unbound"):
        case(revision, arch, f"bind-{tdi}", *told(revision, arch, "kind=bind dev=100", tdi), "out    result=ok")
        case(revision, arch, f"unbind-{tdi}", *told(revision, arch, "kind=unbind dev=100", tdi),
             "out    result=refused errno=EOPNOTSUPP")
    case(revision, arch, "bind-held", *told(revision, arch, "kind=bind dev=100", "unsure"),
         "out    result=refused errno=ESTALE")


def destroys(revision, arch):
    for name, tdi, more, reply in (("bound", "bound", "", "0"), ("run", "run", "", "0"), ("unsure", "unsure", "", "0"),
                                   ("busy", "bound", "busy:100=1", "-EBUSY"), ("in-use", "bound", "other:9=in-use", "-EBUSY")):
        case(revision, arch, f"destroy-{name}", *told(revision, arch, "kind=destroy dev=100", tdi, more),
             "sends  " + text(u32(8, 7)), f"reply  ret={reply}",
             "out    result=ok" if reply == "0" else "out    result=failed errno=EBUSY")


# --- the probe ------------------------------------------------------------------------------------

LETTERS = "ABCDEFGHJ"
SHORT = {"T": "ENOTTY", "N": "ENOENT", "I": "EINVAL", "B": "E2BIG", "O": "EOPNOTSUPP", "D": "ENODEV", "P": "EPERM", "+": "OK"}
# what the slots 0x95, 0x96 and 0x97 answer to A .. J, a letter of SHORT each
OP, GETPA, ABSENT = "NONOOOBOB", "IOOOOOOOB", "TTTTTTTTT"
KERNELS = {
    "none": (ABSENT, ABSENT, ABSENT),
    "none, getpa": (GETPA, ABSENT, ABSENT),
    "unknown, cca-rfc-may": ("NBNBBBBBB", ABSENT, ABSENT),
    "rfc1": (OP, "INNNNNIIN", "INNNNNNNB"),
    "v2": (OP, "INNNNNNNB", ABSENT),
    "v4": (OP, "INNNNNONB", ABSENT),
    "v5": (OP, "INNNIIOIB", ABSENT),
    "v5-code": (OP, "INNNIIIIN", ABSENT),
    "v5-code, minimum 40": (OP, "INNNIIOIN", ABSENT),
    "june": (OP, "ININNIIII", ABSENT),
    "v6-like": (GETPA, OP, "INIIIIIII"),
    "v6-objects": (GETPA, OP, "INIINNIII"),
    "cca-v7": (GETPA, "INIINNIII", ABSENT),
    "off, rfc1": ("DDDDDDBDB", "IDDDDDIID", "IDDDDDDDB"),
    "off, v2": ("OOOOOOBOB", "IOOOOOOOB", ABSENT),
    "off, june": ("OOOOOOBOB", "IOOOOOIIO", ABSENT),
    "off, v6-like": (GETPA, "OOOOOOBOB", "IOOOOOIIO"),
    "off, cca-v7": (GETPA, "IOOOOOIIO", ABSENT),
}
CLASSES = {"NONB": "op", "OOOB": "op off", "DDDB": "op off", "INII": "op request", "INNB": "lookup 40", "INNN": "lookup 48",
           "IOOB": "off 40", "IOOO": "off 48", "IDDD": "off 48"}
NUMBERINGS = {("op request", "NNI"): ("june", "95 96"), ("op request", "III"): ("v6-like", "96 97"),
              ("op request", "INN"): ("v6-objects", "96 97"), ("lookup 40", "NNN"): ("v2", "95 96"),
              ("lookup 40", "NON"): ("v4", "95 96"), ("lookup 40", "IOI"): ("v5", "95 96"),
              ("lookup 48", "NNI"): ("rfc1", "95 96"), ("lookup 48", "III"): ("v5-code", "95 96"),
              ("lookup 48", "IIO"): ("v5-code", "95 96")}


class Succeeded(Exception):
    """An ioctl nobody knows has taken the number."""


def conclude(slots):
    """The procedure, step by step."""
    def ask(nr, letter):
        said = slots[nr][LETTERS.index(letter)]
        if said == "+":
            raise Succeeded
        return said

    first = {nr: ask(nr, "A") for nr in slots}
    classes, last = {}, {}
    for nr, said in first.items():
        if said == "T":
            classes[nr] = "absent"
            continue
        pattern = said + "".join(ask(nr, letter) for letter in "BCJ")
        classes[nr], last[nr] = CLASSES.get(pattern, "other"), pattern[3]
    ops = [nr for nr in ("95", "96") if classes[nr] == "op"]
    requests = [nr for nr in slots if classes[nr] == "op request" or nr == "96" and "lookup" in classes[nr]]
    if not ops and not requests:
        if "op off" in (classes["95"], classes["96"]) or classes["96"] in ("off 40", "off 48") or classes["97"] == "off 48":
            return "off"
        getpa = first["95"] == "I" and last.get("95") == "B"
        nothing = classes["96"] == classes["97"] == "absent" and (classes["95"] == "absent" or getpa)
        return "none" if nothing else "unknown"
    if len(requests) != 1:
        return "unknown"
    kind = classes[requests[0]]
    more = {"op request": "DEF", "lookup 40": "EGH", "lookup 48": "EFG"}[kind]
    name, numbers = NUMBERINGS.get((kind, "".join(ask(requests[0], letter) for letter in more)), ("unknown", ""))
    seen = " ".join(ops + requests)
    if name == "v6-objects" and seen == "96":
        return "cca-v7"
    return name if seen == numbers else "unknown"


def probe_case(name, slots):
    try:
        verdict = conclude(slots)
    except Succeeded:
        verdict = "unknown"
    lines = [f"in     nr={nr} " + " ".join(f"{k}={SHORT[v]}" for k, v in zip(LETTERS, said)) for nr, said in slots.items()]
    CASES.append("\n".join([f"case   probe-{name}", "abi    unlisted", *lines, f"out    verdict={verdict}"]) + "\n")
    return verdict


def probes():
    patterns = sorted({said for kernel in KERNELS.values() for said in kernel})
    for at, (name, kernel) in enumerate(KERNELS.items()):
        slots = dict(zip(("95", "96", "97"), kernel))
        assert probe_case(f"{at}", slots) == name.split(",")[0], name
        for nr, said in slots.items():
            for i, letter in enumerate(LETTERS):
                for other in SHORT:
                    if other != said[i]:
                        probe_case(f"{at}-{nr}-{letter}-{ord(other)}".lower(), slots | {nr: said[:i] + other + said[i + 1:]})
            for i, pattern in enumerate(patterns):
                probe_case(f"{at}-{nr}-as-{i}", slots | {nr: pattern})


def main(command):
    for revision in REVISIONS:
        for arch in ARCHS:
            for call in calls(revision, arch):
                one_call(revision, arch, *call)
            (tsm_ops if REVISIONS[revision][0] else without_tsm_op)(revision, arch)
            destroys(revision, arch)
    probes()
    with tempfile.NamedTemporaryFile("w", suffix=".vec", encoding="utf-8") as out:
        out.write("\n".join(CASES))
        out.flush()
        return subprocess.run([command, "replay", out.name], check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
