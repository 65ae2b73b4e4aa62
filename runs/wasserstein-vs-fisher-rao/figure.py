"""figure.py FOLDER: KL over time in the three metrics, from FOLDER/result.txt, into FOLDER/wasserstein-vs-fisher-rao.png."""
import os
import sys

from figures.style import plt, save
from report import read_tables


def main():
    folder = sys.argv[1]
    head, *rows = read_tables(os.path.join(folder, "result.txt"))[1]
    times = [float(cell.split()[2]) for cell in head[1:-2]]
    figure, ax = plt.subplots(figsize=(4.8, 3.3))
    for row in rows:
        ax.semilogy(times, row[1:-2], marker="o", markersize=4, label=row[0])
    ax.set(xlabel="t", ylabel="KL to the state at rest")
    ax.grid(True, which="major")
    ax.legend()
    save(figure, folder, "wasserstein-vs-fisher-rao.png")


main()
