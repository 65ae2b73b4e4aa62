"""Histograms of particles (particles.c, Euler-Maruyama) against the density of jko in bins of 8 x 8 cells.

   With p the mass of a bin, N independent particles and m = floor(N p) + 1, the distance sum |count/N - p| is on average the sum over bins of

     E |count - N p| / N = 2 m binomial(N, m) p^m (1 - p)^(N - m + 1) / N                      (de Moivre 1730)
                         ~ sqrt(2 p (1 - p) / (pi N))

   Particles that are drawn to their mean are independent in the limit only (propagation of chaos), with the same constant.              """
import math
import os

import numpy as np

from report import BUILD, Flow, Report, options, run

HERE, BINS = os.path.dirname(__file__), (16, 20)


def masses(flow):
    """The mass of each bin, x by y."""
    density = flow.last.density / flow.last.density.sum()
    return density.reshape(BINS[0], density.shape[0] // BINS[0], BINS[1], -1).sum(axis=(1, 3))


def histogram(count, steps, seed, more=""):
    words = options(f"-particles {count} -steps {steps} -seed {seed} -time 0.5 -start -0.1,0.5 -bins {BINS[0]},{BINS[1]} {more}")
    cpu, _, said = run([os.path.join(BUILD, "runs/langevin/particles"), *words])
    return np.array([[int(word) for word in line.split()] for line in said.strip().splitlines()]).T / count, cpu


def deviation(n, p):
    """E |count - N p| / N of one bin."""
    if not 0 < p < 1:
        return 0.0
    m = math.floor(n * p) + 1
    choose = math.lgamma(n + 1) - math.lgamma(m + 1) - math.lgamma(n - m + 1)
    return 2 * m * math.exp(choose + m * math.log(p) + (n - m + 1) * math.log1p(-p)) / n


def compare(report, what, flow, sizes, steps, more=""):
    """The table of distances over N; means over seeds."""
    p = masses(flow)
    report.say(f"\n{what}: distance of histograms of N particles to the density, mean over seeds; the density took {flow.cpu:.2f} CPU s\n")
    report.head("N", "seeds", "distance", "expected of independent particles", "ratio", "CPU s of one")
    distances, ratios = [], []
    for count, seeds in sizes:
        found = [histogram(count, steps, seed, more) for seed in range(1, seeds + 1)]
        distances.append(np.mean([np.abs(h - p).sum() for h, _ in found]))
        expected = sum(deviation(count, float(mass)) for mass in p.flat)
        ratios.append(distances[-1] / expected)
        report.row(count, seeds, f"{distances[-1]:.3e}", f"{expected:.3e}", f"{ratios[-1]:.3f}", f"{min(cpu for _, cpu in found):.2f}")
    report.measure(f"order in N, {what}", math.log(distances[-1] / distances[0]) / math.log(sizes[-1][0] / sizes[0][0]))
    report.measure(f"measured over expected distance, {what}", max(ratios, key=lambda ratio: abs(ratio - 1)))


def main():
    report = Report()
    sizes = [(1000, 64), (10000, 32), (100000, 8)] if report.full else [(1000, 16), (10000, 8), (100000, 2)]
    steps = 800 if report.full else 200  # the error of Euler-Maruyama, of first order, is to stay below the distance
    compare(report, "double well", Flow(options(f"-options_file {HERE}/double-well.opts")), sizes, steps)
    compare(report, "McKean-Vlasov", Flow(options(f"-options_file {HERE}/mckean-vlasov.opts")), sizes, max(steps, 400), "-strength 1")
    report.finish()


main()
