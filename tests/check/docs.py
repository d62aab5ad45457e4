#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What the documents name is there: links, files, functions and tests; C in them comes from an example. And
doc/ERRORS.md names every call that can fail, doc/GUEST.md and the manual pages every function of their
headers, tsmreq-mock(7) every word for trouble, doc/TESTING.md the figures that are kept.  docs.py ROOT"""
import fnmatch
import json
import os
import re
import sys

import tree

BASES = ("", "src", "doc", "tests", "include")  # where a path in a document may start
FILE = r"(?<![\w/<.])(?:[\w.-]+/)+[\w.*-]+\.(?:c|h|md|map|py|sh|toml|vec)\b"
FOLDER = r"(?:src|tests|doc|include|examples)(?:/[\w.*-]+)+/?"
NAME = r"((?:tsmreq|TSMREQ)_\w*[A-Za-z0-9])(?:\([^)]*\))?"
TEST = r"[a-z0-9]+(?:_[a-z0-9]+){2,}"


class Tree:
    def __init__(self, root):
        self.root = root
        self.files = tree.files(root)
        self.code = self.text(("include/", "src/"), (".c", ".h"))
        self.tests = self.text(("tests/",), (".c", ".py"))

    def text(self, folders, suffixes):
        return "\n".join(tree.read(self.root, f) for f in self.files if f.startswith(folders) and f.endswith(suffixes))

    def has_place(self, word):
        at = [os.path.join(base, word.rstrip("/")) for base in BASES]
        return any(f.startswith(a + "/") or fnmatch.fnmatch(f, a) for f in self.files for a in at)

    def missing(self, word):
        """Why a word in back ticks names nothing."""
        name = re.fullmatch(NAME, word)
        if name:
            return None if re.search(rf"\b{name.group(1)}", self.code) else "is in no header"
        if re.fullmatch(FOLDER, word):
            return None if self.has_place(word) or re.search("[A-Z]{4}", word) else "is not there"
        if re.fullmatch(TEST, word):
            return None if re.search(rf"\b{word}\b", self.tests) else "is no test"
        return None


def look(there, name):
    text = tree.read(there.root, name)
    for target in re.findall(r"\]\((?!https?:|#)([^)#]+)", text):
        if not os.path.exists(os.path.join(there.root, os.path.dirname(name), target)):
            yield f"{name}: link to {target}, which is not there"
    for place in sorted(set(re.findall(FILE, text))):
        if not there.has_place(place) and not re.search("[A-Z]{4}", place) and not place.startswith(("sys/", "../")):
            yield f"{name}: {place} is not there"
    prose = re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL)
    for word in sorted(set(re.findall(r"`([^`\n]+)`", prose))):
        why = there.missing(word)
        if why:
            yield f"{name}: `{word}` {why}"


def bare_lines(text):
    return "\n".join(line.strip() for line in text.strip().splitlines())


def not_quoted(there, name):
    """C that stands in no example, and so is neither compiled nor run. README.md's first is, by its own check."""
    examples = [bare_lines(tree.read(there.root, f)) for f in there.files if f.startswith("examples/")]
    blocks = re.findall(r"^```c\n(.*?)^```", tree.read(there.root, name), re.MULTILINE | re.DOTALL)
    for block in blocks[1:] if name == "README.md" else blocks:
        if not any(bare_lines(block) in example for example in examples):
            yield f"{name}: no example has the code that starts with: {block.strip().splitlines()[0]}"


def untold(there):
    """A function of a header that the document for its users does not name."""
    page = r"Fn (?:\w+ , Fn )*{}\b"
    for header, place, form in (
        ("guest", "doc/GUEST.md", r"`{}\(\)`"),
        ("guest", "doc/man/tsmreq-guest.7", page),
        ("mock", "doc/man/tsmreq-mock.7", page),
        ("evidence", "doc/man/tsmreq-evidence.7", page),
        ("host", "doc/man/tsmreq-evidence.7", page),
    ):
        declared = tree.bare(tree.read(there.root, f"include/tsmreq/{header}.h"))
        text = tree.read(there.root, place)
        for name in re.findall(
            r"^TSMREQ_PUBLIC\n(?:TSMREQ_MUST_USE\n)?[^(;]*?\b(tsmreq_\w+)\(", declared, re.MULTILINE
        ):
            if not re.search(form.format(name), text):
                yield f"{place}: {name}() is missing"


