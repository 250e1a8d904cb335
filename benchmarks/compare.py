#!/usr/bin/python3
"""Times Colonnade's phases beside what bounds them and beside their peers, and prints a table.

Every comparison runs in turn, A B A B ..., and reports the median of the ratios pair by pair, with their spread: the
machine may be shared, and absolute times drift. Needs the built program and nn_bench (./tests/run.sh builds them). The
peers' programs are optional: dask_prepare.py and torch_ddp.py in the folder named by COLONNADE_PEERS (they need xarray,
dask and PyTorch); without them their rows are left out, and it is said.

usage: benchmarks/compare.py [--build DIR] [--folder DIR] [--columns N] [--pairs N] [--only prepare,synth,train,...]
"""
import argparse
import glob
import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import time

NETWORKS = {"100x3": "100,100,100", "512x3": "512,512,512"}
MICRO_BATCH = 512
BLOCK = 16 << 20


def arguments():
    here = os.path.dirname(os.path.abspath(__file__))
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", default=os.path.join(here, "..", "build", "release"), help="folder of the built program")
    parser.add_argument("--folder", default="benchmark_data", help="scratch folder, removed at the end")
    parser.add_argument("--columns", type=int, default=65536, help="columns of the data set (1.2 GB at 65536)")
    parser.add_argument("--pairs", type=int, default=5)
    parser.add_argument("--ranks", type=int, default=min(2, os.cpu_count() or 1))
    parser.add_argument("--precisions", default="fp32", help="of training, between commas; bf16 wants a processor that has it")
    parser.add_argument("--batches", default="1024", help="batch sizes of training, between commas")
    parser.add_argument("--only", default="synth,prepare,train,predict", help="phases, between commas")
    return parser.parse_args()


def run(command, env=None):
    """Seconds and standard output of a command that must succeed."""
    start = time.perf_counter()
    done = subprocess.run(command, capture_output=True, text=True, env=env)
    seconds = time.perf_counter() - start
    if done.returncode != 0:
        sys.exit(f"failed: {' '.join(command)}\n{done.stdout}{done.stderr}")
    return seconds, done.stdout


def number(pattern, text):
    found = re.search(pattern, text)
    if not found:
        sys.exit(f"no {pattern} in\n{text}")
    return float(found.group(1))


class Table:
    def __init__(self):
        print(f"{'measured':<46} {'value':>14} {'beside':<34} {'its value':>14} {'ratio':>7}  spread")

    def row(self, what, beside, pairs, unit):
        """pairs: (ours, theirs), higher is better."""
        ratios = sorted(a / b for a, b in pairs)
        ours, theirs = (statistics.median(side) for side in zip(*pairs))
        print(f"{what:<46} {ours:>9.5g} {unit:<5}{'':<1}{beside:<34} {theirs:>9.5g} {unit:<5}{statistics.median(ratios):>6.2f}x"
              f"  {ratios[0]:.2f}-{ratios[-1]:.2f} of {len(ratios)}", flush=True)

    def single(self, what, values, unit):
        print(f"{what:<46} {statistics.median(values):>9.5g} {unit:<5} {'':<34} {'':>14} {'':>7}  "
              f"{min(values):.5g}-{max(values):.5g} of {len(values)}", flush=True)


def copy_plainly(paths, out):
    """Reads the files and writes their bytes with large plain calls; seconds."""
    start = time.perf_counter()
    buffer = bytearray(BLOCK)
    with open(out, "wb", buffering=0) as sink:
        for path in paths:
            with open(path, "rb", buffering=0) as source:
                while (n := source.readinto(buffer)) > 0:
                    sink.write(memoryview(buffer)[:n])
        os.fsync(sink.fileno())
    return time.perf_counter() - start


def remove(path):
    """So that nobody pays for giving back the memory of an older output."""
    if os.path.exists(path):
        os.remove(path)


def seconds_to_sync(path):
    start = time.perf_counter()
    with open(path, "rb") as file:
        os.fsync(file.fileno())
    return time.perf_counter() - start


