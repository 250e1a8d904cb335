#!/usr/bin/env python3
"""search_endings_test.py PART INPUTS: searches that fail, that are killed and that are stopped."""

import os
import signal
import sys
import time

from launch import Job, checks_in_own_folder, must, run
from search_calls import NET, content, losses_of, search, table


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


PARTS = {"failing": (show_failing, 44), "killed": (show_killed, 16), "stopped": (show_stopped, 27)}


def main(part, inputs):
    show, least = PARTS[part]
    with checks_in_own_folder(inputs, least) as check:
        show(inputs, check)


if __name__ == "__main__":
    main(sys.argv[1], os.path.abspath(sys.argv[2]))
