"""figure.py FOLDER: KL over time beside the rate of theory, from FOLDER/result.txt, into FOLDER/relaxation.png."""
import os
import sys

import numpy as np

from figures.style import plt, save
from report import read_tables


def main():
    folder = sys.argv[1]
    head, *rows = read_tables(os.path.join(folder, "result.txt"))[0]
    time = np.array([float(cell.split()[2]) for cell in head[3:]])
    figure, ax = plt.subplots(figsize=(4.8, 3.3))
    for row in rows:
        ax.semilogy(time, row[3:], marker="o", markersize=4, label=f"{row[0]}, dt = {row[2]:g}")
    ax.semilogy(time, 0.2304 * np.exp(-4 * time), "k:", linewidth=1, label=r"$0.2304\,e^{-4t}$")
    ax.set(xlabel="t", ylabel="KL to the Gibbs state", ylim=(1e-8, 10))
    ax.grid(True, which="major")
    ax.legend()
    save(figure, folder, "relaxation.png")


main()
