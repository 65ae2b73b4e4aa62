"""figure.py FOLDER: error against time of the methods in FOLDER/result.txt, into FOLDER/ornstein-uhlenbeck.png."""
import os
import re
import sys

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt  # noqa: E402


def main():
    folder = sys.argv[1]
    with open(os.path.join(folder, "result.txt")) as f:
        rows = [[cell.strip() for cell in line.strip("|\n").split("|")] for line in f.read().split("\n\n")[1].splitlines()[2:]]
    figure, axes = plt.subplots(1, 3, figsize=(11, 3.2), sharey=True, constrained_layout=True)
    for dim, ax in enumerate(axes, start=1):
        series = {}
        for row in rows:
            found = re.match(r"(\S+) \(([\d.]+) s", row[dim])
            if found:
                series.setdefault(re.sub(r", \d+ steps", "", row[0]), []).append([float(word) for word in found.groups()])
        for i, (method, points) in enumerate(series.items()):
            error, seconds = zip(*points)
            ax.loglog(seconds, error, "osD^vP"[i % 6] + ("-" if method.startswith("jko") else ""), label=method, markersize=5, linewidth=1)
        ax.set_title(f"D = {dim}", fontsize=10)
        ax.set_xlabel("seconds")
        ax.grid(True, which="major", alpha=0.3)
    axes[0].set_ylabel("mean symmetric KL at t = 0.9")
    axes[0].legend(fontsize=7)
    figure.savefig(os.path.join(folder, "ornstein-uhlenbeck.png"), dpi=80)


main()
