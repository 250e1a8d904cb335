#!/usr/bin/env python3
"""classes_test.py CLASS_FILES: what evaluate and predict say of classes, against scikit-learn's numbers."""

import json
import os
import subprocess
import sys
import tempfile

from launch import Checks, must, run, skip

try:
    import h5py
    import netCDF4
    import numpy as np
    import sklearn.metrics as sk
    import xarray as xr
except ImportError as missing:
    skip(f"{missing}; install python3-numpy python3-h5py python3-netcdf4 python3-sklearn python3-xarray")

K = 5
THRESHOLDS = [0.5, 0.35]


class Columns:
    """The test split of the made file, its logits being the inputs, and probabilities in float64."""

    def __init__(self, kind):
        with h5py.File(f"{kind}/data.h5") as data:
            first, last = data.attrs["split_test"]
            self.logits, self.truth = (data[name][first:last].astype("f8") for name in "xy")
            training = slice(*data.attrs["split_train"])
            self.frequency = data["y"][training].astype("f8").mean(axis=0)
        self.is_one = kind == "one"
        powers = np.exp(self.logits)
        self.probability = powers / powers.sum(axis=1, keepdims=True) if self.is_one else powers / (1 + powers)

    def decided(self, threshold):
        if not self.is_one:
            return (self.probability.astype("f4") >= threshold).astype(int)
        return np.eye(K, dtype=int)[self.probability.astype("f4").argmax(axis=1)]


def evaluation_of(kind, *options):
    """The JSON, the same to the byte on any ranks, and what was printed."""
    texts = set()
    for ranks, threads in [(1, 1), (2, 1), (3, 2), (5, 1)]:
        out = must(ranks, ["evaluate", kind, "--quiet", "--threads", str(threads), *options]).out
        with open(f"{kind}/evaluation_test.json") as file:
            texts.add(file.read())
    (text,) = texts
    return json.loads(text), out


def near(found, expected, tolerance=1e-12):
    return abs(found - expected) <= tolerance


def check_skill(check, what, found, truth, said, average):
    expected = sk.precision_recall_fscore_support(truth, said, average=average, zero_division=0)
    for name, value in zip(["precision", "recall", "f1"], expected):
        check(f"{name} of {what}: {found[name]}, {value}", near(found[name], value))


def check_decisions(check, columns, found, by_class, said):
    """Counts are whole numbers, so the tolerance is rounding's alone."""
    truth = columns.truth.astype(int)
    if columns.is_one:
        truth, said = truth.argmax(axis=1), said.argmax(axis=1)
        check("confusion", np.array_equal(found["confusion"], sk.confusion_matrix(truth, said, labels=range(K))))
    else:
        check("confusions", np.array_equal(found["confusion"], sk.multilabel_confusion_matrix(truth, said)))
        check("Hamming loss", near(found["hamming_loss"], sk.hamming_loss(truth, said)))
        check_skill(check, "samples", found["samples"], truth, said, "samples")
    check("accuracy", near(found["accuracy"], sk.accuracy_score(truth, said)))
    for average in ["micro", "macro", "weighted"]:
        check_skill(check, average, found[average], truth, said, average)
    expected = sk.precision_recall_fscore_support(truth, said, average=None, labels=range(K), zero_division=0)
    for c, of in enumerate(by_class or []):
        for name, values in zip(["precision", "recall", "f1", "support"], expected):
            check(f"{name} of class {c}: {of[name]}, {values[c]}", near(of[name], values[c]))


def check_rankings(check, columns, evaluation):
    """Within the resolution that the bins leave, which is small."""
    for c, found in enumerate(evaluation["by_class"]):
        truth, score = columns.truth[:, c], columns.logits[:, c]
        if columns.is_one:
            score = score - np.log(np.exp(np.delete(columns.logits, c, axis=1)).sum(axis=1))
        score = score.round(9)  # equal logits, equal scores
        area = sk.roc_auc_score(truth, score)
        check(f"AUC of class {c}: {found['roc_auc']}, {area}",
              near(found["roc_auc"], area, found["roc_auc_resolution"] + 1e-12))
        check(f"resolution of class {c}: {found['roc_auc_resolution']}", found["roc_auc_resolution"] < 2e-3)
        check(f"AUC of class {c} as printed: {found['roc_auc']}, {area}", near(found["roc_auc"], area, 1e-4))
        precision = sk.average_precision_score(truth, score)
        check(f"AP of class {c}: {found['average_precision']}, {precision}",
              near(found["average_precision"], precision, 1e-3))
        rate = found["roc"]
        again = sk.auc(rate["false_positive_rate"], rate["true_positive_rate"])
        check(f"area under the curve of class {c}: {again}", near(again, area, 0.005))
    mean = np.mean([one["roc_auc"] for one in evaluation["by_class"]])
    check("mean AUC", near(evaluation["all_classes"]["model"]["roc_auc"], mean))


