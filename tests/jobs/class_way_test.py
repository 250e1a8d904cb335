#!/usr/bin/env python3
"""class_way_test.py INPUTS: pixels that tell classes, from raw files to predictions in their shape and a report."""

import json
import os
import shutil
import sys

from launch import checks_in_own_folder, must, run, skip

try:
    import netCDF4
    import numpy as np
    import xarray as xr
except ImportError as missing:
    skip(f"{missing}; install python3-numpy python3-netcdf4 python3-xarray")

SHAPE = (2, 13, 17)  # time, y, x of a file
NAMES = ["water", "land", "cloud cover"]
NET = "--hidden 16 --batch 64 --micro-batch 16 --epochs 40 --lr 1e-2 --quiet".split()
SOURCE = ["--sample-dims", "time,y,x", "--inputs", "red,warm", "--targets", "surface", "--shard", "32", "--quiet"]


def write_raw(number):
    """Classes 0, 1 and 2 or 3 (both cloud) by two bands that tell them apart but for noise."""
    random = np.random.default_rng(number)
    surface = random.choice(4, SHAPE, p=[0.5, 0.3, 0.1, 0.1])
    red = np.take([0.1, 0.3, 0.8, 0.9], surface) + random.normal(0, 0.05, SHAPE)
    warm = np.take([285, 300, 250, 245], surface) + random.normal(0, 4, SHAPE)
    with netCDF4.Dataset(f"pixels_{number}.nc", "w") as file:
        for name, length in zip(["time", "y", "x", "label"], [*SHAPE, 3]):
            file.createDimension(name, length)
        for name, values in [("red", red), ("warm", warm), ("surface", surface)]:
            file.createVariable(name, "f4", ("time", "y", "x"))[:] = values
        labels = np.stack([surface == 0, surface > 1, red > 0.5], axis=-1)
        file.createVariable("labels", "f4", ("time", "y", "x", "label"))[:] = labels
    return np.minimum(surface, 2), labels


def predicted(check, name, out, *options):
    """The predictions, which have the same bits on 1, 3 and 5 ranks."""
    found = set()
    for ranks, threads in [(1, 1), (3, 2), (5, 1)]:
        must(ranks, ["predict", name, "pixels_0.nc", "pixels_1.nc", "--out", out, "--force", "--quiet", "--threads", str(threads),
                     *options])
        with xr.open_dataset(out) as data:
            found.add(b"".join(data[one].values.tobytes() for one in sorted(data.data_vars)))
    check(f"{out}: the same bits on any ranks", len(found) == 1)
    return xr.open_dataset(out)


def evaluation_of(name, *options):
    out = must(2, ["evaluate", name, "--quiet", *options]).out
    with open(f"{name}/evaluation_test.json") as file:
        return json.load(file), out


def show_one(check, truth):
    must(2, ["prepare", "pixels_0.nc", "pixels_1.nc", "--out", "one.h5", "--classes", "water: 0, land: 1, cloud cover: 2..3",
             *SOURCE])
    must(2, ["train", "one.h5", "--out", "one", *NET])
    evaluation, out = evaluation_of("one")
    skill, known = (evaluation["all_classes"][of] for of in ("model", "majority"))
    check(f"accuracy {skill['accuracy']}", skill["accuracy"] > 0.95 and known["accuracy"] < 0.65)
    check("log loss", skill["log_loss"] < 0.2 < known["log_loss"])
    check("it is trained with these data", "note:" not in out and evaluation["classes"] == NAMES)
    with predicted(check, "one", "one.nc") as data:
        check("variables", sorted(data.data_vars) == ["surface_class", "surface_probability"])
        check("dimensions", data["surface_probability"].dims == ("time", "y", "x", "class")
              and data["surface_class"].dims == ("time", "y", "x"))
        check("sizes", dict(data.sizes) == {"time": 4, "y": 13, "x": 17, "class": 3})
        check("names", list(data["class"].values) == NAMES
              and data["surface_class"].attrs["flag_meanings"] == "water land cloud_cover")
        check("sums", np.allclose(data["surface_probability"].sum("class"), 1, atol=1e-6))
        right = data["surface_class"].values == truth
        check(f"each pixel in its place: {right.mean()}", right.mean() > 0.95)


