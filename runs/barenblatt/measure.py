"""The porous medium equation d/dt rho = Laplace(rho^2) from Barenblatt's solution at t0 = 1e-3: L1 error, CPU seconds and memory beside the
back-and-forth method (Jacobs, Lee, Leger, The back-and-forth method for Wasserstein gradient flows, ESAIM: COCV 27, 2021), which was run with
its authors' code on the machine these runs were made on."""
import numpy as np

from report import Flow, Report, options

PEERS = [
    ("back-and-forth, tolerance 1e-3", "256^2", 30, "30", "7.3e-3", "14"),
    ("back-and-forth, tolerance 1e-3", "512^2", 30, "86", "7.0e-3", "35"),
    ("back-and-forth, tolerance 1e-2", "512^2", 30, "23", "2.6e-2", "35"),
    ("back-and-forth, tolerance 1e-2", "1024^2", 5, "23", "1.2e-2 at t = 1.5e-3", "119"),
    ("exact minimising movements", "", 30, "", "6.4e-3", ""),
]
EXACT = {2: lambda x, y: np.maximum(0, 0.19947114 - 0.98821177 * (x * x + y * y)),
         3: lambda x, y, z: np.maximum(0, 0.13481014 - 0.51064784 * (x * x + y * y + z * z))}
END = {2: 3e-3, 3: 2e-3}


def solve(report, dim, n, scheme, steps, found):
    flow = Flow(options(f"-options_file petsc-options/problems/porous-medium-{dim}d.opts -jko_epsilon_ratio 0.05 -jko_type {scheme}",
                        grid_n=",".join([str(n)] * dim), jko_dt=END[dim] / steps), 3)
    drift = abs(float(flow.rows[-1]["mass"]) - float(flow.rows[0]["mass"]))
    found[dim, n, scheme] = flow.last.l1(EXACT[dim]), flow.cpu, drift, flow.last.density.min()
    report.row(f"jko, {scheme}", f"{n}^{dim}", steps, f"{flow.cpu:.2f}", f"{found[dim, n, scheme][0]:.1e}", f"{flow.memory:.0f}")


def main():
    report, found = Report(), {}
    report.say("CPU seconds and memory of the whole program, L1 error at t0 + 3e-3 in 2-D, t0 + 2e-3 in 3-D:\n")
    report.head("code", "grid", "steps", "CPU s", "L1", "MB")
    for line in PEERS:
        report.row(*line)
    for n in (128, 256, 512, 1024) if report.full else (128, 256):
        for scheme, steps in (("euler", 30), ("extrapolated", 3), ("extrapolated", 10)):
            solve(report, 2, n, scheme, steps, found)
    for n in (64, 128, 256) if report.full else (64,):
        for scheme in ("euler", "extrapolated"):
            solve(report, 3, n, scheme, 5, found)
    euler, extrapolated = found[2, 256, "euler"], found[2, 256, "extrapolated"]
    report.measure("L1, 256^2, euler", euler[0])
    report.measure("CPU seconds, 256^2, euler", euler[1])
    report.measure("L1, 256^2, extrapolated, 10 steps", extrapolated[0])
    report.measure("CPU seconds, 256^2, extrapolated, 10 steps", extrapolated[1])
    report.measure("largest change of the mass", max(case[2] for case in found.values()))
    report.measure("least density", min(case[3] for case in found.values()))
    report.measure("L1, 64^3, extrapolated over euler, 5 steps", found[3, 64, "extrapolated"][0] / found[3, 64, "euler"][0])
    if report.full:
        report.measure("CPU seconds, 512^2, euler", found[2, 512, "euler"][1])
    report.finish()


main()
