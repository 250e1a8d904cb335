#!/usr/bin/env python3
"""report_test.py INPUTS: the page of one run and of several, and what report says of runs that are not ready."""

import html.parser
import json
import os
import shutil
import sys

from bad_case import DATA, STORAGE, USAGE
from launch import checks_in_own_folder, must, run, skip

FEATURES = "temperature_hl,pressure_hl,q,cloud_fraction,cos_solar_zenith_angle"
NET = "--hidden 16 --batch 64 --micro-batch 16 --epochs 3 --schedule constant --quiet".split()


class Page(html.parser.HTMLParser):
    """What a browser would see: open elements, texts by element, attributes that fetch something."""

    def __init__(self, path):
        super().__init__()
        self.open, self.captions, self.cells, self.fetched, self.pictures, self.marked = [], [], [], [], 0, 0
        self.wrong = []
        with open(path, encoding="utf-8") as file:
            self.text = file.read()
        self.feed(self.text)
        self.wrong += self.open

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        if tag not in ("meta", "br", "link", "img"):
            self.open.append(tag)
        self.pictures += tag == "svg"
        self.marked += attributes.get("class") == "marked"
        for name in ("href", "src", "xlink:href"):
            if not attributes.get(name, "#").startswith(("#", "data:")):
                self.fetched.append(attributes[name])
        if tag in ("script", "link", "iframe", "img"):
            self.fetched.append(tag)

    def handle_startendtag(self, tag, attributes):
        self.handle_starttag(tag, attributes)
        if self.open and self.open[-1] == tag:
            self.open.pop()

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.wrong.append(f"/{tag}")

    def handle_data(self, data):
        if self.open and self.open[-1] == "figcaption":
            self.captions.append(data)
        if self.open and self.open[-1] == "td":
            self.cells.append(data)


def check_page(check, name, page):
    check(f"{name}: well formed, {page.wrong[:5]}", not page.wrong)
    check(f"{name}: fetches nothing, {page.fetched[:5]}", not page.fetched)
    check(f"{name}: a caption for each of {page.pictures} pictures",
          page.pictures == len(page.captions) and page.pictures > 30)


def show_one(check):
    ended = run(3, ["report", "a", "--out", "a.html"])
    check(f"one run, three ranks: {ended.err}", ended.code == 0 and "wrote a.html" in ended.out)
    page = Page("a.html")
    check_page(check, "one run", page)
    with open("a/evaluation_test.json", encoding="utf-8") as file:
        evaluation = json.load(file)
    for variable in evaluation["variables"]:
        name = variable["variable"]
        check(f"{name} has its row", name in page.cells)
        number = f"{variable['model']['mae_percent']:.4g}"
        check(f"{name}: MAE % {number} is shown", any(cell.split("\n")[0] == number for cell in page.cells))
        if "profile" in variable:
            shown = [caption for caption in page.captions if caption.startswith(f"{name}: ")]
            check(f"{name}: profiles {shown}", len(shown) == 4)
    run(1, ["report", "a", "--out", "again.html"])
    check("the same page on one rank", Page("again.html").text == page.text)
    for words in (["--out", "a/report.html"], ["--out", "a/report.html", "--force"]):
        ended = run(1, ["report", "a", "--no-inputs", *words])
        check(f"into the run, {words}: {ended.err}", ended.code == 0)
    ended = run(1, ["report", "a", "--out", "short.html", "--no-inputs"])
    # A histogram of each variable, and a profile of those on levels.
    left = page.pictures - Page("short.html").pictures
    check(f"without inputs, {left} pictures less", left == 5 + 4)


def show_several(check):
    shutil.copytree("a", "<b> & 'c'")
    ended = run(1, ["report", "a", "other", "<b> & 'c'", "--out", "all.html"])
    check(f"several runs: {ended.err}", ended.code == 0)
    page = Page("all.html")
    check_page(check, "several runs", page)
    check("the options that differ are marked", page.marked > 1)
    check("names stay texts", page.cells.count("<b> & 'c'") > 0 and "&lt;b&gt; &amp; " in page.text)


def edited(folder, change):
    """A copy of run a with another evaluation."""
    shutil.copytree("a", folder)
    path = f"{folder}/evaluation_test.json"
    with open(path, encoding="utf-8") as file:
        evaluation = json.load(file)
    change(evaluation)
    with open(path, "w", encoding="utf-8") as file:
        json.dump(evaluation, file)


def nothing_defined(evaluation):
    for errors in [evaluation["all_targets"], *evaluation["variables"]]:
        errors["model"]["r2"] = None
    for variable in evaluation["variables"]:
        for of_predictor in variable.get("profile", {}).values():
            if isinstance(of_predictor, dict):
                of_predictor["r2"] = [None] * len(of_predictor["r2"])
        if "histogram" in variable:
            variable["histogram"]["high"] = variable["histogram"]["low"]


