"""verify.py FOLDER: whether the last densities of runs are as near to the expected ones as they should be: for each line NUMBER, OPTIONS, BOUND of
FOLDER/list a line NUMBER, `holds` or `LEFT` or why it cannot be told, and the distance."""
import csv
import glob
import re
import sys

import h5py
import numpy as np


def distance(expression, path, dataset, scaled):
    """L1 distance of a density to the expression, both scaled to mass 1 or as they are."""
    with h5py.File(path, "r") as f:
        density = f[dataset][:]
        axes = [f[name][:] for name in "zyx"[3 - density.ndim:]]
    grid = dict(zip("zyx"[3 - density.ndim:], np.meshgrid(*axes, indexing="ij")))
    place = {"x": 0.0, "y": 0.0, "z": 0.0, "exp": np.exp, "cos": np.cos, "pi": np.pi,
             "max": np.maximum, **grid}
    place["r"] = np.sqrt(sum(np.square(c) for c in grid.values()))
    exact = eval(expression.replace("^", "**"), {"__builtins__": {}}, place)
    if not scaled:
        return np.abs(density - exact).sum() * np.prod([a[1] - a[0] for a in axes])
    return np.abs(density / density.sum() - exact / exact.sum()).sum()


def verdict(options, folder, bound):
    kind, limit = re.fullmatch(r"(L1 unscaled|L1|KL) <= (\S+)", bound.strip()).groups()
    if kind == "KL":
        with open(folder + "/history.csv", newline="") as f:
            value = float(list(csv.DictReader(f))[-1]["kl"])
    else:
        with open(options) as f:
            expected = re.findall(r"^# expected(?: (\w+))?: (.*)$", f.read(), re.M)  # of several species a line each
        last = sorted(glob.glob(folder + "/density-*.h5"))[-1]
        value = max(distance(text, last, "density_" + name if name else "density", kind == "L1") for name, text in expected)
    return f"{'holds' if value <= float(limit) else 'LEFT'}: {kind} = {value:.3e}, bound {limit}"


def main():
    with open(sys.argv[1] + "/list") as f:
        for number, options, bound, _ in (line.split("\t") for line in f):
            try:
                told = verdict(options, f"{sys.argv[1]}/{number}", bound)
            except Exception as error:  # a run that left nothing must not hide the others
                told = repr(error)
            print(f"{number}\t{told}")


main()
