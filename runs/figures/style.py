"""How pictures look: fit for print, for grey copies and for colour-blind readers.

Densities are shown in cividis, whose lightness is monotone and which was made to look alike with and without colour-vision deficiency
(Nunez, Anderton, Renslow, PLoS ONE 13, 2018); signed fields in a map between blue and orange; curves in the colours of Okabe and Ito (2008), each
with a dash of its own.
"""
import os
import re

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt  # noqa: E402
from cycler import cycler  # noqa: E402
from matplotlib.colors import LinearSegmentedColormap  # noqa: E402

DENSITY = matplotlib.colormaps["cividis"].copy()
SIGNED = LinearSegmentedColormap.from_list("blue-orange", ["#003f6b", "#4f94c4", "#f4f4f2", "#e69f3c", "#8a4b00"])
INK, TICKS, WALL, BLUE, ORANGE, GREEN = "#1b2a41", "#4b5563", "#b4b4b4", "#0072b2", "#d55e00", "#009e73"
DENSITY.set_bad(WALL)
SIGNED.set_bad(WALL)

plt.rcParams.update({
    "figure.dpi": 110, "savefig.dpi": 110, "figure.constrained_layout.use": True, "figure.facecolor": "white",
    "font.size": 9.5, "text.color": INK, "axes.titlecolor": INK, "axes.labelcolor": INK, "axes.titlesize": 9.5, "axes.labelsize": 9.5, "axes.edgecolor": TICKS, "axes.linewidth": 0.7,
    "axes.spines.top": False, "axes.spines.right": False, "xtick.color": TICKS, "ytick.color": TICKS, "xtick.labelsize": 8.5,
    "ytick.labelsize": 8.5, "legend.frameon": False, "legend.fontsize": 8.5, "lines.linewidth": 1.6, "grid.color": "#d8dbe0", "grid.linewidth": 0.6,
    "axes.prop_cycle": cycler(color=[BLUE, ORANGE, GREEN, "#cc79a7", "#56b4e9", INK]) + cycler(linestyle=["-", "--", "-.", ":", "-", "--"]),
})


def plain(text):
    """A text that is no formula."""
    return text.replace("$", r"\$")


def index(name):
    """A name within a formula."""
    return re.sub(r"([_^%#&~{}$\\])", r"\\\1", name)


def save(figure, folder, name):
    """Writes the figure and gives its path; the file names no date, so that equal figures are equal files."""
    path = os.path.join(folder, name)
    figure.savefig(path, metadata={"Software": None}, bbox_inches="tight", pad_inches=0.08)
    plt.close(figure)
    return path
