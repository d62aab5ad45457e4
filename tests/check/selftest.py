#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Every check can fail: a violation of each is planted in a scratch copy, and must be seen.
selftest.py ROOT BUILD"""
import concurrent.futures
import os
import shutil
import subprocess
import sys
import tempfile

import tree

HERE = os.path.dirname(os.path.abspath(__file__))


class Scratch:
    """A copy of the tree, mended again after each plant."""

    def __init__(self, root, folder):
        self.root = root
        self.path = tree.copy(root, os.path.join(folder, "tree"))
        self.touched = set()

    def write(self, name, text, mode="w"):
        path = os.path.join(self.path, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        if os.path.exists(path):
            os.chmod(path, 0o644)
        with open(path, mode, encoding="utf-8") as f:
            f.write(text)
        self.touched.add(name)

    def append(self, name, text):
        self.write(name, text, "a")

    def replace(self, name, old, new):
        text = tree.read(self.path, name)
        assert old in text, f"{name} has no {old}"
        self.write(name, text.replace(old, new, 1))

    def mend(self):
        for name in self.touched:
            os.remove(os.path.join(self.path, name))
            if os.path.exists(os.path.join(self.root, name)):
                shutil.copy(os.path.join(self.root, name), os.path.join(self.path, name))
        self.touched.clear()


# Plants: what is done to the scratch copy, and the check that must see it, with words it must say.
def source(text):
    return lambda s: s.append("src/core/ctx.c", text + "\n")


def header(text):
    return lambda s: s.append("include/tsmreq/types.h", text + "\n")


SPDX = "/* SPDX-License-Identifier: MIT */\n"


def guest(name, text):
    return lambda s: s.write(f"src/guest/{name}.c", SPDX + text + "\n")


PLANTS = [
    ("floors", source('#include "mock/engine.h"'), "may not include mock/"),
    ("floors", source('#include "nowhere/x.h"'), "names no room"),
    ("floors", source("#include <linux/iommufd.h>"), "no kernel header"),
    ("floors", source("#include <tsmreq/mock.h>"), "is not for core/"),
    ("floors", source("#include <netlink/netlink.h>"), "is not for core/"),
    ("floors", source("void f(void)\n{\n\tioctl(0, 0);\n}"), "one door to the kernel"),
    ("floors", source("void f(void)\n{\n\tfree(malloc(1));\n}"), "no heap"),
    ("floors", source('void f(void)\n{\n\tprintf("x");\n}'), "the library is silent"),
    ("floors", source('void f(void)\n{\n\tgetenv("X");\n}'), "the environment"),
    ("floors", source("void f(void)\n{\n\tpthread_mutex_lock(0);\n}"), "no lock"),
    ("floors", source("void f(void)\n{\n\tabort();\n}"), "end its caller"),
    ("floors", source('void f(void)\n{\n\topen("/dev/iommu", 0);\n}'), "jailed"),
    ("floors", guest("plant", "void f(void)\n{\n\tfree(malloc(1));\n\tpthread_mutex_lock(0);\n}"), None),
    ("floors", guest("workers", "void f(void)\n{\n\tpthread_create(0, 0, 0, 0);\n}"), None),
    ("floors", guest("plant", "void f(void)\n{\n\tpthread_create(0, 0, 0, 0);\n}"), "where they are asked for"),
    ("floors", guest("plant", "void f(void)\n{\n\tioctl(0, 0);\n}"), "one door to the kernel"),
    ("floors", guest("plant", '#include "core/vdev.h"'), "may not include core/"),
    ("floors", lambda s: s.write("src/attic/x.c", SPDX), "has no row"),
    ("floors", lambda s: s.replace("doc/floors.toml", "tsmreq_ctx_free", "tsmreq_ctx_gone"), "is gone"),
    ("headers c11", header("#include <linux/types.h>"), "not a public header"),
    ("headers c11", header('#include "base/bytes.h"'), "not a public header"),
    ("headers c11", header("struct p { char a; int b; };"), "padding"),
    ("headers c11", header("struct b { unsigned a : 3; };"), "bit-field"),
    ("headers c11", header("#define F(x) (x)"), "takes arguments"),
    ("headers c11", header("size_t f(struct unheard_of x);"), "unheard_of"),
    ("headers c11", lambda s: s.write("include/tsmreq/lost.h", SPDX), "no meson.build installs it"),
    ("headers c11", lambda s: s.replace("include/tsmreq/tsmreq.h", "#include <tsmreq/vdev.h>\n", ""), "does not include it"),
    ("headers c++17", header("static inline int *f(void *p) { return p; }"), "invalid conversion"),
    ("headers c11-32", header("struct p { long a; uint64_t b[1]; char c[4]; short d; };"), "padding"),
    ("spelling", lambda s: s.append("README.md", "the " + "rec" "ieve" + "d answer\n"), "received"),
    ("spelling", header("int tsmreq_" + "rec" "ieve" + "_it;"), "in a name"),
    ("format", source("int   badly( void ) ;"), "clang-format"),
    ("shell", lambda s: s.append("dev", "rm $unquoted\n"), "SC2086"),
    ("licences", lambda s: s.write("src/core/bare.c", "int x;\n"), "no SPDX line"),
    ("licences", lambda s: s.append(".reuse/dep5", "\nFiles: attic/*\n"), "names no file"),
    ("licences reuse", lambda s: s.append("src/core/ctx.c", "/* SPDX-License-" + "Identifier: Nonsense-1 */\n"), "Nonsense"),
    ("portable", source("/* /ho" + "me/somebody */"), "a path of one machine"),
    ("portable", source("/* TO" + "DO */"), "a promise"),
    ("portable", source("int x; "), "blanks"),
    ("readme BUILD", lambda s: s.write("README.md", "```C\nint x;\n```\n"), "no C program"),
    ("readme BUILD", lambda s: s.replace("README.md", "```c\n", "```c\nint x = nothing;\n"), "nothing"),
    ("readme BUILD", lambda s: s.replace("README.md", "```c\n", "```c\nint main(void) { return 3; }\n```\n```c\n"), "readme:"),
    ("readme BUILD", lambda s: s.append("README.md", "`./dev frobnicate`\n"), "`./dev frobnicate`"),
    ("readme BUILD", lambda s: s.append("README.md", "`tsmreq frobnicate`\n"), "`tsmreq frobnicate`"),
    ("mirror", lambda s: s.write("src/core/lonely.c", SPDX), "src/core/lonely.c: has no"),
    ("mirror", lambda s: s.write("tests/unit/core/test-lonely.c", SPDX), "test-lonely.c: nothing builds it"),
    ("wire", lambda s: s.replace("src/uapi/iommufd.h", "UAPI_AT(uapi_cca_state, state, 0);\n", ""), "uapi_cca_state,state"),
    ("wire", lambda s: s.replace("src/uapi/iommufd.h", "UAPI_SIZE(uapi_destroy, 8);\n", ""), "UAPI_SIZE(uapi_destroy"),
    ("wire", lambda s: s.replace("src/uapi/iommufd.h", "UAPI_IS(UAPI_NR_97,", "UAPI_IS(UAPI_NR_96,"), "UAPI_NR_97"),
    ("docs", lambda s: s.append("README.md", "[x](doc/GONE.md)\n"), "doc/GONE.md"),
    ("docs", lambda s: s.append("doc/UAPI.md", "see core/gone.c\n"), "core/gone.c is not there"),
    ("docs", lambda s: s.append("doc/UAPI.md", "in `src/gone`\n"), "`src/gone` is not there"),
    ("docs", lambda s: s.append("doc/UAPI.md", "`tsmreq_gone()`\n"), "in no header"),
    ("docs", lambda s: s.append("doc/UAPI.md", "(`nobody_" "wrote_this`)\n"), "is no test"),
    ("docs", lambda s: s.replace("doc/TESTING.md", "| bind | 123 |", "| bind | 12 |"), "bind: 12 instructions"),
    ("docs", lambda s: s.replace("doc/ERRORS.md", "`tsmreq_probe_fd()`", "it"), "tsmreq_probe_fd() is missing"),
    ("docs", lambda s: s.replace("doc/GUEST.md", "`tsmreq_guest_renumber()`", "it"), "GUEST.md: tsmreq_guest_renumber()"),
    ("docs", lambda s: s.replace("doc/man/tsmreq-guest.7", "Fn tsmreq_job_settle", "It"), "guest.7: tsmreq_job_settle()"),
    ("docs", lambda s: s.replace("doc/man/tsmreq-mock.7", "Fn tsmreq_mock_free", "It"), "mock.7: tsmreq_mock_free()"),
    ("docs", lambda s: s.replace("doc/man/tsmreq-mock.7", ".It Cm again-once", ".It Cm again"), "mock.7: again-once"),
    ("docs", lambda s: s.replace("src/mock/faults.c", '"no-kvm"', '"no-vm"'), "tests/unit/mock: no-vm is missing"),
    ("docs", lambda s: s.replace("doc/man/tsmreq.1", ".It Fl -selftest", ".It Fl -self"), "tsmreq.1: --selftest of src/cli/cmd_mock.c"),
    ("docs", lambda s: s.replace("examples/vmm-in-ci.sh", "seed in 1", "seed in 0"), "is not examples/vmm-in-ci.sh"),
    ("docs", lambda s: s.replace("doc/man/tsmreq-evidence.7", "Fn tsmreq_host_walk", "It"), "evidence.7: tsmreq_host_walk()"),
    ("docs", lambda s: s.replace("doc/ERRORS.md", "`tsmreq_host_walk()`", "it"), "ERRORS.md: tsmreq_host_walk()"),
    ("docs", lambda s: s.replace("doc/GUEST.md", "| `inject` | | |", "| `inject` | | TDX |"), "inject: under"),
    ("docs", lambda s: s.append("doc/GUEST.md", "```c\nint nobody_runs_this;\n```\n"), "no example has the code"),
]

CONFORMANCE = "doc/CONFORMANCE.md"

PLANTS += [
    ("conformance BUILD", lambda s: s.replace(CONFORMANCE, "| EINVAL | read | 0x2 |", "| EINVAL | read | 0x3 |"),
     "the library EINVAL | read | 0x2"),
    ("conformance BUILD", lambda s: s.replace(CONFORMANCE, "| read-exact | 0x4 |\n", ""), "row 3 says length0-offset"),
    ("conformance BUILD", lambda s: s.replace(CONFORMANCE, "<!-- table: services -->", ""), "missing in the document"),
    ("conformance BUILD", lambda s: s.replace(CONFORMANCE, "`not-ours-*`", "`nobodys-*`"), "no such case: nobodys-*"),
    ("conformance BUILD", lambda s: s.replace(CONFORMANCE, "rhi: all_of_x0`", "rhi: some_of_x0`"), "no such test"),
    ("conformance BUILD", lambda s: s.replace(CONFORMANCE, "`decode/rhi: functions`", "-"), "is no list of proofs"),
    ("uapi_doc BUILD", lambda s: s.replace("doc/UAPI.md", "| cca | 5 | 6 | 7 |", "| cca | 5 | 6 | 8 |"), "missing: |"),
    ("uapi_doc BUILD", lambda s: s.replace("doc/UAPI.md", "`amd-tree`", "it"), "amd-tree is not named"),
    ("uapi_doc BUILD", lambda s: s.replace("doc/UAPI.md", "| 6, vCPU fd", "| 7, vCPU fd"), "v2-validate-mmio: req"),
    ("uapi_doc BUILD", lambda s: s.replace("doc/UAPI.md", "8 = 5, 12 = 1", "8 = 4, 12 = 1"), "letter-e: probe"),
    ("uapi_doc BUILD", lambda s: s.replace("doc/UAPI.md", "| 16 | | req_len |", "| 16 | | resp_len |"), "rfc1-object-read: sends"),
    ("uapi_doc BUILD", lambda s: s.replace("doc/UAPI.md", "ENOENT ENOENT EINVAL |", "ENOENT ENOENT EPERM |"), "verdict=rfc1"),
    ("mutants --no-such-rule", lambda s: s.append("tests/check/mutants.toml", """
