#!/usr/bin/env python3
"""select_test.py: of each place and period the best scene, as numpy chooses it from what netCDF4 reads; the list is the
same on any number of ranks, and prepare and inspect read it."""

import csv
import datetime
import os
import shutil
import tempfile

from launch import Checks, must, run, skip

try:
    import netCDF4
    import numpy as np
except ImportError as missing:
    skip(f"{missing}; install python3-numpy python3-netcdf4")

USAGE, DATA = 2, 3
PERIODS = 5


def scenes_of(folder):
    """Arrays of place, day, path, cloud_cover and the mask's percentage of the files with a date."""
    rows = []
    for name in sorted(os.listdir(folder)):
        kind, place, *date = name[:-3].split("_")
        if kind != "scene":
            continue
        with netCDF4.Dataset(f"{folder}/{name}") as file:
            mask = file["cloud_mask"][:]
            rows.append((place, datetime.date.fromisoformat(f"{date[0][:4]}-{date[0][4:6]}-{date[0][6:]}").toordinal(),
                         f"{folder}/{name}", float(file["cloud_cover"][...]), 100 * np.count_nonzero(mask) / mask.size))
    return [np.array(column) for column in zip(*rows)]


def choose(place, day, path, rank, threshold, relax):
    """Of each place, by period (from 1): path, rank and steps; by numpy's sorting and median."""
    edges = np.linspace(day.min(), day.max(), PERIODS + 1)
    period = np.clip(np.digitize(day, edges), 1, PERIODS)
    chosen = {}
    for here in np.unique(place):
        for now in range(1, PERIODS + 1):
            among = np.flatnonzero((place == here) & (period == now))
            tied = among[rank[among] == rank[among].min()]
            order = np.lexsort((path[tied], day[tied], np.abs(day[tied] - np.median(day[tied]))))
            best = tied[order[0]]
            steps = max(0, int(np.ceil((rank[best] - threshold) / relax)))
            chosen[here, now] = (path[best], rank[best], steps, len(tied))
    return chosen


def select(ranks, out, rank_by, *words):
    return must(ranks, ["select", "raw/*.nc", "--name-fields", "kind,place,date", "--period", str(PERIODS), "--rank-by",
                        rank_by, "--out", out, *words])


def rows_of(path):
    with open(path, newline="") as file:
        return list(csv.DictReader(file))


def check_choice(check, rank_by, rank, place, day, path):
    threshold, relax = 5.0, 2.5
    select(1, "chosen.csv", rank_by, "--threshold", str(threshold), "--relax", str(relax), "--complete", "--force")
    rows = rows_of("chosen.csv")
    expected = choose(place, day, path, rank, threshold, relax)
    found = {(row["place"], int(row["period"])): row for row in rows if row["period"]}
    check(f"{rank_by}: {len(found)} chosen", set(found) == set(expected))
    for key, (name, value, steps, tied) in expected.items():
        row = found[key]
        check(f"{rank_by} {key}: {row}, not {name}", row["file"] == name)
        check(f"{rank_by} {key}: rank {row['rank']}, not {value}", abs(float(row["rank"]) - value) < 1e-5)
        check(f"{rank_by} {key}: {row['relaxed']} steps, not {steps}", int(row["relaxed"]) == steps)
    check("some are tied", any(tied > 1 for *_, tied in expected.values()))
    check("some wanted steps", any(steps > 0 for _, _, steps, _ in expected.values()))
    maps = {row["file"] for row in rows if not row["date"]}
    check(f"maps {maps}", maps == {f"raw/label_{here}.nc" for here in np.unique(place)})
    with open("chosen.csv", "rb") as file:
        one = file.read()
    for ranks in (2, 3, 5):
        select(ranks, "again.csv", rank_by, "--threshold", str(threshold), "--relax", str(relax), "--complete", "--force")
        with open("again.csv", "rb") as file:
            check(f"the same list on {ranks} ranks", file.read() == one)