class Bench:
    def __init__(self, options):
        self.o = options
        self.table = Table()
        self.raw = os.path.join(options.folder, "raw")
        self.prepared = os.path.join(options.folder, "columns.h5")
        self.environment = dict(os.environ, OMPI_ALLOW_RUN_AS_ROOT="1", OMPI_ALLOW_RUN_AS_ROOT_CONFIRM="1")
        self.peers = os.environ.get("COLONNADE_PEERS", "")

    def colonnade(self, *words):
        program = os.path.join(self.o.build, "colonnade")
        return run(["mpirun", "--bind-to", "none", "-n", str(self.o.ranks), program, *words, "--quiet"], self.environment)

    def raw_files(self):
        return sorted(glob.glob(os.path.join(self.raw, "*.nc")))

    def peer(self, name):
        path = os.path.join(self.peers, name)
        if self.peers and os.path.exists(path):
            return path
        print(f"  {name} is not in COLONNADE_PEERS: its row is left out")
        return None

    def make_raw(self):
        if not self.raw_files():
            self.colonnade("synth", "--columns", str(self.o.columns), "--files", "4", "--out", self.raw)

    def make_prepared(self):
        self.make_raw()
        if not os.path.exists(self.prepared):
            self.colonnade("prepare", *self.raw_files(), "--out", self.prepared, "--no-verify")

    def synth(self):
        rates, write_rates = [], []
        scratch = os.path.join(self.o.folder, "synth")
        for _ in range(self.o.pairs):
            shutil.rmtree(scratch, ignore_errors=True)
            _, out = self.colonnade("synth", "--columns", str(self.o.columns), "--files", "4", "--out", scratch)
            rates.append(number(r" ([0-9.]+) columns/s", out))
            write_rates.append(number(r" ([0-9.]+) GB", out) / number(r" ([0-9.]+) s ", out))
        shutil.rmtree(scratch, ignore_errors=True)
        self.table.single("synth", rates, "col/s")
        self.table.single("synth, bytes written", write_rates, "GB/s")

    def prepare(self):
        self.make_raw()
        out, copy = os.path.join(self.o.folder, "p.h5"), os.path.join(self.o.folder, "copy")
        dask = self.peer("dask_prepare.py")
        plain, whole, verified, against_dask, synced = [], [], [], [], []
        for _ in range(self.o.pairs):
            remove(out)
            start = time.perf_counter()
            _, text = self.colonnade("prepare", *self.raw_files(), "--out", out, "--no-verify")
            wall = time.perf_counter() - start
            bytes_moved = number(r" ([0-9.]+) GB read", text) + number(r" ([0-9.]+) GB written", text)
            inside = number(r"written ([0-9.]+) s", text)
            remove(copy)
            copied = copy_plainly(self.raw_files(), copy)
            plain.append((bytes_moved / inside, bytes_moved / copied))
            whole.append(bytes_moved / wall)
            remove(out)
            _, text = self.colonnade("prepare", *self.raw_files(), "--out", out)
            verified.append(bytes_moved / number(r"written ([0-9.]+) s", text))
            if dask:
                remove(copy)
                _, text = run(["/usr/bin/python3", dask, self.raw, copy])
                seconds = number(r"total ([0-9.]+)s", text)
                against_dask.append((1 / inside, 1 / seconds))
                synced.append((1 / inside, 1 / (seconds + seconds_to_sync(copy))))
        remove(copy)
        self.table.row("prepare, read + written, synced, no verify", "plain read and write, synced", plain, "GB/s")
        self.table.single("prepare, with mpirun's start and end", whole, "GB/s")
        self.table.single("prepare, with verify", verified, "GB/s")
        if dask:
            self.table.row("prepare, synced, runs per second", "xarray + dask, not synced", against_dask, "1/s")
            self.table.row("prepare, synced, runs per second", "xarray + dask, synced", synced, "1/s")

    def bare(self, hidden, name):
        """Columns per second of the bare oneDNN products."""
        return self.benchmark("nn_bench", f"{name}/hidden:{hidden}/columns:{MICRO_BATCH}")

    def benchmark(self, program, name):
        """Columns per second of a benchmark, one process a rank at once."""
        command = [os.path.join(self.o.build, "benchmarks", program), f"--benchmark_filter=^{name}$",
                   "--benchmark_format=json", "--benchmark_min_time=2"]
        ranks = [subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) for _ in range(self.o.ranks)]
        return sum(json.loads(rank.communicate()[0])["benchmarks"][0]["items_per_second"] for rank in ranks)

    def torch(self, program, hidden, batch, precision):
        _, text = run(["/usr/bin/python3", program, "--ranks", str(self.o.ranks), "--columns", "32768", "--batch", batch,
                       "--layers", f"4128,{hidden},552"] + (["--bf16"] if precision == "bf16" else []))
        return number(r"RESULT .* ([0-9.]+) samples/s", text)

    def train_one(self, name, hidden, batch, precision):
        torch = self.peer("torch_ddp.py")
        value = "Bfloat16" if precision == "bf16" else "float"
        bare, against_torch = [], []
        for _ in range(self.o.pairs):
            _, text = self.colonnade("train", self.prepared, "--out", os.path.join(self.o.folder, "run"), "--force", "--hidden", hidden,
                                     "--batch", batch, "--micro-batch", str(MICRO_BATCH), "--optimizer", "adam", "--clip", "1",
                                     "--epochs", "4", "--precision", precision)
            ours = number(r"throughput ([0-9.]+)", text)
            bare.append((ours, self.bare(hidden.split(",")[0], f"bare_pass<{value}>")))
            if torch:
                against_torch.append((ours, self.torch(torch, hidden, batch, precision)))
        what = f"train 4128-{name}-552, batch {batch}, {precision}"
        self.table.row(what, "bare oneDNN products", bare, "col/s")
        if torch:
            self.table.row(what, f"PyTorch DDP, {precision}", against_torch, "col/s")

    def train(self):
        self.make_prepared()
        for precision in self.o.precisions.split(","):
            for batch in self.o.batches.split(","):
                for name, hidden in NETWORKS.items():
                    self.train_one(name, hidden, batch, precision)

    def predict_one(self, name, hidden):
        model = os.path.join(self.o.folder, "model_" + name)
        self.colonnade("train", self.prepared, "--out", model, "--force", "--hidden", hidden, "--epochs", "1")
        files, rows = [], []
        for _ in range(self.o.pairs):
            _, text = self.colonnade("predict", model, *self.raw_files(), "--out", os.path.join(self.o.folder, "pred.nc"), "--force")
            width = hidden.split(",")[0]
            bare = self.bare(width, "bare_forward")
            files.append((number(r"([0-9.]+) columns/s", text), bare))
            rows.append((self.benchmark("predict_bench", f"predict_rows/hidden:{width}/columns:{MICRO_BATCH}"), bare))
        self.table.row(f"predict 4128-{name}-552, files to file", "bare forward products", files, "col/s")
        self.table.row(f"predict 4128-{name}-552, rows in memory to physical units", "bare forward products", rows, "col/s")

    def predict(self):
        self.make_prepared()
        for name, hidden in NETWORKS.items():
            self.predict_one(name, hidden)


def main():
    options = arguments()
    os.makedirs(options.folder, exist_ok=True)
    bench = Bench(options)
    try:
        for phase in options.only.split(","):
            getattr(bench, phase)()
    finally:
        shutil.rmtree(options.folder, ignore_errors=True)


if __name__ == "__main__":
    main()
