#!/usr/bin/env python3
"""synth_kinds_test.py KIND: made data are the same bytes on any number of ranks, and what is said of them is true."""

import os
import sys
import tempfile

from launch import Checks, must, run, skip

try:
    import netCDF4
    import numpy as np
except ImportError as missing:
    skip(f"{missing}; install python3-numpy python3-netcdf4")

USAGE = 2


def contents(folder):
    return {name: open(f"{folder}/{name}", "rb").read() for name in sorted(os.listdir(folder))}


def make(kind, words, ranks, out, seed=1):
    must(ranks, ["synth", "--kind", kind, *words, "--seed", str(seed), "--out", out, "--quiet"])
    return contents(out)


def check_fire(check, folder):
    """Packed as the real product is; each class of the mask has its quality flag and its bands."""
    temperature, burning, counts = {2018: [], 2019: []}, {2018: [], 2019: []}, {}
    for name in sorted(os.listdir(folder)):
        with netCDF4.Dataset(f"{folder}/{name}") as file:
            fire = file["Temp"][:]
            mask, quality = file["Mask"][:].data, file["DQF"][:].data
            bands = {band: file[band][:].data for band in ("CMI_C07", "CMI_C14")}
            packing = [getattr(file["Temp"], key) for key in ("scale_factor", "add_offset", "_FillValue", "_Unsigned")]
            power = file["Power"][:]
        year = int(name.split("_")[1])
        found = ~np.ma.getmaskarray(fire)
        temperature[year] += list(fire[found])
        burning[year].append(found.any())
        if not ((mask < 100) == found).all() or not ((quality == 0) == found).all():
            check(f"{name}: fire where the mask says so", False)
        if not (np.ma.getmaskarray(power) == ~found).all():
            check(f"{name}: power where there is fire", False)
        for flag in range(4):
            counts.setdefault(flag, []).append(
                np.stack([bands["CMI_C14"][quality == flag], (bands["CMI_C07"] - bands["CMI_C14"])[quality == flag]]))
    check(f"packing {packing}", packing == [np.float32(0.05493667), 400.0, -1, "true"])
    check(f"fires burn in {np.mean(burning[2018]):.2f} of the scans", np.mean(burning[2018]) > 0.8)
    check(f"false alarms in {np.mean(burning[2019]):.2f} of the scans", 0.3 < np.mean(burning[2019]) < 0.85)
    hot, cool = np.mean(temperature[2018]), np.mean(temperature[2019])
    check(f"fires of {hot:.0f} K, false alarms of {cool:.0f} K", 680 < hot < 760 and 540 < cool < 640)
    known = {0: (302, 7, 28, 10), 1: (295, 6, 4, 2), 2: (262, 18, 9, 5), 3: (288, 3, -1.5, 1.5)}
    for flag, (mean, spread, warmer, warmer_spread) in known.items():
        pixels = np.concatenate(counts[flag], axis=1)
        for values, centre, width in ((pixels[0], mean, spread), (pixels[1], warmer, warmer_spread)):
            error = 5 * width / np.sqrt(values.size)
            check(f"class {flag}: {values.mean():.2f} is {centre} within {error:.2f}", abs(values.mean() - centre) < error)
            check(f"class {flag}: spread {values.std():.2f} is {width}", abs(values.std() - width) < error + 0.01)


