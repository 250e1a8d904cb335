#!/usr/bin/env python3
"""foreign_tools_test.py INPUTS: prepared files as xarray, netCDF4, h5py, ncdump and numpy see them."""

import os
import shutil
import subprocess
import sys

from launch import Checks, skip

try:
    import h5py
    import netCDF4
    import numpy as np
    import xarray as xr
except ImportError as missing:
    skip(f"{missing}; install python3-numpy python3-h5py python3-netcdf4 python3-xarray")

# Encoded values are computed in double and rounded once to float32; statistics are doubles.
NEAR_VALUE, NEAR_MOMENT = 1e-6, 1e-12
SCALARS = (["skin_temperature", "cos_solar_zenith_angle"]
           + [f"sw_albedo_band_{i}" for i in range(6)] + [f"sw_albedo_direct_band_{i}" for i in range(6)]
           + ["lw_emissivity_band_0", "lw_emissivity_band_1", "solar_irradiance"])
HALF, PROFILES = 138, 27


def flattened(files, names):
    """Rows of raw columns, variables one after the other, row-major, in double."""
    arrays = []
    for name in names:
        parts = [xr.open_dataset(file)[name].values for file in files]
        arrays.append(np.concatenate(parts).reshape(sum(map(len, parts)), -1).astype("f8"))
    return np.concatenate(arrays, axis=1)


def small_names():
    return [f"{name}[{level}]" for name in ("t", "q") for level in range(5)] + ["ps"]


def flat_names():
    """What stands at known places of the 4128 features: levels vary slower than variables."""
    names = {0: "temperature_hl[0]", 1: "pressure_hl[0]", 2: "temperature_hl[1]",
             2 * HALF: "overlap_param[0]", 2 * HALF + 136 + 17 + PROFILES: "q[1]", 4127: "re_ice[136]"}
    return {**names, **{2 * HALF + 136 + i: name for i, name in enumerate(SCALARS)}}


