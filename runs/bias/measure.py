"""Entropic JKO steps while tau is refined. Plain ones diffuse more by eps/(4 tau) (Baradat, Hraivoronska, Santambrogio, Using Sinkhorn in the
JKO scheme adds linear diffusion, 2025): at fixed eps they get worse, at eps = 4 tau A they do not converge. Compensated ones converge.

   Between Gaussians a step is two equations. With the variances a before and b after, the covariance c of the plan, and theta = 1 plain,
   1/2 compensated,

     a b - c^2 = eps c/2,     1 + tau k = a/c + (tau D - (1 - theta) eps/2)/b,     m' = m/(1 + tau k)                                     """
import os

import numpy as np

from report import Flow, Report, options, order

HERE = os.path.dirname(__file__)
D, K, END, START = 0.1, 40.0, 0.02, (-0.15, 0.004)
FIXED, SHARE = 4.8828125e-4, 0.25  # eps = FIXED; eps = 4 tau SHARE D


def exact(x):
    mean, variance = START[0] * np.exp(-K * END), D / K + (START[1] - D / K) * np.exp(-2 * K * END)
    return np.exp(-((x - mean) ** 2) / (2 * variance))


def barenblatt(x):
    return np.maximum(0, 0.36056239 - 2.8499599 * x**2)


def next_variance(a, tau, theta, epsilon):
    """b by bisection in c, 0 < c: the left hand side of the second equation, with b from the first, rises with c."""
    diffusion, low, high = tau * D - (1 - theta) * epsilon / 2, 0.0, 10 * a
    for _ in range(200):
        c = (low + high) / 2
        b = (c * c + epsilon * c / 2) / a
        low, high = (c, high) if a / c + diffusion / b > 1 + tau * K else (low, c)
    return b


def predicted(steps, theta, epsilon):
    """L1 error of the scheme between Gaussians in closed form."""
    tau, mean, variance = END / steps, *START
    for _ in range(steps):
        mean, variance = mean / (1 + tau * K), next_variance(variance, tau, theta, epsilon)
    x = np.linspace(-1, 1, 20001)
    q, e = np.exp(-((x - mean) ** 2) / (2 * variance)), exact(x)
    return np.abs(q / q.sum() - e / e.sum()).sum()


def solve(name, end, exact_density, steps, theta, epsilon):
    flow = Flow(options(f"-options_file {HERE}/{name}.opts", jko_dt=end / steps, jko_epsilon=epsilon,
                        jko_compensate="true" if theta < 1 else "false"))
    return flow.last.l1(exact_density)


def farthest(measured, expected):
    return max(np.array(measured) / np.array(expected), key=lambda ratio: abs(ratio - 1))


def main():
    report = Report()
    rows = (5, 10, 20, 40, 80, 160) if report.full else (5, 20, 40, 80)
    errors, ideal = {}, {}
    report.say("Ornstein-Uhlenbeck process: L1 error, in brackets that of the step between Gaussians in closed form; D = 0.1:")
    report.say()
    report.head("steps", "A = eps/(4 tau)", "plain, fixed eps", "compensated, fixed eps", "plain, A = D/4", "compensated, A = D/4")
    for steps in rows:
        cells = []
        for kind, epsilon in (("fixed", FIXED), ("tied", 4 * SHARE * D * END / steps)):
            for theta in (1, 0.5):
                errors.setdefault((kind, theta), []).append(solve("process", END, exact, steps, theta, f"{epsilon:.17g}"))
                ideal.setdefault((kind, theta), []).append(predicted(steps, theta, epsilon))
                cells.append(f"{errors[kind, theta][-1]:.2e} ({ideal[kind, theta][-1]:.2e})")
        report.row(steps, f"{FIXED * steps / (4 * END):.3f}", *cells)
    report.say("\nPorous medium equation from Barenblatt's solution, sigma = 2 cells: L1 error:\n")
    report.head("steps", "plain, fixed eps", "compensated, fixed eps", "compensated, eps of jko's choice")
    medium = {(1, "5e-5"): [], (0.5, "5e-5"): [], (0.5, "auto"): []}
    for steps in rows:
        for theta, epsilon in medium:
            medium[theta, epsilon].append(solve("medium", 4e-3, barenblatt, steps, theta, epsilon))
        report.row(steps, *(f"{found[-1]:.2e}" for found in medium.values()))
    for kind in ("fixed", "tied"):
        for theta, word in ((1, "plain"), (0.5, "compensated")):
            report.measure(f"measured over predicted error, {word}, {kind}", farthest(errors[kind, theta], ideal[kind, theta]))
    report.measure("order in tau, compensated, A = D/4", order(errors["tied", 0.5]))
    report.measure("order in tau, plain, A = D/4", order(errors["tied", 1]))
    report.measure("order in tau, compensated, porous medium, eps of jko's choice", order(medium[0.5, "auto"]))
    report.measure("order in tau, plain, porous medium, fixed eps", order(medium[1, "5e-5"]))
    report.finish()


main()
