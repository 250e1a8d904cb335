#!/usr/bin/env python3
"""stopped_rank_test.py INPUTS: one of three ranks stands still (SIGSTOP); the watchdog ends the job and names it."""

import glob
import os
import re
import shutil
import signal
import sys
import time

from launch import LIMIT_S, Job, checks_in_own_folder, must

RANKS, WATCHDOG_S, LOST_CODE = 3, 3, 70
WATCHED = ["--quiet", "--watchdog", str(WATCHDOG_S)]
# A rate that changes no weight: no epoch is better than the first, and no model is written in the loop.
TRAIN = ["--lr", "1e-30", "--hidden", "16", "--batch", "64", "--micro-batch", "16", "--out", "run"]
SENTENCE = re.compile(
    rf"colonnade: error: no progress for {WATCHDOG_S} s: no answer from rank (\d) \(last seen in phase '(.+?)'\); "
    r"(.*waiting in phase '(.+?)'; )the job ends \(--watchdog sets the time\)")


def show_stopped(what, call, has_begun, phases, victim, check):
    job = Job(RANKS, call + WATCHED)
    limit = time.monotonic() + 30
    ranks = {}
    while len(ranks) < RANKS and time.monotonic() < limit:
        ranks = job.ranks()
    while not has_begun() and job.process.poll() is None and time.monotonic() < limit:
        pass
    os.kill(ranks[victim], signal.SIGSTOP)
    start = time.monotonic()
    ended = job.wait(LIMIT_S)
    name = f"{what}, rank {victim}"
    check(f"{name}: gone after {time.monotonic() - start:.1f} s", time.monotonic() - start < LIMIT_S)
    check(f"{name}: code {ended.code}", ended.code == LOST_CODE)
    check(f"{name}: processes that stayed: {ended.left}", not ended.left)
    check(f"{name}: messages: {ended.errors}", len(ended.errors) == 1)
    found = SENTENCE.fullmatch(ended.errors[0]) if ended.errors else None
    check(f"{name}: the message's form: {ended.err}", found is not None)
    if found is None:
        return
    check(f"{name}: names rank {found[1]}", int(found[1]) == victim)
    # Where it was in its last report, perhaps before its work began.
    check(f"{name}: its phase: {found[2]}", found[2] in phases | {"start", "work between calls", "options", "scan", "plan"})
    others = {int(rank) for rank in re.findall(r"\d", found[3])}
    check(f"{name}: who waits: {found[3]}", others == set(range(RANKS)) - {victim})
    check(f"{name}: where they wait: {found[4]}", found[4] in phases)


def has_epochs():
    try:
        with open("run/metrics.csv") as file:
            return len(file.readlines()) > 3
    except OSError:
        return False


def partials():
    return glob.glob("out.h5.colonnade-*.partial")


def has_reported_epochs():
    """Once every rank has told where it is from inside the loop: reports go out eight times in the watchdog's limit."""
    if not has_epochs():
        return False
    time.sleep(WATCHDOG_S / 3)
    return True


def main(inputs):
    raw = [f"{inputs}/raw/3dcorrection_{i:03}.nc" for i in range(2)]
    train = ["train", f"{inputs}/small.h5", *TRAIN]
    prepare = ["prepare", *raw, "--out", "out.h5", "--shard", "1"]
    with checks_in_own_folder(inputs, least=57) as check:
        must(RANKS, train + WATCHED + ["--epochs", "5"])
        for victim in range(RANKS):
            shutil.rmtree("run", ignore_errors=True)
            show_stopped("train", train + ["--epochs", "1000000"], has_reported_epochs,
                         {"training step", "validation", "metrics", "self-check", "work between calls"}, victim, check)
            show_stopped("prepare", prepare, lambda: any(map(os.path.getsize, partials())),
                         {"read", "write", "create", "open", "close", "verify", "statistics", "output", "memory"},
                         victim, check)
            for path in partials():
                os.remove(path)
            check(f"nothing under the final name: {os.listdir('.')}", not os.path.exists("out.h5"))
        must(RANKS, prepare + WATCHED)


if __name__ == "__main__":
    main(os.path.abspath(sys.argv[1]))
