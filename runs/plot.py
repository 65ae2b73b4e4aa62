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
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from figures import curves, fields, film, report, style  # noqa: E402
from figures.series import Run  # noqa: E402
from figures.summary import summary  # noqa: E402


def main():
    parser = argparse.ArgumentParser(description="The pictures of a run of jko.", epilog="See the head of the script for the files.")
    parser.add_argument("folder", metavar="DIR", help="the folder that -output named")
    parser.add_argument("--to", metavar="DIR", help="where to write (default: the same folder)")
    parser.add_argument("--rate", type=float, metavar="LAMBDA", help="convexity of the energy: draws exp(-2 LAMBDA t) above KL, exp(-LAMBDA t) above W2")
    parser.add_argument("--frames", type=int, default=80, help="at most so many frames of the film (default %(default)s; 0: no film)")
    given = parser.parse_args()
    run, folder = Run(given.folder), given.to or given.folder
    os.makedirs(folder, exist_ok=True)
    pictures, flat = [], "Length, time and mass in the units of the input." if run.load(0).dimension == 1 else ""
    clips = film.write(run, folder, given.frames) if given.frames else []
    if clips:
        pictures.append(("The flow", clips[0], flat or "Colour from 0 to the maximum of the film, or of the frame where the maximum is told."))
    for title, name, figure, caption in (
            ("Densities", "frames.png", fields.frames(run), flat or "Colour from 0 to the maximum, of the row or, where it is told, of the image."),
            ("Decay", "decay.png", curves.decay(run, given.rate), "Logarithmic axes; dashed: what theory bounds the decay by, where it is known. An energy above that of the last state falls to 0 there by its making."),
            ("Effort", "effort.png", curves.effort(run), "Work and certificates of each step."),
            ("Further columns", "columns.png", curves.extra(run), "Columns of history.csv that not every run has (docs/monitors.md); dashed: what theory bounds a ratio by."),
            ("Further fields", "fields.png", fields.others(run), "Datasets of the last snapshot other than densities, where there is more than a millionth of the largest density; grey: less, and walls.")):
        if figure:
            pictures.append((title, style.save(figure, folder, name), caption))
    style.save(summary(run, given.rate), folder, "summary.png")
    print(report.write(run, os.path.join(folder, "report.html"), pictures))


main()
