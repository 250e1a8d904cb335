#!/usr/bin/env python3
"""search_test.py PART INPUTS: what search leaves, on any ranks and after any end."""

import configparser
import csv
import itertools
import json
import os
import signal
import sys
import time

from launch import Job, checks_in_own_folder, must, run, skip

NET = "--batch 64 --micro-batch 16 --quiet".split()
GRID = "hidden=[16,(16,16)] lr=[1e-3,3e-3]"


def search(inputs, out, grid=GRID, more=(), net=NET):
    return ["search", f"{inputs}/small.h5", "--out", out, "--grid", grid, *net, *more]


def content(path):
    with open(path, "rb") as file:
        return file.read()


def table(out, name="search.csv"):
    with open(f"{out}/{name}", newline="") as file:
        return list(csv.DictReader(file))


def losses_of(row):
    return [float(row[key]) for key in sorted(row) if key.startswith("loss_") and key[5:].isdigit()]


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


def refused(check, inputs, grid, message, more=()):
    ended = run(3, search(inputs, "refused", grid, more))
    is_told = len(ended.errors) == 1 and message in ended.errors[0]
    check(f"{grid}: {ended.code} {ended.err}", ended.code == 2 and is_told)
    check(f"{grid}: nothing is made", not os.path.exists("refused"))


def show_failing(inputs, check):
    """A trial whose numbers overflow does not disturb the others; a bad grid is refused at once."""
    for ranks in (1, 3):
        ended = must(ranks, search(inputs, f"some{ranks}", "lr=[1e-3,1e30,3e-3]", ["--epochs", "2"]))
    rows = table("some3")
    check("failing: the same on any ranks", content("some1/search.csv") == content("some3/search.csv"))
    check(f"failing: {rows}", [row["status"] for row in rows] == ["done", "failed", "done"])
    check("failing: its message", "left the finite numbers" in rows[1]["message"] and rows[1]["rank"] == "")
    must(1, search(inputs, "others", "lr=[1e-3,3e-3]", ["--epochs", "2"]))
    check("failing: the others", [losses_of(row) for row in table("others")] ==
          [losses_of(row) for row in (rows[0], rows[2])])
    check("failing: best of the others", ended.value("best").split()[0] in ("1", "3"))
    ended = run(2, search(inputs, "all", "lr=[1e30]", ["--epochs", "2"]))
    check(f"all fail: {ended.code} {ended.errors}", ended.code == 5 and len(ended.errors) == 1)
    check("all fail: the table", [row["status"] for row in table("all")] == ["failed"])
    for grid, message, more in [
            ("hiden=[16]", "unknown option in --grid: hiden; did you mean hidden?", ()),
            ("memory=[1G]", "unknown option in --grid: memory", ()),
            ("lr=[1e-3,fast]", "--lr takes a number", ()),
            ("lr=[0]", "with lr=0: --lr takes", ()),
            ("activation=[silu,rely]", "did you mean relu?", ()),
            ("lr=1e-3", "lr has no list of values", ()),
            ("lr=[1e-3,,2e-3]", "a value of lr is empty", ()),
            ("lr=[1e-3", "a bracket is not closed", ()),
            ("lr=log(1e-4,1e-2)", "values are drawn with --random only", ()),
            ("lr=log(0,1)", "the bounds of lr are out of order", ["--random", "3"]),
            ("lr=normal(0,1)", "lr is drawn from no such distribution", ["--random", "3"]),
            ("epochs=[2,3]", "--halving chooses the epochs itself", ["--halving"]),
            ("batch=[64,72]", "with batch=72: --batch 72 is not a multiple of --micro-batch 16", ()),
            ("batch=[64,256]", "with batch=256: --batch 256 is larger than", ["--folds", "2"]),
            ("lr=[1e-3]", "--folds 433 are more than the 432 columns", ["--folds", "433"])]:
        refused(check, inputs, grid, message, more)
    ended = run(2, search(inputs, "some1"))
    check("an existing search", ended.code == 2 and "exists already" in ended.errors[0])
    ended = run(2, search(inputs, "some1", "lr=[1e-3]", ["--resume", "auto"]))
    difference = "--grid is lr=[1e-3], but lr=[1e-3,1e30,3e-3]"
    check(f"another search: {ended.errors}", ended.code == 2 and difference in ended.err)
    os.rename("some1", "kept")
    os.mkdir("some1")
    open("some1/mine.txt", "w").close()
    ended = run(2, search(inputs, "some1", more=["--force"]))
    check("a folder of something else", ended.code == 2 and os.path.exists("some1/mine.txt"))
    must(1, ["train", f"{inputs}/small.h5", "--out", "run", "--hidden", "4", "--epochs", "1", *NET])
    for words in (search(inputs, "run", more=["--resume", "auto"]), search(inputs, "run", more=["--force"]),
                  ["train", f"{inputs}/small.h5", "--out", "kept", *NET, "--resume", "auto"]):
        ended = run(1, words)
        check(f"a run is no search, a search no run: {ended.errors}", ended.code == 2 and len(ended.errors) == 1)
    must(2, search(inputs, "kept", "lr=[1e-3]", ["--force", "--epochs", "2"]))
    check("--force", len(table("kept")) == 1)


