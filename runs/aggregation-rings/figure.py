"""figure.py FOLDER: the densities of the run in FOLDER/out, into FOLDER/aggregation-rings.png."""
import os
import sys

from figures.style import DENSITY, plt, save
from report import Snapshot, densities


def main():
    folder = sys.argv[1]
    flow = [Snapshot(path) for path in densities(os.path.join(folder, "out"))]
    figure, axes = plt.subplots(1, len(flow), figsize=(2.1 * len(flow), 2.4))
    for ax, snapshot in zip(axes, flow):
        ax.pcolormesh(*snapshot.axes, snapshot.density.T, cmap=DENSITY, shading="nearest", rasterized=True)
        ax.set_title(f"t = {snapshot.time:g}")
        ax.set_aspect("equal")
        ax.set_xticks([-1, 0, 1])
        ax.set_yticks([-1, 0, 1])
    save(figure, folder, "aggregation-rings.png")


main()
