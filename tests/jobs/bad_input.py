#!/usr/bin/env python3
"""bad_input.py --list, or bad_input.py CASE INPUTS: one bad call on three ranks.

It must end within 10 s with its exit code and one message that names the facts; no process stays,
no file appears, and those that were there stay as they were, byte by byte. INPUTS is the folder
that make_inputs.py has made.
"""

import fnmatch
import hashlib
import os
import shlex
import shutil
import stat
import subprocess
import sys
import tempfile

import bad_call_cases
import bad_prepare_cases
import bad_run_cases
import bad_source_cases
from launch import LIMIT_S, Checks, run, skip

RANKS = 3
CASES = {**bad_call_cases.CASES, **bad_prepare_cases.CASES, **bad_run_cases.CASES, **bad_source_cases.CASES}


def content_of(folder):
    """Hash of each file and folder below `folder`, by its path."""
    found = {}
    for place, folders, files in os.walk(folder):
        for name in folders + files:
            path = os.path.join(place, name)
            data = open(path, "rb").read() if os.path.isfile(path) else stat.filemode(os.lstat(path).st_mode).encode()
            found[os.path.relpath(path, folder)] = hashlib.sha256(data).hexdigest()
    return found


def set_up(case, inputs):
    """Fills the current folder with what the case starts from."""
    if case.disc_bytes:
        os.mkdir("disc")
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={case.disc_bytes}", "none", "disc"],
                       check=True)
    for name, source in case.given.items():
        source = os.path.join(inputs, source)
        shutil.copytree(source, name) if os.path.isdir(source) else shutil.copy(source, name)
    for name, text in case.texts.items():
        with open(name, "w") as file:
            file.write(text)
    for name in case.fifos:
        os.mkfifo(name)


def check_case(case, inputs, check):
    set_up(case, inputs)
    before = content_of(".")
    words = [word.replace("IN/", inputs + "/") for word in shlex.split(case.words)]
    ended = run(RANKS, words, limit_s=LIMIT_S)
    after = content_of(".")
    new = [name for name in after if after[name] != before.get(name)
           and not any(fnmatch.fnmatch(name, pattern) for pattern in case.leaves)]
    check(f"exit code {ended.code} (None: killed after {LIMIT_S:g} s), expected {case.code}",
          ended.code == case.code)
    check(f"one message: {ended.errors}", len(ended.errors) == 1)
    for fact in case.says:
        check(f"the message says {fact}: {ended.errors}", any(fact in e for e in ended.errors))
    check(f"took {ended.seconds:.1f} s", ended.seconds < LIMIT_S)
    check(f"processes that stayed: {ended.left}", not ended.left)
    check(f"new or changed files: {new}", not new)
    check(f"lost files: {set(before) - set(after)}", not set(before) - set(after))
    if check.failed:
        print(ended.out, ended.err)


def main(name, inputs):
    case = CASES[name]
    if not os.path.exists(os.path.join(inputs, "complete")):
        skip("the inputs are not there; run make_inputs.py")
    if case.disc_bytes and "SMALL_DISC" not in os.environ:
        # A mount that only this process and its children see, and that ends with them.
        if subprocess.run(["unshare", "--mount", "true"], capture_output=True).returncode != 0:
            skip("A FULL DISC CANNOT BE MADE HERE: a small tmpfs can be mounted by root alone")
        os.environ["SMALL_DISC"] = "1"
        os.execvp("unshare", ["unshare", "--mount", sys.executable, *sys.argv])
    check = Checks()
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        try:
            check_case(case, inputs, check)
        finally:
            if case.disc_bytes:
                subprocess.run(["umount", "disc"])
            os.chdir("/")
    check.end(least=6 + len(case.says))


if __name__ == "__main__":
    if sys.argv[1:] == ["--list"]:
        print("\n".join(CASES))
    else:
        main(sys.argv[1], os.path.abspath(sys.argv[2]))