def check_chips(check, folder):
    """Labels as often as is said; the share of a label's pattern in a chip is what it should be."""
    chips, lists = [], []
    for name in sorted(os.listdir(folder)):
        with netCDF4.Dataset(f"{folder}/{name}") as file:
            file.set_auto_mask(False)
            chips.append(file["chip"][:].astype("f8"))
            lists.append(file["labels"][:])
    chips, lists = np.concatenate(chips), np.concatenate(lists)
    missing = np.isnan(chips).reshape(len(chips), -1)
    for what, share, low, high in (("none", missing.all(1).mean(), 0.02, 0.06),
                                   ("part", (missing.any(1) & ~missing.all(1)).mean(), 0.03, 0.07)):
        check(f"data: {what} in {share:.3f} of the chips", low < share < high)
    present = np.stack([(lists == label).any(1) for label in range(13)], axis=1)
    check("a label at least in each chip", present.any(1).all())
    check("lists ascend, then are filled up", all(list(row[row >= 0]) == sorted(set(row[row >= 0]))
                                                  and (row[(row >= 0).sum():] == -1).all() for row in lists))
    chance = 0.33 * (0.008 / 0.33) ** (np.arange(13) / 12)
    chance /= 1 - np.prod(1 - chance)
    error = 5 * np.sqrt(chance / len(chips))
    check(f"frequencies {present.mean(0).round(3)}", (abs(present.mean(0) - chance) < error).all())
    whole = ~missing.any(1)
    y, x = np.mgrid[0:8, 0:8]
    wave = np.cos(2 * np.pi * y / 8)  # of label 1, in colours of its own
    colour = 1 + 0.5 * np.cos(2 * np.pi * np.arange(3) / 3 + 1)
    pattern = (colour[:, None, None] * wave).ravel()
    pattern /= np.sqrt((pattern**2).sum())
    share = chips[whole].reshape(whole.sum(), -1) @ pattern / 0.05
    for has, centre in ((False, 0.0), (True, 4.0)):
        part = share[present[whole, 1] == has]
        check(f"share {part.mean():.3f} is {centre}", abs(part.mean() - centre) < 5 / np.sqrt(len(part)))
        check(f"its spread {part.std():.3f} is 1", abs(part.std() - 1) < 0.1)


def check_landcover(check, folder):
    """Clouds cover what is said; a clear scene shows each class as its mean and annual cycle say."""
    names = sorted(os.listdir(folder))
    maps = {}
    for name in names:
        if name.startswith("label"):
            with netCDF4.Dataset(f"{folder}/{name}") as file:
                maps[name[6:10]] = file["landcover"][:].data
    covers, brightest, winter = [], 0.0, []
    for name in names:
        if name.startswith("label"):
            continue
        with netCDF4.Dataset(f"{folder}/{name}") as file:
            file.set_auto_mask(False)
            cover, mask, stored = float(file["cloud_cover"][...]), file["cloud_mask"][:], file["reflectance"][:]
        covers.append(cover)
        if abs(100 * mask.mean() - cover) > 1e-4:
            check(f"{name}: {cover} percent of clouds", False)
        if mask.any():
            brightest = max(brightest, (stored[:, mask == 1] / 4000).mean())
        month = int(name[15:17])
        crop = stored[2][(maps[name[6:10]] == 4) & (mask == 0)] / 4000  # a winter crop in the near infrared
        if month in (4, 5) and crop.size:
            winter.append(crop.mean())
    check(f"{len(covers)} scenes at {len(maps)} places", len(covers) == 30 * len(maps))
    check("six classes", set(np.unique(np.stack(list(maps.values())))) == set(range(1, 7)))
    check(f"clouds of {min(covers)} to {max(covers)} percent", min(covers) == 0 and max(covers) > 90)
    check(f"a share {np.mean(np.array(covers) < 20):.2f} has few", 0.2 < np.mean(np.array(covers) < 20) < 0.4)
    check(f"clouds are bright: {brightest}", brightest > 0.5)
    check(f"a winter crop in spring: {np.mean(winter):.3f}", abs(np.mean(winter) - 0.375) < 0.02)


