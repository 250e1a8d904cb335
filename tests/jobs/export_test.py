#!/usr/bin/env python3
"""export_test.py numpy|runtime INPUTS: exported models give what predict gives, in numpy or in a real ONNX Runtime.

How near is near depends on the case: logarithms of numbers that hardly vary magnify rounding, predict's own as well.
What predict itself is from the same graph in double precision is printed beside it.

The runtime is the npm package onnxruntime-web in the folder of the variable COLONNADE_NODE_MODULES. Real columns are
taken from COLONNADE_SHARED, and synthetic ones where it is absent.
"""

import json
import os
import shutil
import subprocess
import sys

from bad_case import DATA, STORAGE, USAGE
from launch import checks_in_own_folder, must, run, skip

try:
    import h5py
    import netCDF4
    import numpy as np
    import onnx
    import onnx.numpy_helper

    import onnx_numpy
    import small_files
except ImportError as missing:
    skip(f"{missing}; install python3-onnx python3-numpy python3-h5py python3-netcdf4")

HERE = os.path.dirname(os.path.abspath(__file__))
SHARED = os.environ.get("COLONNADE_SHARED", os.path.join(HERE, "../../../shared"))
MODULES = os.environ.get("COLONNADE_NODE_MODULES", "")
REAL = os.path.join(SHARED, "data/3dcorrection_tiny.nc")
JOB = os.path.join(HERE, "../../jobs/3dcorrection.ini")

NET = "--hidden 24,24,16 --batch 64 --micro-batch 16 --epochs 3 --quiet".split()
#        options of prepare and train, transforms, and how far from predict outputs may be, in standard deviations
SMALL = {
    "plain": ("--inputs t,q,ps --targets dt", "--activation silu", "", 5e-7),
    "odd": ("--inputs ps,q,t --targets dt,t --drop t[1:3] --normalize minmax", "--activation gelu --residual",
            "q=root4 ps=log1p dt=root2 t=clip:225:260", 2e-5),
    "logs": ("--inputs t,q --targets ps,dt", "--activation tanh --residual", "q=log1p t=root2 ps=log1p dt=root4", 5e-3),
    "chains": ("--inputs t,q,ps --targets dt,ps", "--activation silu",
               "q=fill:0.01|scale:200|log t=offset:-240|clip:-20:20|log1p ps=scale:1e-5|log dt=scale:3|offset:-7", 5e-3),
    "normalised": ("--inputs t,q,ps --targets dt", "--activation tanh --batch-norm --dropout 0.1", "", 2e-6),
    "bare": ("--inputs q --targets q --normalize none --drop q[0]", "--activation relu", "q=clip:0.005:0.015", 1e-6),
}
REAL_MOST = 1e-4


def in_runtime(feeds, path):
    """The outputs of the model at `path` in ONNX Runtime, by name."""
    names = [output.name for output in onnx.load(path).graph.output]
    call = {"inputs": {}, "outputs": {name: f"output_{i}.f4" for i, name in enumerate(names)}}
    for i, (name, array) in enumerate(feeds.items()):
        array.tofile(f"input_{i}.f4")
        call["inputs"][name] = {"file": f"input_{i}.f4", "shape": array.shape}
    with open("call.json", "w") as file:
        json.dump(call, file)
    done = subprocess.run(["node", os.path.join(HERE, "onnx_runtime.mjs"), MODULES, path, "call.json"],
                          capture_output=True, text=True, timeout=60)
    if done.returncode != 0:
        sys.exit(f"FAILED: ONNX Runtime on {path}: {done.stderr}")
    told = json.loads(done.stdout)
    return {name: np.fromfile(file, "f4").reshape(told["shapes"][name]) for name, file in call["outputs"].items()}


def in_numpy(feeds, path):
    return onnx_numpy.evaluate(onnx.load(path), feeds)


def columns(files, names):
    """Raw variables as the files hold them, one after the other."""
    def of(file, name):
        with netCDF4.Dataset(file) as data:
            return np.asarray(data[name][:], "f4")

    return {name: np.concatenate([of(file, name) for file in files]) for name in names}


