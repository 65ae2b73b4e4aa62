"""figure.py FOLDER: symmetric KL against seconds in D = 2 from FOLDER/result.txt, into FOLDER/convergence-to-stationary.png."""
import os
import re
import sys

from figures.style import plt, save
from report import read_tables


def main():
    folder = sys.argv[1]
    figure, ax = plt.subplots(figsize=(5, 3.3))
    for name, cell, *_ in read_tables(os.path.join(folder, "result.txt"))[0][1:]:
        if name in ("jko, reversible, finer", "finite volumes"):
            continue  # the same number, of some of the mixtures
        value, error, seconds = (float(word or 0) for word in re.match(r"(\S+)(?: \+- (\S+))? \(([\d.]+) s", cell).groups())
        color = "#0072b2" if name.startswith("jko") else "#d55e00"
        ax.errorbar(seconds, value, yerr=error or None, marker="o", color=color, markersize=5, capsize=3)
        ax.annotate(name, (seconds, value), textcoords="offset points", xytext=(6, 6), fontsize=7, ha="right" if seconds > 500 else "left")
    ax.set_xscale("log")
    ax.set_yscale("log")
    ax.set(xlabel="seconds", ylabel="mean symmetric KL at t = 4, D = 2", ylim=(3e-2, 0.4), xlim=(0.1, 4000))
    ax.grid(True, which="major")
    save(figure, folder, "convergence-to-stationary.png")


main()
