"""What a run leaves in its folder: snapshots (density-NNNNNN.h5) and with -output_interpolate those between (film-NNNNNN.h5), history.csv, run.log.json.

A dataset tells by its name what it is: `density` or `density_<species>`; `wall` (positive in walls); the components of a vector,
`<name>_x`, `<name>_y`, `<name>_z`, or one dataset with an axis more than the grid; anything else is a scalar field.
"""
import copy
import csv
import glob
import json
import os
import sys

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


class Unreadable(Exception):
    """A file that is not what its name says."""


class Run:
    """A folder that jko wrote to with -output, or still writes to: files that cannot be read are named and left out."""

    def __init__(self, folder):
        self.folder, self.paths, self.times, self.numbers = folder, [], [], []
        if not os.path.isdir(folder):
            raise SystemExit(f"plot: '{folder}' is no folder: give that of a run with -output")
        self._find("density")
        if not self.paths:
            raise SystemExit(f"plot: '{folder}' holds no density-*.h5 that can be read: give the folder of a run with -output")
        self.columns = _attempt(_read_history, os.path.join(folder, "history.csv"))
        self.log = _attempt(_read_log, os.path.join(folder, "run.log.json"))

    def _find(self, kind):
        """The snapshots, in the order of their names; those that hold something else than the last are of another run."""
        found = []
        for path in sorted(glob.glob(os.path.join(glob.escape(self.folder), f"{kind}-*.h5"))):
            head = _attempt(_read_head, path)
            found += [(path, *head)] if head else []
        for path, time, step, content in found:
            if content == found[-1][3]:
                self.paths.append(path), self.times.append(time), self.numbers.append(step)
            else:
                note(f"{path} holds other densities or another grid than {found[-1][0]}: left out")

    def film(self):
        """The run with the densities between the outputs, where it wrote them."""
        film = copy.copy(self)
        film.paths, film.times, film.numbers = [], [], []
        film._find("film")
        return film if film.paths else self

    def reacts(self):
        """Whether mass may change: the energy need not fall then."""
        return self.log.get("options", {}).get("jko_metric", "wasserstein") != "wasserstein"

    def done(self):
        """The part of the flow that the history has come to, of its time or its steps, whichever is further; or None."""
        parts = []
        for option, name in (("jko_max_time", "time"), ("jko_max_steps", "step")):
            most = _number(self.log.get("options", {}).get(option))
            if self.column(name) is not None and most > 0:
                parts.append(self.column(name)[-1] / most)
        return max(parts, default=None)

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


def note(text):
    print(f"plot: {text}", file=sys.stderr)


def _attempt(read, path):
    """What a file holds; nothing, with a line, of one that cannot be read, and nothing of one that is not there."""
    if not os.path.exists(path):
        return {}
    try:
        return read(path)
    except (OSError, KeyError, TypeError, ValueError, Unreadable, csv.Error) as error:
        note(f"{path} cannot be read and is left out: {str(error).splitlines()[0]}")
        return {}


def _read_head(path):
    """Time and step of a snapshot, and what it holds: the densities and the shape of the grid."""
    with h5py.File(path, "r") as f:
        shape = tuple(len(f[a]) for a in "zyx" if a in f)
        names = sorted(n for n, d in f.items() if (n == "density" or n.startswith("density_")) and getattr(d, "shape", None) == shape)
        if not names or 0 in shape:
            raise Unreadable("it holds no density on a grid x, y, z")
        return float(f.attrs["time"]), int(f.attrs["step"]), (names, shape)


def _read_history(path):
    """Column -> values, NaN where the field is empty or no number; whatever columns there are. A last line without an end is being written."""
    with open(path, newline="", encoding="utf-8", errors="replace") as f:
        lines = [line for line in f if line.endswith("\n")]
    rows = list(csv.DictReader(lines))
    whole = [row for row in rows if np.isfinite([_number(row.get("step")), _number(row.get("time"))]).all()]
    if not whole:
        raise Unreadable("it has no rows with numbers in the columns step and time")
    if len(whole) < len(rows):
        note(f"{path}: {len(rows) - len(whole)} of {len(rows)} rows have no step or time and are left out")
    return {name: np.array([_number(row.get(name)) for row in whole]) for name in whole[0] if name}


def _read_log(path):
    with open(path, encoding="utf-8", errors="replace") as f:
        log = json.load(f)
    if not isinstance(log, dict) or not isinstance(log.get("options", {}), dict):
        raise Unreadable("it is no log of a run")
    return log


def _number(text):
    try:
        return float(text)
    except (TypeError, ValueError):
        return np.nan