def show_undefined(check):
    edited("constant", nothing_defined)
    edited("empty", lambda evaluation: evaluation.update(variables=[]))
    with open("empty/metrics.csv", "r+", encoding="utf-8") as file:
        file.truncate(len(file.readline()))
    for folder, note in (("constant", "no range of values to draw"), ("empty", "no value is defined here")):
        ended = run(1, ["report", folder, "--no-inputs", "--out", f"{folder}.html"])
        check(f"{folder}: {ended.err}", ended.code == 0)
        if ended.code != 0:
            continue
        page = Page(f"{folder}.html")
        check(f"{folder}: well formed, {page.wrong[:5]}", not page.wrong)
        check(f"{folder}: {page.text.count(note)} notes", page.text.count(f"<p>{note}</p>") > 1)
        check(f"{folder}: no number is called nan", "nan" not in " ".join(page.cells))
        check(f"{folder}: R2 that is null everywhere has a note", "<p>no value is defined here</p>" in page.text)


def refused_evaluations():
    """Evaluations that are not this model's, or not what evaluate writes: name, what is said, change."""
    def of_first(**values):
        return lambda evaluation: evaluation["variables"][0].update(values)
    return (
        ("other_weights", "other weights", lambda evaluation: evaluation.update(model_weights="0123456789abcdef")),
        ("no_weights", "other weights", lambda evaluation: evaluation.pop("model_weights")),
        ("other_split", "another split", lambda evaluation: evaluation.update(split="validation")),
        ("no_bins", "not what evaluate writes", of_first(histogram={})),
        ("ragged", "not a square", of_first(histogram={"low": 0, "high": 1, "counts": [[1, 2], [3]]})),
        ("flat", "not a square", of_first(histogram={"low": 0, "high": 1, "counts": [1]})),
        ("word", "not what evaluate writes", of_first(mean_absolute="much")),
        ("list", "not what evaluate writes", of_first(units=[])),
        ("no_model", "not what evaluate writes", lambda evaluation: evaluation["all_targets"].pop("model")),
        ("null", "not what evaluate writes", lambda evaluation: evaluation.update(variables=None)),
        ("classes", "not what evaluate writes", lambda evaluation: evaluation.update(classes={"a": 1})))


def show_refusals(check):
    def refused(name, words, code, *said):
        before = sorted(os.listdir("."))
        ended = run(2, ["report", *words])
        check(f"{name}: code {ended.code}, {ended.err}", ended.code == code and len(ended.errors) == 1)
        check(f"{name}: {said} in {ended.err}", all(part in ended.err for part in said))
        check(f"{name}: nothing is left", sorted(os.listdir(".")) == before)

    refused("an output that is there", ["a", "--out", "a.html"], USAGE, "--force")
    refused("no run", ["nothing", "--out", "x.html"], STORAGE, "nothing")
    refused("not evaluated", ["bare", "--out", "x.html"], STORAGE, "colonnade evaluate bare")
    refused("another split", ["a", "--split", "validation", "--out", "x.html"], STORAGE,
            "colonnade evaluate a --split validation")
    for file in ("model.h5", "config.ini", "metrics.csv", "evaluation_test.json"):
        before = open(f"a/{file}", "rb").read()
        refused(f"over {file}", ["a", "--out", f"a/{file}", "--force"], USAGE, "would replace")
        check(f"{file} is as it was", open(f"a/{file}", "rb").read() == before)
    refused("over the data that are found", ["a", "--out", "columns.h5", "--force"], USAGE, "would replace an input")
    shutil.copytree("a", "cut")
    with open("cut/evaluation_test.json", "r+b") as file:
        file.truncate(1000)
    refused("half an evaluation", ["cut", "--out", "x.html"], DATA, "cut/evaluation_test.json")
    for folder, said, change in refused_evaluations():
        edited(folder, change)
        refused(folder, ["a", folder, "--no-inputs", "--out", f"{folder}.html"], DATA, f"{folder}/evaluation_test.json: ", said)
    shutil.copytree("a", "newer")
    shutil.copy("other/model.h5", "newer/model.h5")
    refused("a model from elsewhere", ["newer", "--out", "newer.html"], DATA, "colonnade evaluate newer --force")
    os.rename("columns.h5", "moved.h5")
    refused("data that are gone", ["a", "--out", "x.html"], STORAGE, "--no-inputs")
    refused("over the data that are given", ["a", "--data", "moved.h5", "--out", "moved.h5", "--force"], USAGE,
            "would replace an input")
    ended = run(1, ["report", "a", "--data", "moved.h5", "--out", "moved.html"])
    check(f"data elsewhere: {ended.err}", ended.code == 0)


def main(inputs):
    if shutil.which("gnuplot") is None:
        skip("report draws with gnuplot, which is not installed")
    with checks_in_own_folder(inputs, 45) as check:
        must(2, ["synth", "--columns", "640", "--files", "2", "--out", "raw", "--quiet"])
        must(2, ["prepare", "raw/3dcorrection_000.nc", "raw/3dcorrection_001.nc", "--out", "columns.h5", "--select", FEATURES,
                 "--quiet"])
        for name, words in (("a", []), ("other", ["--seed", "2"]), ("bare", [])):
            must(2, ["train", "columns.h5", "--out", name, *NET, *words])
            if name != "bare":
                must(2, ["evaluate", name, "--quiet"])
        show_one(check)
        show_several(check)
        show_undefined(check)
        show_refusals(check)


if __name__ == "__main__":
    main(os.path.abspath(sys.argv[1]))
