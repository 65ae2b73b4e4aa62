"""plot.py FOLDER: the densities of an aggregation run into FOLDER/aggregation-rings.png, and the radius of the last one."""
import glob
import os
import sys

import h5py
import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt  # noqa: E402
import numpy as np  # noqa: E402


def load(path):
    with h5py.File(path, "r") as f:
        return float(np.ravel(f.attrs["time"])[0]), f["x"][:], f["y"][:], f["density"][:]


def main():
    folder = sys.argv[1]
    paths = sorted(glob.glob(os.path.join(folder, "density-*.h5")))
    figure, axes = plt.subplots(1, len(paths), figsize=(2.4 * len(paths), 2.7), constrained_layout=True)
    for ax, path in zip(axes, paths):
        time, x, y, density = load(path)
        ax.pcolormesh(x, y, density, cmap="cividis", shading="nearest", rasterized=True)
        ax.set_title(f"t = {time:g}", fontsize=10)
        ax.set_aspect("equal")
        ax.set_xticks([-1, 0, 1])
        ax.set_yticks([-1, 0, 1])
    figure.savefig(os.path.join(folder, "aggregation-rings.png"), dpi=80)
    weight, (cx, cy) = density / density.sum(), np.meshgrid(x, y)
    mean = (weight * cx).sum(), (weight * cy).sum()
    radius = (weight * np.hypot(cx - mean[0], cy - mean[1])).sum()
    print(f"mean radius {radius:.4f}, of a thin ring 1/sqrt 3 = {3 ** -0.5:.4f}; density at its centre / highest "
          f"{density[np.argmin(abs(y - mean[1])), np.argmin(abs(x - mean[0]))] / density.max():.1e}")


main()
