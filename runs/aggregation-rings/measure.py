"""The ring that W = r^4/4 - r^2/2 drives mass to. With M_k the mean of |x|^k about the centre of mass and C the covariance,

   1/2 int int W rho rho = M_4/4 + M_2^2/4 + tr(C^2)/2 - M_2/2 >= 3 M_2^2/4 - M_2/2 >= -1/12,

as M_4 >= M_2^2 and tr(C^2) >= M_2^2/2; equal where all mass is at one distance from the centre, evenly, and that distance is 1/sqrt 3. W is even,
so that the centre of mass stays where it is."""
import os
import sys

import numpy as np

from report import Report, Snapshot, column, densities, history


def ring(snapshot):
    """Centre of mass, mean distance from it, its standard deviation, and the highest density near the centre over the highest of all."""
    weight, (x, y) = snapshot.density / snapshot.density.sum(), snapshot.grid()
    centre = (weight * x).sum(), (weight * y).sum()
    radius = np.hypot(x - centre[0], y - centre[1])
    mean = (weight * radius).sum()
    return np.array(centre), mean, np.sqrt((weight * (radius - mean) ** 2).sum()), snapshot.density[radius < 0.1].max() / snapshot.density.max()


def main():
    report, out = Report(), os.path.join(sys.argv[2], "out")
    rows = history(out)
    flow = [Snapshot(path) for path in densities(out)]
    report.say(f"{'x'.join(map(str, flow[0].density.shape))} cells, {len(rows) - 1} steps:\n")
    report.head("t", "mean radius times sqrt 3", "its spread", "highest within 0.1 of the centre, over the highest")
    for snapshot in flow:
        centre, radius, spread, hole = ring(snapshot)
        report.row(f"{snapshot.time:g}", f"{radius * 3**0.5:.4f}", f"{spread:.4f}", f"{hole:.1e}")
    energy = column(rows, "energy")
    report.measure("mean radius in the end over 1/sqrt 3", radius * 3**0.5)
    report.measure("spread of the radius over its mean", spread / radius)
    report.measure("energy in the end over -1/12", energy[-1] * -12)
    report.measure("steps in which the energy rises", (np.diff(energy) > 0).sum())
    report.measure("way of the centre of mass, in cells", np.abs(centre - ring(flow[0])[0]).max() / (flow[0].axes[0][1] - flow[0].axes[0][0]))
    report.measure("largest change of the mass", np.abs(column(rows, "mass") - 1).max())
    report.finish()


main()
