"""Runs a job file as its first lines say: the commands are taken from there, so that what users read is what is tested."""

import os
import subprocess
import sys
import time

JOBS = os.path.normpath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../jobs"))
LIMIT_S = 280


class JobFile:
    """The commands at the head of jobs/NAME.ini, by what they call: synth, prepare, train, ..."""

    def __init__(self, name):
        self.path = os.path.join(JOBS, name + ".ini")
        launch = "#   mpirun -n 2 --bind-to none colonnade "
        with open(self.path) as file:
            lines = [line[len(launch):].strip() for line in file if line.startswith(launch)]
        self.commands = {line.split()[0]: line for line in lines}

    def run(self, command, *more, ranks=2, change={}):
        """Runs one of the commands with words `more` behind it, and returns its standard output."""
        line = self.commands[command]
        for old, new in {**change, " jobs/": f" {JOBS}/"}.items():
            line = line.replace(old, new)
        variables = {"OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1",
                     "OMPI_MCA_rmaps_base_oversubscribe": "1", "OMPI_MCA_mpi_yield_when_idle": "1"}
        words = f"{os.environ.get('MPIEXEC', 'mpirun')} -n {ranks} --bind-to none {os.environ['COLONNADE']} {line} {' '.join(more)}"
        start = time.monotonic()
        ended = subprocess.run(["bash", "-c", words], text=True, capture_output=True, timeout=LIMIT_S,
                               env={**os.environ, **variables})
        print(f"{time.monotonic() - start:6.1f} s  {line} {' '.join(more)}  (-n {ranks})", flush=True)
        if ended.returncode != 0:
            print(ended.stdout, ended.stderr)
            sys.exit(f"FAILED: code {ended.returncode} of {words}")
        return ended.stdout

    def value(self, name, *arguments, **options):
        """The rest of the line of standard output that begins with `name`."""
        (line,) = [line for line in self.run(*arguments, **options).splitlines() if line.startswith(name + " ")]
        return line[len(name) + 1:]


def rank_free(check, name, outputs, first=1):
    """What was put out is the same on all numbers of ranks, the keys of `outputs`."""
    for ranks, output in outputs.items():
        check(f"{name} on {ranks} ranks: {output}, {outputs[first]}", output == outputs[first])