def check_probabilities(check, columns, evaluation):
    p, truth = columns.probability, columns.truth
    if columns.is_one:
        loss, known = sk.log_loss(truth, p), sk.log_loss(truth, np.broadcast_to(columns.frequency, p.shape))
        cases = p.max(axis=1), truth[np.arange(len(p)), p.argmax(axis=1)]
    else:
        loss = np.mean([sk.log_loss(truth[:, c], p[:, c]) for c in range(K)])
        known = np.mean([sk.log_loss(truth[:, c], np.full(len(p), columns.frequency[c])) for c in range(K)])
        cases = p.ravel(), truth.ravel()
    check("log loss", near(evaluation["all_classes"]["model"]["log_loss"], loss, 1e-10))
    check("log loss of the frequencies", near(evaluation["all_classes"]["majority"]["log_loss"], known, 1e-10))
    for found, (q, so) in [(evaluation["all_classes"]["model"]["calibration"], cases)] + [
            (one["calibration"], (p[:, c], truth[:, c])) for c, one in enumerate(evaluation["by_class"])]:
        bins = np.minimum((q.astype("f4") * 15).astype(int), 14)
        count = np.bincount(bins, minlength=15)
        check(f"counts of bins: {found['count']}, {count}", list(count) == found["count"])
        used = count > 0
        for name, values in [("mean_predicted", q), ("observed", so)]:
            means = np.bincount(bins, values, minlength=15)[used] / count[used]
            got = np.array(found[name], dtype="f8")  # null becomes NaN
            check(f"{name}", np.allclose(got[used], means, atol=1e-7) and np.isnan(got[~used]).all())
        error = np.abs(np.bincount(bins, q - so, minlength=15)).sum() / count.sum()
        check("calibration error", near(found["expected_calibration_error"], error, 1e-7))


def check_intervals(check, columns, evaluation, said):
    """numpy draws blocks of its own: bounds agree but for the noise of drawing."""
    block = np.arange(len(said)) // 32
    rows = [np.flatnonzero(block == b) for b in np.unique(block)]
    told = evaluation["bootstrap"]
    check(f"bootstrap: {told}", told == {"replicates": 1000, "confidence": 0.95, "seed": 1, "block_columns": 32, "blocks": len(rows)})
    truth = columns.truth.astype(int)
    random = np.random.default_rng(3)
    draws = [np.concatenate([rows[i] for i in random.integers(len(rows), size=len(rows))]) for _ in range(400)]
    f1s = [sk.f1_score(truth[draw], said[draw], average="macro", zero_division=0) for draw in draws]
    for name, values in [("accuracy", [(truth[draw] == said[draw]).all(axis=1).mean() for draw in draws]), ("macro_f1", f1s)]:
        low, high = np.quantile(values, [0.025, 0.975])
        found = evaluation["all_classes"]["model"]["intervals"][name]
        check(f"interval of {name}: {found}, {low} to {high}",
              np.abs(np.subtract(found, [low, high])).max() < 0.25 * (high - low))


def check_evaluation(check, kind, threshold):
    columns = Columns(kind)
    options = ["--threshold", str(threshold)] if kind == "many" else []
    evaluation, out = evaluation_of(kind, *options)
    check("kind", evaluation["kind"] == kind and evaluation["columns"] == len(columns.truth) == 2600)
    check("the model's file", evaluation["model"] == f"{kind}/model.h5")
    check("names", evaluation["classes"] == [one["class"] for one in evaluation["by_class"]]
          == [f"class_{c}" for c in range(K)])
    check_decisions(check, columns, evaluation["all_classes"]["model"], evaluation["by_class"], columns.decided(threshold))
    constant = columns.frequency >= threshold if kind == "many" else np.eye(K)[columns.frequency.argmax()]
    check_decisions(check, columns, evaluation["all_classes"]["majority"], None,
                    np.broadcast_to(constant.astype(int), columns.truth.shape))
    check_rankings(check, columns, evaluation)
    check_intervals(check, columns, evaluation, columns.decided(threshold))
    check_probabilities(check, columns, evaluation)
    for words in ["class_3", "ROC AUC", "majority", "log loss"] + (["as predicted"] if kind == "one" else ["mean of columns"]):
        check(f"'{words}' in the table", words in out)


def write_raw(kind):
    """The inputs of all columns, as a raw file."""
    with h5py.File(f"{kind}/data.h5") as data, netCDF4.Dataset("raw.nc", "w") as file:
        values = data["x"][:]
        file.createDimension("column", len(values))
        file.createDimension("band", K)
        file.createVariable("z", "f4", ("column", "band"))[:] = values
    return values.astype("f8"), slice(1600, 4200)


