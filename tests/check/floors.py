#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Every include and every call in src/ is one that doc/floors.toml permits.  floors.py ROOT"""
import fnmatch
import os
import re
import sys
import tomllib

import tree


def includes(text):
    for number, line in enumerate(text.splitlines(), 1):
        match = re.match(r'\s*#\s*include\s*([<"])([^>"]+)[>"]', line)
        if match:
            yield number, match.group(1), match.group(2)


def calls(text):
    """(line, enclosing function, callee); functions start and end in column 0, as the style says."""
    function = None
    for number, line in enumerate(tree.bare(text).splitlines(), 1):
        if re.match(r"[A-Za-z_]", line):
            opened = re.search(r"(\w+)\(", line)
            function = opened.group(1) if opened else function
        for match in re.finditer(r"(?<![\w.>])(\w+)\s*\(", line):
            if match.group(1) != function or line[:1] in "\t ":
                yield number, function, match.group(1)


def check_include(plan, room, kind, name):
    if kind == "<":
        if any(name.startswith(bad) for bad in plan["system"]["never"]):
            return f"<{name}>: no kernel header"
        if room not in plan["headers"].get(name, [room]):
            return f"<{name}> is not for {room}/"
        return None
    other = name.split("/")[0]
    if other == room:
        return None
    if other not in plan["rooms"]:
        return f'"{name}" names no room'
    if other not in plan["rooms"][room]["includes"]:
        return f"{room}/ may not include {other}/"
    return None


def check_call(plan, room, path, function, callee):
    for rule in plan["calls"]:
        if room not in rule["rooms"]:
            continue
        if not any(fnmatch.fnmatchcase(callee, name) for name in rule["names"]):
            continue
        if path in rule["except"] or f"{path}:{function}" in rule["except"]:
            continue
        return f"{function}() calls {callee}(): {rule['why']}"
    return None


def check_plan(plan, root):
    """The plan itself: includes point down, exceptions exist."""
    rooms = plan["rooms"]
    for room, row in rooms.items():
        for other in row["includes"]:
            if rooms[other]["floor"] > row["floor"]:
                yield f"doc/floors.toml: {room} stands below {other}"
    for rule in plan["calls"]:
        for place in rule["except"]:
            path, _, function = place.partition(":")
            text = tree.read(root, path) if os.path.exists(os.path.join(root, path)) else ""
            if not text or not re.search(rf"\b{function}", text):
                yield f"doc/floors.toml: exception {place} is gone: delete it"


def main(root):
    with open(os.path.join(root, "doc/floors.toml"), "rb") as f:
        plan = tomllib.load(f)
    findings = list(check_plan(plan, root))
    sources = [f for f in tree.files(root, tree.C_FILES) if f.startswith("src/")]
    seen = 0
    for path in sources:
        room = path.split("/")[1]
        if room not in plan["rooms"]:
            findings.append(f"{path}: {room}/ has no row in doc/floors.toml")
            continue
        text = tree.read(root, path)
        for line, kind, name in includes(text):
            seen += 1
            findings += [f"{path}:{line}: {f}" for f in [check_include(plan, room, kind, name)] if f]
        for line, function, callee in calls(text):
            findings += [f"{path}:{line}: {f}" for f in [check_call(plan, room, path, function, callee)] if f]
    tree.conclude(findings, f"floors: {len(sources)} files, {seen} includes")


main(sys.argv[1])