def show_many(check, truth):
    must(2, ["prepare", "pixels_0.nc", "pixels_1.nc", "--out", "many.h5", "--labels", "water,cloud,bright",
             *[{"surface": "labels"}.get(word, word) for word in SOURCE]])
    must(2, ["train", "many.h5", "--out", "many", *NET])
    evaluation, _ = evaluation_of("many", "--threshold", "0.4")
    skill = evaluation["all_classes"]["model"]
    check(f"F1 {skill['samples']['f1']}, threshold {evaluation['threshold']}",
          skill["micro"]["f1"] > 0.95 and evaluation["threshold"] == 0.4)
    with predicted(check, "many", "many.nc", "--threshold", "0.4") as data:
        labels = data["labels_labels"]
        check("dimensions of labels", labels.dims == ("time", "y", "x", "class") and labels.dtype == "i1")
        check("labels follow from probabilities", np.array_equal(labels, data["labels_probability"].values >= 0.4))
        check("each label in its place", (labels.values == truth).mean() > 0.97)


def show_numbers(check):
    """Regression's predictions come back in the source's shape as well."""
    must(2, ["prepare", "pixels_0.nc", "pixels_1.nc", "--out", "numbers.h5",
             *[{"red,warm": "red", "surface": "warm"}.get(word, word) for word in SOURCE]])
    must(2, ["train", "numbers.h5", "--out", "numbers", *NET])
    with predicted(check, "numbers", "numbers.nc") as data:
        check("dimensions of numbers", data["warm"].dims == ("time", "y", "x") and data["warm"].shape == (4, 13, 17))
        with xr.open_mfdataset("pixels_*.nc", combine="nested", concat_dim="time") as raw:
            apart = np.abs(data["warm"].values - raw["warm"].values).mean()
        check(f"numbers in their place: {apart}", apart < 10)
    ended = run(2, ["evaluate", "numbers", "--threshold", "0.4"])
    check(f"no threshold for numbers: {ended.errors}", ended.code == 2 and "--threshold" in ended.errors[0])


def show_reports(check):
    if shutil.which("gnuplot") is None:
        print("NOT SHOWN: reports of classes: gnuplot is not installed")
        return
    for name, says in [("one", ["Confusion", "ROC curves", "Calibration", "majority", "Learning", "cloud cover"]),
                       ("many", ["false alarms", "ROC curves", "mean of columns"])]:
        must(2, ["report", name, "--out", f"{name}.html"])
        with open(f"{name}.html") as file:
            page = file.read()
        for words in says:
            check(f"'{words}' in the report of {name}", words in page)
        for words in ["Along the vertical", "By sun and cloud", "MAE %"]:
            check(f"no '{words}' in the report of {name}", words not in page)
        check(f"pictures of {name}: {page.count('<svg')}", page.count("<svg") > 9)
    must(2, ["report", "one", "one/", "--out", "twice.html", "--no-inputs"])
    evaluation_of("numbers")
    ended = run(2, ["report", "one", "numbers", "--out", "mixed.html"])
    check(f"classes beside numbers: {ended.errors}", ended.code == 2 and "cannot be compared" in ended.errors[0])


def main(inputs):
    with checks_in_own_folder(inputs, least=18) as check:
        truth, labels = (np.concatenate(of) for of in zip(*[write_raw(number) for number in range(2)]))
        show_one(check, truth)
        show_many(check, labels)
        show_numbers(check)
        show_reports(check)


if __name__ == "__main__":
    main(os.path.abspath(sys.argv[1]))