def check_predictions(check, kind, threshold):
    """Probabilities within rounding of float32; classes are what follows from them; evaluate counted the same."""
    logits, test = write_raw(kind)
    options = ["--threshold", str(threshold)] if kind == "many" else []
    found = set()
    for ranks, threads in [(1, 1), (3, 2), (5, 1)]:
        must(ranks, ["predict", kind, "raw.nc", "--out", "predicted.nc", "--force", "--quiet", "--threads", str(threads), *options])
        with xr.open_dataset("predicted.nc") as data:
            found.add((data["surface_probability"].values.tobytes(),
                       data["surface_class" if kind == "one" else "surface_labels"].values.tobytes()))
    check("the same bits on any ranks", len(found) == 1)
    powers = np.exp(logits)
    expected = powers / powers.sum(axis=1, keepdims=True) if kind == "one" else powers / (1 + powers)
    must(1, ["evaluate", kind, "--quiet", *options])
    with open(f"{kind}/evaluation_test.json") as file:
        evaluation = json.load(file)
    with xr.open_dataset("predicted.nc") as data:
        probability = data["surface_probability"]
        check("dimensions", probability.dims == ("column", "class") and probability.dtype == "f4")
        check("names", list(data["class"].values) == evaluation["classes"])
        check("probabilities", np.allclose(probability, expected, rtol=1.2e-7, atol=0))
        variables = sorted(data.data_vars)
        if kind == "one":
            decision = data["surface_class"]
            check("variables", variables == ["surface_class", "surface_probability"])
            check("class", decision.dtype == "i4" and decision.dims == ("column",)
                  and np.array_equal(decision, probability.values.argmax(axis=1)))
            check("flags", decision.attrs["flag_values"].dtype == "i4"
                  and list(decision.attrs["flag_values"]) == list(range(K))
                  and decision.attrs["flag_meanings"] == " ".join(evaluation["classes"]))
            predicted = np.bincount(decision.values[test], minlength=K)
        else:
            decision = data["surface_labels"]
            check("variables", variables == ["surface_labels", "surface_probability"])
            check("labels", decision.dtype == "i1" and decision.dims == ("column", "class")
                  and np.array_equal(decision, probability.values >= threshold))
            check("flags", list(decision.attrs["flag_values"]) == [0, 1] and decision.attrs["flag_meanings"] == "no yes")
            predicted = decision.values[test].sum(axis=0)
    check("evaluate counted the same", list(predicted) == [one["predicted"] for one in evaluation["by_class"]])


def check_export(check, kind):
    """The exported graph gives the probabilities of predict, to rounding of float32."""
    try:
        import onnx

        import onnx_numpy
    except ImportError as missing:
        print(f"NOT SHOWN: export of classes: {missing}; install python3-onnx")
        return
    out = must(1, ["export", kind, "--onnx", f"{kind}.onnx"]).out
    check("the output's name is printed", f"outputs: surface_probability ({K})" in out)
    model = onnx.load(f"{kind}.onnx")
    onnx.checker.check_model(model, full_check=True)
    with netCDF4.Dataset("raw.nc") as file:
        found = onnx_numpy.evaluate(model, {"z": np.asarray(file["z"][:])})
    check("one output", list(found) == ["surface_probability"])
    with xr.open_dataset("predicted.nc") as data:
        check("its values", np.allclose(found["surface_probability"], data["surface_probability"], rtol=1e-5, atol=1e-7))
    names = json.loads({pair.key: pair.value for pair in model.metadata_props}["target_name"])
    check("names of classes", names == [f"class_{c}" for c in range(K)])


def check_refusals(check):
    for words, says in [(["one", "--threshold", "0.4"], "--threshold"), (["many", "--threshold", "1.5"], "--threshold"),
                        (["many", "--ridge", "0.1"], "--ridge"), (["many", "--places", "5"], "--places"),
                        (["many", "--target-weights", "surface=2"], "--target-weights"),
                        (["one", "--json", "one/data.h5", "--force"], "replace an input")]:
        ended = run(3, ["evaluate", *words])
        check(f"{words} ends with {ended.code}: {ended.errors}",
              ended.code == 2 and len(ended.errors) == 1 and says in ended.errors[0])
    ended = run(3, ["predict", "one", "raw.nc", "--out", "new.nc", "--threshold", "0.4"])
    check(f"threshold of one: {ended.errors}", ended.code == 2 and "--threshold" in ended.errors[0]
          and not os.path.exists("new.nc"))
    ended = run(3, ["evaluate", "one", "--data", "many/data.h5"])
    check(f"other classes: {ended.errors}", ended.code == 3 and "classes" in ended.errors[0])


def main(class_files):
    check = Checks()
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        for kind in ["one", "many"]:
            os.mkdir(kind)
            subprocess.run([class_files, kind, kind], check=True, timeout=60)
        check_evaluation(check, "one", 0.5)
        for threshold in THRESHOLDS:
            check_evaluation(check, "many", threshold)
            check_predictions(check, "many", threshold)
        check_export(check, "many")
        check_predictions(check, "one", 0.5)
        check_export(check, "one")
        check_refusals(check)
        os.chdir("/")
    check.end(least=300)


if __name__ == "__main__":
    main(os.path.abspath(sys.argv[1]))
