"""One kernel application on 1 and 2 ranks, CPU time of the slower rank, the least of a few runs; messages and bytes against docs/scaling.md;
the density of a flow on 1 and 2 ranks; and the model of large machines (runs/bench/model.py)."""
import glob
import os
import re
import shlex
import subprocess
import sys
import tempfile

import numpy as np

from report import BUILD, Report, Snapshot, options, run

LAUNCH = shlex.split(os.environ["MPIRUN"])
RADIUS = 16


def application(ranks, n, trials):
    """Milliseconds, messages and kilobytes of all ranks, of one application to a grid."""
    found = []
    for _ in range(trials):
        said = run([*LAUNCH, "-n", str(ranks), os.path.join(BUILD, "runs/bench/kernel"), "-bench_grid", ",".join(map(str, n))])[2]
        found.append([float(word) for word in re.search(r": ([\d.]+) ms .* (\d+) messages, (\d+) kB", said).groups()])
    return min(ms for ms, _, _ in found), found[0][1], found[0][2]


def layers(n):
    """Kilobytes that 2 ranks send which share the last axis: r rows, or planes, each, with two reals per 64 cells for the exponents, in whole
    cache lines of 8 reals."""
    return 2 * RADIUS * np.prod(n[1:-1]) * 64 * -(-(n[0] + 2 * -(-n[0] // 64)) // 8) / 1000


def density(ranks):
    with tempfile.TemporaryDirectory() as folder:
        run([*LAUNCH, "-n", str(ranks), os.path.join(BUILD, "jko"), *options("-options_file petsc-options/problems/porous-medium-2d.opts"
             " -grid_n 128,128 -jko_type extrapolated -jko_dt 1e-3"), "-output", folder])
        return Snapshot(sorted(glob.glob(folder + "/density-*.h5"))[-1]).density


def main():
    report = Report()
    trials = 8 if report.full else 4
    report.say(f"One kernel application, radius {RADIUS}, CPU milliseconds of the slower rank, the least of {trials}:\n")
    report.head("", "1 rank", "2 ranks", "efficiency", "messages", "kB sent", "kB of docs/scaling.md")
    for kind, name, one, two in (("strong", "1024^2", (1024, 1024), (1024, 1024)), ("strong", "128^3", (128, 128, 128), (128, 128, 128)),
                                 ("weak", "1024 x 512 per rank", (1024, 512), (1024, 1024)),
                                 ("weak", "128^3 per rank", (128, 128, 128), (128, 128, 256))):
        alone, both = application(1, one, trials), application(2, two, trials)
        efficiency = alone[0] / both[0] / (2 if kind == "strong" else 1)
        report.row(f"{kind}, {name}", f"{alone[0]:.2f}", f"{both[0]:.2f}", f"{efficiency:.2f}", f"{both[1]:.0f}", f"{both[2]:.0f}",
                   f"{layers(two):.0f}")
        report.measure(f"efficiency, {kind}, {name}", efficiency)
        report.measure(f"kB over those of docs/scaling.md, {kind}, {name}", both[2] / layers(two))
    report.measure("largest difference of densities on 1 and 2 ranks", np.abs(density(1) - density(2)).max())
    report.say("\nThe model, 4096^3 cells, radius 16:\n")
    for line in subprocess.run([sys.executable, "runs/bench/model.py", "4096", "16"], check=True, capture_output=True, text=True).stdout.splitlines():
        report.say(line)
        if line.startswith("|10648|"):
            report.measure("efficiency of the model on 10648 ranks", float(line.strip("|").split("|")[-1].split()[0]) / 100)
    report.finish()


main()
