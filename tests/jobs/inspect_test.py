#!/usr/bin/env python3
"""inspect_test.py INPUTS: what inspect says of raw and prepared files, against numpy."""

import json
import os
import sys

from launch import checks_in_own_folder, must, run, skip

try:
    import h5py
    import netCDF4
    import numpy as np
except ImportError as missing:
    skip(f"{missing}; install python3-numpy python3-h5py python3-netcdf4")


def table(out):
    """The lines of the tables by their first word."""
    return {line.split()[0]: line.split() for line in out.splitlines() if line.split()}


def check_raw(check, inputs):
    files = ["a.nc", "nan.nc"]
    ended = must(3, ["inspect", *(f"{inputs}/{f}" for f in files), "--json", "raw.json", "--quiet"])
    values = {}
    for name in ("t", "q", "ps", "dt"):
        parts = [netCDF4.Dataset(f"{inputs}/{f}")[name][:] for f in files]
        values[name] = np.ma.filled(np.ma.concatenate(parts), np.nan).astype("f8").reshape(480, -1)
    lines = table(ended.out)
    for name, missing, constant, features in [("t", 0, 0, 5), ("q", 1, 1, 5), ("ps", 0, 0, 1), ("dt", 0, 0, 5)]:
        units = {"t": 1, "q": 2, "ps": 1, "dt": 2}[name]
        counts = [int(word) for word in lines[name][1 + units:4 + units]]
        check(f"{name}: features, constant, missing {counts}", counts == [features, constant, missing])
    check("the constant feature", "1 features never change: q[4]" in ended.out)
    check("prime factors", "480 columns = 2 x 2 x 2 x 2 x 2 x 3 x 5" in ended.out)
    check("shard counts", "--shard sizes that divide them: " in ended.out and " 48," in ended.out and " 16 (with" in ended.out)
    with open("raw.json") as file:
        statistics = {entry["name"]: entry for entry in json.load(file)}
    check("16 features", len(statistics) == 16)
    for name, feature, entry in [(n, f, statistics[f"{n}[{f}]" if n != "ps" else n])
                                 for n in values for f in range(values[n].shape[1])]:
        column = values[name][:, feature]
        found = [entry[key] for key in ("count", "mean", "std", "min", "max")]
        expected = [np.isfinite(column).sum(), np.nanmean(column), np.nanstd(column), np.nanmin(column),
                    np.nanmax(column)]
        check(f"{name}[{feature}]: {found}", np.allclose(found, expected, rtol=1e-10,
                                                         atol=1e-12 * np.nanmax(np.abs(column))))


def check_reference(check, inputs):
    ended = must(2, ["inspect", f"{inputs}/raw/3dcorrection_000.nc", "--quiet"])
    with netCDF4.Dataset(f"{inputs}/raw/3dcorrection_000.nc") as file:
        profiles = np.asarray(file["col_inputs"][:])
    never = (profiles.min(axis=0) == profiles.max(axis=0)).sum(axis=0)
    line = next(line for line in ended.out.splitlines() if "features never change" in line)
    check("constant gases", never[5] == 137 and "o2_vmr[0:137]" in line)
    check("a variable that changes", never[0] == 0 and " q[" not in line)


def check_prepared(check, inputs):
    with h5py.File(f"{inputs}/small.h5") as file:
        content = file.attrs["content"].decode()
    ended = must(3, ["inspect", f"{inputs}/small.h5", "--verify", "--quiet"])
    check("content and verdict", f"content {content} (verified)" in ended.out)
    check("splits", "train      columns 0 to 384" in ended.out)
    check("the constant feature", "1 features never change: q[4]" in ended.out)


def check_damage(check, inputs):
    with open(f"{inputs}/small.h5", "rb") as file:
        data = bytearray(file.read())
    with h5py.File(f"{inputs}/small.h5") as file:
        place = file["x"].id.get_chunk_info(2).byte_offset
    data[place + 100] ^= 1
    with open("flipped.h5", "wb") as file:
        file.write(data)
    ended = run(3, ["inspect", "flipped.h5", "--verify", "--quiet"])
    check(f"a flipped bit: {ended.code} {ended.errors}", ended.code == 3 and len(ended.errors) == 1)
    check("the shard is named", any("flipped.h5" in e and "shard" in e and "2" in e for e in ended.errors))


def main(inputs):
    with checks_in_own_folder(inputs, least=30) as check:
        for part in (check_raw, check_reference, check_prepared, check_damage):
            part(check, inputs)


if __name__ == "__main__":
    main(os.path.abspath(sys.argv[1]))
