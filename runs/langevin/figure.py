"""figure.py FOLDER: distances over the number of particles from FOLDER/result.txt, into FOLDER/langevin.png."""
import os
import sys

from figures.style import plt, save
from report import read_tables


def main():
    folder = sys.argv[1]
    with open(os.path.join(folder, "result.txt")) as f:
        titles = [line.split(":")[0] for line in f if ": distance of histograms" in line]
    tables = read_tables(os.path.join(folder, "result.txt"))
    figure, ax = plt.subplots(figsize=(4.6, 3.4))
    for title, (_, *rows), marker, color in zip(titles, tables, "os", ("#0072b2", "#d55e00")):
        count = [row[0] for row in rows]
        ax.loglog(count, [row[3] for row in rows], "-", color=color, linewidth=1)
        ax.loglog(count, [row[2] for row in rows], marker, color=color, markersize=5, label=title)
    ax.plot([], [], "-", color="grey", label="expected of independent particles")
    ax.set(xlabel="particles N", ylabel="L1 distance to the density")
    ax.grid(True, which="major")
    ax.legend(fontsize=8)
    save(figure, folder, "langevin.png")


main()
