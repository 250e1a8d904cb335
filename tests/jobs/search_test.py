#!/usr/bin/env python3
"""search_test.py PART INPUTS: what search leaves, on any ranks."""

import configparser
import csv
import itertools
import json
import os
import sys

from launch import checks_in_own_folder, must, skip
from search_calls import NET, content, losses_of, search, table


def show_row(check, row):
    losses = losses_of(row)
    mean = sum(losses) / len(losses)
    std = (sum((loss - mean) ** 2 for loss in losses) / len(losses)) ** 0.5
    check(f"mean of {row}", abs(float(row["loss_mean"]) - mean) < 1e-7 * mean)
    check(f"std of {row}", abs(float(row["loss_std"]) - std) < 1e-6 * mean)


def show_same(inputs, check):
    """One table on any number of ranks and threads, be the ranks fewer than the trials or more."""
    more = ["--epochs", "3"]
    for name, ranks, words in [("one", 1, []), ("two", 2, ["--threads", "2"]), ("three", 3, []), ("five", 5, [])]:
        ended = must(ranks, search(inputs, name, more=[*more, *words]))
        for file in ("search.csv", "best.ini"):
            check(f"{file} on {ranks} ranks", content(f"{name}/{file}") == content(f"one/{file}"))
        times = table(name, "times.csv")
        check(f"{ranks} ranks: each trial's time", len(times) == 12 and all(row["ranks"] == "1" for row in times))
    rows = table("one")
    check(f"rows: {rows}", [(row["hidden"], row["lr"]) for row in rows] ==
          [("16", "1e-3"), ("16", "3e-3"), ("16,16", "1e-3"), ("16,16", "3e-3")])
    check("three losses each", all(len(losses_of(row)) == 3 and row["status"] == "done" for row in rows))
    for row in rows:
        show_row(check, row)
    best = min(rows, key=lambda row: float(row["loss_mean"]))
    check("ranks", best["rank"] == "1" and sorted(row["rank"] for row in rows) == ["1", "2", "3", "4"])
    check("the line of the best", ended.value("best").endswith(f"hidden={best['hidden']} lr={best['lr']}"))
    # Two trials on five ranks: teams of three and of two.
    for ranks in (1, 5):
        must(ranks, search(inputs, f"few{ranks}", "lr=[3e-3]", [*more, "--folds", "2"]))
    check("few trials: the same", content("few1/search.csv") == content("few5/search.csv"))
    check("few trials: teams", sorted(row["ranks"] for row in table("few5", "times.csv")) == ["2", "3"])
    # Columns that do not fit in memory are streamed, to the same losses.
    words = ["search", f"{inputs}/flat.h5", "--grid", "lr=[1e-3,1e-2]", "--hidden", "4", "--batch", "16",
             "--micro-batch", "16", "--epochs", "1", "--quiet"]
    small = ["--memory", "4M"]
    check("streamed: the plan", "# the largest trial has its columns streamed" in
          must(1, [*words, *small, "--out", "never", "--dry-run"]).out)
    must(2, [*words, *small, "--out", "streamed"])
    must(1, [*words, "--out", "held"])
    check("streamed: the same", content("streamed/search.csv") == content("held/search.csv"))


def show_best(inputs, check):
    """best.ini gives the network of its row, when trained with the same columns; refit does it."""
    more = ["--epochs", "4", "--folds", "1", "--loss", "mae", "--refit"]
    ended = must(3, search(inputs, "plain", more=more))
    row = next(row for row in table("plain") if row["rank"] == "1")
    trained = must(2, ["train", "--config", "plain/best.ini", "--out", "run", "--quiet"])
    for folder in ("run", "plain/best"):
        with open(f"{folder}/metrics.csv") as file:
            least = min(float(epoch["validation_loss"]) for epoch in csv.DictReader(file))
        check(f"{folder}: the loss of the table", abs(least - float(row["loss_1"])) < 2e-9 * least)
    check("the same weights", ended.value("weights") == trained.value("weights"))
    config = configparser.ConfigParser(allow_no_value=True)
    config.read("plain/best.ini")
    check("options that are not searched", config["train"]["loss"] == "mae" and config["train"]["epochs"] == "4")


