#!/usr/bin/env python3
"""npy_stack_test.py INPUTS: dask opens the stacks, and reads what the prepared file holds."""

import json
import os
import sys

from launch import checks_in_own_folder, must, skip

try:
    import dask.array as da
    import h5py
    import numpy as np
except ImportError as missing:
    skip(f"{missing}; install python3-numpy python3-h5py python3-dask")


def check_stack(check, path, stack):
    """Arrays, chunks and metadata of a stack equal those of a prepared file."""
    with h5py.File(path) as file, open(f"{stack}/metadata.json") as text:
        metadata = json.load(text)
        shard = file.attrs["shard_columns"][0]
        check("the same content", metadata["content"] == file.attrs["content"].decode())
        for name in ("train", "validation", "test"):
            check(f"split {name}", metadata["splits"][name] == list(file.attrs[f"split_{name}"]))
        arrays = [name for name in ("x", "y", "edge", "source_column") if name in file]
        for name in arrays:
            opened = da.from_npy_stack(f"{stack}/{name}")
            check(f"{name}: chunks {opened.chunks[0]}", opened.chunks[0][0] == shard
                  and sum(opened.chunks[0]) == file[name].shape[0])
            check(f"{name}: {opened.dtype}", opened.dtype == file[name].dtype)
            values = opened.compute()
            check(f"{name}: {values.size} values", values.shape == file[name].shape
                  and (values == file[name][:]).all())
            first = np.load(f"{stack}/{name}/0.npy")
            check(f"{name}: the first file", (first == file[name][:shard]).all())
        mean = da.from_npy_stack(f"{stack}/x").mean(axis=0).compute()
        check("dask's own mean", np.allclose(mean, file["x"][:].mean(axis=0), atol=1e-4))
    return len(arrays)


def main(inputs):
    with checks_in_own_folder(inputs, least=38) as check:
        small = [f"{inputs}/a.nc", f"{inputs}/b.nc", "--inputs", "t,q,ps", "--targets", "dt"]
        must(3, ["prepare", *small, "--shard", "32", "--format", "npy", "--out", "stack", "--quiet"])
        check("three arrays", check_stack(check, f"{inputs}/small.h5", "stack") == 3)
        raw = [f"{inputs}/raw/3dcorrection_{i:03}.nc" for i in range(2)]
        must(2, ["prepare", *raw, "--layout", "levels", "--format", "npy", "--out", "levels", "--quiet"])
        check("four arrays", check_stack(check, f"{inputs}/levels.h5", "levels") == 4)


if __name__ == "__main__":
    main(os.path.abspath(sys.argv[1]))
