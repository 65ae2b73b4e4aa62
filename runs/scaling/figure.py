"""figure.py FOLDER: efficiency over ranks, measured and by the model, from FOLDER/result.txt, into FOLDER/scaling.png."""
import os
import sys

from figures.style import plt, save
from report import read_tables


def main():
    folder = sys.argv[1]
    measured, model = read_tables(os.path.join(folder, "result.txt"))[:2]
    figure, ax = plt.subplots(figsize=(4.8, 3.3))
    for i, row in enumerate(measured[1:]):
        ax.semilogx([1, 2], [1, row[3]], "os^D"[i] + "-", markersize=5, linewidth=1, label=row[0])
    ax.semilogx([row[0] for row in model[1:]], [float(row[-1].split()[0]) / 100 for row in model[1:]], "k--", linewidth=1,
                label="model, 4096^3 cells, radius 16")
    ax.set(xlabel="ranks", ylabel="efficiency of a kernel application", ylim=(0, 1.3))
    ax.grid(True, which="major")
    ax.legend(fontsize=7, loc="lower left")
    save(figure, folder, "scaling.png")


main()
