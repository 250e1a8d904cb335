#!/usr/bin/env python3
"""evaluate_test.py INPUTS: all that evaluate says, against numpy's numbers from the predictions of predict."""

import json
import os
import shutil
import sys

from launch import checks_in_own_folder, must, run, skip

try:
    import h5py
    import netCDF4
    import numpy as np
except ImportError as missing:
    skip(f"{missing}; install python3-numpy python3-h5py python3-netcdf4")

FLUXES = ["flux_dn_sw", "flux_up_sw", "flux_dn_lw", "flux_up_lw"]
TARGETS = [*FLUXES, "hr_sw"]
WEIGHTS = {"flux_dn_sw": 1.0, "flux_up_sw": 2.0, "flux_dn_lw": 1.0, "flux_up_lw": 0.5, "hr_sw": 0.0}
PLACES, BLOCK, REPLICATES = 11, 10, 2000
OPTIONS = ["--places", str(PLACES), "--bootstrap", str(REPLICATES), "--bootstrap-block", str(BLOCK), "--confidence", "0.9",
           "--target-weights", "flux_up_sw=2,flux_up_lw=0.5,hr_sw=0", "--quiet"]


def heating_rate(fluxes, pressure_pa):
    net = fluxes["flux_dn_sw"].astype("f8") - fluxes["flux_up_sw"]
    return -9.80665 / 1004 * 86400 * np.diff(net, axis=1) / np.diff(pressure_pa.astype("f8"), axis=1)


def make_run(inputs):
    """Raw files with a heating rate that is the divergence of the fluxes and 0.1 K d-1 more; a model of a fifth of them."""
    files = []
    for name in sorted(os.listdir(f"{inputs}/raw")):
        files.append(shutil.copy(f"{inputs}/raw/{name}", name))
        with netCDF4.Dataset(name, "a") as file:
            fluxes = {n: file[n][:] for n in FLUXES}
            variable = file.createVariable("hr_sw", "f4", ("column", "level"))
            variable.units = "K d-1"
            variable[:] = 0.1 + heating_rate(fluxes, file["hl_inputs"][:, :, 1])
    must(2, ["prepare", *files, "--out", "data.h5", "--shard", "32", "--split", "0.2,0.1,0.7", "--targets",
             ",".join(TARGETS), "--inputs", "hl_inputs,inter_inputs,sca_inputs,col_inputs", "--quiet"])
    must(2, ["train", "data.h5", "--out", "run", "--hidden", "24", "--batch", "60", "--micro-batch", "30", "--epochs", "4",
             "--quiet"])
    must(2, ["predict", "run", *files, "--out", "pred.nc", "--quiet"])
    return files


class Columns:
    """Truth and prediction of the test split, and what was put in, as float64; `sources` of each column."""

    def __init__(self, files):
        with h5py.File("data.h5") as data:
            first, last = data.attrs["split_test"]
            self.sources = data["source_column"][first:last]
            training = slice(*data.attrs["split_train"])
            self.training = data["source_column"][training]
        self.raw = {}
        for name in [*TARGETS, "hl_inputs", "sca_inputs", "col_inputs"]:
            self.raw[name] = np.concatenate([np.asarray(netCDF4.Dataset(f)[name][:]) for f in files]).astype("f8")
        self.truth = {n: self.raw[n][self.sources] for n in TARGETS}
        with netCDF4.Dataset("pred.nc") as file:
            self.model = {n: np.asarray(file[n][:]).astype("f8")[self.sources] for n in TARGETS}
        self.pressure_pa = self.raw["hl_inputs"][self.sources][:, :, 1]


def errors_of(truth, model, rows=slice(None), weights=WEIGHTS, names=TARGETS):
    """Errors of variables pooled over their levels, by weight."""
    sums = {key: 0.0 for key in ["count", "size", "spread", "squared", "absolute", "plain"]}
    for name in names:
        y, e = truth[name][rows], model[name][rows] - truth[name][rows]
        for key, value in [("count", y.size), ("size", np.abs(y).sum()), ("squared", (e**2).sum()),
                           ("spread", ((y - y.mean(axis=0))**2).sum()), ("absolute", np.abs(e).sum()), ("plain", e.sum())]:
            sums[key] += value * weights[name]
    return {"mae": sums["absolute"] / sums["count"], "mae_percent": 100 * sums["absolute"] / sums["size"],
            "rmse": np.sqrt(sums["squared"] / sums["count"]), "bias": sums["plain"] / sums["count"],
            "r2": 1 - sums["squared"] / sums["spread"]}


