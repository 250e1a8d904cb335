#!/usr/bin/env python3
"""scale_test.py INPUTS: what scale measures on three ranks adds up, and trains what train trains."""

import csv
import math
import os
import re
import sys

from launch import checks_in_own_folder, must

NET = "--hidden 16 --batch 96 --micro-batch 16 --quiet".split()
CASES = [(mode, ranks) for mode in ("strong", "weak") for ranks in (1, 2, 3)]
SPLIT = ["input_s", "compute_s", "idle_s", "sum_s", "communication_s", "optimiser_s", "other_s"]


def near(a, b, part):
    return abs(a - b) <= part * abs(b)


def check_row(row, first, check):
    name = f"{row['mode']} {row['ranks']}"
    numbers = {key: float(value) for key, value in row.items() if key not in ("source", "mode", "weights")}
    check(f"{name}: finite, none negative: {numbers}", all(math.isfinite(n) and n >= 0 for n in numbers.values()))
    check(f"{name}: threads and repeats", row["threads"] == "1" and row["repeats"] == "2")
    ranks, rate = int(row["ranks"]), numbers["columns_per_second"]
    check(f"{name}: batch {row['batch']}", int(row["batch"]) == (96 if row["mode"] == "strong" else 96 * ranks))
    check(f"{name}: the range holds the mean", 0 < numbers["columns_per_second_min"] <= rate * 1.00001 and
          rate <= numbers["columns_per_second_max"] * 1.00001)
    check(f"{name}: the parts make the step", near(sum(numbers[part] for part in SPLIT), numbers["step_s"], 0.001))
    least, most = (numbers["batch"] / numbers[f"columns_per_second_{end}"] for end in ("max", "min"))
    check(f"{name}: step and rate agree", least * 0.999 <= numbers["step_s"] <= most * 1.001)
    check(f"{name}: work takes time", numbers["compute_s"] > 0 and numbers["optimiser_s"] > 0)
    share = numbers["communication_s"] / numbers["step_s"]
    check(f"{name}: one rank sends nothing, others do: {share}", share < 0.02 if ranks == 1 else share > 0.001)
    check(f"{name}: efficiency",
          near(numbers["efficiency"], rate / ranks / float(first["columns_per_second"]), 0.001))


def check_table(out, rows, check):
    lines = [line.split() for line in out.splitlines()]
    table = [words for words in lines if words and re.fullmatch("[0-9a-f]{16}", words[-1])]
    check(f"a line a case: {out}", [(words[0], int(words[1])) for words in table] == CASES)
    for words, row in zip(table, rows):
        check(f"table and CSV agree: {words}", words[-1] == row["weights"] and
              near(float(words[3]), float(row["columns_per_second"]), 1e-4) and
              near(float(words[6]), 1e3 * float(row["step_s"]), 0.05))


def check_model(out, rows, measured, check):
    """The measured counts and the powers of two, of both modes; near the first count, on which it is calibrated."""
    counts = [1, 2, 3, 4, 8, 16, 32, 64]
    cases = [(row["mode"], int(row["ranks"])) for row in rows]
    check(f"rows of the model: {cases}", cases == [(mode, n) for mode in ("strong", "weak") for n in counts])
    for row in rows:
        numbers = {key: float(row[key]) for key in ["step_s", "columns_per_second", "batch", *SPLIT]}
        name = f"model {row['mode']} {row['ranks']}"
        check(f"{name}: finite, none negative: {numbers}",
              all(math.isfinite(n) and n >= 0 for n in numbers.values()))
        check(f"{name}: the parts make the step", near(sum(numbers[part] for part in SPLIT), numbers["step_s"], 0.001))
        check(f"{name}: messages", (numbers["communication_s"] > 0) == (row["ranks"] != "1"))
        for other in measured:
            if (row["mode"], row["ranks"], "1") == (other["mode"], other["ranks"], row["ranks"]):
                check(f"{name}: as measured", near(numbers["compute_s"], float(other["compute_s"]), 0.001))
    last = [line for line in out.splitlines() if line.startswith("on 64 ranks a step would be")]
    check(f"says where it hurts: {last}", len(last) == 2)
    check("says what was measured", len(re.findall(r"^machine, per thread: .* GFLOP/s", out, re.M)) == 1 and
          len(re.findall(r"^between rank 0 and rank 2, .* us \+ bytes / \d+ MB/s", out, re.M)) == 1)


def check_weights(inputs, rows, check):
    """An epoch of scale is all of the columns that train has, so its weights are the same."""
    trained = must(2, ["train", f"{inputs}/small.h5", "--out", "run", "--epochs", "1", "--schedule", "constant", *NET])
    hashes = {(row["mode"], int(row["ranks"])): row["weights"] for row in rows}
    for ranks in (1, 2, 3):
        check(f"strong {ranks}: the weights of train", hashes["strong", ranks] == trained.value("weights"))
    check("weak 1: the same case as strong 1", hashes["weak", 1] == hashes["strong", 1])
    check("weak: other batches, other weights", len({hashes["weak", ranks] for ranks in (1, 2, 3)}) == 3)


def main(inputs):
    with checks_in_own_folder(inputs, least=120) as check:
        # Each of its 18 runs takes a second, and more where three ranks share two cores with others.
        ended = must(3, ["scale", f"{inputs}/small.h5", "--ranks", "1,2,3", "--repeats", "2", "--predict", "64",
                          *NET], limit_s=240)
        with open("scaling.csv", newline="") as file:
            every = list(csv.DictReader(file))
        rows = [row for row in every if row["source"] == "measured"]
        check(f"rows: {rows}", [(row["mode"], int(row["ranks"])) for row in rows] == CASES)
        for row in rows:
            check_row(row, next(first for first in rows if first["mode"] == row["mode"]), check)
        check_table(ended.out, rows, check)
        check_model(ended.out, [row for row in every if row["source"] == "model"], rows, check)
        check_weights(inputs, rows, check)
        check(f"nothing on standard error: {ended.err}", "colonnade" not in ended.err)


if __name__ == "__main__":
    main(os.path.abspath(sys.argv[1]))