def begun(out, count, mark=b'{"trial"', limit_s=30.0):
    """Waits until a search has begun `count` trials in all, those of `mark`; whether it has."""
    end = time.monotonic() + limit_s
    while time.monotonic() < end:
        if os.path.exists(f"{out}/trials.jsonl") and content(f"{out}/trials.jsonl").count(mark) >= count:
            return True
        time.sleep(0.01)
    return False


LONG = ["--epochs", "250"]


def killed(job):
    job.process.kill()
    job.kill_all()
    job.wait(20)


def show_killed(inputs, check):
    """A search that was killed goes on to the same table; a trial that two jobs died with is lost."""
    must(2, search(inputs, "golden", more=LONG), limit_s=100)
    job = Job(3, search(inputs, "killed", more=LONG))
    check("the search has begun", begun("killed", 5))
    killed(job)
    check("no table yet", not os.path.exists("killed/search.csv"))
    with open("killed/trials.jsonl", "ab") as file:
        file.write(b'0123456789abcdef {"tri')  # the end of the job cut it off
    must(2, search(inputs, "killed", more=[*LONG, "--resume", "auto"]), limit_s=100)
    for file in ("search.csv", "best.ini"):
        check(f"killed: {file}", content(f"killed/{file}") == content(f"golden/{file}"))
    must(1, search(inputs, "killed", more=[*LONG, "--resume", "auto"]))
    check("resumed when all is done", content("killed/search.csv") == content("golden/search.csv"))
    halving = search(inputs, "halved", "lr=[1e-4,1e-3,3e-3,1e-2]",
                     ["--halving", "--epochs", "800", "--folds", "2", "--hidden", "16"])
    must(1, halving, limit_s=100)
    os.rename("halved", "whole")
    for mark in (b'{"trial":[0', b'{"trial":[1'):  # in the first rung, and in the last one
        job = Job(2, [*halving, "--resume", "auto"])
        check(f"halving has begun {mark}", begun("halved", 3, mark))
        killed(job)
    check("halving: killed before its end", not os.path.exists("halved/search.csv"))
    must(3, [*halving, "--resume", "auto"], limit_s=100)
    check("halving: the table", content("halved/search.csv") == content("whole/search.csv"))
    job = Job(3, search(inputs, "rank", more=LONG))
    check("the search has begun", begun("rank", 5))
    os.kill(job.ranks()[1], signal.SIGKILL)
    ended = job.wait(30)
    check(f"a lost rank ends the job: {ended.code}", ended.code not in (0, None) and not ended.left)
    must(3, search(inputs, "rank", more=[*LONG, "--resume", "auto"]), limit_s=100)
    check("a lost rank: the table", content("rank/search.csv") == content("golden/search.csv"))
    endless = ["--epochs", "1000000", "--folds", "1"]
    for turn in (1, 2):
        job = Job(1, search(inputs, "twice", "lr=[1e-3]", [*endless, "--resume", "auto"]))
        check(f"turn {turn} has begun", begun("twice", turn))
        killed(job)
    ended = run(2, search(inputs, "twice", "lr=[1e-3]", [*endless, "--resume", "auto"]))
    rows = table("twice")
    check(f"lost: {ended.code} {rows}", ended.code == 5 and rows[0]["status"] == "lost" and
          "the job died 2 times" in rows[0]["message"])
    damaged = content("killed/trials.jsonl").replace(b'"loss":0', b'"loss":1', 1)
    with open("killed/trials.jsonl", "wb") as file:
        file.write(damaged)
    ended = run(1, search(inputs, "killed", more=[*LONG, "--resume", "auto"]))
    check(f"damaged: {ended.errors}", ended.code == 3 and "trials.jsonl: the file was damaged" in ended.err)


