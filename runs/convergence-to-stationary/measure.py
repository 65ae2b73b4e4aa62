"""Symmetric KL at t = 4 to the stationary density of random Gaussian mixtures (Mokrov et al., Large-scale Wasserstein gradient flows, NeurIPS
2021): pi = sum of 5 unit Gaussians of equal weight with centres uniform in [-5, 5]^D, V = -log pi, D = 1, X_0 ~ N(0, 16 I).

   At t = 4 the exact flow has not arrived: what is left is a property of the problem, and a method is right when it finds just that."""
import numpy as np

from report import Flow, Report, options

PEERS = [("ICNN-JKO", "0.062 (973 s)"), ("Euler-Maruyama, 50k particles", "0.077 (32 s)"), ("Euler-Maruyama, 10k particles", "0.117 (17 s)"),
         ("proximal recursion, 1k points", "0.22 (112 s)")]
SOLVER = "-options_file runs/finite-volume/linear.opts"
HALF = 5 + 12.0  # of the box: three standard deviations of X_0 beyond the centres


class Mixture:
    def __init__(self, dim, rng):
        self.centres = rng.uniform(-5, 5, size=(5, dim))
        self.dim = dim

    def log_density(self, *x):
        squares = [sum((c - m) ** 2 for c, m in zip(x, centre)) for centre in self.centres]
        least = np.minimum.reduce([np.broadcast_to(s, np.broadcast_shapes(*(c.shape for c in x))) for s in squares])
        return -least / 2 + np.log(sum(np.exp((least - s) / 2) for s in squares))

    def potential(self):
        """V with the nearest centre taken out of the logarithm, so that it does not underflow far away."""
        squares = ["+".join(f"({axis}-({m:.17g}))^2" for axis, m in zip("xyz", centre)) for centre in self.centres]
        least = f"min({','.join(squares)})"
        return f"0.5*({least})-ln({'+'.join(f'exp(0.5*(({least})-({s})))' for s in squares)})"

    def words(self, n):
        return options(f"-density exp(-r^2/32) -energy_terms entropy,potential -grid_lower {-HALF} -grid_upper {HALF}",
                       grid_n=",".join([str(n)] * self.dim), energy_potential=self.potential())

    def jko(self, n, steps):
        return Flow(self.words(n) + options("-jko_type reversible -jko_max_time 4", jko_dt=4 / steps))

    def fv(self, n, steps):
        return Flow(self.words(n) + options(SOLVER + " -ts_max_time 4", ts_dt=4 / steps), program="runs/finite-volume/fv")


def solve(dim, draws, n, steps, method):
    """Symmetric KL of each mixture, the first `draws` of the same ones for all, and the mean CPU seconds; a cell of the table."""
    rng = np.random.default_rng(dim)
    mixtures = [Mixture(dim, rng) for _ in range(draws)]
    flows = [getattr(mixture, method)(n, steps) for mixture in mixtures]
    values = np.array([flow.last.symmetric_kl(mixture.log_density) for flow, mixture in zip(flows, mixtures)])
    cpu = np.mean([flow.cpu for flow in flows])
    error = values.std(ddof=1) / np.sqrt(draws)
    return values, cpu, f"{values.mean():.4f} +- {error:.4f} ({cpu:.2f} s; {n}^{dim} x {steps}, {draws} draws)"


def main():
    report = Report()
    few, many = (5, 60) if report.full else (3, 10)
    report.say("Symmetric KL to the stationary density at t = 4, mean and standard error over random mixtures, CPU seconds of one:\n")
    report.head("method", "D = 2", "D = 3")
    for name, cell in PEERS:
        report.row(name, cell, "")
    coarse = {2: solve(2, many, 96, 40, "jko"), 3: solve(3, 15 if report.full else few, 48, 10, "jko")}
    report.row("jko, reversible", coarse[2][2], coarse[3][2])
    fine = {2: solve(2, few, 136, 80, "jko"), 3: solve(3, few, 68, 20, "jko")}
    report.row("jko, reversible, finer", fine[2][2], fine[3][2])
    reference = solve(2, few, 192, 40, "fv")
    report.row("finite volumes", reference[2], "")
    report.say(f"\nOver the mixtures: least {coarse[2][0].min():.1e}, largest {coarse[2][0].max():.1e} in D = 2.")
    report.measure("mean over that of finite volumes, same mixtures, D = 2", fine[2][0].mean() / reference[0].mean())
    for dim in (2, 3):
        report.measure(f"mean on half the steps over the finer one, same mixtures, D = {dim}", coarse[dim][0][:few].mean() / fine[dim][0].mean())
        report.measure(f"CPU seconds, D = {dim}", fine[dim][1])
    report.finish()


main()
