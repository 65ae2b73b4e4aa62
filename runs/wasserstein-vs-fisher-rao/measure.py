"""The gradient flow of one energy, F = D int rho log rho + int V rho, in three metrics. With pi = exp(-V/D - 1), where F' = 0, of mass 1:

   Wasserstein      mass has to cross the barrier: in the end KL falls as e^{-2 lambda t}, lambda the gap of the Fokker-Planck operator
   Fisher-Rao       log(rho/pi) = e^{-D t} log(rho_0/pi), cell by cell, whatever the barrier: there is mass everywhere, if little
   both             the linearised flow has D and the spectrum of transport added: KL falls at a rate between 2 D, the mode of the mass, and
                    2 (D + lambda), the next                                                                                             """
import os

import numpy as np

from report import Flow, Report, options, order

HERE, D, N, HALF, END = os.path.dirname(__file__), 0.25, 256, 2.5, 2.0
SHARE = 0.8  # of a flow, before KL is taken to fall at its last rate
X = (np.arange(N) + 0.5) * 2 * HALF / N - HALF
H = X[1] - X[0]
SHIFT = D * (np.log(np.exp(-((X**2 - 1) ** 2) / D).sum() * H) - 1)
PI = np.exp(-((X**2 - 1) ** 2 + SHIFT) / D - 1)


def solve(metric, end, steps, scheme):
    words = f"-options_file {HERE}/flow.opts -jko_metric {metric}" + (f" -jko_type {scheme}" if scheme else " -jko_splitting strang")
    return Flow(options(words, energy_potential=f"(x^2-1)^2+({SHIFT:.17g})", jko_max_time=end, jko_dt=end / steps))


def gap():
    """The second eigenvalue of -D (pi (f/pi)')' by symmetric differences, f = sqrt(pi) g."""
    face = D * np.sqrt(PI[1:] * PI[:-1]) / H**2
    diagonal = (np.append(face, 0) + np.append(0, face)) / PI
    matrix = np.diag(diagonal) - np.diag(face / np.sqrt(PI[1:] * PI[:-1]), 1) - np.diag(face / np.sqrt(PI[1:] * PI[:-1]), -1)
    return np.linalg.eigvalsh(matrix)[1]


def rate(flow):
    """That of KL over the last of a flow."""
    time, kl = (np.array([float(row[name]) for row in flow.rows]) for name in ("time", "kl"))
    first = int(SHARE * len(time))
    return np.log(kl[first] / kl[-1]) / (time[-1] - time[first])


def reaction(time):
    """The solution of the Fisher-Rao flow."""
    start = np.exp(-10 * (X + 1) ** 2)
    return PI * (start / (start.sum() * H) / PI) ** np.exp(-D * time)


def reaction_rate(flow):
    """That of KL of the solution, where rate() takes it."""
    time = np.array([float(row["time"]) for row in flow.rows])
    first, kl = time[int(SHARE * len(time))], []
    for at in (first, time[-1]):
        rho = reaction(at)
        kl.append((rho * np.log(rho / PI) - rho + PI).sum() * H)
    return np.log(kl[0] / kl[1]) / (time[-1] - first)


def main():
    report = Report()
    table = (50, 100, 200, 400) if report.full else (50, 100)
    errors = []
    report.say(f"Fisher-Rao flow against its solution at t = {END}, midpoint rule; L1 error:\n")
    report.head("steps", "L1")
    for steps in table:
        errors.append(np.abs(solve("fisher_rao", END, steps, "").last.density - reaction(END)).sum() * H)
        report.row(steps, f"{errors[-1]:.2e}")
    slow = gap()
    flows = {"Wasserstein": solve("wasserstein", 120, 2400, "reversible"), "Fisher-Rao": solve("fisher_rao", 24, 480, ""),
             "Wasserstein-Fisher-Rao": solve("wfr", 24, 480, "reversible")}
    theory = {"Wasserstein": (2 * slow, 2 * slow), "Fisher-Rao": (reaction_rate(flows["Fisher-Rao"]),) * 2,
              "Wasserstein-Fisher-Rao": (2 * D, 2 * (D + slow))}
    report.say("\nKL to the state at rest:\n")
    times = (0, 0.5, 1, 2, 4, 8, 16, 24)
    report.head("metric", *(f"t = {t:g}" for t in times), "rate in the end", "theory")
    for metric, flow in flows.items():
        kl = np.interp(times, [float(row["time"]) for row in flow.rows], [float(row["kl"]) for row in flow.rows])
        low, high = theory[metric]
        report.row(metric, *(f"{value:.2e}" for value in kl), f"{rate(flow):.4f}", f"{low:.4f}" + (f" to {high:.4f}" if high > low else ""))
        if high > low:
            report.measure(f"place of the rate between its bounds, {metric}", (rate(flow) - low) / (high - low))
        else:
            report.measure(f"rate over theory, {metric}", rate(flow) / low)
    report.measure("order in tau, Fisher-Rao", order(errors))
    report.finish()


main()