def show_stopped(inputs, check):
    """A signal to any rank stops all; trials that have ended are kept, and the search goes on."""
    must(2, search(inputs, "golden", more=LONG), limit_s=100)
    for rank, number in [(0, signal.SIGTERM), (2, signal.SIGUSR1), (1, signal.SIGINT)]:
        out = f"stopped{rank}"
        job = Job(3, search(inputs, out, more=LONG))
        check(f"rank {rank}: the search has begun", begun(out, 5))
        os.kill(job.ranks()[rank], number)
        ended = job.wait(20)
        check(f"rank {rank}: code {ended.code} {ended.out} {ended.err}", ended.code == 75)
        check(f"rank {rank}: {ended.out}", f"stopped on request ({signal.Signals(number).name}) after" in ended.out)
        kept = content(f"{out}/trials.jsonl").count(b'"status":0')
        check(f"rank {rank}: trials are kept: {kept}", 1 <= kept < 12)
        must(rank + 1, search(inputs, out, more=[*LONG, "--resume", "auto"]), limit_s=100)
        check(f"rank {rank}: the table", content(f"{out}/search.csv") == content("golden/search.csv"))
        check(f"rank {rank}: none is lost", len(table(out, "times.csv")) == 12)
    # One trial of one rank: the two that wait do so for longer than the watchdog's time, and can be asked to stop.
    job = Job(3, search(inputs, "waits", "lr=[1e-3]", ["--epochs", "1000000", "--folds", "1", "--watchdog", "1"],
                        ["--batch", "64", "--micro-batch", "64", "--quiet"]))
    check("the search has begun", begun("waits", 1))
    time.sleep(3)
    check("the watchdog is silent", job.process.poll() is None)
    os.kill(job.ranks()[2], signal.SIGUSR1)
    ended = job.wait(20)
    check(f"a rank without a trial: {ended.code} {ended.err}", ended.code == 75 and not ended.errors)
    # A refit is stopped and goes on as a run does.
    words = search(inputs, "again", "lr=[1e-3]", ["--epochs", "1000000", "--folds", "1", "--patience", "3", "--refit"])
    must(2, words, limit_s=100)
    told = content("again/best/hashes.csv")
    with open("again/best/config.ini") as file:
        check("the refit's folder stands", "patience = 3" in file.read())
    os.rename("again/best", "whole")
    job = Job(2, [*words, "--resume", "auto"])
    while not os.path.exists("again/best/log.txt") and job.process.poll() is None:
        time.sleep(0.005)
    os.kill(job.process.pid, signal.SIGUSR1)
    code = job.wait(30).code
    if code == 75:
        must(3, [*words, "--resume", "auto"], limit_s=100)
    else:
        print(f"NOT SHOWN: a stop of the refit; it ended with {code} before")
    check("the refit ends as undisturbed", content("again/best/hashes.csv") == told)
    # Ahead of the end of a Slurm job; where no trial could end, not to be put back for ever.
    ends = {"SLURM_JOB_END_TIME": str(int(time.time()) + 8)}
    ended = run(2, search(inputs, "slurm", "lr=[1e-3]", ["--epochs", "1000000", "--folds", "2"]), variables=ends)
    check(f"a job too short for a trial: {ended.code} {ended.errors}", ended.code == 2 and
          "ahead of the job's time limit after 0 trials" in ended.errors[0])
    ends = {"SLURM_JOB_END_TIME": str(int(time.time()) + 8)}
    # Two ranks take the long trials, the costliest; the third one ends the short ones.
    ended = run(3, search(inputs, "some", "epochs=[1,1000000] lr=[1e-3]", ["--folds", "2"]), variables=ends)
    check(f"a job long enough for some: {ended.code} {ended.out}", ended.code == 75 and "time limit" in ended.out)
    # A rank that stands still is found, while others wait.
    job = Job(3, search(inputs, "still", "lr=[1e-3]", ["--epochs", "1000000", "--folds", "2", "--watchdog", "2"]))
    check("the search has begun", begun("still", 1))
    os.kill(job.ranks()[0], signal.SIGSTOP)
    ended = job.wait(30)
    check(f"a rank that stands still: {ended.code} {ended.errors}",
          ended.code not in (0, None) and any("no answer from rank 0" in line for line in ended.errors))


PARTS = {"same": (show_same, 28), "best": (show_best, 4), "plan": (show_plan, 10), "folds": (show_folds, 0),
         "classes": (show_classes, 10),
         "failing": (show_failing, 44), "killed": (show_killed, 16), "stopped": (show_stopped, 27)}


def main(part, inputs):
    show, least = PARTS[part]
    with checks_in_own_folder(inputs, least) as check:
        show(inputs, check)


if __name__ == "__main__":
    main(sys.argv[1], os.path.abspath(sys.argv[2]))