def unnamed(there):
    """A word for trouble that the mock knows, and its header, manual page or tests do not."""
    source = tree.read(there.root, "src/mock/faults.c") + tree.read(there.root, "src/mock/trouble.c")
    words = set(re.findall(r'(?:strcmp|argument)\(word, "([a-z-]+:?)"', source))
    header = tree.read(there.root, "include/tsmreq/mock.h").split("Trouble, in words")[1].split("*/")[0]
    page = tree.read(there.root, "doc/man/tsmreq-mock.7")
    items = " ".join(re.findall(r"^\.It (Cm .*)$", page, re.MULTILINE)).replace(" : Ns", ":").replace(" :", ":")
    tests = "".join(tree.read(there.root, f) for f in there.files if re.fullmatch(r"tests/unit/mock/test-.*\.c", f))
    for word in sorted(words):
        for place, text in (("include/tsmreq/mock.h", header), ("doc/man/tsmreq-mock.7", items), ("tests/unit/mock", tests)):
            if not re.search(r"(?<![\w-])" + re.escape(word) + r"(?![a-z-])", text):
                yield f"{place}: {word} is missing"


def unoffered(there):
    """An option of the command that tsmreq(1) does not have."""
    page = tree.read(there.root, "doc/man/tsmreq.1")
    for name in sorted(f for f in there.files if re.fullmatch(r"src/cli/cmd_\w+\.c", f)):
        for option in re.findall(r'\{"--([a-z-]+)", ', tree.read(there.root, name)):
            if not re.search(rf"^\.It (?:Fl \w , )?Fl -{option}(?![a-z-])|^\.It Fl \w , -{option}(?![a-z-])", page, re.MULTILINE):
                yield f"doc/man/tsmreq.1: --{option} of {name} is missing"


def unlike(there):
    """The example of tsmreq-mock(7) is examples/vmm-in-ci.sh."""
    script = tree.read(there.root, "examples/vmm-in-ci.sh").split("VMM\n", 1)[1].replace("\t", "    ")
    if script.replace("\\", "\\e") not in tree.read(there.root, "doc/man/tsmreq-mock.7"):
        yield "doc/man/tsmreq-mock.7: the example is not examples/vmm-in-ci.sh"


def misplaced(there):
    """An operation that doc/GUEST.md puts under other steps than tests/unit/guest/test-lent.c sees it under."""
    steps = ("PREPARE", "RUN", "AFTER")
    source = tree.read(there.root, "tests/unit/guest/test-lent.c")
    seen = {name: set(re.findall(r"\w+", under)) for name, under in
            re.findall(r'\[\w+\] = \{"(\w+)", ([A-Z |]+)\}', source)}
    told = {}
    for names, *cells in re.findall(r"^\| (`\w+`(?:, `\w+`)*) \| ([^|]*)\| ([^|]*)\| ([^|]*)\| [^|]*\|$",
                                    tree.read(there.root, "doc/GUEST.md"), re.MULTILINE):
        for name in re.findall(r"\w+", names):
            told[name] = {step for step, cell in zip(steps, cells) if cell.strip()}
    for name in sorted(seen.keys() | told.keys()):
        if seen.get(name) != told.get(name):
            yield f"doc/GUEST.md: {name}: under {told.get(name)}, it is called under {seen.get(name)}"


def unsaid(there):
    """A call whose errnos doc/ERRORS.md does not have."""
    text = tree.read(there.root, "doc/ERRORS.md")
    for header in ("ctx", "evidence", "host", "probe", "text", "uapi", "vdev"):
        declared = tree.bare(tree.read(there.root, f"include/tsmreq/{header}.h"))
        for name in re.findall(r"^TSMREQ_MUST_USE\nint (\w+)\(", declared, re.MULTILINE):
            if f"`{name}()`" not in text:
                yield f"doc/ERRORS.md: {name}() is missing"


def old_figures(root):
    """doc/TESTING.md shows what tests/bench/figures.json keeps."""
    with open(os.path.join(root, "tests/bench/figures.json"), encoding="utf-8") as f:
        kept = {call: str(count) for call, count in json.load(f)["gcc 12"].items()}
    table = tree.read(root, "doc/TESTING.md").split("<!-- figures -->")[1].split("<!-- end -->")[0]
    shown = dict(re.findall(r"^\| (\S+) \| (\d+) \|$", table, re.MULTILINE))
    for call in sorted(kept.keys() | shown.keys()):
        if kept.get(call) != shown.get(call):
            yield f"doc/TESTING.md: {call}: {shown.get(call)} instructions, figures.json has {kept.get(call)}"


def main(root):
    there = Tree(root)
    documents = [f for f in there.files if f.endswith(".md") and not f.startswith("tests/")]
    findings = [f for name in documents for f in [*look(there, name), *not_quoted(there, name)]]
    findings += [*unsaid(there), *untold(there), *unnamed(there), *unoffered(there), *unlike(there), *misplaced(there), *old_figures(root)]
    tree.conclude(findings, f"docs: {len(documents)} documents")


main(*sys.argv[1:])
