"""What the runs share: a program's run with its cost, tables in plain text, and the bands that their numbers have to keep."""
import csv
import glob
import math
import os
import re
import subprocess
import sys
import tempfile

import figures  # noqa: F401  tells what this Python is in want of
import h5py
import numpy as np

BUILD = os.environ.get("BUILD", "build")
PATIENCE = 5.0  # CPU seconds; longer runs are not repeated


def options(text, **more):
    """Words `-name value`, values may hold no blanks; more options by keyword."""
    return text.split() + [word for name, value in more.items() for word in ("-" + name, str(value))]


def run(command, quiet=True):
    """CPU seconds, user and system, mebibytes at most, and what it said, of a command that has to succeed."""
    with tempfile.TemporaryFile("w+") as console:
        process = subprocess.Popen(command, stdout=console, stderr=subprocess.STDOUT, text=True)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        console.seek(0)
        said = console.read()
    if process.returncode:
        sys.exit(f"{' '.join(command)}\n{said}status {process.returncode}")
    if not quiet:
        print(said, end="")
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, said


class Snapshot:
    """A density and the centres of its cells, axes in the order x, y, z."""

    def __init__(self, path):
        with h5py.File(path) as f:
            self.time = float(f.attrs["time"])
            self.density = np.ascontiguousarray(f["density"][:].T)
            self.axes = [f[name][:] for name in "xyz"[: self.density.ndim]]
        self.volume = math.prod(axis[1] - axis[0] for axis in self.axes)

    def grid(self):
        return np.meshgrid(*self.axes, indexing="ij", sparse=True)

    def l1(self, other):
        """L1 distance to a density on the same cells, or to a function of the coordinates; both of mass 1."""
        other = other(*self.grid()) if callable(other) else other
        return np.abs(self.density / self.density.sum() - other / other.sum()).sum()

    def symmetric_kl(self, log_other):
        """KL(p|q) + KL(q|p) = sum (p - q)(log p - log q) to a function of the coordinates that returns log q; both of mass 1."""
        log_q = log_other(*self.grid()) + np.zeros_like(self.density)
        log_q -= np.log(np.exp(log_q - log_q.max()).sum()) + log_q.max()
        tiny = np.finfo(float).tiny
        log_p = np.log(np.maximum(self.density, tiny)) - np.log(self.density.sum())
        return ((np.exp(log_p) - np.exp(log_q)) * (log_p - log_q)).sum()


def history(out):
    """The rows of history.csv of a run, each a dictionary of words."""
    with open(os.path.join(out, "history.csv"), newline="") as f:
        return list(csv.DictReader(f))


def column(rows, name):
    return np.array([float(row[name] or "nan") for row in rows])


def densities(out):
    """The paths of the densities of a run, in the order of time."""
    return sorted(glob.glob(os.path.join(out, "density-*.h5")))


class Flow:
    """A run of jko, or of a program with the same files, on one rank: its history, last density, events and cost, the least of a few."""

    def __init__(self, words, repeat=1, program="jko", last_only=True):
        self.cpu = math.inf
        for _ in range(repeat):
            if PATIENCE < self.cpu < math.inf:
                break
            with tempfile.TemporaryDirectory() as folder:
                out, log = os.path.join(folder, "out"), os.path.join(folder, "log")
                cpu, self.memory, self.console = run([os.path.join(BUILD, program), *words, "-output", out, "-log_view", ":" + log])
                self.cpu = min(self.cpu, cpu)
                with open(log) as f:
                    self.event = {name: (int(count), float(seconds)) for name, count, seconds in
                                  re.findall(r"^(\w+) +(\d+) [\d.]+ (\d\S+)", f.read(), re.M)}
                if os.path.exists(os.path.join(out, "history.csv")):
                    self.rows = history(out)
                paths = densities(out)
                self.snapshots = [Snapshot(path) for path in (paths[-1:] if last_only else paths)]
        self.last = self.snapshots[-1]

    def iterations(self):
        return sum(int(row["iterations"]) for row in self.rows[1:])

    def applications(self):
        """Kernel applications, all levels."""
        return self.event["Kernel_Apply"][0]

    def steps(self):
        return [float(row["dt"]) for row in self.rows[1:]]


class Table:
    """Rows of text, as they are printed and kept."""

    def __init__(self):
        self.lines = []

    def say(self, line=""):
        print(line, flush=True)
        self.lines.append(line)

    def row(self, *cells):
        self.say("| " + " | ".join(str(cell) for cell in cells) + " |")

    def head(self, *cells):
        self.row(*cells)
        self.say("|" + "---|" * len(cells))


class Report(Table):
    """The tables of a run of size coarse or full, `measure.py SIZE FOLDER`, and its numbers held to the bands of expected.txt beside it:
    lines `coarse|full|both | quantity | least | most | where the band comes from`."""

    def __init__(self):
        super().__init__()
        self.size, self.folder = sys.argv[1:3]
        self.full = self.size == "full"
        self.bands, self.measured = {}, {}
        with open(os.path.join(os.path.dirname(sys.argv[0]), "expected.txt")) as f:
            for line in f:
                if not line.strip() or line.startswith("#"):
                    continue
                size, quantity, least, most, source = (word.strip() for word in line.split("|"))
                if size in ("both", self.size):
                    self.bands[quantity] = float(least), float(most), source

    def measure(self, quantity, value):
        if quantity not in self.bands:
            sys.exit(f"expected.txt has no band for '{quantity}', {self.size}")
        self.measured[quantity] = value

    def finish(self):
        """The table of bands, the file with all tables, and the exit status: 1 when a number has left its band or is missing."""
        bad = 0
        self.say()
        self.head("quantity", "measured", "band", "from", "")
        for quantity, (least, most, source) in self.bands.items():
            value = self.measured.get(quantity, math.nan)
            holds = least <= value <= most
            bad += not holds
            band = f"<= {most:g}" if least == 0 else f">= {least:g}" if most == math.inf else f"{least:g} to {most:g}"
            self.row(quantity, f"{value:.3g}", band, source, "holds" if holds else "LEFT")
        with open(os.path.join(self.folder, "result.txt"), "w") as f:
            f.write("\n".join(self.lines).strip() + "\n")
        sys.exit(1 if bad else 0)


def order(errors, factor=2):
    """Observed order of the last two of a list of errors, each at 1/factor of the one before."""
    return math.log(errors[-2] / errors[-1]) / math.log(factor)


def read_tables(path):
    """The tables of a result.txt, each a list of rows of cells, the head first; cells that are numbers as such."""
    tables, before = [], ""
    with open(path) as f:
        for line in f:
            if line.startswith("|") and not before.startswith("|"):
                tables.append([])
            if line.startswith("|") and not set(line.strip()) <= set("|-"):
                tables[-1].append([number(cell.strip()) for cell in line.strip().strip("|").split("|")])
            before = line
    return tables


def number(cell):
    try:
        return float(cell)
    except ValueError:
        return cell