def close(found, expected, size, tolerance=2e-5):
    return abs(found - expected) <= tolerance * max(abs(size), abs(expected))


def check_errors(check, what, found, expected, tolerance=2e-5):
    for key, value in expected.items():
        size = expected["rmse"] if key == "bias" else value
        check(f"{key} of {what}: {found[key]}, {value}", close(found[key], value, size, tolerance))


def check_totals(check, evaluation, columns):
    alone = dict.fromkeys(TARGETS, 1.0)
    check_errors(check, "all", evaluation["all_targets"]["model"], errors_of(columns.truth, columns.model))
    for name, found in zip(TARGETS, evaluation["variables"]):
        check(f"{name} in its place", found["variable"] == name and found["weight"] == WEIGHTS[name])
        check_errors(check, name, found["model"], errors_of(columns.truth, columns.model, weights=alone, names=[name]))
    names = [one["variable"] for one in evaluation["variables"]]
    check(f"variables: {names}", names == [*TARGETS, "heating_rate_sw", "heating_rate_lw"])


def check_levels(check, evaluation, columns):
    """Profiles, their pressures, and the ends."""
    pressure = columns.pressure_pa.mean(axis=0)
    check("the order is known by pressures", evaluation["level_order"] == {"top": "first", "known_by": "pressures"})
    mean = {n: columns.raw[n][columns.training].mean(axis=0) for n in TARGETS}
    for name, found in zip(TARGETS, evaluation["variables"]):
        truth, error = columns.truth[name], columns.model[name] - columns.truth[name]
        profile, half = found["profile"], name in FLUXES
        at = pressure if half else (pressure[1:] + pressure[:-1]) / 2
        check(f"pressures of {name}", np.allclose(profile["mean_pressure_pa"], at, rtol=1e-5, atol=0.02))
        check(f"levels of {name}", profile["level"] == list(range(138 if half else 137)))
        size = np.abs(error).mean()
        for key, expected in [("bias", error.mean(axis=0)), ("mae", np.abs(error).mean(axis=0)),
                              ("rmse", np.sqrt((error**2).mean(axis=0)))]:
            check(f"{key} by level of {name}", np.allclose(profile["model"][key], expected, rtol=1e-4, atol=1e-5 * size))
        zero = np.abs(truth).mean(axis=0)
        check(f"zero by level of {name}", np.allclose(profile["zero"]["mae"], zero, rtol=1e-6, atol=1e-9))
        simple = np.abs(mean[name] - truth).mean(axis=0)
        check(f"mean by level of {name}", np.allclose(profile["mean"]["mae"], simple, rtol=1e-4, atol=1e-6))
        spread = ((truth - truth.mean(axis=0))**2).sum(axis=0)
        varies = spread > 0
        r2 = np.array(profile["model"]["r2"], dtype="f8")
        check(f"R2 of what varies in {name}", (np.isfinite(r2) == varies).all())
        expected = 1 - (error**2).sum(axis=0)[varies] / spread[varies]
        check(f"R2 by level of {name}", np.allclose(r2[varies], expected, rtol=1e-3, atol=1e-4))
        for end, level in [("top", 0), ("surface", -1)]:
            got = found["ends"][end]["model"]["mae"]
            check(f"{end} of {name}: {got}", close(got, np.abs(error[:, level]).mean(), size))


def check_intervals(check, evaluation, columns):
    """numpy draws blocks of its own: bounds agree but for the noise of drawing."""
    first = columns.sources.min()
    block = (columns.sources - first) // BLOCK
    rows = [np.flatnonzero(block == b) for b in np.unique(block)]
    about = {"replicates": REPLICATES, "confidence": 0.9, "seed": 1, "block_columns": BLOCK, "blocks": len(rows)}
    check(f"bootstrap: {evaluation['bootstrap']}", evaluation["bootstrap"] == about)
    random = np.random.default_rng(3)
    draws = [np.concatenate([rows[i] for i in random.integers(len(rows), size=len(rows))]) for _ in range(400)]
    short = {n: columns.truth[n][:, ::6] for n in TARGETS}, {n: columns.model[n][:, ::6] for n in TARGETS}
    found = evaluation["all_targets"]["intervals"]
    values = [errors_of(*short, rows=draw) for draw in draws]
    centre = errors_of(*short)
    for key, expected in errors_of(columns.truth, columns.model).items():
        low, high = np.quantile([one[key] for one in values], [0.05, 0.95]) - centre[key] + expected
        width = high - low
        check(f"interval of {key}: {found[key]}, {low} to {high}",
              abs(found[key][0] - low) < 0.25 * width and abs(found[key][1] - high) < 0.25 * width)
        check(f"{key} lies in its interval", found[key][0] < expected < found[key][1])
    check("each variable has intervals", all(len(one["intervals"]) == 5 for one in evaluation["variables"]))


