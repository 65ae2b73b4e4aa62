"""figure.py FOLDER: six moments of the crowd in FOLDER/out into FOLDER/crowd.png, and all of them into FOLDER/crowd.gif."""
import os
import sys

import h5py
import matplotlib.animation
import numpy as np

from figures.style import plt, save
from report import densities

KAPPA = 0.06


def load(path):
    """Time, density and extent; walls are a cell thicker than they are, or those of one cell would be lost where a cell is less than a pixel."""
    with h5py.File(path, "r") as f:
        extent = [0, f["x"][-1] + f["x"][0], 0, f["y"][-1] + f["y"][0]]
        wall = f["wall"][:] != 0
        wall[:, 1:] |= wall[:, :-1]
        wall[1:] |= wall[:-1]
        return float(f.attrs["time"]), np.ma.array(f["density"][:] / KAPPA, mask=wall), extent


def show(axes, path):
    time, density, extent = load(path)
    colours = matplotlib.colormaps["YlOrRd"].with_extremes(bad="#202428")
    image = axes.imshow(density, origin="lower", extent=extent, cmap=colours, vmin=0, vmax=1, interpolation="nearest")
    axes.set_title(f"t = {time:.1f}")
    axes.set_axis_off()
    return image


def film(paths, name):
    figure, axes = plt.subplots(figsize=(5.12, 4.1))
    image = show(axes, paths[0])

    def frame(path):
        time, density, _ = load(path)
        image.set_data(density)
        axes.set_title(f"t = {time:.1f}")

    animation = matplotlib.animation.FuncAnimation(figure, frame, frames=paths)
    animation.save(name, writer=matplotlib.animation.PillowWriter(fps=8), dpi=80)
    plt.close(figure)


def main():
    folder = sys.argv[1]
    paths = densities(os.path.join(folder, "out"))
    figure, axes = plt.subplots(2, 3, figsize=(10, 5.4))
    for ax, i in zip(axes.flat, np.linspace(0, len(paths) - 1, 6)):
        image = show(ax, paths[round(i)])
    figure.colorbar(image, ax=axes, label="density / kappa", shrink=0.6)
    save(figure, folder, "crowd.png")
    film(paths, os.path.join(folder, "crowd.gif"))


main()
