"""tables.py PROGRAM: runs the time schemes against exact solutions and prints tables of their errors and costs."""
import csv
import glob
import os
import re
import resource
import subprocess
import sys
import tempfile

import h5py
import numpy as np


class Flow:
    """One run of the program on one rank: its history, last density, kernel applications and CPU seconds."""

    def __init__(self, options, repeat=1):
        self.cpu = min(self.run(options) for _ in range(repeat))

    def run(self, options):
        with tempfile.TemporaryDirectory() as folder:
            log = os.path.join(folder, "log")
            command = [sys.argv[1], *options.split("\n"), "-output", os.path.join(folder, "out"), "-log_view", ":" + log]
            before = resource.getrusage(resource.RUSAGE_CHILDREN)
            self.console = subprocess.run(command, check=True, capture_output=True, text=True).stdout
            after = resource.getrusage(resource.RUSAGE_CHILDREN)
            with open(log) as f:
                text = f.read()
            self.event = {name: (int(count), float(seconds)) for name, count, seconds in
                          re.findall(r"^(Kernel_Apply|JKOStep|JKOMeasure) +(\d+) [\d.]+ (\S+)", text, re.M)}
            with open(os.path.join(folder, "out", "history.csv"), newline="") as f:
                self.rows = list(csv.DictReader(f))
            with h5py.File(sorted(glob.glob(os.path.join(folder, "out", "density-*.h5")))[-1]) as f:
                self.density = f["density"][:]
                self.axes = [f[name][:] for name in "xyz"[: self.density.ndim]]
        return after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime

    def error(self, exact):
        """L1 distance to a function of the squared distance from the origin, or of x; both of mass 1."""
        e = exact(*np.meshgrid(*self.axes, indexing="xy"))
        return np.abs(self.density / self.density.sum() - e / e.sum()).sum()

    def iterations(self):
        return sum(int(row["iterations"]) for row in self.rows[1:])

    def steps(self):
        return [float(row["dt"]) for row in self.rows[1:]]


def options(text, **more):
    """Words `-name value`, values may hold no blanks; more options by keyword."""
    return "\n".join(text.split() + [word for name, value in more.items() for word in ("-" + name, str(value))])


def gaussian(mean, variance):
    return lambda x: np.exp(-((x - mean) ** 2) / (2 * variance))


def row(*cells):
    print("| " + " | ".join(str(cell) for cell in cells) + " |")


def head(*cells):
    row(*cells)
    print("|" + "---|" * len(cells))


def smooth():
    """An Ornstein-Uhlenbeck process against its Gaussian."""
    k, d, end, start = 40.0, 0.1, 0.02, (0.35, 0.004)
    mean, rest = 0.5 + (start[0] - 0.5) * np.exp(-k * end), d / k
    exact = gaussian(mean, rest + (start[1] - rest) * np.exp(-2 * k * end))
    base = f"""-grid_n 256 -density exp(-(x-{start[0]})^2/{2 * start[1]}) -energy_terms entropy,potential
               -energy_entropy_coefficient {d} -energy_potential {k / 2}*(x-.5)^2 -jko_max_time {end} -jko_epsilon_ratio 0.25"""
    print("\n**Ornstein-Uhlenbeck, N = 256, t = 0.02: L1 error (kernel applications, all levels)**\n")
    head("steps", "euler", "extrapolated", "reversible")
    for steps in (5, 10, 20, 40):
        flows = [Flow(options(base, jko_dt=end / steps, jko_type=scheme)) for scheme in ("euler", "extrapolated", "reversible")]
        row(steps, *(f"{f.error(exact):.1e} ({f.event['Kernel_Apply'][0]})" for f in flows))


def barenblatt(m, dim, t):
    a = dim / (dim * (m - 1) + 2)
    k = a * (m - 1) / (2 * m * dim)
    c = {(2, 1): 0.36056239, (3, 1): 0.18377630, (2, 2): 0.19947114}[m, dim]
    return f"max(0,{c}-{k * t ** (-2 * a / dim):.10g}*r^2)^{1 / (m - 1)}", \
        lambda *x: np.maximum(0, c - k * t ** (-2 * a / dim) * sum(y ** 2 for y in x)) ** (1 / (m - 1))


