#!/usr/bin/env python3
"""runs_test.py INPUTS: summary.json against what else a run leaves, and the table that runs makes of it."""

import csv
import json
import os
import shutil
import sys

from bad_case import DATA, STORAGE, USAGE
from launch import checks_in_own_folder, must, run

NET = "--batch 64 --micro-batch 16 --schedule constant --quiet".split()
RUNS = {
    "slow": (2, ["--lr", "1e-4", "--hidden", "16", "--epochs", "3"]),
    "fast": (1, ["--lr", "1e-2", "--hidden", "16", "--epochs", "3", "--threads", "2"]),
    "wide": (3, ["--lr", "1e-2", "--hidden", "32,16", "--epochs", "4"]),
}


def table(text):
    """Rows of the printed table by run; no cell holds a blank but the names of statuses."""
    head, *lines = text.replace("stopped early", "stopped_early").splitlines()
    rows = [dict(zip(head.split(), line.split(), strict=True)) for line in lines]
    return head.split(), {row["run"]: row for row in rows}


def metrics(name):
    with open(f"sweep/{name}/metrics.csv") as file:
        return list(csv.DictReader(file))


def show_summaries(check, lines):
    for name, (ranks, words) in RUNS.items():
        with open(f"sweep/{name}/summary.json") as file:
            told = json.load(file)
        epochs = metrics(name)
        best = min(epochs, key=lambda epoch: float(epoch["validation_loss"]))
        check(f"{name}: options", all(told["config"][option.removeprefix("--")] == value
                                      for option, value in zip(words[::2], words[1::2])))
        check(f"{name}: ended", told["status"] == "done" and told["epochs"] == len(epochs))
        check(f"{name}: best epoch", str(told["best_epoch"]) == best["epoch"])
        for loss in ("train_loss", "validation_loss"):
            check(f"{name}: {loss}", abs(told[loss] - float(best[loss])) < 1e-8)
            check(f"{name}: last {loss}", abs(told["last_" + loss] - float(epochs[-1][loss])) < 1e-8)
        check(f"{name}: weights", told["weights"] == lines[name].value("weights"))
        printed = int(lines[name].value("throughput").split()[0])
        check(f"{name}: throughput {told['columns_per_second']}, {printed}",
              abs(told["columns_per_second"] - printed) <= 1 + 1e-5 * printed)
        check(f"{name}: shape", told["ranks"] == ranks and told["widths"][0] == 11 and told["widths"][-1] == 5)
        check(f"{name}: versions", told["versions"].startswith("colonnade "))


def show_table(check):
    columns, rows = table(must(2, ["runs", "sweep"]).out)
    check(f"columns: {columns}", columns == [
        "run", "hidden", "lr", "status", "epochs", "best_epoch", "train_loss", "validation_loss",
        "columns_per_second", "ranks", "threads", "seconds", "weights"])
    check(f"runs: {list(rows)}", sorted(rows) == [f"sweep/{name}" for name in sorted(RUNS)])
    losses = [float(row["validation_loss"]) for row in rows.values()]
    check(f"sorted by {losses}", losses == sorted(losses) and len(set(losses)) == 3)
    check(f"shapes: {rows}", [(rows[f"sweep/{name}"]["ranks"], rows[f"sweep/{name}"]["threads"]) for name in RUNS] ==
          [("2", "1"), ("1", "2"), ("3", "1")])
    for name, words, expected in [
            ("epochs", ["--reverse"], ["wide"]), ("lr", [], ["slow"]), ("parameters", ["--reverse"], ["wide"]),
            ("hidden", [], ["slow", "fast", "wide"]), ("run", [], ["fast", "slow", "wide"])]:
        _, rows = table(must(1, ["runs", *(f"sweep/{name}" for name in RUNS), "--sort", name, *words]).out)
        check(f"by {name}: {list(rows)}", list(rows)[:len(expected)] == [f"sweep/{each}" for each in expected])
    must(3, ["runs", "sweep", "--csv", "table.csv"])
    with open("table.csv") as file:
        rows = {row["run"]: row for row in csv.DictReader(file)}
    check(f"as CSV: {rows}", len(rows) == 3 and rows["sweep/wide"]["hidden"] == "32,16")
    _, rows = table(must(1, ["runs", "sweep/slow"]).out)
    check(f"one run: {rows}", "lr" not in rows["sweep/slow"] and rows["sweep/slow"]["epochs"] == "3")


