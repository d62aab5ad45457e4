#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Every lock of the guest room is missed when it is gone: each function of src/guest that takes and
gives back one loses it, one at a time, and test-races must go red under ThreadSanitizer.
locks.py ROOT BUILD [FUNCTION]: BUILD is one with it, and made."""
import concurrent.futures
import glob
import os
import re
import shlex
import subprocess
import sys
import tempfile

TEST = "tests/unit/guest/test-guest-races"
# functions whose lock does something else, or that the storm cannot do without
ELSEWHERE = {
    "lock_device": "held when it returns",
    "tsmreq_device_take": "waits under it",
    "wait_drained": "waits under it",
    "work": "waits under it",
    "drained": "wakes who waits: tests/model/ends.pml",
    "wake": "wakes who waits: tests/model/ends.pml",
    "tsmreq_workers_free": "wakes who waits",
}


def run(*command, **options):
    return subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace",
                          check=False, **options)


def functions(text):
    """(name, start, end) of each."""
    for match in re.finditer(r"^(?:\w[^\n;]*\n?[^\n;{}]*)\)\n{\n.*?^}\n", text, re.MULTILINE | re.DOTALL):
        yield re.search(r"(\w+)\(", match.group(0)).group(1), match.start(), match.end()


def without_locks(root):
    """(file, function, lock, text of the file without it) for all of them."""
    for path in sorted(glob.glob("src/guest/*.c", root_dir=root)):
        with open(os.path.join(root, path), encoding="utf-8") as f:
            text = f.read()
        for name, start, end in functions(text):
            body = text[start:end]
            for lock in sorted(set(re.findall(r"pthread_mutex_lock\((.*?)\);", body))):
                bare = re.sub(rf"pthread_mutex_(un)?lock\({re.escape(lock)}\);", ";", body)
                yield path, name, lock, text[:start] + bare + text[end:]


class Build:
    def __init__(self, build):
        self.build = build
        lines = run("ninja", "-C", build, "-t", "commands", TEST).stdout.splitlines()
        self.compile = {}
        for line in lines:
            words = shlex.split(line)
            if "-c" in words:
                self.compile[os.path.relpath(words[words.index("-c") + 1], "..")] = words
        self.link = shlex.split(lines[-1])

    @staticmethod
    def go(*command):
        """A broken one may hang: that is noticed, too."""
        return run("timeout", "60", *command, env={**os.environ, "TSAN_OPTIONS": "halt_on_error=1"}).returncode

    def red(self, path, text):
        """The exit status of the test, or 0 if it does not notice."""
        with tempfile.TemporaryDirectory() as scratch:
            source, obj, binary = (os.path.join(scratch, name) for name in ("a.c", "a.o", "test"))
            with open(source, "w", encoding="utf-8") as f:
                f.write(text)
            words = list(self.compile[path])
            words[words.index("-c") + 1] = source
            words[words.index("-o") + 1] = obj
            for flag in ("-MQ", "-MF"):
                at = words.index(flag)
                del words[at:at + 2]
            words.remove("-MD")
            done = run(*words, "-w", cwd=self.build)
            if done.returncode:
                sys.exit(done.stdout)
            words = list(self.link)
            words[words.index("-o") + 1] = binary
            words.insert(words.index("-o") + 2, obj)
            done = run(*words, cwd=self.build)
            if done.returncode:
                sys.exit(done.stdout)
            # other dice where one schedule did not show it
            return self.go(binary) or self.go(binary, "2", "10000") or self.go(binary, "3", "20000")


def main(root, build, only=""):
    mutants = [m for m in without_locks(root) if only in m[1]]
    findings = [f"locks.py: {name} takes no lock" for name in ELSEWHERE
                if not only and name not in {m[1] for m in mutants}]
    mutants = [m for m in mutants if m[1] not in ELSEWHERE]
    made = Build(build)
    if made.go(os.path.join(build, TEST)):
        findings.append(f"{TEST} is red with all locks")
    with concurrent.futures.ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:
        codes = pool.map(lambda m: made.red(m[0], m[3]), mutants)
        for (path, name, lock, _), code in zip(mutants, codes):
            print(f"{path}: {name}: {lock}: {code}", flush=True)
            if not code:
                findings.append(f"{path}: {name}: nobody misses {lock}")
    for finding in findings:
        print(finding)
    print(f"{len(mutants)} locks taken out one at a time: {len(findings) or 'no'} findings")
    sys.exit(1 if findings or not mutants else 0)


main(*sys.argv[1:])