def free_boundary():
    """The porous medium equation against Barenblatt's solution in 1-D."""
    print("\n**Porous medium, 1-D Barenblatt, N = 400, A/D = 0.02, t0 = 1e-3, T = 4e-3: L1 error (iterations)**\n")
    head("steps", "m = 2, euler", "m = 2, extrapolated", "m = 3, euler", "m = 3, extrapolated")
    for steps in (5, 10, 20, 40):
        cells = []
        for m in (2, 3):
            start, exact = barenblatt(m, 1, 1e-3)[0], barenblatt(m, 1, 5e-3)[1]
            base = f"""-grid_n 400 -grid_lower -0.5 -grid_upper 0.5 -density {start} -energy_terms power -energy_power_exponent {m}
                       -jko_max_time 4e-3 -jko_epsilon_ratio 0.02"""
            for scheme in ("euler", "extrapolated"):
                f = Flow(options(base, jko_dt=4e-3 / steps, jko_type=scheme))
                cells.append(f"{f.error(exact):.1e} ({f.iterations()})")
        row(steps, *cells)


def two_dimensions():
    """The porous medium equation of petsc-options/problems/porous-medium-2d.opts at 512 x 512."""
    print("\n**Porous medium, 2-D Barenblatt, 512 x 512, A/D = 0.05, t0 = 1e-3, T = 3e-3, one rank; CPU of the whole program, best of 3**"
          "\n")
    head("scheme", "steps", "solves", "iterations", "kernel applications, all levels", "CPU s", "L1 error")
    start, exact = barenblatt(2, 2, 1e-3)[0], barenblatt(2, 2, 4e-3)[1]
    base = f"""-grid_n 512,512 -grid_lower -0.5 -grid_upper 0.5 -density {start} -energy_terms power -jko_max_time 3e-3
               -jko_epsilon_ratio 0.05"""
    for scheme, steps in (("euler", 30), ("extrapolated", 3), ("extrapolated", 5), ("extrapolated", 10), ("extrapolated", 40)):
        f = Flow(options(base, jko_dt=3e-3 / steps, jko_type=scheme), repeat=3)
        row(scheme, steps, steps * (1 if scheme == "euler" else 3), f.iterations(), f.event["Kernel_Apply"][0], f"{f.cpu:.2f}",
            f"{f.error(exact):.1e}")


def adaptive():
    """A porous medium from a narrow peak to a thousand times its age."""
    print("\n**Porous medium, 1-D, N = 1000, from t0 = 1e-3 to 1000 t0, first step 1e-6: adaptive steps**\n")
    head("-jko_adapt_tol", "steps", "iterations", "shortest", "longest", "L1 error at the end")
    start, exact = barenblatt(2, 1, 1e-3)[0], barenblatt(2, 1, 1)[1]
    base = f"""-grid_n 1000 -grid_lower -2.5 -grid_upper 2.5 -density {start} -energy_terms power -jko_max_time 0.999 -jko_dt 1e-6
               -jko_type extrapolated -jko_adapt basic"""
    for tol in ("1e-2", "3e-3", "1e-3", "3e-4"):
        f = Flow(options(base, jko_adapt_tol=tol))
        row(tol, len(f.steps()), f.iterations(), f"{min(f.steps()):.1e}", f"{max(f.steps()):.1e}", f"{f.error(exact):.1e}")


def one_application():
    """What a reversible step costs in units of a kernel application."""
    print("\n**Fokker-Planck, double well, 1024 x 1024, reversible: time of a step over that of a kernel application, medians of 5**\n")
    head("kernel applications for the scaling, once", "one step, without its measures", "with energy, mass, entropy and extremes")
    base = """-grid_n 1024,1024 -grid_lower -2,-2.5 -grid_upper 2,2.5 -density exp(-50*r^2) -energy_terms entropy,potential
              -energy_entropy_coefficient 0.25 -energy_potential (x^2-1)^2+y^2/2 -jko_dt 1e-3 -jko_type reversible"""
    seconds = {"Kernel_Apply": [], "JKOStep": [], "JKOMeasure": []}
    for _ in range(5):
        short, long = (Flow(options(base, jko_max_steps=n)) for n in (10, 60))
        for name, found in seconds.items():
            found.append((long.event[name][1] - short.event[name][1]) / 50)
    kernel, step, measure = (sorted(found)[2] for found in seconds.values())
    row(short.event["Kernel_Apply"][0] - 10, f"{step / kernel:.2f}", f"{(step + measure) / kernel:.2f}")


smooth()
free_boundary()
two_dimensions()
adaptive()
one_application()