def show_plan(inputs, check):
    """Draws, halving, options from an INI file, and what --dry-run tells of it all."""
    space = "lr=log(1e-4,1e-1) weight-decay=uniform(0,0.5) hidden=[8,16]"
    for ranks in (1, 3):
        must(ranks, search(inputs, f"random{ranks}", space, ["--random", "7", "--epochs", "2"]))
    rows = table("random1")
    check("draws: the same on any ranks", content("random1/search.csv") == content("random3/search.csv"))
    check(f"draws: {rows}", len({row["lr"] for row in rows}) == 7 and {row["hidden"] for row in rows} == {"8", "16"})
    check("draws: within bounds", all(1e-4 <= float(row["lr"]) <= 1e-1 and 0 <= float(row["weight-decay"]) <= 0.5
                                      for row in rows))
    other = must(1, [*search(inputs, "none", space, ["--random", "7"]), "--search-seed", "2", "--dry-run"]).out
    check("another seed, other draws", rows[0]["lr"] not in other and other.count("# configuration ") == 7)
    grid = "lr=[1e-4,3e-4,1e-3,3e-3,1e-2] hidden=[16]"
    for ranks in (1, 5):
        must(ranks, search(inputs, f"halving{ranks}", grid, ["--halving", "--epochs", "8"]))
    rows = table("halving1")
    check("halving: the same on any ranks", content("halving1/search.csv") == content("halving5/search.csv"))
    check(f"halving: {rows}", sorted((row["status"], row["epochs"]) for row in rows) ==
          [("done", "8"), ("done", "8"), ("halved", "2"), ("halved", "2"), ("halved", "4")])
    stayed = {row["rank"] for row in rows if row["status"] == "done"}
    check("halving: those that stayed come first", stayed == {"1", "2"})
    must(1, search(inputs, "whole", grid, ["--epochs", "8"]))
    whole = {row["lr"]: row for row in table("whole")}
    check("halving: the last rung is as without", all(losses_of(row) == losses_of(whole[row["lr"]])
                                                      for row in rows if row["status"] == "done"))
    with open("job.ini", "w") as file:
        file.write("[search]\ngrid = lr=[1e-3,3e-3]\nfolds = 4\n[train]\nepochs = 2\nbatch = 64\nmicro-batch = 16\n"
                   "hidden = 16\nout = never\n")
    plan = must(2, ["search", f"{inputs}/small.h5", "--config", "job.ini", "--out", "ini", "--dry-run"])
    lines = plan.out.splitlines()
    check(f"plan: {lines}", "# plan: 2 configurations, 4 folds" in lines and "hidden = 16" in lines and
          "# fold 1: 324 training and 108 validation columns" in lines and
          "# 8 trials of 2 epochs, 2 at a time, each on 1 ranks" in lines)
    check("plan: nothing is touched", not os.path.exists("ini") and not os.path.exists("never"))


def show_folds(inputs, check):
    """The sizes of scikit-learn's KFold, for columns that no number of folds divides."""
    try:
        from sklearn.model_selection import KFold
    except ImportError:
        print("NOT SHOWN: folds beside scikit-learn; install python3-sklearn")
        return
    plan = must(1, search(inputs, "folds", more=["--folds", "7", "--dry-run"]))
    told = [line.split()[3::3] for line in plan.out.splitlines() if line.startswith("# fold ")]
    sizes = [[str(len(rest)), str(len(held))] for rest, held in KFold(7).split(range(432))]
    check(f"folds: {told}, {sizes}", told == sizes)


