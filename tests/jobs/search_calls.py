"""Calls of search on small files, and what they leave."""

import csv

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
