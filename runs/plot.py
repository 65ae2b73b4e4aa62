#!/usr/bin/python3
"""plot.py DIR: the pictures of a run, from what jko left in the folder that -output named.

    frames.png      densities at a few times: curves in 1-D, images in 2-D, integrals along each axis in 3-D
    film.gif        the flow; film.mp4 as well where ffmpeg is there
    decay.png       energy, KL and W2 to the target on logarithmic axes, with the rates of theory where they are known
    effort.png      iterations, residual, duality gap and length of the steps
    columns.png     the columns of history.csv that not every run has; fields.png: datasets other than densities
    summary.png     four densities and the decay, in a row
    report.html     all of it on one page that stands alone

Walls are grey, species have a row each, vectors are arrows; a dataset tells by its name what it is (runs/figures/series.py).
"""
import argparse
import math
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from figures import curves, fields, film, heading, report, style  # noqa: E402
from figures.series import Run  # noqa: E402
from figures.summary import summary  # noqa: E402


def finite(text):
    value = float(text)
    if not math.isfinite(value):
        raise ValueError
    return value


def natural(text):
    value = int(text)
    if value < 0:
        raise ValueError
    return value


class Parser(argparse.ArgumentParser):
    def error(self, message):
        self.exit(2, f"plot: {message}; -h lists what there is\n")


def main():
    parser = Parser(description="The pictures of a run of jko.", epilog="See the head of the script for the files.")
    parser.add_argument("folder", metavar="DIR", help="the folder that -output named")
    parser.add_argument("--to", metavar="DIR", help="where to write (default: the same folder)")
    parser.add_argument("--rate", type=finite, metavar="LAMBDA", help="convexity of the energy: draws exp(-2 LAMBDA t) above KL, exp(-LAMBDA t) above W2")
    parser.add_argument("--frames", type=natural, default=80, help="at most so many frames of the film (default %(default)s; 0: no film)")
    given = parser.parse_args()
    try:
        draw(given)
    except OSError as error:
        sys.exit(f"plot: {error}")


def draw(given):
    run, folder = Run(given.folder), given.to or given.folder
    os.makedirs(folder, exist_ok=True)
    pictures, flat = [], "Length, time and mass in the units of the input." if run.load(0).dimension == 1 else ""
    clips = film.write(run, folder, given.frames) if given.frames else []
    if clips:
        pictures.append(("The flow", clips[0], flat or "The bar tells the colours: of the whole film, or of each frame where its maximum changes much."))
    for title, name, figure, caption in (
            ("Densities", "frames.png", fields.frames(run), flat or "The bar tells the colours: of the row, or of each image where maxima differ much."),
            ("Decay", "decay.png", curves.decay(run, given.rate), "Logarithmic axes; dashed: what theory bounds the decay by, where it is known. An energy above that of the last state falls to 0 there by its making."),
            ("Effort", "effort.png", curves.effort(run), "Work and certificates of each step."),
            ("Further columns", "columns.png", curves.extra(run), "Columns of history.csv that not every run has (docs/monitors.md); dashed: what theory bounds a ratio by."),
            ("Further fields", "fields.png", fields.others(run), "Datasets of the last snapshot other than densities, where there is more than a millionth of the largest density; grey: less, and walls.")):
        if figure:
            heading.put(figure, run)
            pictures.append((title, style.save(figure, folder, name), caption))
    row = summary(run, given.rate)
    heading.put(row, run)
    style.save(row, folder, "summary.png")
    print(report.write(run, os.path.join(folder, "report.html"), pictures))


main()
