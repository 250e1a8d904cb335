#!/usr/bin/env python3
"""source_values_test.py windows|pixels|chips|scenes|steps: prepared values of described sources, each compared with what
numpy and xarray make of the raw files."""

import glob
import os
import sys
import tempfile

from launch import Checks, must, skip

try:
    import numpy as np
    import pandas as pd
    import xarray as xr

    from source_reference import Prepared, grouped, unpacked, valid_mean, windows
except ImportError as missing:
    skip(f"{missing}; install python3-numpy python3-h5py python3-netcdf4 python3-xarray")

# float32 is what is stored, and what packed numbers are unpacked to; relative to the largest value of a feature.
NEAR = 1e-6
FIRE = ["product", "year", "day", "hour", "minute"]


def prepare(*options, ranks=3):
    must(ranks, words_of(options))
    return Prepared("data.h5")


def words_of(options):
    return ["prepare", "--out", "data.h5", "--force", "--normalize", "none", "--quiet", *options]


def check_content(check, *options, memory="2K"):
    """The same content on any ranks, and where a rank's share does not fit in its memory."""
    one = must(1, words_of(options)).value("content")
    for ranks, more in ((2, []), (3, []), (5, []), (3, ["--memory", memory])):
        content = must(ranks, words_of([*options, *more])).value("content")
        check(f"content on {ranks} ranks {more}: {content}, {one}", content == one)


def check_values(check, what, found, source, expected):
    """Rows `found` are the rows `source` of what is expected."""
    if expected.ndim == 1:
        expected = expected[:, None]
    check(f"{what}: {found.shape} of {expected.shape}", found.shape[1] == expected.shape[1] and found.size > 0)
    far = np.abs(found - expected[source]) / np.maximum(np.nanmax(np.abs(expected), axis=0), 1e-30)
    check(f"{what}: {found.size} values, {far.max():.1e} from the reference", far.max() < NEAR)
    check(f"{what} vary", found.std() > 0)


def show_windows(check):
    """Means over the pixels that burn, six scans to a window, no window across days, days with their labels."""
    must(2, ["synth", "--kind", "fire", "--columns", "108", "--files", "50", "--out", "raw", "--quiet"])
    days = grouped("raw/*.nc", FIRE, ["year", "day"])
    words = ["--sample-dims", "time", "--mean-over", "y,x", "--name-fields", ",".join(FIRE), "--group-by", "year,day",
             "--label", "2018: 1, 2019: 0", "--inputs", "Temp", "--targets", "label", "--missing", "drop-any"]
    for window, stride in ((6, 6), (6, 4), (1, 1)):
        samples, labels = [], []
        for (year, _), paths in days.items():
            means = np.array([valid_mean(unpacked(path, "Temp")) for path in paths])
            of_day = windows(means, window, stride)
            samples.append(of_day)
            labels += [float(year == 2018)] * len(of_day)
        samples, labels = np.concatenate(samples), np.array(labels)
        data = prepare("raw/*.nc", *words, "--window", str(window), "--stride", str(stride))
        whole = np.flatnonzero(np.isfinite(samples).all(axis=1))
        check(f"{window}, {stride}: {len(data.source)} whole windows, {len(whole)}", sorted(data.source) == list(whole))
        check_values(check, f"window {window}, stride {stride}", data.x, data.source, samples)
        check_values(check, "labels", data.y, data.source, labels)
    check_content(check, "raw/*.nc", *words, "--window", "6", "--stride", "4")
    seen = must(2, ["inspect", *days[2018, 316], *words[:4], "--window", "6", "--stride", "6", "--quiet"]).out
    check(f"inspect sees six means: {seen}", any(line.split()[:3] == ["Temp", "K", "6"] for line in seen.splitlines()))
    opened = xr.open_dataset(days[2018, 316][20])["Temp"]
    far = abs(float(opened.mean(skipna=True)) - valid_mean(unpacked(days[2018, 316][20], "Temp")))
    check(f"xarray's mean is {far:.1e} K from the reference", far < 1e-3)


