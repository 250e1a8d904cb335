#!/usr/bin/env python3
"""outputs_test.py INPUTS: --force replaces an older output whole; --dry-run touches nothing."""

import hashlib
import os
import re
import sys
import tempfile

from launch import Checks, must, skip

RANKS = 3


def files_below(path):
    """Hash of each file at or below `path`, by its path; TensorBoard's events have the time in their name."""
    paths = [path] if os.path.isfile(path) else [
        os.path.join(place, name) for place, _, names in os.walk(path) for name in names]
    found = {}
    for name in paths:
        with open(name, "rb") as file:
            found[re.sub(r"tfevents\..*", "tfevents", name)] = hashlib.sha256(file.read()).hexdigest()
    return found


def calls(inputs):
    """Output, call, and the option with which it makes another output."""
    small = [f"{inputs}/a.nc", f"{inputs}/b.nc", "--inputs", "t,q,ps", "--targets", "dt", "--shard", "32"]
    net = ["--hidden", "8", "--batch", "64", "--micro-batch", "16", "--epochs", "1"]
    return {
        "raw": (["synth", "--columns", "20", "--files", "2"], ["--seed", "2"]),
        "small.h5": (["prepare", *small], ["--no-shuffle"]),
        "stack": (["prepare", *small, "--format", "npy"], ["--shuffle-seed", "5"]),
        "run": (["train", f"{inputs}/small.h5", *net], ["--seed", "3"]),
        "out.nc": (["predict", f"{inputs}/run", f"{inputs}/b.nc"], ["--missing", "fill=0", f"{inputs}/a.nc"]),
    }


def check_call(check, output, words, other):
    must(RANKS, [*words, "--out", output, "--dry-run"])
    check(f"a dry run makes no {output}: {os.listdir('.')}", not os.listdir("."))
    must(RANKS, [*words, "--out", output, "--quiet"])
    old = files_below(output)
    check(f"{output} alone: {os.listdir('.')}", os.listdir(".") == [output] and old)
    must(RANKS, [*words, *other, "--out", output, "--force", "--dry-run"])
    check(f"a dry run leaves {output}", files_below(output) == old)
    must(RANKS, [*words, *other, "--out", output, "--force", "--quiet"])
    new = files_below(output)
    check(f"{output} is another", set(new) == set(old) and new != old)
    check(f"{output} alone after --force: {os.listdir('.')}", os.listdir(".") == [output])


def main(inputs):
    if not os.path.exists(os.path.join(inputs, "complete")):
        skip("the inputs are not there; run make_inputs.py")
    check = Checks()
    for output, (words, other) in calls(inputs).items():
        with tempfile.TemporaryDirectory() as folder:
            os.chdir(folder)
            check_call(check, output, words, other)
            os.chdir("/")
    check.end(least=25)


if __name__ == "__main__":
    main(os.path.abspath(sys.argv[1]))
