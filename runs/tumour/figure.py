"""figure.py FOLDER: the tumour in FOLDER/out, the circle of the Hele-Shaw flow around it, into FOLDER/tumour.png."""
import os
import sys

from figures.style import DENSITY, ORANGE, plt, save
from hele_shaw import radius
from report import Snapshot, densities


def main():
    folder = sys.argv[1]
    flow = [Snapshot(path) for path in densities(os.path.join(folder, "out"))]
    figure, axes = plt.subplots(1, len(flow), figsize=(1.9 * len(flow), 2.3))
    for ax, snapshot in zip(axes, flow):
        image = ax.pcolormesh(*snapshot.axes, snapshot.density.T, cmap=DENSITY, vmin=0, vmax=1, shading="nearest", rasterized=True)
        ax.add_patch(plt.Circle((0, 0), radius(snapshot.time), fill=False, color=ORANGE, linestyle="--", linewidth=1.2))
        ax.set_title(f"t = {snapshot.time:g}")
        ax.set_aspect("equal")
        ax.set_axis_off()
    figure.colorbar(image, ax=axes, label="density", shrink=0.8)
    save(figure, folder, "tumour.png")


main()
