"""jko and implicit finite volumes on the same problems: L1 errors where the solution is known, the distance of the two where it is not."""
import os
import re

import numpy as np

from report import Flow, Report, options, order

HERE, PRESETS = os.path.dirname(__file__), "petsc-options/problems/"


class Problem:
    """An options file, until `end`; the time scheme and -jko_epsilon_ratio that fit it, and the solver options of finite volumes."""

    def __init__(self, path, end, scheme, solver, ratio=0.1):
        self.path, self.end, self.scheme, self.solver = path, end, scheme, solver
        self.ratio = ratio
        with open(self.path) as f:
            found = re.search(r"^# expected: ([^:]*)$", f.read(), re.M)
        self.expression = found and found.group(1).replace("^", "**")

    def exact(self, x, y):
        return eval(self.expression, {"__builtins__": {}}, {"exp": np.exp, "max": np.maximum, "x": x, "y": y, "r": np.hypot(x, y)})

    def jko(self, n, steps, repeat):
        return Flow(options("-options_file " + self.path, grid_n=f"{n},{n}", jko_type=self.scheme, jko_max_time=self.end,
                            jko_dt=self.end / steps, jko_epsilon_ratio=self.ratio), repeat)

    def fv(self, n, steps, repeat):
        return Flow(options(f"-options_file {self.path} -options_file {HERE}/{self.solver}.opts", grid_n=f"{n},{n}",
                            ts_max_time=self.end, ts_dt=self.end / steps), repeat, "runs/finite-volume/fv")


def known(report, title, problem, jko, fv):
    """Errors of both, each along its own sequence of (cells per axis, steps), and the observed orders."""
    report.say(f"\n{title}: L1 error and CPU seconds, cells per axis x steps\n")
    report.head("method", *("" for _ in jko))
    orders = []
    for method, solve, sizes in ((f"jko, {problem.scheme}", problem.jko, jko), ("finite volumes", problem.fv, fv)):
        errors, cells = [], []
        for n, steps in sizes:
            flow = solve(n, steps, 3)
            errors.append(flow.last.l1(problem.exact))
            cells.append(f"{errors[-1]:.1e} ({flow.cpu:.2f} s, {n} x {steps})")
        report.row(method, *cells)
        orders.append(order(errors, sizes[-1][1] / sizes[-2][1]))
    return orders


def agreement(report, title, problem, sizes):
    """The distance of the two on the same cells and steps, and its observed order."""
    report.say(f"\n{title}: L1 distance of the two on the same cells, and CPU seconds\n")
    report.head("cells per axis x steps", "distance", f"jko, {problem.scheme}", "finite volumes")
    distances = []
    for n, steps in sizes:
        jko, fv = problem.jko(n, steps, 3), problem.fv(n, steps, 3)
        distances.append(jko.last.l1(fv.last.density))
        report.row(f"{n} x {steps}", f"{distances[-1]:.1e}", f"{jko.cpu:.2f} s", f"{fv.cpu:.2f} s")
    return order(distances, sizes[-1][1] / sizes[-2][1])


def main():
    report = Report()
    full = 1 if report.full else 0
    process = Problem(PRESETS + "ornstein-uhlenbeck-2d.opts", 0.02, "reversible", "linear")
    jko, fv = known(report, "Fokker-Planck, Ornstein-Uhlenbeck in 2-D", process, [(48, 10), (68, 20), (96, 40), (136, 80)][: 3 + full],
                    [(64, 10), (128, 20), (256, 40), (512, 80)][: 3 + full])
    report.measure("order of jko in tau, Fokker-Planck", jko)
    report.measure("order of finite volumes, Fokker-Planck", fv)
    medium = Problem(PRESETS + "porous-medium-2d.opts", 3e-3, "extrapolated", "nonlinear", 0.05)
    jko, fv = known(report, "Porous medium, Barenblatt in 2-D", medium, [(64, 5), (128, 10), (256, 20), (512, 40)][: 3 + full],
                    [(64, 5), (128, 10), (256, 20), (512, 40)][: 3 + full])
    report.measure("order of jko, porous medium", jko)
    report.measure("order of finite volumes, porous medium", fv)
    well = Problem(PRESETS + "double-well-2d.opts", 0.5, "reversible", "linear")
    report.measure("order of the distance, double well",
                   agreement(report, "Fokker-Planck, double well in 2-D", well, [(64, 10), (128, 20), (256, 40)][: 2 + full]))
    cloud = Problem(HERE + "/aggregation.opts", 1, "extrapolated", "nonlocal")
    report.measure("order of the distance, aggregation",  # 3.1, 2.3 and 2.1 from 24 x 6, 48 x 12 and 72 x 18 on: the first is too coarse for an order
                   agreement(report, "Aggregation and diffusion in 2-D", cloud, [(48, 12), (72, 18), (96, 24)][: 2 + full]))
    report.finish()


main()