def check_array(check, path, array, raw):
    """Values and statistics of x or y equal numpy's, from the raw rows in the order of the raw set."""
    with h5py.File(path) as file:
        stored, source = file[array][:], file["source_column"][:]
        stat = {name: file[f"{array}_{name}"][:] for name in ("mean", "std", "min", "max", "count")}
        first, last = file.attrs["split_train"]
    check(f"{array}: every raw column once", sorted(source) == list(range(len(raw))))
    check(f"{array} is float32 of shape {stored.shape}", stored.dtype == "f4" and stored.shape == raw.shape)
    rows = raw[source]
    train = rows[first:last]
    check(f"{array}: {len(train)} training columns", len(train) == len(raw) * 8 // 10)
    check(f"{array} counts", (stat["count"] == len(train)).all())
    size = np.maximum(np.abs(train).max(axis=0), 1e-300)
    for name, expected in [("mean", train.mean(axis=0)), ("std", train.std(axis=0))]:
        far = (np.abs(stat[name] - expected) / size).max()
        check(f"{array}_{name} is {far:.1e} from numpy's", far < NEAR_MOMENT)
    check(f"{array}_min, {array}_max", (stat["min"] == train.min(axis=0)).all()
          and (stat["max"] == train.max(axis=0)).all())
    constant = stat["min"] == stat["max"]
    scale = np.where(constant, 1.0, stat["std"])
    expected = np.where(constant, 0.0, (rows - stat["mean"]) / scale)
    far = (np.abs(stored - expected) / np.maximum(1.0, np.abs(expected))).max()
    check(f"{array}: {stored.size} values, {far:.1e} from numpy's", far < NEAR_VALUE)
    check(f"{array}: varying values", (stored[:, ~constant].std(axis=0) > 0.1).all())
    return int(constant.sum())


def check_names(check, path, features, units, columns):
    """The names by place, and the dimensions, the same for three readers."""
    with xr.open_dataset(path) as data, netCDF4.Dataset(path) as file, h5py.File(path) as raw:
        check(f"x {data.x.dims}", data.x.dims == ("column", "feature") == file["x"].dimensions)
        check(f"y {data.y.dims}", data.y.dims == ("column", "target") == file["y"].dimensions)
        check(f"columns {dict(data.sizes)}", data.sizes["column"] == columns == len(file.dimensions["column"]))
        names = list(data.feature_name.values)
        check("feature names", len(names) == data.sizes["feature"]
              and all(names[place] == name for place, name in features.items()))
        found = dict(zip(names, data.feature_units.values))
        check(f"units of {units}", all(found[name] == unit for name, unit in units.items()))
        check("netCDF4 and h5py read the same x", (file["x"][:] == raw["x"][:]).all())
        check("xarray and h5py read the same y", (data.y.values == raw["y"][:]).all())
        shard = raw.attrs["shard_columns"][0]
        check("one chunk a shard", raw["x"].chunks == (shard, raw["x"].shape[1]))
        check("a hash a row", raw["x_hash"].shape == raw["y_hash"].shape == (columns,)
              and data.x_hash.dims == ("column",))
        check("a hash a shard", raw["shard_hash"].shape == (-(-columns // shard),))
        splits = [tuple(raw.attrs[f"split_{name}"]) for name in ("train", "validation", "test")]
        check(f"splits {splits}", splits == [(0, columns * 8 // 10), (columns * 8 // 10, columns * 9 // 10),
                                             (columns * 9 // 10, columns)])


def check_ncdump(check, path, dimensions):
    with open(path, "rb") as file:
        check(f"{path} is sealed", file.read().endswith(b"COLONNADE-SEAL-1"))
    if shutil.which("ncdump") is None:
        skip("no ncdump; install netcdf-bin")
    header = subprocess.run(["ncdump", "-h", path], capture_output=True, text=True)
    check(f"ncdump opens {path}", header.returncode == 0)
    for name, length in dimensions.items():
        check(f"ncdump shows {name} = {length}", f"\t{name} = {length} ;" in header.stdout)
    check("ncdump shows x and y", header.stdout.count("float x(") == header.stdout.count("float y(") == 1)
    check("ncdump shows no stray dimension", "phony" not in header.stdout)


def check_levels(check, path):
    with xr.open_dataset(path) as data:
        shapes = {name: dict(data[name].sizes) for name in ("x", "y", "edge")}
    check(f"levels {shapes}", shapes == {"x": {"column": 600, "half_level": HALF, "feature": 20},
                                         "y": {"column": 600, "half_level": HALF, "target": 4},
                                         "edge": {"column": 600, "level": 137, "edge_feature": PROFILES}})


def main(inputs):
    if not os.path.exists(os.path.join(inputs, "complete")):
        skip("the inputs are not there; run make_inputs.py")
    os.chdir(inputs)
    check = Checks()
    small, raw = ["a.nc", "b.nc"], sorted("raw/" + name for name in os.listdir("raw"))
    check_names(check, "small.h5", dict(enumerate(small_names())), {"t[3]": "K", "q[0]": "kg kg-1", "ps": "Pa"}, 480)
    constants = check_array(check, "small.h5", "x", flattened(small, ["t", "q", "ps"]))
    check(f"{constants} constant feature", constants == 1)
    check_array(check, "small.h5", "y", flattened(small, ["dt"]))
    check_ncdump(check, "small.h5", {"column": 480, "feature": 11, "target": 5})
    check_names(check, "flat.h5", flat_names(), {"pressure_hl[7]": "Pa", "skin_temperature": "K", "re_ice[3]": "m"}, 600)
    constants = check_array(check, "flat.h5", "x",
                            flattened(raw, ["hl_inputs", "inter_inputs", "sca_inputs", "col_inputs"]))
    check(f"{constants} constant features", constants > 137)
    check_array(check, "flat.h5", "y", flattened(raw, ["flux_dn_sw", "flux_up_sw", "flux_dn_lw", "flux_up_lw"]))
    check_ncdump(check, "flat.h5", {"column": 600, "feature": 4128, "target": 552})
    check_levels(check, "levels.h5")
    check_ncdump(check, "levels.h5", {"column": 600, "half_level": HALF, "level": 137, "feature": 20, "target": 4})
    check.end(least=75)


if __name__ == "__main__":
    main(os.path.abspath(sys.argv[1]))