def check_places(check, evaluation, columns):
    place = columns.sources % PLACES
    check("places", evaluation["places"] == len(np.unique(place)) == PLACES)
    for name, found in zip(TARGETS, evaluation["variables"]):
        maes, rmses, r2s = [], [], []
        for p in range(PLACES):
            y = columns.truth[name][place == p]
            e = columns.model[name][place == p] - y
            spread = ((y - y.mean(axis=0))**2).sum(axis=0)
            varies = y.min(axis=0) < y.max(axis=0)
            maes.append(np.abs(e).mean(axis=0))
            rmses.append(np.sqrt((e**2).mean(axis=0)))
            r2s.extend(1 - (e**2).sum(axis=0)[varies] / spread[varies])
        of = found["by_place"]
        check(f"MAE by place of {name}", close(of["mae"], np.mean(maes), 0))
        check(f"RMSE by place of {name}", close(of["rmse"], np.mean(rmses), 0))
        check(f"R2 by place of {name}: {of['r2']}, {np.mean(r2s)}", close(of["r2"], np.mean(r2s), 0, 1e-3))
        check(f"what varies of {name}", close(of["r2_percent_of_places_and_levels"],
                                              100 * len(r2s) / np.size(maes), 0, 1e-9))


def cover_of(fractions):
    """Maximum-random overlap."""
    clear, above = np.ones(len(fractions)), np.zeros(len(fractions))
    for cloud in fractions.T:
        clear *= (1 - np.maximum(cloud, above)) / np.maximum(1 - above, 1e-12)
        above = cloud
    return 1 - np.where(fractions.max(axis=1) >= 1, 0, clear)


def check_classes(check, evaluation, columns):
    values = {"cos_solar_zenith_angle": columns.raw["sca_inputs"][columns.sources][:, 1],
              "cloud_cover": cover_of(columns.raw["col_inputs"][columns.sources][:, :, 10])}
    check("properties", list(evaluation["classes"]) == list(values))
    for name, value in values.items():
        classes = evaluation["classes"][name]
        member = np.searchsorted(classes["low"], value, side="right") - 1
        check(f"columns by {name}", classes["columns"] == list(np.bincount(member, minlength=11)))
        check(f"several classes of {name}", np.count_nonzero(classes["columns"]) > 5)
        for target, found in zip(TARGETS, evaluation["variables"]):
            of = found["classes"][name]
            for c in np.unique(member):
                error = (columns.model[target] - columns.truth[target])[member == c]
                check(f"class {c} of {target} by {name}",
                      close(of["model"]["mae"][c], np.abs(error).mean(), 0)
                      and close(of["model"]["bias"][c], error.mean(), np.abs(error).mean()))
            check(f"empty classes of {target} by {name}",
                  all(of["model"]["mae"][c] is None for c in range(11) if classes["columns"][c] == 0))


def check_histograms(check, evaluation, columns):
    for name, found in zip(TARGETS, evaluation["variables"]):
        histogram, trained = found["histogram"], columns.raw[name][columns.training]
        near = 4 * trained.std(axis=0)
        low = np.maximum(trained.min(axis=0), trained.mean(axis=0) - near).min()
        high = np.minimum(trained.max(axis=0), trained.mean(axis=0) + near).max()
        low, high = low - (high - low) / 1000, high + (high - low) / 1000
        check(f"axes of {name}", close(histogram["low"], low, 0) and close(histogram["high"], high, 0))
        axis = [histogram["low"], histogram["high"]]
        expected = np.histogram2d(columns.truth[name].ravel(), columns.model[name].ravel(), 64, [axis, axis])[0]
        counts = np.array(histogram["counts"])
        check(f"all pairs of {name}", counts.sum() + histogram["outside"] == columns.truth[name].size)
        # Decoded truth differs from the raw one by rounding: a few pairs cross an edge.
        moved = np.abs(counts - expected).sum() / counts.sum()
        check(f"histogram of {name}: {moved}", counts.sum() > 1000 and moved < 0.02)