def show_pixels(check):
    """Every pixel of chosen days; a variable with and one without a sign; a mask of quality flags."""
    must(2, ["synth", "--kind", "fire", "--columns", "60", "--files", "7", "--out", "raw", "--quiet"])
    days = grouped("raw/*.nc", FIRE, ["year", "day"])
    paths = [path for (year, day), files in days.items() if year == 2018 and 315 <= day <= 317 for path in files]
    values = {name: np.concatenate([unpacked(path, name).ravel() for path in paths])
              for name in ("CMI_C07", "CMI_C14", "DQF", "Mask", "Power")}
    words = ["--sample-dims", "time,y,x", "--name-fields", ",".join(FIRE), "--where", "year=2018 day=315..317"]
    data = prepare("raw/*.nc", *words, "--inputs", "CMI_C07,CMI_C14", "--targets", "Mask")
    check("each pixel once", sorted(data.source) == list(range(3 * 7 * 60)))
    check_values(check, "bands", data.x, data.source, np.stack([values["CMI_C07"], values["CMI_C14"]], axis=1))
    check_values(check, "mask", data.y, data.source, values["Mask"])
    good_ones = [*words, "--inputs", "CMI_C07", "--targets", "CMI_C14", "--mask", "DQF=0,1", "--missing", "drop-any"]
    data = prepare("raw/*.nc", *good_ones)
    good = np.flatnonzero(values["DQF"] <= 1)
    check(f"{len(data.source)} good pixels, {len(good)}", sorted(data.source) == list(good))
    check_values(check, "good pixels", data.x, data.source, values["CMI_C07"])
    check_content(check, "raw/*.nc", *good_ones)
    data = prepare("raw/*.nc", *words, "--inputs", "Power", "--targets", "Mask", "--missing", "fill=-5")
    check_values(check, "filled", data.x, data.source, np.where(np.isnan(values["Power"]), -5, values["Power"]))


def show_chips(check):
    """Chips as vectors, and lists of labels as a 0 or 1 for each."""
    must(2, ["synth", "--kind", "chips", "--columns", "901", "--files", "3", "--out", "raw", "--quiet"])
    paths = [f"raw/chips_{i:03}.nc" for i in range(3)]
    chips = np.concatenate([unpacked(path, "chip") for path in paths]).reshape(901, -1)
    lists = np.concatenate([unpacked(path, "labels") for path in paths])
    present = np.stack([(lists == label).any(axis=1) for label in range(13)], axis=1).astype("f8")
    missing = np.isnan(chips)
    words = ["--sample-dims", "sample", "--inputs", "chip", "--targets", "labels", "--labels", "13"]
    data = prepare("raw/*.nc", *words, "--missing", "drop-any")
    whole = np.flatnonzero(~missing.any(axis=1))
    check(f"{len(data.source)} whole chips, {len(whole)}", sorted(data.source) == list(whole))
    check_values(check, "chips", data.x, data.source, chips)
    check_values(check, "labels", data.y, data.source, present)
    data = prepare("raw/*.nc", *words, "--missing", "drop-all,fill=0.3")
    some = np.flatnonzero(~missing.all(axis=1))
    check(f"{len(data.source)} chips with data, {len(some)}", sorted(data.source) == list(some))
    check_content(check, "raw/*.nc", *words, "--missing", "drop-any", memory="100K")
    check_values(check, "chips, filled up", data.x, data.source, np.where(missing, 0.3, chips))


def best_scenes(paths, periods):
    """By place, the scene of the fewest clouds in each part of the time; of equal ones that nearest to their median date."""
    files = [xr.open_dataset(path) for path in paths]
    table = pd.DataFrame({"path": paths, "cover": [float(file["cloud_cover"]) for file in files],
                          "place": [path.rsplit("_", 2)[1] for path in paths],
                          "day": [pd.Timestamp(path[-11:-3]).toordinal() for path in paths]})
    edges = np.linspace(table.day.min(), table.day.max(), periods + 1)
    table["period"] = np.minimum(np.searchsorted(edges, table.day, side="right") - 1, periods - 1)
    chosen = {}
    for (place, _), group in table.groupby(["place", "period"]):
        best = group[group.cover == group.cover.min()]
        away = (best.day - best.day.median()).abs()
        chosen.setdefault(place, []).append(best[away == away.min()].sort_values("day").iloc[0])
    return chosen