def make_classes():
    """Seven files of unequal lengths, a group each; class by temperature, but noisy. Columns of each."""
    try:
        import netCDF4
        import numpy as np

        import small_files
    except ImportError as missing:
        skip(f"{missing}; install python3-numpy python3-netcdf4")
    counts, first = [90, 40, 70, 110, 30, 60, 80], 0
    for i, count in enumerate(counts):
        columns = small_files.values(first, count)
        small_files.write(f"part{i}.nc", columns)
        with netCDF4.Dataset(f"part{i}.nc", "a") as file:
            noisy = columns["t"][:, 2] + 3 * np.sin(1.7 * np.arange(first, first + count))
            file.createVariable("kind", "f4", ("column",))[:] = np.digitize(noisy, [236, 244])
        first += count
    must(2, ["prepare", *[f"part{i}.nc" for i in range(7)], "--inputs", "t,q,ps", "--targets", "kind", "--classes",
             "cold: 0, mild: 1, warm: 2", "--split-by", "file", "--split", "0.7,0.15,0.15", "--shard", "32", "--out",
             "kinds.h5", "--quiet"])
    return counts


def show_classes(_, check):
    """Folds part no file where the columns were split by file; accuracy is that of evaluate."""
    counts = make_classes()
    words = ["search", "kinds.h5", "--grid", "lr=[1e-3,1e-2] hidden=[16]", "--epochs", "5", *NET]
    for ranks in (1, 2, 3, 5):
        must(ranks, [*words, "--out", f"kinds{ranks}"])
        check(f"classes on {ranks} ranks", content(f"kinds{ranks}/search.csv") == content("kinds1/search.csv"))
    rows = table("kinds1")
    check(f"accuracy: {rows}", 0.5 < float(rows[1]["accuracy_mean"]) < 1 and all(
        float(row["accuracy_std"]) > 0 for row in rows))
    grid = ["--grid", "batch-norm=[true,false] dropout=[0,0.2] lr=[1e-2]"]
    must(2, [words[0], words[1], *grid, *words[4:], "--out", "plain", "--folds", "1", "--hidden", "16", "--refit"])
    check("options of regularisation tell", len({row["loss_1"] for row in table("plain")}) == 4)
    best = next(row for row in table("plain") if row["rank"] == "1")
    must(2, ["evaluate", "plain/best", "--split", "validation", "--json", "told.json", "--quiet"])
    with open("told.json") as file:
        told = json.load(file)
    accuracy = told["all_classes"]["model"]["accuracy"]
    check(f"accuracy of evaluate: {best}", abs(float(best["accuracy_mean"]) - accuracy) < 1e-8)
    show_groups(counts, check, must(2, [*words, "--out", "none", "--dry-run"]).out)


def show_groups(counts, check, plan):
    import h5py
    import numpy as np
    check("the plan tells of groups", "# folds part no group of columns" in plan.splitlines())
    with h5py.File("kinds.h5") as file:
        end = int(file.attrs["split_validation"][1])
        source = file["source_column"][:end]
    files = np.searchsorted(np.cumsum(counts), source, side="right")
    held = [int(line.split()[6]) for line in plan.splitlines() if line.startswith("# fold ")]
    sizes = [int(np.sum(files == i)) for i in range(7) if np.any(files == i)]
    check(f"whole files make the folds: {held}, {sizes}", sum(held) == end and all(
        any(sum(part) == fold for n in range(1, 6) for part in itertools.combinations(sizes, n)) for fold in held))
    try:
        from sklearn.model_selection import GroupKFold
    except ImportError:
        print("NOT SHOWN: folds by group beside scikit-learn; install python3-sklearn")
        return
    others = [len(fold) for _, fold in GroupKFold(3).split(source, groups=files)]
    check(f"scikit-learn's sizes: {held}, {others}", sorted(held) == sorted(others))


PARTS = {"same": (show_same, 28), "best": (show_best, 4), "plan": (show_plan, 10), "folds": (show_folds, 0),
         "classes": (show_classes, 10)}


def main(part, inputs):
    show, least = PARTS[part]
    with checks_in_own_folder(inputs, least) as check:
        show(inputs, check)


if __name__ == "__main__":
    main(sys.argv[1], os.path.abspath(sys.argv[2]))
