#!/usr/bin/env python3
"""host_test.py HOST FOLDER [make | near]: a Fortran host beside predict's file, bit by bit, over threads and
blocks; models that want what the host has not, and bad models. `make` only fills the folder; `near` compares but for
rounding, and bit by bit the host's runs with each other."""

import os
import struct
import subprocess
import sys

try:
    import h5py
    import numpy as np
except ImportError as missing:
    print(f"NOT SHOWN: {missing}; install python3-numpy python3-h5py")
    sys.exit(77)

HOST, FOLDER = os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2])
COLUMNS = 150
INPUTS = ["hl_inputs", "inter_inputs", "sca_inputs", "col_inputs"]
checks = {"done": 0, "failed": 0}


def check(what, truth):
    checks["done"] += 1
    if not truth:
        checks["failed"] += 1
        print("FAILED:", what)


def make():
    """A run of a network that takes some levels of some variables, and predict's file of new columns."""
    program = os.environ["COLONNADE"]
    launch = [os.environ["MPIEXEC"], "--oversubscribe", "--allow-run-as-root", "--bind-to", "none", "-n", "2"]

    def run(*words):
        subprocess.run(launch + [program, *words, "--quiet"], check=True, timeout=100, stdout=subprocess.DEVNULL)

    os.makedirs(FOLDER, exist_ok=True)
    os.chdir(FOLDER)
    run("synth", "--columns", str(COLUMNS), "--files", "1", "--out", "raw", "--force")
    raw = "raw/" + os.listdir("raw")[0]
    run("prepare", raw, "--out", "data.h5", "--shard", "10", "--force", "--drop", "co2_vmr o2_vmr q_ice[0:40] aerosol_mmr_3",
        "--transform", "q=log1p q_liquid=root4 cloud_fraction=clip:0:1 flux_up_lw=root2")
    run("train", "data.h5", "--out", "run", "--force", "--hidden", "40,40,24", "--residual", "--batch", "40",
        "--micro-batch", "20", "--epochs", "2")
    run("predict", "run", raw, "--out", "predicted.nc", "--force")
    os.replace(raw, "raw.nc")


def fields():
    """The host's fields: name to (level, column), single precision."""
    found = {}
    with h5py.File(FOLDER + "/raw.nc") as raw:
        for group in INPUTS:
            names = raw[group].attrs["variable_names"]
            names = names.decode() if isinstance(names, bytes) else names
            values = raw[group][:].reshape(COLUMNS, -1, raw[group].shape[-1])
            for i, name in enumerate(names.replace(",", " ").split()):
                found[name] = np.ascontiguousarray(values[:, :, i].T, dtype="f4")
    return found


def write_fields(path, given):
    with open(path, "wb") as file:
        file.write(struct.pack("<i", len(given)))
        for name, values in given.items():
            file.write(name.ljust(64).encode() + struct.pack("<i", len(values)) + values.tobytes())


def read_fields(path):
    found = {}
    with open(path, "rb") as file:
        while head := file.read(68):
            levels = struct.unpack("<i", head[64:])[0]
            found[head[:64].decode().rstrip()] = np.frombuffer(file.read(4 * levels * COLUMNS), "f4").reshape(levels, COLUMNS)
    return found


def host(model, nproma=16, threads=1, inputs="inputs.bin"):
    return subprocess.run([HOST, model, inputs, "outputs.bin", str(COLUMNS), str(nproma)], cwd=FOLDER, timeout=60,
                          capture_output=True, text=True, env={**os.environ, "OMP_NUM_THREADS": str(threads)})


def is_near(found, expected):
    return np.abs(found - expected).max() <= 2e-5 * np.abs(expected).max()


def check_same_bits(expected):
    first = None
    for threads in [1, 2, 4]:
        for nproma in [1, 16, 63]:
            done = host("run/model.h5", nproma, threads)
            what = f"on {threads} threads in blocks of {nproma}"
            print(what + ":", done.stdout.strip())
            check(f"the host ends well {what}: {done.stderr}", done.returncode == 0)
            outputs = read_fields(FOLDER + "/outputs.bin")
            check(f"names {what}: {list(outputs)}", list(outputs) == list(expected))
            first = first or outputs
            beside = first if "near" in sys.argv else expected
            for name, values in outputs.items():
                check(f"{name} {what}", values.tobytes() == beside[name].tobytes() and is_near(values, expected[name]))


def refused(model, words, inputs="inputs.bin"):
    done = host(model, inputs=inputs)
    check(f"code of {model}: {done.returncode} {done.stderr}", done.returncode == 3)
    check(f"one line on {model}: {done.stderr}", done.stderr.startswith("host: error: ") and done.stderr.count("\n") == 1)
    for word in words:
        check(f"{word} in: {done.stderr}", word in done.stderr)


def check_refusals(given):
    write_fields(FOLDER + "/fewer.bin", {name: v for name, v in given.items() if name != "q_liquid"})
    refused("run/model.h5", ["variable q_liquid", "does not give"], "fewer.bin")
    write_fields(FOLDER + "/lower.bin", {name: v[:130] if name == "pressure_hl" else v for name, v in given.items()})
    refused("run/model.h5", ["variable pressure_hl", "130 and 138"], "lower.bin")
    whole = open(FOLDER + "/run/model.h5", "rb").read()
    places = [0, 1, 47, 48, 2000, len(whole) // 3, len(whole) - 64, len(whole) - 1]
    for place in places:
        open(FOLDER + "/bad.h5", "wb").write(whole[:place])
        refused("bad.h5", ["bad.h5"])
        flipped = bytearray(whole)
        flipped[place] ^= 4
        open(FOLDER + "/bad.h5", "wb").write(flipped)
        refused("bad.h5", ["bad.h5"])
    refused("absent.h5", ["absent.h5", "no such file"])
    refused("raw.nc", ["raw.nc"])
    refused("raw", ["raw"])


def main():
    if "make" in sys.argv:
        return make()
    given = fields()
    write_fields(FOLDER + "/inputs.bin", given)
    with h5py.File(FOLDER + "/predicted.nc") as file:
        expected = {name: np.ascontiguousarray(file[name][:].T)
                    for name in ["flux_dn_sw", "flux_up_sw", "flux_dn_lw", "flux_up_lw"]}
    check("the predictions differ among columns", all(np.ptp(v, axis=1).max() > 0 for v in expected.values()))
    check_same_bits(expected)
    check_refusals(given)
    print(f"{checks['done']} checks, {checks['failed']} failed")
    return checks["failed"] != 0 or checks["done"] < 100


if __name__ == "__main__":
    sys.exit(main())
