#!/usr/bin/env python3
"""fault_sites.py PROGRAM [--all] [--site SITE] [--kind KIND] [--jobs N]: one of three ranks fails at a numbered site.

PROGRAM is colonnade_faults. Each job must end within 10 s (after the watchdog's time where a rank is stopped), with a code
other than 0 and one message that names rank, phase and file; nothing may stand under the output's name, or the older output
as it was; no process may stay; a run or search that failed goes on to the result of one that did not. A fault that the program
gets over (part of a transfer, repeated; a checkpoint that could not be written, told in a warning) must end in the
same values as without it. Without --all: one kind and one rank for each case, which go round. Prints the table.
"""

import argparse
import collections
import os
import re
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor

os.environ["COLONNADE"] = os.path.abspath(sys.argv[1]) if len(sys.argv) > 1 else ""
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../jobs"))

from launch import LIMIT_S, must, run, skip  # noqa: E402

try:
    import small_files
    from fault_cases import (CASES, COLUMNS, COMMANDS, KINDS, RANKS, same_values, strangers)
except ImportError as missing:
    skip(f"{missing}; install python3-numpy python3-h5py python3-netcdf4")

WATCHDOG_S = {"stop": 3}  # otherwise longer than a job may take: a watchdog that speaks tells of a rank that hangs
PATIENCE_S = 9


def make_inputs(folder):
    """What all jobs read, and the results without faults, by command."""
    first = 0
    for name, count in COLUMNS.items():
        small_files.write(f"{folder}/{name}", small_files.values(first, count),
                          "NETCDF4" if name == "a.nc" else "NETCDF3_CLASSIC")
        first += count
    golden = {}
    for name, command in COMMANDS.items():
        os.mkdir(f"{folder}/{name}")
        ended = must(RANKS, command.call(folder), f"{folder}/{name}")
        golden[name] = ended.value(command.value) if command.value else ""
        if name == "prepare":
            os.rename(f"{folder}/prepare/out.h5", f"{folder}/small.h5")
            os.symlink(f"{folder}/small.h5", f"{folder}/prepare/out.h5")
        if name == "train":
            os.symlink(f"{folder}/train/run", f"{folder}/run")
    return golden


class FaultRun:
    """One job with one fault, and what was wrong with its end."""

    def __init__(self, inputs, golden, case, kind, rank, older, resumes):
        self.inputs, self.golden, self.case, self.kind, self.rank = inputs, golden, case, kind, rank
        self.command = COMMANDS[case.command]
        goes_on = case.command.startswith(("train", "search"))
        self.older = older and not goes_on
        self.resumes = resumes and goes_on
        self.wrong = []
        with tempfile.TemporaryDirectory() as self.folder:
            self.go()

    def expect(self, what, truth):
        if not truth:
            self.wrong.append(what)

    def path(self, name):
        return os.path.join(self.folder, name)

    def go(self):
        if self.older:
            with open(self.path(self.command.output), "w") as file:
                file.write("older")
        watchdog_s = WATCHDOG_S.get(self.kind, PATIENCE_S)
        words = self.command.call(self.inputs) + ["--watchdog", str(watchdog_s)] + ["--force"] * self.older
        self.ended = run(RANKS, words, self.folder, LIMIT_S + 3 * watchdog_s, {
            "COLONNADE_FAULT": self.case.fault(self.kind, self.rank), "COLONNADE_FAULT_REPORT": self.path("faults.txt")})
        self.struck = ""
        if os.path.exists(self.path("faults.txt")):
            with open(self.path("faults.txt")) as file:
                self.struck = file.read()
        self.expect("the fault did not strike", self.struck or self.kind in ("eio", "short"))
        self.expect(f"processes stayed: {self.ended.left}", not self.ended.left)
        self.expect(f"files: {strangers(self.folder)}",
                    set(strangers(self.folder)) <= {self.path(self.command.output)})
        self.check_right() if self.ended.code == 0 else self.check_failed(watchdog_s)

    def struck_file(self):
        """Name of the file that was worked on, as it will be in the end; "" if it is the folder, or none."""
        where = self.struck.rstrip("\n").rsplit(" ", 1)[-1]
        return "" if os.path.isdir(where) else re.sub(r"\.colonnade-.*\.partial$", "", os.path.basename(where))

    def check_right(self):
        if self.command.value:
            found = self.ended.value(self.command.value)
            self.expect(f"{self.command.value} {found}, not {self.golden}", found == self.golden)
        self.expect("other values than without a fault",
                    same_values(self.path(self.command.output), f"{self.inputs}/{self.case.command}/{self.command.output}"))
        named = "" if self.kind == "memory" else self.struck_file()
        self.warned = any(re.search("warning|ERROR", line) and named in line for line in self.ended.err.splitlines())
        self.expect("a fault without a word", not self.struck or self.kind == "short" or self.warned)

    def check_failed(self, watchdog_s):
        ended, limit_s = self.ended, LIMIT_S + (watchdog_s if self.kind == "stop" else 0)
        self.expect(f"code {ended.code} (None: killed by the test)", ended.code is not None)
        self.expect(f"took {ended.seconds:.1f} s", ended.seconds < limit_s)
        self.check_message()
        output = self.path(self.command.output)
        if self.older and os.path.exists(output) and os.path.getsize(output) == len("older"):
            with open(output) as file:
                self.expect("another older output", file.read() == "older")
        elif os.path.exists(output):
            self.expect("an output that is not whole",
                        same_values(output, f"{self.inputs}/{self.case.command}/{self.command.output}"))
        else:
            self.expect("the older output is gone", not self.older)
        if self.resumes:
            # A stream's memory is enough for as many ranks only.
            ranks = RANKS if self.case.command == "train_streamed" else 1 + self.rank
            again = run(ranks, [*self.command.call(self.inputs), "--resume", "auto"], self.folder)
            self.expect(f"the resume ended with {again.code}: {again.err}", again.code == 0)
            if again.code == 0:
                self.expect("another result after the resume", again.value(self.command.value) == self.golden)

    def check_message(self):
        errors = self.ended.errors
        if self.kind == "kill":
            named = re.search(rf"process rank {self.rank} .*exited on signal 9", self.ended.err)
            self.expect(f"mpirun names another rank: {self.ended.err}", named and not errors)
            return
        self.expect(f"{len(errors)} messages: {self.ended.err}", len(errors) == 1)
        message = " ".join(errors)
        if self.kind == "stop":
            named = rf"no answer from rank {self.rank} \(last seen in phase '.+?'\)"
        else:
            named = rf"\[rank {self.rank}, phase '.+'\]$"
        self.expect(f"rank and phase: {message}", re.search(named, message))
        if self.kind not in ("memory", "stop"):
            self.expect(f"no word of {self.struck_file()}: {message}", self.struck_file() in message)

    @property
    def symbol(self):
        if self.wrong:
            return "FAIL"
        if not self.struck:
            return "-"
        return str(self.ended.code) if self.ended.code else "warn" if self.warned else "same"


