"""Starts the program under mpirun, and watches how it ends.

The environment names the program (COLONNADE) and the launcher (MPIEXEC, default mpirun).
"""

import contextlib
import os
import signal
import subprocess
import sys
import tempfile
import time
import uuid
from dataclasses import dataclass

SKIPPED = 77
LIMIT_S = 10.0


def skip(reason):
    """Ends this test as skipped, in words that nobody overlooks."""
    print(f"NOT SHOWN: {reason}")
    sys.exit(SKIPPED)


@dataclass
class Ended:
    """How a job ended; `errors` are our own messages, without mpirun's remarks."""

    code: int
    out: str
    err: str
    seconds: float
    left: list  # processes that outlived mpirun

    @property
    def errors(self):
        return [line for line in self.err.splitlines()
                if line.startswith("colonnade") and "error:" in line]

    def value(self, name):
        """The rest of the one line of standard output that begins with `name`."""
        (line,) = [line for line in self.out.splitlines() if line.startswith(name + " ")]
        return line[len(name) + 1:]


class Job:
    """A job under way."""

    def __init__(self, ranks, words, folder=".", variables={}):
        self.mark = uuid.uuid4().hex
        launcher = [os.environ.get("MPIEXEC", "mpirun"), "--oversubscribe", "--allow-run-as-root",
                    "--bind-to", "none", "-n", str(ranks)]
        self.start = time.monotonic()
        self.process = subprocess.Popen(
            launcher + [os.environ["COLONNADE"], *words], cwd=folder, text=True,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            env=dict(os.environ, COLONNADE_TEST_MARK=self.mark, OMPI_MCA_mpi_yield_when_idle="1", **variables))

    def ranks(self):
        """Process ids by rank of those that run."""
        found = {}
        for entry in os.listdir("/proc"):
            try:
                with open(f"/proc/{entry}/environ", "rb") as file:
                    variables = dict(pair.split(b"=", 1) for pair in file.read().split(b"\0")
                                     if b"=" in pair)
            except OSError:
                continue
            if variables.get(b"COLONNADE_TEST_MARK") == self.mark.encode():
                rank = variables.get(b"OMPI_COMM_WORLD_RANK")
                if rank is not None:
                    found[int(rank)] = int(entry)
        return found

    def where_ranks_are(self):
        """What the system knows of each rank that runs: whether it sleeps, and in which call."""
        lines = []
        for rank, process in sorted(self.ranks().items()):
            known = []
            for name in ["wchan", "syscall", "stat"]:
                with contextlib.suppress(OSError), open(f"/proc/{process}/{name}") as file:
                    known.append(f"{name} {file.read()[:60].strip()}")
            lines.append(f"rank {rank} did not end: {'; '.join(known)}\n")
        return "".join(lines)

    def wait(self, limit_s=60.0):
        """Ends the job by force after `limit_s`: its code is None then."""
        limit = time.monotonic() + limit_s
        try:
            out, err = self.process.communicate(timeout=limit_s)
            code = self.process.returncode
        except subprocess.TimeoutExpired:
            where = self.where_ranks_are()
            self.process.terminate()
            try:
                out, err = self.process.communicate(timeout=5)
            except subprocess.TimeoutExpired:
                self.kill_all()
                out, err = self.process.communicate()
            code, err = None, err + where
        seconds = time.monotonic() - self.start
        # mpirun may end a moment before the processes that it has killed.
        while self.ranks() and time.monotonic() < limit:
            time.sleep(0.02)
        left = list(self.ranks().values())
        self.kill_all()
        return Ended(code, out, err, seconds, left)

    def kill_all(self):
        for process in self.ranks().values():
            with contextlib.suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
        if self.process.poll() is None:
            self.process.kill()


def run(ranks, words, folder=".", limit_s=60.0, variables={}):
    return Job(ranks, words, folder, variables).wait(limit_s)


def must(ranks, words, folder=".", limit_s=60.0):
    """Runs a job that has to end well."""
    ended = run(ranks, words, folder, limit_s)
    if ended.code != 0:
        print(ended.out, ended.err)
        sys.exit(f"FAILED: code {ended.code} of {' '.join(words)} on {ranks} ranks")
    return ended


class Checks:
    """Counts what was compared; a test that compared too little has failed."""

    def __init__(self):
        self.done = self.failed = 0

    def __call__(self, what, truth):
        self.done += 1
        if not truth:
            self.failed += 1
            print("FAILED:", what)

    def end(self, least):
        print(f"{self.done} checks, {self.failed} failed")
        sys.exit(self.failed != 0 or self.done < least)


@contextlib.contextmanager
def checks_in_own_folder(inputs, least):
    """Its block runs in a new folder, and must do `least` checks; skips where make_inputs.py has not been run."""
    if not os.path.exists(os.path.join(inputs, "complete")):
        skip("the inputs are not there; run make_inputs.py")
    check = Checks()
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        yield check
        os.chdir("/")
    check.end(least)
