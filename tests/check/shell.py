#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""shellcheck has nothing to say about any script.  shell.py ROOT"""
import os
import re
import sys

import tree


def is_shell(root, name):
    with open(os.path.join(root, name), "rb") as f:
        return re.match(rb"#!.*\b(sh|bash|dash)$", f.readline().rstrip())


def main(root):
    shellcheck = tree.find("shellcheck", "shellcheck")
    scripts = [f for f in tree.files(root) if is_shell(root, f)]
    done = tree.run(shellcheck, *scripts, cwd=root)
    tree.conclude([done.stdout] if done.returncode else [], f"shell: {', '.join(scripts)}")


main(sys.argv[1])
