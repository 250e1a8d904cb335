"""Where ranks fail: which command passes a site, and how one knows that its result is right or that there is none."""

import os
from dataclasses import dataclass

import h5py
import numpy as np

KINDS = ["throw", "bug", "memory", "eio", "short", "kill", "stop"]
RANKS = 3
RAW = ["a.nc", "b.nc"]
COLUMNS = {"a.nc": 3200, "b.nc": 300}  # so that each of three ranks has a piece of 1024 columns


@dataclass
class Case:
    """A site as one command passes it: the `nth` time, with a file whose path holds `file`."""

    site: str
    command: str
    ranks: tuple = (0, 1, 2)
    nth: int = 1
    file: str = ""

    def fault(self, kind, rank):
        return f"{self.site}:{kind}:{rank}:{self.nth}:{self.file}"


ROOT = (0,)
CASES = [
    Case("scan", "prepare", ROOT, nth=2),
    Case("plan", "prepare"),
    Case("output", "prepare", ROOT),
    Case("create", "prepare", ROOT),
    Case("create", "predict", ROOT),
    Case("create", "synth", ROOT),
    Case("memory", "prepare"),
    Case("open", "prepare"),
    Case("open", "train"),
    Case("read", "prepare", nth=2),
    Case("read", "prepare", nth=3),  # of a deflated variable, by HDF5
    Case("read", "prepare", file="out.h5.colonnade-"),
    Case("read", "train", nth=2),
    Case("missing", "prepare", nth=3),
    Case("statistics", "prepare"),
    Case("statistics", "prepare_on_disc"),
    Case("reshard", "prepare"),
    Case("normalise", "prepare"),
    Case("write_row", "prepare_on_disc", nth=100),
    Case("write", "prepare"),
    Case("write", "prepare", nth=3),
    Case("write", "predict"),
    Case("write", "synth", nth=4),
    Case("close", "prepare", ROOT),
    Case("close", "prepare", ROOT, nth=2),
    Case("close", "prepare", (1, 2)),
    Case("metadata", "prepare", ROOT),
    Case("verify", "prepare", nth=2),
    Case("sync", "prepare", ROOT),
    Case("sync", "train", ROOT, file="model.h5"),
    Case("rename", "prepare", ROOT),
    Case("rename", "train", ROOT, nth=2, file=".ckpt"),
    Case("write_file", "train", ROOT, file="config.ini"),
    Case("write_file", "train", ROOT, nth=2, file=".ckpt"),
    Case("write_file", "train", ROOT, nth=2, file="summary.json"),
    Case("write_file", "evaluate", ROOT, file="out.json"),
    Case("start_run", "train", ROOT),
    Case("start_team", "train"),
    Case("column_memory", "train"),
    Case("read_columns", "train"),
    Case("column_memory", "train_streamed"),
    Case("read", "train_streamed", nth=40),
    Case("start_worker", "train"),
    Case("compute", "train", nth=9),
    Case("gradient_sum", "train", nth=7),
    Case("update", "train", nth=7),
    Case("validation", "train", nth=2),
    Case("snapshot", "train", ROOT, nth=3),
    Case("checkpoint", "train", ROOT, nth=2),
    Case("metrics", "train", ROOT, nth=2),
    Case("write_model", "train", ROOT),
    Case("read_model", "evaluate", ROOT),
    Case("evaluation", "evaluate"),
    Case("normal_equations", "evaluate"),
    Case("prediction", "predict"),
    Case("synth", "synth"),
    Case("column_memory", "search", nth=2),
    Case("read", "search", nth=4),
    Case("compute", "search", nth=9),
    Case("validation", "search_team", nth=2),
    Case("start_worker", "search_team"),
    Case("write_file", "search", ROOT, file="trials.jsonl"),
    Case("write_file", "search_team", ROOT, file="search.csv"),
]

SMALL = "--inputs t,q,ps --targets dt --shard 32".split()
NET = "--hidden 16 --batch 960 --micro-batch 160 --epochs 4 --checkpoint-every 2steps".split()
STREAMED = "--hidden 16 --batch 96 --micro-batch 16 --epochs 2 --checkpoint-every 10steps --memory 64K".split()


@dataclass
class Command:
    """`output` stands under its name only when it is whole; `value` is a line that tells whether it is right."""

    words: list
    output: str
    value: str = ""

    def call(self, inputs):
        words = [word.replace("IN/", inputs + "/") for word in self.words]
        return words[:1] + ["--quiet"] + words[1:]


PREPARE = ["prepare", "IN/a.nc", "IN/b.nc", "--out", "out.h5", *SMALL]
SEARCH = "--hidden 16 --batch 480 --micro-batch 160 --epochs 2 --out search".split()
COMMANDS = {
    "prepare": Command(PREPARE, "out.h5", "content"),
    "prepare_on_disc": Command([*PREPARE, "--memory", "1K"], "out.h5", "content"),
    "train": Command(["train", "IN/small.h5", "--out", "run", *NET], "run/final.h5", "weights"),
    "train_streamed": Command(["train", "IN/small.h5", "--out", "run", *STREAMED], "run/final.h5", "weights"),
    "evaluate": Command(["evaluate", "IN/run", "--json", "out.json"], "out.json"),
    "predict": Command(["predict", "IN/run", "IN/a.nc", "IN/b.nc", "--out", "out.nc"], "out.nc"),
    "search": Command(["search", "IN/small.h5", "--grid", "lr=[1e-3,3e-3]", *SEARCH], "search/search.csv", "best"),
    "search_team": Command(["search", "IN/small.h5", "--grid", "lr=[1e-3]", "--folds", "1", *SEARCH],
                           "search/search.csv", "best"),
    "synth": Command("synth --columns 60 --files 1 --out .".split(), "3dcorrection_000.nc"),
}


def values_of(path):
    """All values of an HDF5 file, or a text as it stands."""
    if path.endswith((".json", ".csv")):
        with open(path) as file:
            return file.read()
    values = {}
    with h5py.File(path) as file:
        file.visititems(lambda name, item: values.__setitem__(name, item[()])
                        if isinstance(item, h5py.Dataset) and item.dtype.kind in "fiu" else None)
    return values


def same_values(path, other):
    """Whether both files are whole and hold the same."""
    try:
        mine, theirs = values_of(path), values_of(other)
    except OSError:
        return False
    if isinstance(mine, str):
        return mine == theirs
    return mine.keys() == theirs.keys() and all(
        np.array_equal(mine[name], theirs[name], equal_nan=mine[name].dtype.kind == "f") for name in mine)


def strangers(folder):
    """Files that no command leaves behind, whole or not."""
    known = {"config.ini", "metrics.csv", "log.txt", "model.h5", "final.h5", "hashes.csv", "summary.json", "faults.txt",
             "trials.jsonl", "times.csv", "best.ini", "search.csv", "search.ini"}
    return [os.path.join(place, name) for place, _, names in os.walk(folder) for name in names
            if name not in known and not name.endswith((".partial", ".ckpt"))
            and not name.startswith("events.out.tfevents.")]