def show_unfinished(check, inputs):
    words = ["train", f"{inputs}/small.h5", "--out", "sweep/stopped", "--hidden", "16", "--epochs", "4", *NET]
    os.environ["SLURM_JOB_END_TIME"] = "1"
    check("stopped after a step", run(1, words).code == USAGE)
    del os.environ["SLURM_JOB_END_TIME"]
    ended = run(1, ["runs", "sweep"])
    check(f"no epoch yet: {ended.err}", "sweep/stopped/summary.json: cannot read" in ended.err)
    check("the others are shown", len(table(ended.out)[1]) == 3 and ended.code == 0)
    must(2, [*words, "--resume", "auto"])
    _, rows = table(must(1, ["runs", "sweep"]).out)
    check(f"resumed: {rows}", rows["sweep/stopped"]["status"] == "done" and rows["sweep/stopped"]["epochs"] == "4")
    shutil.rmtree("sweep/stopped")


def show_damaged(check, inputs):
    os.makedirs("sweep/no_run/deeper")
    shutil.copytree("sweep/slow", "sweep/edited")
    shutil.copytree("sweep/slow", "sweep/cut")
    with open("sweep/slow/summary.json") as file:
        text = file.read()
    with open("sweep/edited/summary.json", "w") as file:
        file.write(text.replace('"best_epoch": 3', '"best_epoch": 2'))
    with open("sweep/cut/summary.json", "w") as file:
        file.write(text[:-40])
    os.makedirs("sweep/piped")
    os.mkfifo("sweep/piped/summary.json")
    os.symlink("circle", "sweep/circle")
    os.makedirs("sweep/circular")
    os.symlink("summary.json", "sweep/circular/summary.json")
    os.makedirs("sweep/odd")
    with open("sweep/odd/summary.json", "w") as file:
        file.write('{"format": 3, "summary_hash": "x"}')
    ended = run(3, ["runs", "sweep"])
    check(f"code {ended.code}", ended.code == 0)
    check(f"circular is named: {ended.err}", "sweep/circular/summary.json: cannot read" in ended.err)
    for name in ("edited", "cut", "odd"):
        told = [line for line in ended.err.splitlines() if f"sweep/{name}/summary.json" in line]
        check(f"{name} is named once: {ended.err}", len(told) == 1 and "not whole, or has changed" in told[0])
    check(f"piped is named: {ended.err}", "sweep/piped/summary.json" in ended.err and "not a regular file" in ended.err)
    check("no_run is passed over in silence", "no_run" not in ended.err)
    check("the others are shown", len(table(ended.out)[1]) == 3)

    def refused(code, words, *says):
        ended = run(2, ["runs", *words])
        check(f"{words}: code {ended.code}", ended.code == code)
        check(f"{words}: one message of {says}: {ended.err}",
              len(ended.errors) == 1 and all(each in ended.errors[0] for each in says))

    refused(STORAGE, ["absent"], "absent")
    refused(DATA, ["sweep/no_run"], "no run with a summary")
    refused(DATA, ["sweep/cut"], "no run with a summary")
    refused(USAGE, ["sweep/slow", "--sort", "validation_los"], "did you mean validation_loss?")
    refused(USAGE, ["sweep", "--csv", "table.csv"], "table.csv", "exists", "--force")
    shutil.copy(f"{inputs}/small.h5", "own.h5")
    must(1, ["train", "own.h5", "--out", "own", "--hidden", "16", "--epochs", "1", *NET])
    refused(USAGE, ["own", "--csv", "own.h5", "--force"], "own.h5", "would replace an input")
    refused(USAGE, [], "runs needs DIR|RUN")


def main(inputs):
    with checks_in_own_folder(inputs, 40) as check:
        os.mkdir("sweep")
        lines = {name: must(ranks, ["train", f"{inputs}/small.h5", "--out", f"sweep/{name}", *words, *NET])
                 for name, (ranks, words) in RUNS.items()}
        show_summaries(check, lines)
        show_table(check)
        show_unfinished(check, inputs)
        show_damaged(check, inputs)


if __name__ == "__main__":
    main(os.path.abspath(sys.argv[1]))