def check_lists(check):
    """--files-from reads the CSV and a plain list; both are as if the files were named."""
    scenes = [row["file"] for row in rows_of("chosen.csv") if row["date"]]
    with open("scenes.txt", "w") as file:
        file.write("\n".join(scenes) + "\n")
    inspected = must(2, ["inspect", "--files-from", "scenes.txt", "--column-dim", "y"]).out
    check("inspect reads a list", inspected == must(2, ["inspect", *scenes, "--column-dim", "y"]).out)
    words = ["--inputs", "cloud_mask", "--targets", "cloud_mask", "--column-dim", "y"]
    named = must(2, ["prepare", *scenes, *words, "--out", "named.h5"]).value("content")
    listed = must(3, ["prepare", "--files-from", "scenes.txt", *words, "--out", "listed.h5"]).value("content")
    check("prepare reads a list", named == listed)
    ended = run(2, ["prepare", "--files-from", "scenes.txt", *words, "--out", "scenes.txt", "--force"])
    check(f"a list is an input: {ended.errors}", ended.code == USAGE and len(ended.errors) == 1)
    must(2, ["select", "raw/*.nc", "--name-fields", "kind,place,date", "--rank-by", "cloud_cover", "--where", "kind=scene",
             "--out", "plain.csv"])
    both = must(2, ["prepare", "--files-from", "plain.csv", *words, "--out", "csv.h5"]).out
    count = len(rows_of("plain.csv"))
    check(f"prepare reads CSV of {count} files", f"prepared {count * 8} columns" in both)
    ended = must(2, ["prepare", scenes[0], "--files-from", "plain.csv", *words, "--out", "dry.h5", "--dry-run"]).out
    check("files of the list follow those of the call", f"files = {scenes[0]} raw/" in ended and "files-from" not in ended)


def check_empty_periods(check):
    """A place without scenes in a period is told of, and left out when asked for."""
    for name in os.listdir("raw"):
        if name.startswith("scene_p001_20200") and int(name[11:19]) < 20200314:
            os.remove(f"raw/{name}")
    told = select(3, "some.csv", "cloud_cover")
    check("an empty period is told of", "place p001 has no scene in period 1" in told.out)
    check("the place is there", any(row["place"] == "p001" for row in rows_of("some.csv")))
    told = select(3, "complete.csv", "cloud_cover", "--complete")
    check("and left out", "left out" in told.out and not any(row["place"] == "p001" for row in rows_of("complete.csv")))


BAD = [(["--rank-by", "cloud_cover", "--place", "site"], USAGE, ("site", "kind, place, date")),
       (["--rank-by", "cloud_mask"], USAGE, ("cloud_mask", "percent(cloud_mask)", "raw/scene_")),
       (["--rank-by", "clouds"], DATA, ("clouds",)),
       (["--rank-by", "percent("], USAGE, ("percent(", "--rank-by")),
       (["--rank-by", "cloud_cover", "--relax", "3"], USAGE, ("--relax", "--threshold")),
       (["--rank-by", "cloud_cover", "--threshold", "-1"], DATA, ("no scene is left", "--relax")),
       (["--rank-by", "cloud_cover", "--period-edges", "20200101,20190101"], USAGE, ("--period-edges", "20190101")),
       (["--rank-by", "cloud_cover", "--period-edges", "20200101"], USAGE, ("two dates",)),
       (["--rank-by", "cloud_cover", "--period-edges", "20200101,20210101", "--period", "3"], USAGE, ("--period-edges",)),
       (["--rank-by", "cloud_cover", "--date", "kind"], USAGE, ("label", "not a date")),
       (["--rank-by", "cloud_cover", "--where", "place=nowhere"], USAGE, ("place=nowhere", "p000")),
       (["--rank-by", "cloud_cover", "--period-edges", "19000101,19010101", "--complete"], DATA, ("every period",))]


def main():
    check = Checks()
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        must(2, ["synth", "--kind", "landcover", "--columns", "64", "--files", "5", "--out", "raw", "--quiet"])
        place, day, path, cover, percent = scenes_of("raw")
        check_choice(check, "cloud_cover", cover, place, day, path)
        check_choice(check, "percent(cloud_mask)", percent, place, day, path)
        check_lists(check)
        for words, code, facts in BAD:
            ended = run(3, ["select", "raw/*.nc", "--name-fields", "kind,place,date", *words, "--out", "bad.csv"])
            check(f"{words}: {ended.code}, {ended.errors}",
                  ended.code == code and len(ended.errors) == 1 and all(fact in ended.errors[0] for fact in facts))
            check(f"{words}: nothing stays", not os.path.exists("bad.csv"))
        check_empty_periods(check)
        shutil.rmtree("raw")
        os.chdir("/")
    check.end(least=150)


if __name__ == "__main__":
    main()
