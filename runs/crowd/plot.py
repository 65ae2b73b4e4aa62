"""plot.py FOLDER PICTURE [FILM]: six moments of the crowd, and all of them as an animated GIF; checks what must hold in each."""
import csv
import glob
import sys

import h5py
import matplotlib

matplotlib.use("Agg")
import matplotlib.animation  # noqa: E402
import matplotlib.pyplot as plt  # noqa: E402
import numpy as np  # noqa: E402

KAPPA = 0.06


def load(path):
    with h5py.File(path, "r") as f:
        wall, density = f["wall"][:] != 0, f["density"][:]
        assert density[wall].max() == 0, f"{path}: somebody is in a wall"
        assert density.max() <= KAPPA * (1 + 1e-12), f"{path}: {density.max()} is too dense"
        extent = [0, f["x"][-1] + f["x"][0], 0, f["y"][-1] + f["y"][0]]
        return float(f.attrs["time"]), np.ma.array(density / KAPPA, mask=wall), extent


def show(axes, path):
    time, density, extent = load(path)
    colours = matplotlib.colormaps["YlOrRd"].with_extremes(bad="#202428")
    image = axes.imshow(density, origin="lower", extent=extent, cmap=colours, vmin=0, vmax=1, interpolation="nearest")
    axes.set_title(f"t = {time:.1f}", fontsize=9)
    axes.set_axis_off()
    return image


def film(paths, name):
    figure, axes = plt.subplots(figsize=(5.12, 4.1), layout="constrained")
    image = show(axes, paths[0])

    def frame(path):
        time, density, _ = load(path)
        image.set_data(density)
        axes.set_title(f"t = {time:.1f}", fontsize=9)

    animation = matplotlib.animation.FuncAnimation(figure, frame, frames=paths)
    animation.save(name, writer=matplotlib.animation.PillowWriter(fps=8), dpi=80)


def main():
    folder, picture = sys.argv[1:3]
    paths = sorted(glob.glob(folder + "/density-*.h5"))
    figure, axes = plt.subplots(2, 3, figsize=(10, 5.4), layout="constrained")
    for ax, i in zip(axes.flat, np.linspace(0, len(paths) - 1, 6)):
        image = show(ax, paths[round(i)])
    figure.colorbar(image, ax=axes, label="density / kappa", shrink=0.6)
    figure.savefig(picture, dpi=72)
    if len(sys.argv) > 3:
        film(paths, sys.argv[3])
    with open(folder + "/history.csv", newline="") as f:
        rows = list(csv.DictReader(f))
    print(f"{len(paths)} densities: nobody in walls, at most kappa; mass {max(abs(float(r['mass']) - 1) for r in rows):.1e} from 1 at most")


main()