def show_scenes(check):
    """The chosen scenes; five of them side by side for each pixel of a place; the class from the place's map."""
    must(2, ["synth", "--kind", "landcover", "--columns", "80", "--files", "7", "--out", "raw", "--quiet"])
    scenes = best_scenes(sorted(glob.glob("raw/scene_*.nc")), 5)
    fields = ["--name-fields", "kind,place,date"]
    lists = {}
    for ranks in (1, 2, 3, 5):
        must(ranks, ["select", "raw/*.nc", *fields, "--period", "5", "--rank-by", "cloud_cover", "--threshold", "10", "--relax",
                     "5", "--out", "chosen.csv", "--force"])
        with open("chosen.csv") as file:
            lists[ranks] = file.read()
        check(f"the list on {ranks} ranks", lists[ranks] == lists[1])
    listed = pd.read_csv("chosen.csv").sort_values(["place", "date"])
    for place, best in scenes.items():
        rows = listed[(listed.place == place) & listed.period.notna()]
        check(f"scenes of {place}", [os.path.basename(f) for f in rows.file] == [os.path.basename(b.path) for b in best])
        check(f"clouds of {place}", np.allclose(rows["rank"], [b.cover for b in best], atol=1e-4))
        steps = [max(0, int(np.ceil((b.cover - 10) / 5))) for b in best]
        check(f"threshold of {place}: {list(rows.relaxed)}, {steps}", list(rows.relaxed) == steps)
    check("maps are listed, too", sorted(listed[listed.period.isna()].file.map(os.path.basename))
          == [f"label_p{i:03}.nc" for i in range(7)])
    must(1, ["select", "raw/*.nc", *fields, "--period", "5", "--rank-by", "percent(cloud_mask)", "--threshold", "10", "--relax",
             "5", "--out", "by_mask.csv"])
    check("the same by the mask", list(pd.read_csv("by_mask.csv").file) == list(pd.read_csv("chosen.csv").file))
    x, y = [], []
    for place in sorted(scenes):
        five = [np.clip(unpacked(scene.path, "reflectance") / 4000, 0, 1).reshape(4, -1) for scene in scenes[place]]
        x.append(np.concatenate(five).T)
        y.append(unpacked(f"raw/label_{place}.nc", "landcover").ravel())
    words = ["--files-from", "chosen.csv", *fields, "--sample-dims", "time,y,x", "--group-by", "place", "--window", "5",
             "--stride", "5", "--inputs", "reflectance", "--targets", "landcover", "--transform",
             "reflectance=scale:0.00025|clip:0:1"]
    data = prepare(*words)
    check("each pixel once", sorted(data.source) == list(range(7 * 80)))
    check_values(check, "five scenes", data.x, data.source, np.concatenate(x))
    check_values(check, "classes", data.y, data.source, np.concatenate(y))
    check_content(check, *words, memory="4K")


def show_steps(check):
    """ClimSim's files side by side: 124 inputs and 128 outputs, of which 120 are differences."""
    must(2, ["synth", "--kind", "climsim", "--columns", "40", "--files", "5", "--out", "raw", "--quiet"])
    steps = [f"raw/E3SM-MMF.mli.0001-02-01-{1200 * i:05}.nc" for i in range(5)]
    inputs = ["state_t", "state_q0001", "state_ps", "pbuf_SOLIN", "pbuf_LHFLX", "pbuf_SHFLX"]
    outputs = [f"cam_out_{name}" for name in ("NETSW", "FLWDS", "PRECSC", "PRECC", "SOLS", "SOLL", "SOLSD", "SOLLD")]

    def rows(path, name):
        values = unpacked(path, name)
        return values.T if values.ndim == 2 else values[:, None]

    x, y = [], []
    for before in steps:
        after = before.replace("mli", "mlo")
        x.append(np.concatenate([rows(before, name) for name in inputs], axis=1))
        tendencies = [(rows(after, name) - rows(before, name)) / 1200 for name in inputs[:2]]
        y.append(np.concatenate(tendencies + [rows(after, name) for name in outputs], axis=1))
    x, y = np.concatenate(x), np.concatenate(y)
    words = ["--name-fields", "{model}.{stream}.{date}.nc", "--sample-dims", "ncol", "--group-by", "date",
             "--derive", "ptend_t=state_t@mlo-state_t@mli ptend_q0001=state_q0001@mlo-state_q0001@mli",
             "--inputs", "state_t@mli,state_q0001@mli," + ",".join(inputs[2:]),
             "--targets", "ptend_t,ptend_q0001," + ",".join(outputs),
             "--transform", "ptend_t=scale:8.333333333333333e-4 ptend_q0001=scale:8.333333333333333e-4"]
    data = prepare("raw/*.nc", *words)
    check_content(check, "raw/*.nc", *words, memory="20K")
    check(f"{data.x.shape[1]} inputs, {data.y.shape[1]} outputs", data.x.shape[1] == 124 and data.y.shape[1] == 128)
    check("each column of each step once", sorted(data.source) == list(range(200)))
    check_values(check, "inputs", data.x, data.source, x)
    check_values(check, "fluxes", data.y[:, 120:], data.source, y[:, 120:])
    for name, first, size in (("ptend_t", 0, 300.0), ("ptend_q0001", 60, 0.03)):
        # Differences of numbers of this size, each of them rounded to float32 or not.
        far = np.abs(data.y[:, first:first + 60] - y[data.source, first:first + 60]).max()
        check(f"{name} is {far:.1e} from the reference", far < size / 1200 * 2**-23)


SHOWN = {"windows": (show_windows, 27), "pixels": (show_pixels, 18), "chips": (show_chips, 15), "scenes": (show_scenes, 36),
         "steps": (show_steps, 14)}


def main(what):
    show, least = SHOWN[what]
    check = Checks()
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        show(check)
        os.chdir("/")
    check.end(least)


if __name__ == "__main__":
    main(sys.argv[1])
