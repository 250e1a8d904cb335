#!/usr/bin/env python3
"""same_bits_test.py synth|content|weights INPUTS: the same bits on any number of ranks and threads."""

import os
import sys

from launch import checks_in_own_folder, must, skip

try:
    import h5py
    import numpy as np
except ImportError as missing:
    skip(f"{missing}; install python3-numpy python3-h5py")

RANKS = (1, 2, 3, 5)
COLUMNS = 90  # of synth: neither a multiple of 4 ranks nor of 4 files


def columns_of(folder):
    """All variables of the files of a folder, concatenated along the columns."""
    parts = {}
    for name in sorted(os.listdir(folder)):
        with h5py.File(f"{folder}/{name}") as file:
            for variable in file:
                if file[variable].ndim > 1:
                    parts.setdefault(variable, []).append(file[variable][:])
    return {name: np.concatenate(arrays) for name, arrays in parts.items()}


def show_synth(_, check):
    def make(ranks, files, seed="1"):
        out = f"raw_{ranks}_{files}_{seed}"
        must(ranks, ["synth", "--columns", str(COLUMNS), "--files", str(files), "--out", out,
                     "--seed", seed, "--quiet"])
        check(f"{out} has {files} files", len(os.listdir(out)) == files)
        return columns_of(out)

    one = make(1, 1)
    check(f"variables: {list(one)}", len(one) == 8 and all(len(v) == COLUMNS for v in one.values()))
    for ranks, files in [(2, 1), (3, 1), (5, 1), (1, 4), (3, 4), (5, 7)]:
        other = make(ranks, files)
        for name, values in one.items():
            check(f"{name} on {ranks} ranks in {files} files", values.tobytes() == other[name].tobytes())
    changed = make(2, 1, seed="2")
    check("another seed gives other columns", (changed["col_inputs"] != one["col_inputs"]).any())


def show_content(inputs, check):
    raw = [f"{inputs}/raw/3dcorrection_{i:03}.nc" for i in range(2)]
    small = [f"{inputs}/a.nc", f"{inputs}/b.nc", "--inputs", "t,q,ps", "--targets", "dt"]

    def content(ranks, words):
        ended = must(ranks, ["prepare", *words, "--out", "out.h5", "--force", "--quiet"])
        return ended.value("content")

    one = content(1, raw)
    with h5py.File("out.h5") as file:
        check("the file has the printed content", file.attrs["content"] == one.encode())
    for ranks, shard, memory in [(2, 64, "4G"), (3, 100, "4G"), (5, 160, "0"), (3, 64, "1M"), (5, 100, "1M")]:
        found = content(ranks, [*raw, "--shard", str(shard), "--memory", memory])
        check(f"{ranks} ranks, shards of {shard}, memory {memory}: {found}, {one}", found == one)
    one = content(1, small)
    for ranks in RANKS:
        for shard in (64, 100, 160):
            found = content(ranks, [*small, "--shard", str(shard)])
            check(f"small columns, {ranks} ranks, shards of {shard}: {found}, {one}", found == one)
    for words in (["--shuffle-seed", "2"], ["--split", "0.7,0.2,0.1"], ["--transform", "q=root2"]):
        check(f"{words} make another content", content(2, [*small, *words]) != one)


def show_options(train, check):
    """Options of hidden layers: other weights than without, and the same on all ranks."""
    for options in (["--residual"], ["--batch-norm"], ["--residual", "--batch-norm", "--dropout", "0.1"]):
        for precision in ("fp32", "auto"):
            words = ["--precision", precision, *options]
            one = train(1, 1, words, "32,32,32")
            check(f"{words} give other weights", train(1, 1, words[:2], "32,32,32")[0] != one[0])
            for ranks in (2, 3):
                check(f"{words} on {ranks} ranks", train(ranks, ranks % 2 + 1, words, "32,32,32") == one)


def show_weights(inputs, check):
    net = "--batch 64 --micro-batch 16 --epochs 3 --loss mae --quiet".split()

    def train(ranks, threads, words=(), hidden="32,32"):
        ended = must(ranks, ["train", f"{inputs}/flat.h5", "--out", "run", "--force", *net, *words,
                             "--hidden", hidden, "--threads", str(threads)])
        with h5py.File("run/model.h5") as file:
            best = file["weights"][:].tobytes()
        with open("run/metrics.csv") as file:
            lines = [line.split(",") for line in file]
        losses = [line[lines[0].index(name)] for line in lines[1:]
                  for name in ("train_loss", "validation_loss")]
        return ended.value("weights"), best, losses

    one = train(1, 1)
    check(f"three epochs: {one[2]}", len(one[2]) == 6 and float(one[2][4]) < float(one[2][0]))
    for ranks, threads in [(1, 2), (1, 4), (2, 1), (2, 2), (3, 1), (3, 4), (5, 1), (5, 2)]:
        other = train(ranks, threads)
        check(f"last weights on {ranks} ranks of {threads} threads: {other[0]}, {one[0]}", other[0] == one[0])
        check(f"best weights on {ranks} ranks of {threads} threads", other[1] == one[1])
        check(f"losses on {ranks} ranks of {threads} threads", other[2] == one[2])
    show_options(train, check)
    check("another seed gives other weights", train(2, 1, ["--seed", "2"])[0] != one[0])


SHOWN = {"synth": (show_synth, 50), "content": (show_content, 20), "weights": (show_weights, 37)}


def main(what, inputs):
    show, least = SHOWN[what]
    with checks_in_own_folder(inputs, least) as check:
        show(inputs, check)


if __name__ == "__main__":
    main(sys.argv[1], os.path.abspath(sys.argv[2]))
