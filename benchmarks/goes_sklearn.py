#!/usr/bin/env python3
"""goes_sklearn.py DATA.h5 [EVERY]: the majority class and scikit-learn's logistic regression on the test pixels of a
prepared file of classes, beside which `colonnade evaluate` stands; trained on every EVERYth training pixel (default 4).
Prints a line of JSON."""

import json
import sys
import time

import h5py
import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score, f1_score


def rows(file, split, every=1):
    """Inputs and the number of the class of a split's samples."""
    first, last = file.attrs[f"split_{split}"]
    return file["x"][first:last][::every], file["y"][first:last][::every].argmax(axis=1)


def scores(truth, predicted, classes):
    return {"accuracy": accuracy_score(truth, predicted),
            "f1_macro": f1_score(truth, predicted, labels=range(classes), average="macro", zero_division=0)}


def compare(path, every=4, iterations=200):
    """Scores of both on the test split. The samples are in shuffled order, so that every fourth is a random choice."""
    with h5py.File(path) as file:
        x, truth = rows(file, "train", every)
        test_x, test_truth = rows(file, "test")
        classes = file["y"].shape[1]
    majority = np.full_like(test_truth, np.bincount(truth).argmax())
    start = time.monotonic()
    model = LogisticRegression(max_iter=iterations).fit(x, truth)
    return {"majority": scores(test_truth, majority, classes),
            "logistic_regression": {**scores(test_truth, model.predict(test_x), classes),
                                    "columns": len(x), "seconds": round(time.monotonic() - start, 1)}}


if __name__ == "__main__":
    print(json.dumps(compare(sys.argv[1], *map(int, sys.argv[2:]))))