def choice(everything, site, kind):
    """The runs to do: (index of case, kind, rank)."""
    for index, case in enumerate(CASES):
        if site and case.site != site:
            continue
        if everything or kind:
            for each in [kind] if kind else KINDS:
                for rank in case.ranks if everything else case.ranks[index % len(case.ranks):][:1]:
                    yield index, each, rank
        else:
            yield index, KINDS[index % len(KINDS)], case.ranks[(index // len(KINDS)) % len(case.ranks)]


def print_table(results):
    """Outcomes of the ranks that failed, by case and kind."""
    print(f"{'site':<24}{'command':<17}" + "".join(f"{kind:<16}" for kind in KINDS))
    for index, case in enumerate(CASES):
        cells = collections.defaultdict(list)
        for (at, kind, _), result in sorted(results.items()):
            if at == index:
                cells[kind].append(result.symbol)
        if cells:
            place = case.site + (f" ({case.file})" if case.file else "")
            print(f"{place:<24}{case.command:<17}" + "".join(f"{' '.join(cells[kind]):<16}" for kind in KINDS))
    print("exit codes, by failing rank; same: no code but 0, and the values of a run without faults; warn: the same, with a"
          " warning;\n-: no transfer of bytes follows on this rank")


def main(arguments):
    names = run(1, [], variables={"COLONNADE_FAULT": "list"}).out.split()
    begin = time.monotonic()
    with tempfile.TemporaryDirectory() as inputs:
        golden = make_inputs(inputs)

        def fault_run(number, index, kind, rank):
            return FaultRun(inputs, golden[CASES[index].command], CASES[index], kind, rank, older=number % 2 == 1,
                            resumes=number % 4 == 0)

        chosen = list(choice(arguments.all, arguments.site, arguments.kind))
        with ThreadPoolExecutor(arguments.jobs) as pool:
            runs = [pool.submit(fault_run, number, *each) for number, each in enumerate(chosen)]
            results = {each: future.result() for each, future in zip(chosen, runs)}
    for number, name in enumerate(names, 1):
        print(f"{number:2} {name}: {', '.join(sorted({case.command for case in CASES if case.site == name}))}")
    print_table(results)
    failed = {each: result for each, result in results.items() if result.wrong}
    for (index, kind, rank), result in failed.items():
        print(f"FAILED: {CASES[index].fault(kind, rank)} of {CASES[index].command}, struck: {result.struck.strip()}")
        print("  " + "\n  ".join(result.wrong))
    missed = set(names) ^ {case.site for case in CASES}
    if missed:
        print(f"FAILED: sites without a case, or cases without a site: {missed}")
    struck = sum(bool(result.struck) for result in results.values())
    slowest = max(result.ended.seconds for result in results.values())
    print(f"{len(names)} sites, {len(results)} runs, {struck} faults struck, {len(failed)} failed; the slowest took"
          f" {slowest:.1f} s, all {time.monotonic() - begin:.0f} s")
    sys.exit(bool(failed) or bool(missed) or 2 * struck < len(results))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("program")
    parser.add_argument("--all", action="store_true")
    parser.add_argument("--site")
    parser.add_argument("--kind", choices=KINDS)
    parser.add_argument("--jobs", type=int, default=2)
    main(parser.parse_args())
