"""verify.py OPTIONS FOLDER BOUND: whether the last density of a run is as near to the expected one as BOUND says."""
import csv
import glob
import re
import sys

import h5py
import numpy as np


def distance(expression, path, scaled):
    """L1 distance of the density to the expression, both scaled to mass 1 or as they are."""
    with h5py.File(path, "r") as f:
        density = f["density"][:]
        axes = [f[name][:] for name in "zyx"[3 - density.ndim:]]
    grid = dict(zip("zyx"[3 - density.ndim:], np.meshgrid(*axes, indexing="ij")))
    place = {"x": 0.0, "y": 0.0, "z": 0.0, "exp": np.exp, "max": np.maximum, **grid}
    place["r"] = np.sqrt(sum(np.square(c) for c in grid.values()))
    exact = eval(expression.replace("^", "**"), {"__builtins__": {}}, place)
    if not scaled:
        return np.abs(density - exact).sum() * np.prod([a[1] - a[0] for a in axes])
    return np.abs(density / density.sum() - exact / exact.sum()).sum()


def main():
    options, folder, bound = sys.argv[1:]
    kind, limit = re.fullmatch(r"(L1 unscaled|L1|KL) <= (\S+)", bound.strip()).groups()
    if kind == "KL":
        with open(folder + "/history.csv", newline="") as f:
            value = float(list(csv.DictReader(f))[-1]["kl"])
    else:
        with open(options) as f:
            expression = re.search(r"^# expected: (.*)$", f.read(), re.M).group(1)
        value = distance(expression, sorted(glob.glob(folder + "/density-*.h5"))[-1], kind == "L1")
    print(f"# {kind} = {value:.3e}, bound {limit}")
    return 0 if value <= float(limit) else 1


sys.exit(main())