def check_climsim(check, folder):
    """The layout, and the tendencies' noise: below the tropopause what is left when the physics are the same."""
    before = sorted(name for name in os.listdir(folder) if ".mli." in name)
    check(f"files {before}", before[0] == "E3SM-MMF.mli.0001-02-01-00000.nc" and before[-1].endswith("-06000.nc"))
    tendency, sun = [], []
    for name in before:
        with netCDF4.Dataset(f"{folder}/{name}") as mli, netCDF4.Dataset(f"{folder}/{name.replace('mli', 'mlo')}") as mlo:
            shapes = {variable: mli[variable].shape for variable in mli.variables}
            check(f"inputs {shapes}", shapes == {"state_t": (60, 48), "state_q0001": (60, 48), "state_ps": (48,),
                                                 "pbuf_SOLIN": (48,), "pbuf_LHFLX": (48,), "pbuf_SHFLX": (48,)})
            check("float64", all(mlo[variable].dtype == "f8" for variable in mlo.variables))
            fluxes = [variable for variable in mlo.variables if variable.startswith("cam_out_")]
            check(f"outputs {fluxes}", len(fluxes) == 8 and mlo["state_t"].shape == (60, 48))
            tendency.append((mlo["state_t"][:] - mli["state_t"][:]) / 1200)
            sun.append((mli["pbuf_SOLIN"][:], mlo["cam_out_SOLS"][:]))
            check("moist air", (mlo["state_q0001"][:] > 0).all())
    night = sun[0][0] == 0
    check("no light at night", night.any() and (sun[0][1][night] == 0).all() and (sun[0][1][~night] > 0).all())
    top = np.concatenate([step[18, night] for step in tendency[:1]])  # nothing but cooling at night there
    check(f"tendencies {np.mean(tendency[0]):.1e}", 1e-6 < abs(np.mean(tendency[0])) < 1e-3)
    check(f"their noise {top.std():.1e}", 1e-6 < top.std() < 3e-5)


def check_outputs(check, kind, words, names):
    """What stands in the way is refused before anything is made; what dead processes left goes."""
    open("plain", "w").close()
    ended = run(2, ["synth", "--kind", kind, *words, "--out", "plain", "--quiet"])
    check(f"a file: {ended.errors}", ended.code == USAGE and "no folder" in ended.errors[0])
    os.makedirs(f"taken/{names[-1]}")
    ended = run(2, ["synth", "--kind", kind, *words, "--out", "taken", "--quiet", "--force"])
    check(f"a folder: {ended.errors}", ended.code == USAGE and names[-1] in ended.errors[0]
          and "not a regular file" in ended.errors[0] and os.listdir("taken") == [names[-1]])
    os.mkdir("left")
    dead = 2**22 + 1  # above all process numbers
    open(f"left/{names[0]}.colonnade-{os.uname().nodename}-{dead}-1.partial", "w").close()
    must(2, ["synth", "--kind", kind, *words, "--out", "left", "--quiet"])
    check("what a dead process left is gone", sorted(os.listdir("left")) == names)


KINDS = {"fire": (["--columns", "192", "--files", "12"], 120, check_fire, 28),
         "chips": (["--columns", "2001", "--files", "7"], 7, check_chips, 17),
         "landcover": (["--columns", "64", "--files", "6"], 186, check_landcover, 15),
         "climsim": (["--columns", "48", "--files", "6"], 12, check_climsim, 33)}
BAD = {"fire": ["--files", "289"], "chips": ["--columns", "3", "--files", "4"],
       "landcover": ["--files", "10001"], "climsim": ["--files", "10001"]}


def main(kind):
    words, files, check_truth, least = KINDS[kind]
    check = Checks()
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        one = make(kind, words, 1, "one")
        check(f"{len(one)} files, not {files}", len(one) == files)
        for ranks in (2, 3, 5):
            check(f"the same bytes on {ranks} ranks", make(kind, words, ranks, f"of_{ranks}") == one)
        check("another seed gives others", make(kind, words, 2, "other", 2) != one)
        ended = run(3, ["synth", "--kind", kind, *words, "--out", "one", "--quiet"])
        check(f"refused: {ended.errors}", ended.code == USAGE and "exists" in ended.errors[0] and contents("one") == one)
        ended = run(3, ["synth", "--kind", kind, *BAD[kind], "--out", "bad"])
        check(f"refused: {ended.errors}", ended.code == USAGE and len(ended.errors) == 1 and not os.path.exists("bad"))
        check_outputs(check, kind, words, sorted(one))
        check_truth(check, "one")
        os.chdir("/")
    check.end(least=least)


if __name__ == "__main__":
    main(sys.argv[1])
