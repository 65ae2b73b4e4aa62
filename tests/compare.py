"""compare.py RUN1 RUN2: `the same` where two output folders hold the same densities and the same history, bit for bit, else the first
difference and status 1. The seconds of the history do not count, nor do columns that only one of them has."""
import csv
import glob
import os
import sys

import h5py


def densities(path):
    with h5py.File(path, "r") as f:
        return {name: f[name][()].tobytes() for name in f if name.startswith("density")}


def history(folder):
    with open(folder + "/history.csv", newline="") as f:
        return list(csv.DictReader(f))


def difference(one, two):
    names = [sorted(os.path.basename(path) for path in glob.glob(folder + "/density-*.h5")) for folder in (one, two)]
    if not names[0] or names[0] != names[1]:
        return f"densities {len(names[0])} and {len(names[1])}"
    rows = history(one), history(two)
    if len(rows[0]) != len(rows[1]):
        return f"rows of history.csv {len(rows[0])} and {len(rows[1])}"
    columns = [name for name in rows[0][0] if name in rows[1][0] and not name.startswith("wall")]
    for a, b in zip(*rows):
        for name in columns:
            if a[name] != b[name]:
                return f"step {a['step']}, {name}: {a[name]} and {b[name]}"
    for name in names[0]:
        if densities(f"{one}/{name}") != densities(f"{two}/{name}"):
            return name
    return None


def main():
    found = difference(sys.argv[1], sys.argv[2])
    print(found or "the same")
    return 1 if found else 0


sys.exit(main())
