#!/usr/bin/env python3
"""make_inputs.py FOLDER: what the tests of the program start from; made anew, `complete` last."""

import os
import shutil
import sys

from launch import must, skip

try:
    import h5py

    import small_files
except ImportError as missing:
    skip(f"{missing}; install python3-numpy python3-h5py python3-netcdf4")

SMALL = "--inputs t,q,ps --targets dt --shard 32 --quiet".split()
NET = "--hidden 16 --batch 64 --micro-batch 16 --epochs 2 --quiet".split()


def make_prepared():
    must(2, ["prepare", "a.nc", "b.nc", "--out", "small.h5", *SMALL])
    must(2, ["prepare", "a.nc", "b.nc", "--out", "without_q.h5", "--drop", "q", *SMALL])
    must(2, ["prepare", "a.nc", "b.nc", "--out", "all_train.h5", "--split", "1,0,0", *SMALL])
    must(2, ["prepare", "a.nc", "--out", "stack", "--format", "npy", *SMALL])
    raw = [f"raw/3dcorrection_{i:03}.nc" for i in range(2)]
    must(2, ["synth", "--columns", "600", "--files", "2", "--out", "raw", "--quiet"])
    must(2, ["prepare", *raw, "--out", "flat.h5", "--quiet"])
    must(2, ["prepare", *raw, "--out", "levels.h5", "--layout", "levels", "--quiet"])
    for name, part in [("cut_prepared_half.h5", 0.5), ("cut_prepared_one.h5", -1)]:
        small_files.truncated("small.h5", name, part)
    with h5py.File("small.h5") as file:
        row = file["x"].id.get_chunk_info(2).byte_offset
    for name, place in [("header", 60), ("row", row), ("seal", -30)]:
        small_files.flipped("small.h5", f"flipped_{name}.h5", place)
    with h5py.File("flat.h5") as file:
        small_files.flipped("flat.h5", "flipped_flat.h5", file["x"].id.get_chunk_info(2).byte_offset)
    shutil.copy("small.h5", "edited.h5")
    with h5py.File("edited.h5", "a") as file:
        file.attrs["comment"] = "by another program"


def make_kinds():
    """Few and small files of other kinds: three scans a day, chips, a year of scenes at two places."""
    for kind, columns, files in (("fire", 12, 3), ("chips", 60, 2), ("landcover", 16, 2)):
        must(2, ["synth", "--kind", kind, "--columns", str(columns), "--files", str(files), "--out", kind, "--quiet"])


def make_runs():
    must(2, ["train", "small.h5", "--out", "run", *NET])
    for name, part in [("cut_run_half", 0.5), ("cut_run_one", -1)]:
        os.mkdir(name)
        small_files.truncated("run/model.h5", name + "/model.h5", part)
    (checkpoint,) = os.listdir("run/checkpoints")
    small_files.flipped("run/checkpoints/" + checkpoint, "flipped.ckpt", 2000)
    os.mkdir("flipped_run")
    small_files.flipped("run/model.h5", "flipped_run/model.h5", 100)


def main(folder):
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)
    os.chdir(folder)
    small_files.write_good()
    small_files.write_damaged()
    small_files.write_misfits()
    small_files.write_holes()
    make_prepared()
    make_kinds()
    make_runs()
    open("complete", "w").close()


if __name__ == "__main__":
    main(sys.argv[1])
