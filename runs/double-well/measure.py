"""How fast the double well of the README relaxes. V = (x^2-1)^2 + y^2/2 has an operator for x and one for y, and the start is even in both, so that
nobody has to cross the barrier. What is left in the end is the second mode of y, an Ornstein-Uhlenbeck process with the eigenvalues 0, 1, 2, ...; the even ones
of x begin at 3.31 (by differences, as in runs/wasserstein-vs-fisher-rao). Its share of rho_0, a Gaussian of variance 0.01 where that at rest has 0.25, is
c = (0.01/0.25 - 1)/sqrt 2, the coefficient of the normalised Hermite polynomial of order 2, so that

   KL(t) -> c^2/2 e^{-4 t} = 0.2304 e^{-4 t}."""
import numpy as np

from report import Flow, Report, column, options

SHOWN = (0, 0.5, 1, 1.5, 2, 2.5, 3, 3.5, 4)


def main():
    report, spread = Report(), []
    n, dt = (256, 0.01) if report.full else (96, 0.02)
    report.say("KL to the Gibbs state exp(-V/D)/Z, D = 0.25:\n")
    report.head("scheme", "cells", "dt", *(f"t = {time:g}" for time in SHOWN))
    for scheme, step in (("euler", 0.04), ("reversible", dt)):
        flow = Flow(options(f"-options_file petsc-options/problems/double-well-2d.opts -jko_type {scheme}", grid_n=f"{n},{n}", jko_dt=step))
        time, kl = column(flow.rows, "time"), column(flow.rows, "kl")
        report.row(scheme, f"{n}^2", step, *(f"{kl[np.abs(time - shown).argmin()]:.2e}" for shown in SHOWN))
        density = flow.last.density
        spread.append(abs(density[: n // 2].sum() / density.sum() - 0.5))
    report.measure("rate of KL over theory, reversible", np.log(kl[np.abs(time - 3.5).argmin()] / kl[-1]) / 0.5 / 4)
    report.measure("KL in the end over theory, reversible", kl[-1] / (0.2304 * np.exp(-16)))
    report.measure("share of a well - 1/2", max(spread))
    report.measure("largest change of the mass", np.abs(column(flow.rows, "mass") - 1).max())
    report.finish()


main()
