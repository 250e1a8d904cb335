#!/usr/bin/env python3
"""diff_test.py INPUTS: what diff says of runs that are the same, of runs that part, and of damaged ones."""

import os
import sys
import tempfile

from bad_case import DATA, STORAGE, USAGE
from launch import Checks, must, run, skip

NET = {"--hidden": "16", "--batch": "64", "--micro-batch": "16", "--epochs": "2", "--schedule": "constant",
       "--hash-every": "1"}
STEPS = 12
DIFFERENT = 1


def train(inputs, out, ranks, **changes):
    options = dict(NET, **{f"--{name}".replace("_", "-"): value for name, value in changes.items()})
    words = [word for pair in options.items() for word in pair]
    must(ranks, ["train", f"{inputs}/small.h5", "--out", out, "--force", "--quiet", *words])


def changed(name, change):
    """A copy of run a whose hashes.csv is `change` of a's bytes; None: there is none."""
    os.makedirs(name)
    for file in ("config.ini", "final.h5"):
        os.symlink(os.path.abspath(f"a/{file}"), f"{name}/{file}")
    with open("a/hashes.csv", "rb") as file:
        content = change(file.read())
    if content is not None:
        with open(f"{name}/hashes.csv", "wb") as file:
            file.write(content)


def show_same(inputs, check):
    train(inputs, "same", 3, threads="2")
    train(inputs, "sparse", 2, hash_every="5")
    for ranks in (1, 3):
        ended = run(ranks, ["diff", "a", "same"])
        check(f"the same, seen by {ranks} ranks: code {ended.code}", ended.code == 0)
        check(f"the same: {ended.out}", f"the same for {STEPS} hashed steps" in ended.out.splitlines())
        check(f"only the threads differ: {ended.out}", ended.out.count("option ") == 1 and
              "option threads: 1 in a, 2 in same" in ended.out)
        check(f"the same weights: {ended.out}", ended.out.count("final weights: the same, ") == 1)
        check(f"no message: {ended.err}", not ended.errors)
    ended = run(1, ["diff", "sparse", "a"])
    check(f"other steps hashed: {ended.out}", ended.code == 0 and
          f"hashed steps: 3 in sparse, {STEPS} in a, 3 in both" in ended.out)


def show_parting(inputs, check):
    def parts(change, expected, option):
        train(inputs, "other", 2, **change)
        ended = run(2, ["diff", "a", "other"])
        check(f"{change}: code {ended.code}", ended.code == DIFFERENT)
        check(f"{change}: {expected}: {ended.out}", ended.out.splitlines()[-1] == expected)
        check(f"{change}: {option}: {ended.out}", option in ended.out.splitlines())
        check(f"{change}: final weights: {ended.out}", f"after {STEPS} steps, " in ended.out)
        check(f"{change}: no error: {ended.err}", not ended.errors)

    every = "gradient (all 4 tensors), weights (all 4 tensors), optimiser (all 4 tensors)"
    parts({"seed": "2"}, f"the runs part at step 1: columns, loss, {every}", "option seed: 1 in a, 2 in other")
    parts({"lr": "2e-3"}, "the runs part at step 1: weights (all 4 tensors)",
          "option lr: 1e-3 in a, 2e-3 in other")
    parts({"warmup": "8"}, "the runs part at step 1: weights (all 4 tensors)",
          "option warmup: 0 in a, 8 in other")
    parts({"epochs": "3"}, "the runs part after the last common hashed step", "option epochs: 2 in a, 3 in other")


def show_one_tensor(check):
    """A digit of layer 2's biases, in step 7, and in a run that hashes seldom."""
    def one_digit(content):
        lines = content.decode().splitlines()
        names, cells = lines[0].split(","), lines[7].split(",")
        for name in ("weights", "weights.layer2.bias"):
            at = names.index(name)
            cells[at] = ("1" if cells[at][0] == "0" else "0") + cells[at][1:]
        lines[7] = ",".join(cells)
        return ("\n".join(lines) + "\n").encode()

    changed("digit", one_digit)
    ended = run(1, ["diff", "a", "digit"])
    check(f"one tensor: {ended.out}", ended.code == DIFFERENT and
          ended.out.splitlines()[-1] == "the runs part at step 7: weights (layer2.bias)")

    def seldom(content):
        lines = one_digit(content).splitlines(keepends=True)
        return b"".join(lines[:4] + lines[7:])

    changed("seldom", seldom)
    ended = run(1, ["diff", "a", "seldom"])
    check(f"not hashed between: {ended.out}", "the same at step 3; steps 4 to 6 were not hashed in both" in ended.out)


def show_damaged(check):
    def refused(words, code, *says):
        ended = run(3, ["diff", *words])
        check(f"{words}: code {ended.code}", ended.code == code)
        check(f"{words}: one message of {says}: {ended.err}", len(ended.errors) == 1 and
              all(each in ended.errors[0] for each in says))

    changed("cut", lambda content: content[:-40])
    changed("cut_at_cell", lambda content: content[:content.rindex(b",")] + b"\n")
    changed("no_hash", lambda content: content[:-3] + b"zz\n")
    changed("twice", lambda content: content + content.splitlines(keepends=True)[-1])
    changed("headless", lambda content: content[content.index(b"\n") + 1:])
    changed("empty", lambda content: b"")
    changed("missing", lambda content: None)
    changed("piped", lambda content: None)
    os.mkfifo("piped/hashes.csv")
    line = STEPS + 1
    refused(["a", "cut"], DATA, "cut/hashes.csv", f"line {line} is cut")
    refused(["cut_at_cell", "a"], DATA, "cut_at_cell/hashes.csv", f"line {line} has 18 cells, the head 19")
    refused(["a", "no_hash"], DATA, "no_hash/hashes.csv", f"line {line} has no hash in optimiser.layer2.bias")
    refused(["a", "twice"], DATA, "twice/hashes.csv", f"line {line + 1} holds step {STEPS} behind step {STEPS}")
    refused(["a", "headless"], DATA, "headless/hashes.csv", "line 1 is not the head")
    refused(["a", "empty"], STORAGE, "empty/hashes.csv", "--hash-every")
    refused(["a", "missing"], STORAGE, "missing/hashes.csv", "--hash-every")
    refused(["a", "piped"], DATA, "piped/hashes.csv", "not a regular file")
    refused(["a", "absent"], STORAGE, "absent/config.ini")
    refused(["a"], USAGE, "diff needs RUN_A RUN_B")


def main(inputs):
    if not os.path.exists(os.path.join(inputs, "complete")):
        skip("the inputs are not there; run make_inputs.py")
    check = Checks()
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        train(inputs, "a", 2)
        show_same(inputs, check)
        show_parting(inputs, check)
        show_one_tensor(check)
        show_damaged(check)
        os.chdir("/")
    check.end(40)


if __name__ == "__main__":
    main(os.path.abspath(sys.argv[1]))
