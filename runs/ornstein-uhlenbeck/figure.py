"""figure.py FOLDER: error against time of the methods in FOLDER/result.txt, into FOLDER/ornstein-uhlenbeck.png."""
import os
import re
import sys

from figures.style import plt, save


def main():
    folder = sys.argv[1]
    with open(os.path.join(folder, "result.txt")) as f:
        rows = [[cell.strip() for cell in line.strip("|\n").split("|")] for line in f.read().split("\n\n")[1].splitlines()[2:]]
    methods = list(dict.fromkeys(re.sub(r", \d+ steps", "", row[0]) for row in rows))
    figure, axes = plt.subplots(1, 3, figsize=(11, 3.2), sharex=True, sharey=True)
    for dim, ax in enumerate(axes, start=1):
        for i, method in enumerate(methods):
            cells = [row[dim] for row in rows if re.sub(r", \d+ steps", "", row[0]) == method]
            points = [re.match(r"(\S+) \(([\d.]+) s", cell) for cell in cells]
            if all(points):
                error, seconds = zip(*([float(word) for word in found.groups()] for found in points))
                ax.loglog(seconds, error, "osD^v"[i], linestyle="-", color=f"C{i}", label=method, markersize=5, linewidth=1)
            else:
                ax.axhline(float(cells[0].split()[0]), linestyle=":", color=f"C{i}", linewidth=1)
        ax.set_title(f"D = {dim}")
        ax.set_xlabel("seconds")
        ax.grid(True, which="major")
    axes[0].set_ylabel("mean symmetric KL at t = 0.9")
    axes[0].legend(fontsize=7)
    axes[2].text(0.97, 0.8, "dotted: time not published", transform=axes[2].transAxes, ha="right", fontsize=8)
    save(figure, folder, "ornstein-uhlenbeck.png")


main()
