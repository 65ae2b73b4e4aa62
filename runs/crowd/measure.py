"""How a crowd leaves a building. With V the way that is left, F = int V rho is the mean of it, and everybody who is not held up arrives when V has
passed. A crowd is slower: its velocity is the projection of -grad V on what congestion admits (Maury, Roudneff-Chupin, Santambrogio, Math. Models
Methods Appl. Sci. 20, 2010), so that its mean square, W2/dt in the limit, is at most that of free walkers, 1. Out is who has at most OUT to go: the
doors are 0.94 from the goals."""
import os
import sys

import h5py
import numpy as np

from report import Report, column, densities, history

KAPPA, OUT = 0.06, 1.0


def load(path, name="density"):
    with h5py.File(path) as f:
        return f[name][:], float(f.attrs.get("time", 0))


def leaving(time, inside, share):
    """When no more than the share is inside, between outputs linearly."""
    last = np.flatnonzero(inside > share)[-1]
    return time[last] + (time[last + 1] - time[last]) * (inside[last] - share) / (inside[last] - inside[last + 1])


def main():
    report, folder = Report(), sys.argv[2]
    rows, plan = history(os.path.join(folder, "out")), os.path.join(folder, "plan.h5")
    wall, way = load(plan, "wall")[0] != 0, load(plan, "distance")[0]
    moments, inside, walled, densest = [], [], 0, 0
    for path in densities(os.path.join(folder, "out")):
        density, time = load(path)
        moments.append(time)
        inside.append(density[way > OUT].sum() / density.sum())
        walled, densest = max(walled, density[wall].max()), max(densest, density.max())
        if not time:
            start = density / density.sum()
    moments, inside = np.array(moments), np.array(inside)
    free = np.array([start[way - time > OUT].sum() for time in moments])
    report.say(f"{way.shape[1]} x {way.shape[0]} cells, {len(rows) - 1} steps; who is inside, and who would be if nobody were in the way:\n")
    shown = range(0, len(moments), len(moments) // 10)
    report.head("t", *(f"{moments[i]:g}" for i in shown))
    report.row("inside", *(f"{inside[i]:.3f}" for i in shown))
    report.row("of free walkers", *(f"{free[i]:.3f}" for i in shown))
    half, last = (leaving(moments, inside, share) for share in (0.5, 0.01))
    report.measure("time until half are out", half)
    report.measure("time until 99 % are out", last)
    report.measure("that over the time of free walkers", last / leaving(moments, free, 0.01))
    report.measure("largest mean speed W2/dt", (column(rows, "w2_step")[1:] / column(rows, "dt")[1:]).max())
    report.measure("largest density in a wall", walled)
    report.measure("largest density over kappa - 1", max(0, densest / KAPPA - 1))
    report.measure("steps in which the energy rises", (np.diff(column(rows, "energy")) > 0).sum())
    report.measure("largest change of the mass", np.abs(column(rows, "mass") - 1).max())
    report.finish()


main()
