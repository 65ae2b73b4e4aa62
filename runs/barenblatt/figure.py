"""figure.py FOLDER: error against time, and memory, of the table in FOLDER/result.txt, into FOLDER/barenblatt.png."""
import os
import sys

from figures.style import plt, save
from report import read_tables


def main():
    folder = sys.argv[1]
    rows = [row for row in read_tables(os.path.join(folder, "result.txt"))[0][1:] if str(row[1]).endswith("^2") and isinstance(row[4], float)]
    figure, axes = plt.subplots(1, 2, figsize=(9, 3.4))
    kinds = list(dict.fromkeys((row[0], row[2]) for row in rows))
    for i, kind in enumerate(kinds):
        own = [row for row in rows if (row[0], row[2]) == kind]
        label = f"{kind[0]}, {kind[1]:.0f} steps"
        axes[0].loglog([row[3] for row in own], [row[4] for row in own], "os^Dv"[i % 5] + "-", label=label, markersize=5, linewidth=1)
        for row in own:
            axes[0].annotate(row[1].split("^")[0], (row[3], row[4]), textcoords="offset points", xytext=(4, 4), fontsize=7)
        cells = [float(row[1].split("^")[0]) ** 2 for row in own]
        axes[1].loglog(cells, [row[5] for row in own], "os^Dv"[i % 5] + "-", label=label, markersize=5, linewidth=1)
    axes[0].axhline(6.4e-3, color="grey", linestyle=":", linewidth=1, label="exact minimising movements, 30 steps")
    axes[0].set(xlabel="CPU seconds", ylabel="L1 error")
    axes[1].set(xlabel="cells", ylabel="MB, the whole program")
    axes[0].legend(fontsize=7)
    for ax in axes:
        ax.grid(True, which="major")
    save(figure, folder, "barenblatt.png")


main()