def check_residual(check, evaluation, columns):
    check("one target is a heating rate", [one["target"] for one in evaluation["residuals"]] == ["hr_sw"])
    (found,) = evaluation["residuals"]
    residual = columns.model["hr_sw"] - heating_rate(columns.model, columns.pressure_pa)
    layers = found["layers"]
    check("all layers", layers == list(range(137)))
    check(f"mean size: {found['model']['mean_absolute']}, {np.abs(residual).mean()}",
          close(found["model"]["mean_absolute"], np.abs(residual).mean(), 0, 2e-2))
    by_layer = np.sqrt((residual**2).mean(axis=0))[40:]
    check("by layer", np.allclose(found["model"]["profile"]["rms"][40:], by_layer, rtol=1e-2))
    lowest = np.array(found["truth"]["profile"]["mean"][100:])
    check("the truth's own residual is the 0.1 that was added", np.allclose(lowest, 0.1, atol=1e-3))
    size = np.abs(columns.truth["hr_sw"]).mean()
    check("size of the rate", close(found["mean_absolute_rate"], size, 0))


def check_table(check, out):
    for words in ["all, weighted", "flux_up_lw surface", "by the pressures among the inputs", "90 % intervals: 2000 replicates",
                  f"at each of {PLACES} places", "hr_sw minus divergence of predicted fluxes"]:
        check(f"'{words}' in the table", words in out)
    check("lines are of 120 columns at most, but for remarks",
          all(len(line) <= 120 for line in out.splitlines() if line[:4] in ("flux", "hr_s", "all ", "targ")
              and "minus" not in line))


def check_same_bits(check):
    texts = set()
    for ranks, threads in [(1, 1), (2, 1), (3, 2), (5, 1)]:
        out = must(ranks, ["evaluate", "run", *OPTIONS, "--threads", str(threads)]).out
        with open("run/evaluation_test.json") as file:
            texts.add(file.read())
    check("the same bits on any ranks and threads", len(texts) == 1)
    must(2, ["evaluate", "run", *OPTIONS, "--bootstrap-seed", "2", "--json", "other.json"])
    with open("run/evaluation_test.json") as one, open("other.json") as other:
        first, second = (json.load(file)["all_targets"]["intervals"]["mae"] for file in (one, other))
    check("another seed draws others, much alike", first != second and np.allclose(first, second, rtol=0.05))
    return out


def check_refusals(check):
    for words, says in [(["--target-weights", "snow=1"], "snow"), (["--target-weights", "hr_sw=-1"], "hr_sw=-1"),
                        (["--confidence", "1"], "--confidence"), (["--bootstrap-block", "0"], "--bootstrap-block"),
                        (["--json", "data.h5", "--force"], "replace an input"),
                        (["--json", "./profiles_test.csv", "--force"], "one name"),
                        (["--json", "profiles_test.nc"], "one name"),
                        (["--bootstrap", "9223372036854775807"], "at most 1000000"),
                        (["--places", "9223372036854775807"], "more places than raw columns"),
                        (["--places", "999999999999"], "more places than raw columns")]:
        ended = run(3, ["evaluate", "run", "--out", ".", *words])
        check(f"{words} ends with {ended.code}: {ended.errors}", ended.code == 2 and len(ended.errors) == 1
              and says in ended.errors[0])
    check("nothing is left", not os.path.exists("evaluation_test.json"))


def main(inputs):
    with checks_in_own_folder(inputs, least=270) as check:
        columns = Columns(make_run(inputs))
        check_table(check, check_same_bits(check))
        with open("run/evaluation_test.json") as file:
            evaluation = json.load(file)
        for show in [check_totals, check_levels, check_intervals, check_places, check_classes, check_histograms,
                     check_residual]:
            show(check, evaluation, columns)
        check_refusals(check)


if __name__ == "__main__":
    main(os.path.abspath(sys.argv[1]))
