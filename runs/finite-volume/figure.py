"""figure.py FOLDER: error against time of both methods from FOLDER/result.txt, into FOLDER/finite-volume.png."""
import os
import re
import sys

from figures.style import plt, save


def main():
    folder = sys.argv[1]
    with open(os.path.join(folder, "result.txt")) as f:
        blocks = f.read().split("\n\n")
    tables = [(blocks[i], blocks[i + 1]) for i in range(0, len(blocks) - 1) if ": L1 error and CPU seconds" in blocks[i]]
    figure, axes = plt.subplots(1, len(tables), figsize=(4.2 * len(tables), 3.4), squeeze=False)
    for ax, (title, table) in zip(axes[0], tables):
        for line, style in zip(table.splitlines()[2:], ("o-", "s--")):
            method, *cells = [cell.strip() for cell in line.strip("|").split("|")]
            points = [re.match(r"(\S+) \(([\d.]+) s", cell).groups() for cell in cells if cell]
            ax.loglog([float(s) for _, s in points], [float(e) for e, _ in points], style, label=method, markersize=5)
        ax.set_title(title.split(":")[0])
        ax.set_xlabel("CPU seconds")
        ax.set_ylabel("L1 error")
        ax.grid(True, which="major")
        ax.legend(fontsize=8)
    save(figure, folder, "finite-volume.png")


main()