def show_equal(check, case, files, runtime, most):
    """The exported model of run_CASE beside predict, on the columns of some files; the number of values compared."""
    must(1, ["export", f"run_{case}", "--onnx", f"{case}.onnx"])
    must(2, ["predict", f"run_{case}", *files, "--out", f"{case}.nc", "--quiet"])
    model = onnx.load(f"{case}.onnx")
    onnx.checker.check_model(model, full_check=True)
    inputs = [value.name for value in model.graph.input]
    feeds = columns(files, inputs)
    found, exact = runtime(feeds, f"{case}.onnx"), onnx_numpy.evaluate(model, feeds, "f8")
    compared = 0
    for name, values in found.items():
        raw_name = name.removesuffix("_predicted")
        check(f"{case}: {name} is renamed where it is an input", (raw_name != name) == (raw_name in inputs))
        predicted = columns([f"{case}.nc"], [raw_name])[raw_name]
        check(f"{case}: shape of {name}: {values.shape}", values.shape == predicted.shape)
        signal = predicted.std()
        apart = np.abs(values.astype("f8") - predicted)
        print(f"{case}: {name}: {values.size} values at most {apart.max() / signal:.2g} std apart, "
              f"{apart.max() / np.spacing(np.abs(predicted).max()):.1f} ulp of the largest, "
              f"in the median {np.median(apart / np.spacing(np.abs(predicted))):.1f} ulp of their own; "
              f"predict is {np.abs(predicted - exact[name]).max() / signal:.2g} std from double precision")
        check(f"{case}: {name}: {apart.max() / signal} std apart", apart.max() <= most * signal)
        check(f"{case}: {name} varies", signal > 0)
        compared += values.size
    few = {name: array[:1] for name, array in feeds.items()}
    for name, values in runtime(few, f"{case}.onnx").items():
        check(f"{case}: one column alone: {name}", np.abs(values - found[name][:1]).max() <= most * found[name].std())
    return compared


def show_small(check, inputs, runtime):
    files = [f"{inputs}/a.nc", f"{inputs}/b.nc"]
    for case, (prepared, trained, transform, most) in SMALL.items():
        transforms = ["--transform", transform] if transform else []
        must(2, ["prepare", *files, "--out", f"{case}.h5", "--shard", "32", "--quiet", *prepared.split(), *transforms])
        must(2, ["train", f"{case}.h5", "--out", f"run_{case}", *NET, *trained.split()])
        targets = prepared.split()[3].split(",")
        widths = sum(1 if target == "ps" else small_files.LEVELS for target in targets)
        compared = show_equal(check, case, files, runtime, most)
        check(f"{case}: {compared} values", compared == 480 * widths)


def show_real(check, runtime):
    files = [REAL]
    if not os.path.exists(REAL):
        print(f"NOT SHOWN on real columns: {REAL} is absent; synthetic ones instead")
        must(2, ["synth", "--columns", "512", "--files", "1", "--out", "raw", "--quiet"])
        files = ["raw/" + name for name in os.listdir("raw")]
    must(2, ["prepare", *files, "--config", JOB, "--out", "real.h5", "--quiet"])
    must(2, ["train", "real.h5", "--config", JOB, "--out", "run_real", "--hidden", "64,64", "--batch", "128",
             "--micro-batch", "64", "--epochs", "4", "--quiet"])
    compared = show_equal(check, "real", files, runtime, REAL_MOST)
    check(f"real: {compared} values", compared == 512 * 552)


