"""What a run leaves in its folder: snapshots (density-NNNNNN.h5) and with -output_interpolate those between (film-NNNNNN.h5), history.csv, run.log.json.

A dataset tells by its name what it is: `density` or `density_<species>`; `wall` (positive in walls); the components of a vector,
`<name>_x`, `<name>_y`, `<name>_z`, or one dataset with an axis more than the grid; anything else is a scalar field.
"""
import csv
import glob
import json
import os

import h5py
import numpy as np

WALLS = ("wall", "mask", "obstacle")


class Snapshot:
    """The fields at one time; arrays have the axis order z, y, x of the files. Walls are NaN in the densities."""

    def __init__(self, path):
        self.path = path
        with h5py.File(path, "r") as f:
            self.time, self.step = float(f.attrs["time"]), int(f.attrs["step"])
            self.axes = [f[a][:] for a in "xyz" if a in f]
            fields = {n: d for n, d in f.items() if isinstance(d, h5py.Dataset) and n not in ("x", "y", "z", "time")}
            self.densities = {n: fields.pop(n)[...] for n in list(fields) if n == "density" or n.startswith("density_")}
            walls = [fields.pop(n)[...] for n in list(fields) if n in WALLS]
            self.vectors = self._take_vectors(fields)
            self.scalars = {n: d[...] for n, d in fields.items() if d.ndim == self.dimension}
        self.wall = walls[0] > 0 if walls else None
        if self.wall is not None:
            for density in self.densities.values():
                density[self.wall] = np.nan

    @property
    def dimension(self):
        return len(self.axes)

    @property
    def extent(self):
        """Lower and upper corner of the box, axis by axis in the order x, y, z."""
        return [(a[0] - (a[1] - a[0]) / 2, a[-1] + (a[1] - a[0]) / 2) if len(a) > 1 else (a[0] - 0.5, a[0] + 0.5) for a in self.axes]

    def _take_vectors(self, fields):
        """name -> components x, y, z; removes them from the fields."""
        vectors, letters = {}, "xyz"[: self.dimension]
        for name in [n[:-2] for n in fields if n.endswith("_x")]:
            if all(f"{name}_{a}" in fields for a in letters):
                vectors[name] = [fields.pop(f"{name}_{a}")[...] for a in letters]
        for name in [n for n, d in fields.items() if d.ndim == self.dimension + 1]:
            values = fields.pop(name)[...]
            if self.dimension in (values.shape[0], values.shape[-1]):
                first = values.shape[0] == self.dimension and values.shape[1:] == tuple(len(a) for a in self.axes[::-1])
                vectors[name] = list(values if first else np.moveaxis(values, -1, 0))
        return vectors


class Run:
    """A folder that jko wrote to with -output."""

    def __init__(self, folder, kind="density"):
        self.folder = folder
        self.paths = sorted(glob.glob(os.path.join(folder, f"{kind}-*.h5")))
        if not self.paths:
            raise SystemExit(f"plot: '{folder}' holds no density-*.h5: give the folder of a run with -output")
        self.times, self.numbers = [], []
        for path in self.paths:
            with h5py.File(path, "r") as f:
                self.times.append(float(f.attrs["time"]))
                self.numbers.append(int(f.attrs["step"]))
        self.columns = self._read_history(os.path.join(folder, "history.csv"))
        log = os.path.join(folder, "run.log.json")
        with open(log) if os.path.exists(log) else open(os.devnull) as f:
            self.log = json.loads(f.read() or "{}")

    def film(self):
        """The run with the densities between the outputs, where it wrote them."""
        return Run(self.folder, "film") if glob.glob(os.path.join(self.folder, "film-*.h5")) else self

    @staticmethod
    def _read_history(path):
        """Column -> values, NaN where the field is empty or no number; whatever columns there are."""
        if not os.path.exists(path):
            return {}
        with open(path, newline="") as f:
            rows = list(csv.DictReader(f))
        return {name: np.array([_number(row.get(name)) for row in rows]) for name in (rows[0] if rows else []) if name}

    def column(self, name):
        """The values of a column, or None when there is none or nothing in it."""
        values = self.columns.get(name)
        return values if values is not None and np.isfinite(values).any() else None

    def choose(self, count):
        """Indices of at most `count` snapshots, the first and the last among them, as even as can be along the path of the density: the sum of
        the lengths W2 of the steps; in time where the history does not tell them."""
        steps, lengths = self.column("step"), self.column("w2_step")
        path = np.array(self.times)
        if lengths is not None and len(self.numbers) and np.isin(self.numbers, steps).all():
            path = np.interp(self.numbers, steps, np.cumsum(np.nan_to_num(lengths)))
        chosen = [0, len(path) - 1]
        for wanted in np.linspace(path[0], path[-1], count)[1:-1]:
            free = [i for i in range(len(path)) if i not in chosen]
            chosen += [min(free, key=lambda i: abs(path[i] - wanted))] if free else []
        return sorted(set(chosen))

    def spread(self, count):
        """Indices of at most `count` snapshots, evenly over those there are."""
        return sorted(set(np.linspace(0, len(self.paths) - 1, min(count, len(self.paths))).round().astype(int)))

    def load(self, index):
        return Snapshot(self.paths[index])


def _number(text):
    try:
        return float(text)
    except (TypeError, ValueError):
        return np.nan
