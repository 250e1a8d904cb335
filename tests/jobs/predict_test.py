#!/usr/bin/env python3
"""predict_test.py PROGRAM MPIEXEC: predictions and evaluations as xarray and numpy see them, the
same on any ranks and threads, and how bad input ends on three ranks."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time

try:
    import h5py
    import netCDF4  # noqa: F401  (xarray's engine)
    import numpy as np
    import xarray as xr
except ImportError as missing:
    print(f"NOT SHOWN: {missing}; install python3-numpy python3-h5py python3-netcdf4 python3-xarray")
    sys.exit(77)

PROGRAM, MPIEXEC = (os.path.abspath(p) if os.sep in p else p for p in sys.argv[1:3])
COLUMNS = 300
FLUXES = ["flux_dn_sw", "flux_up_sw", "flux_dn_lw", "flux_up_lw"]
TRANSFORM = ["--transform", "pressure_hl=log1p q_liquid=root4 flux_up_lw=root2"]
checks = {"done": 0, "failed": 0}


def check(what, truth):
    checks["done"] += 1
    if not truth:
        checks["failed"] += 1
        print("FAILED:", what)


def run(ranks, *words):
    """Exit code, standard output, our own lines of standard error, seconds."""
    start = time.monotonic()
    job = [MPIEXEC, "--oversubscribe", "--allow-run-as-root", "--bind-to", "none", "-n", str(ranks)]
    done = subprocess.run(job + [PROGRAM, *words], capture_output=True, text=True, timeout=60)
    errors = [line for line in done.stderr.splitlines() if ": error: " in line]
    return done.returncode, done.stdout, errors, time.monotonic() - start


def must(ranks, *words):
    code, out, errors, _ = run(ranks, *words, "--quiet")
    check(f"{' '.join(words)} ends well: {errors}", code == 0)
    return out


def refused(code, words_of_message, *words):
    """On three ranks: this exit code, one message with these words, no output, within 10 s."""
    found, _, errors, seconds = run(3, *words)
    call = " ".join(words)
    check(f"code of {call}: {found}", found == code)
    check(f"one message of {call}: {errors}", len(errors) == 1)
    for word in words_of_message:
        check(f"{word} in the message of {call}: {errors}", errors and word in errors[0])
    check(f"{call} took {seconds:.1f} s", seconds < 10)
    left = [name for name in os.listdir(".") if name.startswith("new")]
    check(f"{call} left {left}", not left)


def values_of(path):
    with xr.open_dataset(path) as data:
        return {name: data[name].values for name in FLUXES}


def make_run():
    must(2, "synth", "--columns", str(COLUMNS), "--files", "2", "--out", "raw")
    files = sorted("raw/" + name for name in os.listdir("raw"))
    must(2, "prepare", *files, "--out", "data.h5", "--shard", "20", *TRANSFORM)
    small = ["--hidden", "24,16", "--batch", "60", "--micro-batch", "20", "--epochs", "2"]
    must(2, "train", "data.h5", "--out", "run", *small)
    return files


def check_prediction_file(files):
    out = must(2, "predict", "run", *files, "--out", "pred.nc")
    check("the line of predict", out.startswith(f"predicted {COLUMNS} columns "))
    with xr.open_dataset("pred.nc") as data, xr.open_dataset(files[0]) as raw:
        check("variables of the prediction", sorted(data.data_vars) == sorted(FLUXES))
        check("sizes of the prediction", dict(data.sizes) == {"column": COLUMNS, "half_level": 138})
        check("conventions", data.attrs["Conventions"] == "CF-1.8")
        for name in FLUXES:
            check(f"dimensions of {name}", data[name].dims == ("column", "half_level"))
            check(f"units of {name}", data[name].attrs["units"] == raw[name].attrs["units"])
            check(f"{name} is finite", np.isfinite(data[name].values).all())
    header = subprocess.run(["ncdump", "-h", "pred.nc"], capture_output=True, text=True)
    check("ncdump shows the units", header.stdout.count(':units = "W m-2"') == 4)


def check_same_bits(files):
    one = values_of("pred.nc")
    for ranks, threads in [(1, 1), (1, 2), (3, 1), (3, 2), (5, 1)]:
        must(ranks, "predict", "run", *files, "--out", "pred.nc", "--force", "--threads", str(threads))
        other = values_of("pred.nc")
        for name in FLUXES:
            check(f"{name} on {ranks} ranks of {threads} threads",
                  one[name].tobytes() == other[name].tobytes())
    texts = []
    for ranks, threads in [(1, 1), (2, 1), (3, 2), (5, 1)]:
        must(ranks, "evaluate", "run", "--threads", str(threads))
        texts.append(open("run/evaluation_test.json").read() + open("run/profiles_test.csv").read())
    check("evaluations have the same bits", len(set(texts)) == 1 and len(texts[0]) > 1000)


def concatenated(files, name):
    return np.concatenate([xr.open_dataset(path)[name].values for path in files]).astype("f8")


def heating_rate(fluxes, band, pressure_pa):
    net = fluxes[f"flux_dn_{band}"] - fluxes[f"flux_up_{band}"]
    return -9.80665 / 1004 * 86400 * np.diff(net, axis=1) / np.diff(pressure_pa, axis=1)


def check_evaluation(files):
    """The evaluation equals numpy's, from the predictions brought into the prepared file's order."""
    with h5py.File("data.h5") as data:
        first, last = data.attrs["split_test"]
        test = data["source_column"][first:last]
    predicted = {n: v.astype("f8")[test] for n, v in values_of("pred.nc").items()}
    truth = {name: concatenated(files, name)[test] for name in FLUXES}
    pressure_pa = concatenated(files, "hl_inputs")[test][:, :, 1]
    for band in ["sw", "lw"]:
        for fluxes in [predicted, truth]:
            fluxes[f"heating_rate_{band}"] = heating_rate(fluxes, band, pressure_pa)
    evaluation = json.load(open("run/evaluation_test.json"))
    check("columns of the evaluation", evaluation["columns"] == len(test) == 30)
    check("variables", [v["variable"] for v in evaluation["variables"]] == list(truth))
    for found in evaluation["variables"]:
        name = found["variable"]
        error = predicted[name] - truth[name]
        size = np.abs(truth[name]).mean()
        near = 1e-5 if name.startswith("flux") else 2e-2  # pressures came back from float32 log1p
        for key, expected in [("mae", np.abs(error).mean()), ("rmse", np.sqrt((error**2).mean())),
                              ("bias", error.mean())]:
            difference = abs(found["model"][key] - expected)
            check(f"{key} of {name}: {found['model'][key]}, {expected}",
                  difference < near * max(size, np.abs(error).mean()))
        check(f"signal of {name}", abs(found["mean_absolute"] - size) < near * size)
        check(f"zero for {name}", abs(found["zero"]["mae_percent"] - 100) < 1e-9)


def check_profiles():
    lines = open("run/profiles_test.csv").read().splitlines()
    check("lines of the profiles", len(lines) == 1 + 4 * 138 + 2 * 137)
    evaluation = json.load(open("run/evaluation_test.json"))
    with xr.open_dataset("run/profiles_test.nc") as data:
        mae = data["flux_dn_sw_mae"]
        check("dimensions of a profile", mae.dims == ("predictor", "half_level"))
        check("predictors", list(data["predictor"].values) == evaluation["predictors"])
        check("units of a profile", mae.attrs["units"] == "W m-2")
        check("a level of a profile", mae.values[0, 100] == evaluation["quantities"][100]["model"]["mae"])
        check("layers of a profile", data["heating_rate_lw_bias"].shape == (4, 137))
        check("mean pressure", (np.diff(data["mean_pressure"].values) > 0).all())


def damaged(source, name, change):
    shutil.copy(source, name)
    with h5py.File(name, "a") as data:
        change(data)
    return name


def rename_q(data):
    grouped = data["col_inputs"]
    if "variable_names" in grouped.attrs:
        names = grouped.attrs["variable_names"]
        names = names.decode() if isinstance(names, bytes) else names
        grouped.attrs["variable_names"] = names.replace("q,", "qv,", 1)
    else:
        data["col_variable"][0] = "qv"


def hide_value(data):
    data["col_inputs"][7, 30, 2] = np.nan


def check_refusals(files):
    other = damaged(files[0], "other.nc", rename_q)
    refused(3, ["other.nc", "q[0]", "qv[0]"], "predict", "run", other, "--out", "new.nc")
    holed = damaged(files[0], "holed.nc", hide_value)
    refused(3, ["holed.nc", "[30]", "column 7", "missing value"], "predict", "run", holed, "--out", "new.nc")
    must(3, "predict", "run", holed, "--out", "filled.nc", "--missing", "fill=0.001")
    refused(2, ["drop"], "predict", "run", holed, "--out", "new.nc", "--missing", "drop")
    refused(2, ["fill=nan", "fail or --missing fill=NUMBER"],
            "predict", "run", holed, "--out", "new.nc", "--missing", "fill=nan")
    refused(3, ["data.h5", "not a model"], "predict", "data.h5", files[0], "--out", "new.nc")
    refused(4, ["model.h5"], "predict", "raw", files[0], "--out", "new.nc")
    before = open("pred.nc", "rb").read()
    refused(2, ["pred.nc", "--force"], "predict", "run", files[0], "--out", "pred.nc")
    refused(3, ["holed.nc"], "predict", "run", "holed.nc", "--out", "pred.nc", "--force")
    check("an older prediction stays", open("pred.nc", "rb").read() == before)
    must(2, "prepare", *files, "--out", "others.h5", "--drop", "co2_vmr", *TRANSFORM)
    refused(3, ["others.h5", "co2_vmr[0]"], "evaluate", "run", "--data", "others.h5", "--out", ".")
    must(2, "prepare", *files, "--out", "shuffled.h5", "--shuffle-seed", "9", *TRANSFORM)
    refused(3, ["shuffled.h5"], "evaluate", "run", "--data", "shuffled.h5", "--out", ".")
    refused(4, ["absent"], "evaluate", "run", "--out", "absent")
    refused(2, ["--no-ridge"], "evaluate", "run", "--no-ridge", "--ridge", "0.1")


def check_dry_runs(files):
    before = sorted(os.listdir("run"))
    must(3, "evaluate", "run", "--dry-run", "--split", "validation")
    must(3, "predict", "run", *files, "--out", "new.nc", "--dry-run")
    check("dry runs touch nothing", sorted(os.listdir("run")) == before and not os.path.exists("new.nc"))


def main():
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        files = make_run()
        check_prediction_file(files)
        check_same_bits(files)
        check_evaluation(files)
        check_profiles()
        check_dry_runs(files)
        check_refusals(files)
        os.chdir("/")
    print(f"{checks['done']} checks, {checks['failed']} failed")
    return checks["failed"] != 0 or checks["done"] < 100


if __name__ == "__main__":
    sys.exit(main())
