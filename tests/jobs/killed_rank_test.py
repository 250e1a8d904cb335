#!/usr/bin/env python3
"""killed_rank_test.py prepare|train INPUTS: one of three ranks dies without a word."""

import contextlib
import glob
import os
import signal
import sys
import time

from launch import LIMIT_S, Job, checks_in_own_folder, must

RANKS, VICTIM = 3, 1


def kill_when(job, has_begun, check):
    """Kills one rank once `has_begun`; checks how the job ends."""
    limit = time.monotonic() + 30
    ranks = {}
    while len(ranks) < RANKS and time.monotonic() < limit:
        ranks = job.ranks()
    begun = False
    while not begun and job.process.poll() is None and time.monotonic() < limit:
        begun = has_begun()
    check(f"{RANKS} ranks run when one is killed", len(ranks) == RANKS and job.process.poll() is None)
    check("amid its work", begun)
    os.kill(ranks[VICTIM], signal.SIGKILL)
    start = time.monotonic()
    ended = job.wait(LIMIT_S)
    check(f"code {ended.code} (None: killed after {LIMIT_S:g} s)", ended.code not in (0, None))
    check(f"gone after {time.monotonic() - start:.1f} s", time.monotonic() - start < LIMIT_S)
    check(f"processes that stayed: {ended.left}", not ended.left)


@contextlib.contextmanager
def locked_semaphore(name):
    """As Open MPI leaves it when a rank is killed while it opens a file of that name."""
    path = f"/dev/shm/sem.OMPIO_{name}"
    with open(path, "wb") as file:
        file.write(bytes(32))
    try:
        yield name
    finally:
        with contextlib.suppress(FileNotFoundError):
            os.remove(path)


def is_begun():
    return bool(glob.glob("out.colonnade-*.partial"))


def show_prepare(inputs, check):
    raw = [f"{inputs}/raw/3dcorrection_{i:03}.nc" for i in range(2)]
    for words in (["--memory", "4G"], ["--memory", "1M"], ["--format", "npy"]):
        call = ["prepare", *raw, "--out", "out", "--quiet", *words]
        kill_when(Job(RANKS, call), is_begun, check)
        check(f"{words}: nothing under the final name: {os.listdir('.')}", not os.path.exists("out"))
    with locked_semaphore(f"killed_{os.getpid()}.nc") as name:
        os.symlink(raw[0], name)
        ended = must(RANKS, [name if word == raw[0] else word for word in call])
        os.remove(name)
    check("the next one succeeds", len(ended.value("content")) == 16)
    check(f"and takes the remains away: {os.listdir('.')}", os.listdir(".") == ["out"])


def show_train(inputs, check):
    def epochs():
        try:
            with open("run/metrics.csv") as file:
                return len(file.readlines()) - 1
        except OSError:
            return 0

    call = ["train", f"{inputs}/small.h5", "--out", "run", "--quiet", "--epochs", "1000000",
            "--hidden", "16", "--batch", "64", "--micro-batch", "16"]
    kill_when(Job(RANKS, call), lambda: epochs() >= 3, check)
    check("no last weights", not os.path.exists("run/final.h5"))
    ended = must(1, ["evaluate", "run", "--no-ridge", "--quiet"])
    check("the best model so far is whole", "dt" in ended.out)


SHOWN = {"prepare": (show_prepare, 20), "train": (show_train, 7)}


def main(what, inputs):
    show, least = SHOWN[what]
    with checks_in_own_folder(inputs, least) as check:
        show(inputs, check)


if __name__ == "__main__":
    main(sys.argv[1], os.path.abspath(sys.argv[2]))
