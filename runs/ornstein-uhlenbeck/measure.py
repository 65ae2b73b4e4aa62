"""Symmetric KL at t = 0.9 of random Ornstein-Uhlenbeck processes (Mokrov et al., Large-scale Wasserstein gradient flows, NeurIPS 2021).

   dX = -A (X - b) dt + sqrt(2) dW,  A = S^-1,  b ~ N(0, I),  S with random eigenvectors and eigenvalues uniform in [1, 2],  X_0 ~ N(0, I)
   X_t ~ N(m, V),   m = b - e^{-At} b,   V = S + e^{-2At} (I - S)                                                                        """
import os

import numpy as np

from report import Flow, Report, options, order

DRAWS, TIME, MARGIN = 15, 0.9, 8.0  # margin: of the box around the means, in units of X_0; 5.6 standard deviations of the widest S
PUBLISHED = [  # mean symmetric KL and seconds for t in [0, 1], per D
    ("ICNN-JKO", ("6.8e-4 (333 s)", "3.8e-3 (526 s)", "4.6e-3")),
    ("Euler-Maruyama, 50k particles", ("5.4e-4 (3.0 s)", "6.6e-3 (6.4 s)", "3.2e-2")),
    ("proximal recursion, 10k points", ("1.5e-3 (1092 s)", "1.4e-2", "5.3e-2")),
]


class Problem:
    def __init__(self, dim, rng):
        self.b = rng.normal(size=dim)
        vectors = np.linalg.qr(rng.normal(size=(dim, dim)))[0]
        values = rng.uniform(1, 2, size=dim)
        decay = np.exp(-TIME / values)
        self.a = vectors / values @ vectors.T
        self.mean = self.b - vectors * decay @ vectors.T @ self.b
        self.inverse = np.linalg.inv(vectors * (values + decay**2 * (1 - values)) @ vectors.T)

    def potential(self):
        away = [f"({axis}-({b:.17g}))" for axis, b in zip("xyz", self.b)]
        return "+".join(f"({self.a[i, j] / 2:.17g})*{away[i]}*{away[j]}" for i in range(len(away)) for j in range(len(away)))

    def log_exact(self, *x):
        away = [c - m for c, m in zip(x, self.mean)]
        return -sum(self.inverse[i, j] * away[i] * away[j] for i in range(len(away)) for j in range(len(away))) / 2

    def solve(self, scheme, steps, width, repeat):
        """Cells of the given width over sqrt(2 tau), the kernel's of a reversible step; where it is 1, the sampled Gaussian is exact to
        exp(-2 pi^2)."""
        lower, upper = np.minimum(0, self.b) - MARGIN, np.maximum(0, self.b) + MARGIN
        n = np.ceil((upper - lower) / (width * np.sqrt(2 * TIME / steps))).astype(int)
        words = options("-options_file " + os.path.join(os.path.dirname(__file__), "flow.opts"), energy_potential=self.potential(),
                        grid_n=",".join(map(str, n)), grid_lower=",".join(f"{c:.17g}" for c in lower),
                        grid_upper=",".join(f"{c:.17g}" for c in upper), jko_dt=TIME / steps, jko_type=scheme)
        flow = Flow(words, repeat)
        return flow.last.symmetric_kl(self.log_exact), flow.cpu, flow.last.density.size


def mean(report, rows, scheme, steps, width, repeat):
    """Adds a row: the means over the problems, the same ones for all, per D."""
    rows[scheme, steps] = []
    for dim in (1, 2, 3):
        rng = np.random.default_rng(dim)
        rows[scheme, steps].append(np.mean([Problem(dim, rng).solve(scheme, steps, width, repeat) for _ in range(DRAWS)], axis=0))
    report.row(f"jko, {scheme}, {steps} steps", *("{:.1e} ({:.2f} s, {:.0f} cells)".format(*found) for found in rows[scheme, steps]))


def main():
    report = Report()
    report.say(f"Mean symmetric KL at t = {TIME} over {DRAWS} random problems, CPU seconds of one, start of the program included:")
    report.say()
    report.head("method", "D = 1", "D = 2", "D = 3")
    for method, cells in PUBLISHED:
        report.row(method, *cells)
    rows, repeat = {}, 3 if report.full else 1
    for steps in (5, 10, 20, 40) if report.full else (5, 10):
        mean(report, rows, "reversible", steps, 1, repeat)
    for steps in (5, 10) if report.full else ():
        mean(report, rows, "extrapolated", steps, 0.5, 1)
    for i, dim in enumerate((1, 2, 3)):
        report.measure(f"symmetric KL, D = {dim}, 10 steps", rows["reversible", 10][i][0])
        report.measure(f"CPU seconds, D = {dim}, 10 steps", rows["reversible", 10][i][1])
        report.measure(f"order of the symmetric KL in tau, D = {dim}", order([rows["reversible", steps][i][0] for steps in (5, 10)]))
        if report.full:
            report.measure(f"symmetric KL, D = {dim}, extrapolated", rows["extrapolated", 10][i][0])
    report.finish()


main()