def show_metadata(check, inputs):
    must(1, ["export", "run_odd", "--onnx", "told.onnx"])
    model = onnx.load("told.onnx")
    told = {pair.key: pair.value for pair in model.metadata_props}
    names, units = json.loads(told["feature_name"]), json.loads(told["feature_units"])
    check(f"features: {names}", names == ["ps", *[f"q[{i}]" for i in range(5)], "t[0]", "t[3]", "t[4]"])
    check(f"units: {units}", units == ["Pa"] + 5 * ["kg kg-1"] + 3 * ["K"])
    targets = json.loads(told["target_name"])
    check(f"targets: {targets}", targets == [f"{name}[{i}]" for name in ("dt", "t") for i in range(5)])
    check("units of targets", json.loads(told["target_units"]) == 5 * ["K d-1"] + 5 * ["K"])
    variables = json.loads(told["feature_variables"])
    check(f"variables: {variables}", list(variables) == ["ps", "q", "t"] and variables["t"]["dimensions"] == ["level"])
    check("provenance", json.loads(told["provenance"])["weights_hash"] == told["weights_hash"])
    check("operators that runtimes of 2020 know", [(s.domain, s.version) for s in model.opset_import] == [("", 13)])
    shape = model.graph.input[1].type.tensor_type.shape.dim
    check("any number of columns", shape[0].dim_param == "column" and shape[1].dim_value == 5)
    weights = {tensor.name: onnx.numpy_helper.to_array(tensor).astype("f8") for tensor in model.graph.initializer}
    with h5py.File("run_odd/model.h5") as file:
        recipe = json.loads(file["recipe"][()])
    offset = next(array for array in recipe["arrays"] if array["name"] == "x")["encoding"]["offset"]
    check("two numbers hold an offset in double precision",
          np.allclose(weights["/x_offset"] + weights["/x_offset_rest"], offset, rtol=1e-13, atol=0) and len(offset) == 9)
    first = open("told.onnx", "rb").read()
    must(3, ["export", "run_odd/model.h5", "--onnx", "told.onnx", "--force"])
    check("the same bytes again, from three ranks", open("told.onnx", "rb").read() == first)


def show_refusals(check, inputs):
    def refused(code, words, *says):
        before = sorted(os.listdir("."))
        ended = run(2, ["export", *words])
        check(f"{words}: code {ended.code}", ended.code == code)
        check(f"{words}: one message of {says}: {ended.err}",
              len(ended.errors) == 1 and all(each in ended.errors[0] for each in says))
        check(f"{words}: nothing is left", sorted(os.listdir(".")) == before)

    refused(USAGE, ["run_plain"], "--onnx")
    refused(USAGE, ["run_plain", "--onnx", "plain.onnx"], "plain.onnx", "exists", "--force")
    shutil.copy("run_plain/model.h5", "copied.h5")
    refused(USAGE, ["copied.h5", "--onnx", "./copied.h5", "--force"], "would replace an input")
    for words in ([], ["--force"]):
        must(1, ["export", "run_plain", "--onnx", "run_plain/model.onnx", *words])
    refused(USAGE, ["run_plain", "--onnx", "plain.h5", "--force"], "plain.h5", "would replace an input")
    refused(STORAGE, ["absent", "--onnx", "new.onnx"], "absent")
    refused(STORAGE, ["run_plain", "--onnx", "absent/new.onnx"], "absent")
    refused(DATA, [f"{inputs}/flipped_run", "--onnx", "new.onnx"], "flipped_run/model.h5")
    ended = must(1, ["export", "run_plain", "--onnx", "new.onnx", "--dry-run"])
    check(f"a dry run: {ended.out}", "# plan: " in ended.out and not os.path.exists("new.onnx"))

    tiny = small_files.values(0, 300)
    tiny["q"] = (tiny["q"] * 1e-40).astype("f4")
    small_files.write("tiny.nc", tiny)
    must(1, ["prepare", "tiny.nc", "--out", "tiny.h5", "--shard", "32", "--quiet", "--inputs", "t,q", "--targets", "dt"])
    must(1, ["train", "tiny.h5", "--out", "run_tiny", *NET])
    refused(DATA, ["run_tiny", "--onnx", "new.onnx"], "variable q[0]", "float32 cannot hold")


def main(kind, inputs):
    if kind == "runtime" and not os.path.isdir(os.path.join(MODULES, "onnxruntime-web")):
        skip("COLONNADE_NODE_MODULES names no folder with onnxruntime-web: npm install onnxruntime-web somewhere")
    if kind == "runtime" and not shutil.which("node"):
        skip("there is no node")
    runtime = in_runtime if kind == "runtime" else in_numpy
    with checks_in_own_folder(inputs, 40) as check:
        show_small(check, inputs, runtime)
        show_real(check, runtime)
        if kind == "numpy":
            show_metadata(check, inputs)
            show_refusals(check, inputs)


if __name__ == "__main__":
    main(sys.argv[1], os.path.abspath(sys.argv[2]))
