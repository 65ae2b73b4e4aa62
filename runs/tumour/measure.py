"""How fast a tumour grows, and whether its mass is what its cells make."""
import os
import sys

import numpy as np

from hele_shaw import measured, radius, speed
from report import Report, Snapshot, column, densities, history


def main():
    report, out = Report(), os.path.join(sys.argv[2], "out")
    rows = history(out)
    flow = [Snapshot(path) for path in densities(out)]
    time, found = np.array([s.time for s in flow]), np.array([measured(s) for s in flow])
    report.say(f"{'x'.join(map(str, flow[0].density.shape))} cells, {len(rows) - 1} steps:\n")
    report.head("t", *(f"{t:g}" for t in time))
    report.row("radius", *(f"{r:.4f}" for r in found))
    report.row("of the Hele-Shaw flow", *(f"{radius(t):.4f}" for t in time))
    moved = (found[-1] - found[0]) / (time[-1] - time[0])
    mass, reaction, balance = (column(rows, name) for name in ("mass", "reaction", "balance"))
    report.measure("radius in the end over that of the flow", found[-1] / radius(time[-1]))
    report.measure("mean speed of the front over that of the flow", moved * time[-1] / (radius(time[-1]) - radius(0)))
    late = (found[-1] - found[-2]) / (time[-1] - time[-2])
    report.measure("speed in the end over that of the flow", late / speed((time[-1] + time[-2]) / 2))
    report.measure("largest density - 1", max(0, column(rows, "max").max() - 1))
    report.measure("mass in the end over e times that at first", mass[-1] / (np.e * mass[0]))
    report.measure("mass made, beyond what the cells' law says, relative", max(np.abs(np.diff(mass) - reaction[1:]).max() / mass[-1], balance[1:].max()))
    report.finish()


main()
