#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""clang-format has nothing to change.  format.py ROOT"""
import sys

import tree


def main(root):
    # one version, by name: another formats differently
    clang_format = tree.find("clang-format-14", "clang-format-14")
    sources = tree.files(root, tree.C_FILES)
    done = tree.run(clang_format, "--dry-run", "-Werror", "--style=file", *sources, cwd=root)
    tree.conclude([done.stdout] if done.returncode else [], f"format: {len(sources)} files")


main(sys.argv[1])
