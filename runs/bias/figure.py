"""figure.py FOLDER: error against tau of plain and compensated steps from FOLDER/result.txt, into FOLDER/bias.png."""
import os
import re
import sys

from figures.style import plt, save
from report import read_tables


def curve(ax, tau, cells, label, color, style):
    """Markers where measured; a line through the closed form, or without one through the markers."""
    pairs = [[float(word) for word in re.findall(r"[\d.]+(?:e[-+]\d+)?", cell)] for cell in cells]
    ax.loglog(tau, [pair[-1] for pair in pairs], style, color=color, linewidth=1.2)
    ax.loglog(tau, [pair[0] for pair in pairs], "o" if style == "-" else "s", color=color, markersize=5, label=label)


def main():
    folder = sys.argv[1]
    process, medium = read_tables(os.path.join(folder, "result.txt"))[:2]
    figure, axes = plt.subplots(1, 3, figsize=(11, 3.3))
    for ax, table, end, columns, title in ((axes[0], process, 0.02, (2, 3), r"fixed $\varepsilon$, closed form as lines"),
                                           (axes[1], process, 0.02, (4, 5), r"$\varepsilon = 4\tau A$, A = D/4, closed form as lines"),
                                           (axes[2], medium, 4e-3, (1, 2, 3), r"porous medium, fixed $\varepsilon$")):
        rows = table[1:]
        tau = [end / row[0] for row in rows]
        for column, label, color, style in zip(columns, ("plain", "compensated", r"compensated, $\varepsilon$ of jko's choice"),
                                               ("#d55e00", "#0072b2", "#009e73"), ("--", "-", "-.")):
            curve(ax, tau, [str(row[column]) for row in rows], label, color, style)
        ax.invert_xaxis()
        ax.set_title(title)
        ax.set_xlabel(r"$\tau$, refined to the right")
        ax.grid(True, which="major")
    axes[0].set_ylabel("L1 error at the end")
    axes[0].legend(fontsize=8)
    axes[2].legend(fontsize=8)
    save(figure, folder, "bias.png")


main()
