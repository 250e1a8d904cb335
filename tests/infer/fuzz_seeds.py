#!/usr/bin/env python3
"""fuzz_seeds.py MODEL FOLDER: seeds for fuzz_model: a model file, and small recipes in the form of its own."""

import copy
import json
import os
import sys

import h5py

path, folder = sys.argv[1:3]
os.makedirs(folder, exist_ok=True)
open(folder + "/file", "wb").write(b"\0" + open(path, "rb").read())
with h5py.File(path) as file:
    text = file["recipe"][()]
recipe = json.loads(text)


def part(array, first, count):
    """The array of that name with `count` features from `first`, of 16 at most."""
    small = copy.deepcopy(array)
    small["places"] = small["places"][first:first + count]
    small["shape"] = [count]
    encoding = small["encoding"]
    for key in ["features", "transforms", "offset", "scale"]:
        encoding[key] = encoding[key][first:first + count]
    encoding["statistics"] = {key: [] for key in encoding["statistics"]}
    return small


arrays = {array["name"]: array for array in recipe["arrays"]}
for number, (first, count) in enumerate([(0, 3), (270, 16), (405, 12), (440, 16), (1000, 7)]):
    small = dict(recipe, arrays=[part(arrays["x"], first, count), part(arrays["y"], first // 3, 4)])
    open(f"{folder}/recipe_{number}", "wb").write(bytes([1, count - 1, 3]) + json.dumps(small).encode())
print(len(os.listdir(folder)), "seeds in", folder)
