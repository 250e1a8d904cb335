"""What samples are, from their description, by numpy and xarray alone: to compare prepared files with."""

import glob
import os

import h5py
import netCDF4
import numpy as np


def unpacked(path, name):
    """A variable in double, by the rules for packed numbers; NaN where it is missing."""
    with netCDF4.Dataset(path) as file:
        file.set_auto_maskandscale(False)
        variable = file[name]
        stored, known = variable[...], variable.__dict__
    unsigned = known.get("_Unsigned") == "true"

    def as_stored(number):
        return np.asarray(number).astype(stored.dtype).view(stored.dtype.str.replace("i", "u") if unsigned else stored.dtype)

    stored = as_stored(stored) if unsigned else stored
    missing = np.isnan(stored) if stored.dtype.kind == "f" else np.zeros(stored.shape, bool)
    for key in ("_FillValue", "missing_value"):
        if key in known:
            missing |= stored == as_stored(known[key])
    if "valid_range" in known:
        low, high = as_stored(known["valid_range"])
        missing |= (stored < low) | (stored > high)
    values = stored.astype("f8") * float(known.get("scale_factor", 1.0)) + float(known.get("add_offset", 0.0))
    return np.where(missing, np.nan, values)


def valid_mean(values):
    """Mean of what is not missing; NaN when everything is."""
    found = np.isfinite(values)
    return values[found].mean() if found.any() else np.nan


def grouped(pattern, fields, by):
    """Files by the values of some fields of their names: ascending, as numbers where they are numbers."""
    groups = {}
    for path in glob.glob(pattern):
        parts = dict(zip(fields, os.path.basename(path).rsplit(".", 1)[0].split("_")))
        key = tuple(int(parts[name]) if parts[name].isdigit() else parts[name] for name in by)
        groups.setdefault(key, []).append(path)
    return {key: sorted(groups[key]) for key in sorted(groups)}


def windows(steps, window, stride):
    """Consecutive steps (step, ...) to (sample, window, ...): samples begin every `stride` steps."""
    count = (len(steps) - window) // stride + 1
    return np.stack([steps[i * stride:i * stride + window] for i in range(count)])


class Prepared:
    """A prepared file as it is meant: values before normalisation, by the number of the sample in the source."""

    def __init__(self, path):
        with h5py.File(path) as file:
            self.source = file["source_column"][:]
            self.names = [name.decode() for name in file["feature_name"][:]]
            self.targets = [name.decode() for name in file["target_name"][:]]
            self.splits = {name: tuple(file.attrs[f"split_{name}"]) for name in ("train", "validation", "test")}
            self.x, self.y = (self._meant(file, array) for array in "xy")

    @staticmethod
    def _meant(file, array):
        scale, offset = file[f"{array}_scale"][:], file[f"{array}_offset"][:]
        return file[array][:].astype("f8") * scale + offset

    def split(self, name):
        first, last = self.splits[name]
        return slice(first, last)