[[mutant]]
rule = "--no-such-rule"
file = "src/core/ctx.c"
take = "if (ctx == NULL)"
with = "if (NULL == ctx)"
tests = ["ctx"]
"""), "survived"),
    ("mutants --no-such-text", lambda s: s.append("tests/check/mutants.toml", """
[[mutant]]
rule = "--no-such-text"
file = "src/core/ctx.c"
take = "if (nobody)"
with = ""
tests = ["ctx"]
"""), "no such text"),
]

PLANTS += [
    ("sandbox BUILD", lambda s: s.replace("doc/SANDBOX.md", "| `clock_nanosleep`", "| `sleep`"), "clock_nanosleep - is not in"),
    ("sandbox BUILD", lambda s: s.replace("doc/SANDBOX.md", "| `eventfd2` |", "| `eventfd3` |"), "start: eventfd2 - is not in"),
    ("sandbox BUILD", lambda s: s.replace("doc/SANDBOX.md", "| `futex` | locks", "| `poll` | a | b |\n| `futex` | locks"), "nothing makes poll"),
    ("sandbox BUILD", lambda s: s.replace("doc/SANDBOX.md", "| `futex` | locks", "| `futex`, locks"), "a row that cannot be read"),
    ("sandbox BUILD", lambda s: s.replace("doc/SANDBOX.md", "| `bind` | the socket", "| `bond` | the socket"), "evidence: bind - is not in"),
    ("sandbox BUILD", lambda s: s.replace("doc/SANDBOX.md", "| `poll` | the", "| `ppoll` | a | b |\n| `poll` | the"), "nothing makes ppoll"),
    ("sandbox BUILD", lambda s: s.replace("doc/SANDBOX.md", " || arg1 == 0x3b97", ""), "crosvm: 0x3b97 is missing"),
    ("sandbox BUILD", lambda s: s.replace("doc/SANDBOX.md", "[0x3b95, 0x3b96,", "[0x3b94, 0x3b96,"), "0x3b94 is not in the table"),
]

MAP = "LIBTSMREQ_0 {\nglobal:\n\ttsmreq_one;\n\ttsmreq_two;\nlocal:\n\t*;\n};\n"
PROTOTYPES = "TSMREQ_PUBLIC int tsmreq_one(void);\nTSMREQ_PUBLIC\nint tsmreq_two(void);\n"
CODE = "int tsmreq_one(void)\n{\n\treturn 1;\n}\nint tsmreq_two(void)\n{\n\treturn 2;\n}\n"


def symbols(folder, prototypes=PROTOTYPES, script=MAP, code=CODE, imports="", version=MAP):
    """A library of two functions; any of its four descriptions can be wrong."""
    root = os.path.join(folder, "symbols")
    shutil.rmtree(root, ignore_errors=True)
    os.makedirs(os.path.join(root, "include/tsmreq"))
    os.makedirs(os.path.join(root, "tests/check"))
    files = {"include/tsmreq/a.h": prototypes, "a.map": script, "built.map": version, "a.c": code,
             "tests/check/imports.toml": f'needed = ["libc.so.6"]\ncommon = [{imports}]\n'}
    for name, text in files.items():
        with open(os.path.join(root, name), "w", encoding="utf-8") as f:
            f.write(text)
    library = os.path.join(root, "libtsmreq.so.0")
    subprocess.run(["cc", "-shared", "-fPIC", "-w", os.path.join(root, "a.c"), "-o", library,
                    "-Wl,--version-script=" + os.path.join(root, "built.map")], check=True)
    return ["symbols.py", root, os.path.join(root, "a.map"), library]


def archive(folder, code):
    unit, made = os.path.join(folder, "g.c"), os.path.join(folder, "g.o")
    with open(unit, "w", encoding="utf-8") as f:
        f.write(code)
    subprocess.run(["cc", "-c", "-fPIC", unit, "-o", made], check=True)
    out = os.path.join(folder, "g.a")
    subprocess.run(["ar", "rc", out, made], check=True)
    return ["globals.py", out]


def installed(folder, *flags):
    """A small project whose library is linked carelessly."""
    root = os.path.join(folder, "installed")
    shutil.rmtree(root, ignore_errors=True)
    os.makedirs(root)
    with open(os.path.join(root, "a.c"), "w", encoding="utf-8") as f:
        f.write("void g(char *);\nvoid f(void)\n{\n\tchar a[64];\n\n\tg(a);\n}\n")
    with open(os.path.join(root, "meson.build"), "w", encoding="utf-8") as f:
        f.write("project('a', 'c', default_options: 'b_lundef=false')\n"
                f"shared_library('a', 'a.c', link_args: {list(flags)}, c_args: {list(flags)},"
                " version: '0', install: true)\n")
    for command in (["meson", "setup", root + "/b", root], ["ninja", "-C", root + "/b"]):
        done = tree.run(*command)
        assert done.returncode == 0, done.stdout
    return ["hardening.py", root + "/b"]


HARD = ["-Wl,-z,now", "-Wl,-z,relro", "-fstack-protector-strong"]


def built(folder):
    """Checks of built things: (name, arguments, words it must say; None: it must be content)."""
    yield "symbols", symbols(folder), None
    yield "symbols", symbols(folder, prototypes=PROTOTYPES.split("\n")[0] + "\n"), "missing in: header"
    yield "symbols", symbols(folder, script=MAP.replace("\ttsmreq_two;\n", "")), "missing in: map"
    yield "symbols", symbols(folder, code=CODE.replace("tsmreq_two", "other")), "missing in: library"
    yield "symbols", symbols(folder, version=MAP.replace("_0 ", "_1 ")), "the map says LIBTSMREQ_0"
    foreign = MAP.replace("tsmreq_two", "foreign")
    yield "symbols", symbols(folder, script=foreign, version=foreign, code=CODE + "int foreign;\n"), "not ours"
    yield "symbols", symbols(folder, code="int rand(void);\n" + CODE.replace("return 1", "return rand()")), "imports rand"
    yield "globals", archive(folder, "static const int a = 1;\nconst int *const tsmreq_b[] = {&a};\n"), None
    yield "globals", archive(folder, "int begin(void)\n{\n\treturn 1;\n}\n"), "begin is a name of everybody's"
    yield "globals", archive(folder, "int counter;\n"), ".bss"
    yield "globals", archive(folder, "static int last = 7;\nint f(void)\n{\n\treturn last++;\n}\n"), ".data"
    yield "hardening", installed(folder, *HARD), None
    yield "hardening", installed(folder, *HARD[1:]), "bound lazily"
    yield "hardening", installed(folder, *HARD[:2], "-fno-stack-protector"), "no stack protector"
    yield "hardening", installed(folder, *HARD, "-Wl,-z,norelro"), "no RELRO"
    yield "hardening", installed(folder, *HARD, "-Wl,-z,execstack"), "executable stack"


def see(name, arguments, words):
    """Runs a check; says what is wrong with it, if anything."""
    done = tree.run(sys.executable, os.path.join(HERE, arguments[0]), *arguments[1:])
    if done.returncode == tree.SKIP:
        return "skipped"
    if words is None:
        return f"{name} objects to what is right:\n{done.stdout}" if done.returncode else None
    if done.returncode != 1 or words not in done.stdout:
        return f"{name} does not see {words!r} (exit {done.returncode}):\n{done.stdout[-2000:]}"
    return None


def plant_all(root, build, folder, plants):
    scratch = Scratch(root, folder)
    for check, plant, words in plants:
        name, *options = check.replace("BUILD", build).split()
        plant(scratch)
        yield check, see(check, [name + ".py", scratch.path, *options], words)
        scratch.mend()


def main(root, build):
    jobs = os.cpu_count() or 1
    with tempfile.TemporaryDirectory() as folder, concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        # each has a copy of the tree, and its share of the plants
        done = [pool.submit(list, plant_all(root, build, os.path.join(folder, str(job)), PLANTS[job::jobs]))
                for job in range(jobs)]
        results = [result for job in done for result in job.result()]
        for check, arguments, words in built(folder):
            results.append((check, see(check, arguments, words)))
    wrong = [f for _, f in results if f not in (None, "skipped")]
    skipped = sorted({c for c, f in results if f == "skipped"})
    for finding in wrong:
        print(finding)
    for check in skipped:
        print(f"skipped: {check}: its tool is not installed (./dev test --all installs it)")
    print(f"{len(results) - len(wrong) - len([1 for _, f in results if f == 'skipped'])} passed, "
          f"{len(wrong)} failed, {len([1 for _, f in results if f == 'skipped'])} skipped")
    sys.exit(1 if wrong else 0)


main(*sys.argv[1:])
