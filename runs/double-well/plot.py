"""plot.py FOLDER: densities of a double-well run at a few times, and the decay of its free energy, into FOLDER/double-well.png."""
import csv
import glob
import os
import sys

import h5py
import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt  # noqa: E402


def load(path):
    with h5py.File(path, "r") as f:
        return float(f.attrs["time"]), f["x"][:], f["y"][:], f["density"][:]


def frames(folder, count):
    """The snapshots nearest to times that double from frame to frame, where most happens early."""
    paths = sorted(glob.glob(os.path.join(folder, "density-*.h5")))
    times = [load(p)[0] for p in paths]
    wanted = [0] + [times[-1] / 2 ** (count - 2 - i) for i in range(count - 1)]
    return [paths[min(range(len(paths)), key=lambda j: abs(times[j] - w))] for w in wanted]


def main():
    folder = sys.argv[1]
    figure, axes = plt.subplots(1, 5, figsize=(13, 2.9), width_ratios=[1, 1, 1, 1, 1.25], constrained_layout=True)
    for ax, path in zip(axes, frames(folder, 4)):
        time, x, y, density = load(path)
        ax.pcolormesh(x, y, density, cmap="cividis", shading="nearest", rasterized=True)
        ax.set_title(f"t = {time:.2f}", fontsize=10)
        ax.set_aspect("equal")
        ax.set_xticks([-1, 0, 1])
        ax.set_yticks([-2, 0, 2])
        ax.set_xlabel("x")
    axes[0].set_ylabel("y")
    with open(os.path.join(folder, "history.csv"), newline="") as f:
        rows = list(csv.DictReader(f))
    axes[4].semilogy([float(r["time"]) for r in rows], [float(r["kl"]) for r in rows], color="#00204d")
    axes[4].set_xlabel("t")
    axes[4].set_title("KL(rho | exp(-V/D))", fontsize=10)
    axes[4].grid(True, which="major", alpha=0.3)
    figure.savefig(os.path.join(folder, "double-well.png"), dpi=80)


main()
