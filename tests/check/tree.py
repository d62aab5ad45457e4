# SPDX-License-Identifier: MIT
"""What the checks share: the files of the tree, C without its comments, and how a finding is said."""
import os
import re
import shutil
import subprocess
import sys

SKIP = 77  # meson's and automake's word for "not run here"
C_FILES = (".c", ".h", ".cpp")
DATA = ("tests/fuzz/corpus/",)  # bytes, not text


def files(root, suffixes=None):
    """Every file a commit could hold, as paths relative to root; build directories are not in it."""
    found = []
    for folder, folders, names in os.walk(root):
        top = os.path.relpath(folder, root) == "."
        folders[:] = sorted(
            d for d in folders
            if d not in (".git", "__pycache__", ".cache")
            and not (top and (d == "build" or d.startswith("build-")))
        )
        # in a worktree .git is a file
        found += [os.path.relpath(os.path.join(folder, n), root) for n in sorted(names) if n != ".git"]
    return [f for f in found if suffixes is None or f.endswith(suffixes)]


def texts(root):
    """Those of them that somebody reads."""
    return [f for f in files(root) if not f.startswith(DATA)]


def copy(root, to):
    """The tree without its build directories: what a release would hold."""
    for name in files(root):
        os.makedirs(os.path.dirname(os.path.join(to, name)), exist_ok=True)
        shutil.copy(os.path.join(root, name), os.path.join(to, name))
    return to


def read(*path):
    with open(os.path.join(*path), encoding="utf-8") as f:
        return f.read()


def bare(text):
    """C with comments and the insides of literals blanked: same lines, same columns."""
    def blank(match):
        word = match.group(0)
        if word[0] == "/":
            return re.sub(r"[^\n]", " ", word)
        return word[0] + " " * (len(word) - 2) + word[-1]

    return re.sub(r"/\*.*?\*/|//[^\n]*|\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])*'", blank, text,
                  flags=re.DOTALL)


def run(*command, **options):
    return subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          errors="replace", check=False, **options)


def find(tool, package):
    """The first of the names in @tool that is installed; else the check is skipped, aloud."""
    for name in tool.split():
        if shutil.which(name):
            return name
    print(f"skipped: {tool} is not installed (package {package}; ./dev test --all installs it)")
    sys.exit(SKIP)


def conclude(findings, checked):
    """@checked says in words what was looked at, so that a check of nothing cannot look green."""
    for finding in findings:
        print(finding)
    print(f"{checked}: {'clean' if not findings else f'{len(findings)} findings'}")
    sys.exit(1 if findings else 0)
