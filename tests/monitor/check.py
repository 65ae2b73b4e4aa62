"""check.py WHAT FOLDER...: whether the columns and fields of a run agree with its densities and with theory."""
import csv
import glob
import sys

import h5py
import numpy as np

D, K = 0.1, (40.0, 50.0)  # of the Ornstein-Uhlenbeck flow of columns.sh: V = sum K x^2 / 2


def rows(folder):
    with open(folder + "/history.csv", newline="") as f:
        return [{k: float(v) if v else None for k, v in r.items()} for r in csv.DictReader(f)]


def read(path):
    with h5py.File(path) as f:
        return {k: f[k][()] for k in f} | {"at": float(f.attrs["time"])}


def outputs(folder):
    """Every output with its row: density, coordinates of cells, cell volume."""
    table = {int(r["step"]): r for r in rows(folder)}
    for path in sorted(glob.glob(folder + "/density-*.h5")):
        f = read(path)
        y, x = np.meshgrid(f["y"], f["x"], indexing="ij")
        yield table[int(path[-9:-3])], f, x, y, (f["x"][1] - f["x"][0]) * (f["y"][1] - f["y"][0])


def near(a, b, tolerance, scale=1.0):
    assert abs(a - b) <= tolerance * max(abs(b), scale * 1e-300), (a, b)


def moments(folder):
    for r, f, x, y, _ in outputs(folder):
        p = f["density"] / f["density"].sum()
        m = (p * x).sum(), (p * y).sum()
        want = {"mean_x": m[0], "mean_y": m[1], "var_x": (p * (x - m[0]) ** 2).sum(), "var_y": (p * (y - m[1]) ** 2).sum(),
                "cov_xy": (p * (x - m[0]) * (y - m[1])).sum()}
        for name, value in want.items():
            assert abs(r[name] - value) < 1e-12, (name, r[name], value)


def energies(folder):
    for r, f, x, y, h in outputs(folder):
        rho = f["density"]
        near(r["energy_entropy"], D * (rho * np.log(rho)).sum() * h, 1e-9)
        near(r["energy_potential"], (rho * (K[0] * x**2 + K[1] * y**2) / 2).sum() * h, 1e-9)
        near(r["energy_entropy"] + r["energy_potential"], r["energy"], 1e-12)


def divergence(folder):
    """The normaliser of the Gibbs state by the exact integral over the plane, where all of it lies in the box."""
    z = 2 * np.pi * D / np.sqrt(K[0] * K[1])
    for r, f, x, y, h in outputs(folder):
        rho = f["density"]
        kl = (rho * (np.log(rho) + (K[0] * x**2 + K[1] * y**2) / (2 * D) + np.log(z))).sum() * h
        assert abs(r["kl_gibbs"] - kl) < 1e-6, (r["kl_gibbs"], kl)
        near(r["kl"], r["kl_gibbs"], 1e-12)
        near(r["excess"], D * r["kl_gibbs"], 1e-12)


def slope(f, x, y):
    """grad (D log rho + V) by numpy's central differences."""
    g = D * np.log(f["density"]) + (K[0] * x**2 + K[1] * y**2) / 2
    gy, gx = np.gradient(g, f["y"], f["x"])
    return gx, gy


def production(folder):
    """Of a Gaussian with the moments of the table: grad F' is linear; the grid has four cells per standard deviation."""
    for r in rows(folder):
        exact = sum((k * r["mean_" + a]) ** 2 + (k - D / r["var_" + a]) ** 2 * r["var_" + a] for a, k in zip("xy", K))
        near(r["production"], exact, 1e-2)
        near(r["fisher"], r["production"] / D**2, 1e-12)


def velocity(folder):
    for _, f, x, y, h in outputs(folder):
        gx, gy = slope(f, x, y)
        inside = f["density"] > 1e-3 * f["density"].max()
        for v, g in ((f["velocity_x"], gx), (f["velocity_y"], gy)):
            assert np.abs(v + g)[inside].max() < 1e-6 * np.abs(g[inside]).max()


def potential(folder):
    for _, f, x, y, h in outputs(folder):
        want = -(D * (1 + np.log(f["density"])) + (K[0] * x**2 + K[1] * y**2) / 2)
        difference = f["potential"] - want
        assert np.ptp(difference) < 1e-9 * np.ptp(want)


def w2(folder):
    """Between Gaussians with the moments of the table; the flow keeps them Gaussian."""
    for r in rows(folder):
        if r["step"] % 10:
            assert r["w2_target"] is None and r["w2_target_error"] is None
            continue
        exact = np.sqrt(sum(r["mean_" + a] ** 2 + (np.sqrt(r["var_" + a]) - np.sqrt(D / k)) ** 2 for a, k in zip("xy", K)))
        near(r["w2_target"], exact, 2e-3)
        assert abs(r["w2_target"] - exact) <= r["w2_target_error"] + 2e-4 * exact, (r["w2_target"], exact, r["w2_target_error"])


def balance(folder):
    for r in rows(folder)[1:]:
        assert abs(r["balance_production"] - 1) < 5e-3, r["balance_production"]
        assert abs(r["balance_w2"] - 0.5) < 5e-3, r["balance_w2"]
        near(r["w2_rate"], r["w2_step"] / r["dt"], 1e-12)


def decay(folder):
    table = rows(folder)
    start = table[0]["kl"]
    for r in table:
        assert r["violated"] == 0
        assert r["kl"] <= start * np.exp(-2 * min(K) * r["time"]) * 1.001
        near(r["kl_decay"], r["kl"] / (start * np.exp(-2 * min(K) * r["time"])), 1e-6)
        assert all(r[c] is None or 0 < r[c] < 1.005 for c in ("kl_decay", "w2_decay", "log_sobolev", "talagrand", "hwi"))
    assert table[-1]["w2_decay"] is not None and table[-1]["log_sobolev"] > 0.8


def violated(folder):
    assert rows(folder)[-1]["violated"] == 2


def film(folder):
    frames = [read(p) for p in sorted(glob.glob(folder + "/film-*.h5"))]
    outs = [read(p) for p in sorted(glob.glob(folder + "/density-*.h5"))]
    assert len(frames) == 4 * (len(outs) - 1) + 1
    for f, o in zip(frames[::4], outs):
        assert np.array_equal(f["density"], o["density"]) and f["at"] == o["at"]
    mass = [f["density"].sum() for f in frames]
    assert np.ptp(mass) < 1e-13 * mass[0] and min(f["density"].min() for f in frames) >= 0
    steps = np.diff([f["at"] for f in frames])
    assert np.allclose(steps, steps[0], rtol=1e-9)


def between(folder):
    """McCann's interpolation of Gaussians: mean and standard deviation are linear in time."""
    def shape(f):
        y, x = np.meshgrid(f["y"], f["x"], indexing="ij")
        p = f["density"] / f["density"].sum()
        mean = np.array([(p * x).sum(), (p * y).sum()])
        return np.concatenate([mean, np.sqrt([(p * (x - mean[0]) ** 2).sum(), (p * (y - mean[1]) ** 2).sum()])])

    frames = [read(p) for p in sorted(glob.glob(folder + "/film-*.h5"))]
    h = frames[0]["x"][1] - frames[0]["x"][0]
    for i in range(0, len(frames) - 4, 4):
        first, last = shape(frames[i]), shape(frames[i + 4])
        for j in (1, 2, 3):
            error = shape(frames[i + j]) - first - j / 4 * (last - first)
            assert np.abs(error[:2]).max() < 1e-5 and np.abs(error[2:]).max() < 0.1 * h, error


def halves(folder):
    """Every other frame of a film in 1-D is half-way between its neighbours."""
    frames = [read(p) for p in sorted(glob.glob(folder + "/film-*.h5"))]
    mean = [(f["density"] * f["x"]).sum() / f["density"].sum() for f in frames]
    assert len(frames) == 5
    for i in (1, 3):
        assert abs(mean[i] - (mean[i - 1] + mean[i + 1]) / 2) < 1e-4, mean


def pair(folder, one):
    """D int rho log rho + int 3 x^2/2 rho on the geodesic between the last two outputs, Gaussians of means m and deviations d."""
    ends = [read(p) for p in sorted(glob.glob(folder + "/density-*.h5"))[-2:]]
    p = [f["density"] / f["density"].sum() for f in ends]
    m = [(q * f["x"]).sum() for q, f in zip(p, ends)]
    d = [np.sqrt((q * (f["x"] - c) ** 2).sum()) for q, f, c in zip(p, ends, m)]
    square = (m[0] - m[1]) ** 2 + (d[0] - d[1]) ** 2
    at = lambda s: (m[0] + s * (m[1] - m[0]), d[0] + s * (d[1] - d[0]))
    energy = lambda s: -0.5 * np.log(at(s)[1]) + 1.5 * (at(s)[0] ** 2 + at(s)[1] ** 2)
    convexity = min(2 * ((1 - s) * energy(0) + s * energy(1) - energy(s)) / (s * (1 - s) * square) for s in (0.25, 0.5, 0.75))
    first = rows(one)[0]
    assert abs(first["w2_target"] ** 2 - square) < 1e-3 * square, (first, square)
    assert abs(first["geodesic_lambda"] - convexity) < first["geodesic_error"] < 0.05 * convexity, (first, convexity)


def well(folder):
    """V = (x^2-1)^2, D = 1/2: not convex; what is known is the perturbation of a convex potential, and the gap at late times."""
    table, d = rows(folder), 0.5
    x = (np.arange(4000) + 0.5) / 1000 - 2
    h, v = x[1] - x[0], (x**2 - 1) ** 2
    pi = np.exp(-v / d)
    # Holley-Stroock: U, V beyond e = sqrt(1 + k/4) and k x^2/2 + const within, has U'' >= k, so that V has k e^{-osc(V - U)/D}
    best = 0.0
    for k in np.linspace(0.2, 4, 39):
        e = np.sqrt(1 + k / 4)
        u = np.where(np.abs(x) < e, (e**2 - 1) ** 2 + k * (x**2 - e**2) / 2, v)
        best = max(best, k * np.exp(-np.ptp(v - u) / d))
    assert best > 0
    start = table[0]["kl"]
    for r in table:
        assert r["kl"] <= start * np.exp(-2 * best * r["time"]), r["time"]
        assert r["violated"] == 0 and r["log_sobolev"] is None and r["kl_decay"] <= 1 + 1e-12
        assert r["hwi"] is None or 0 < r["hwi"] < 1
    # the spectral gap of the generator, by finite volumes with rates sqrt(pi pi')
    step = 10
    x, pi = x[step // 2::step], pi[step // 2::step]
    h *= step
    mean = np.sqrt(pi[1:] * pi[:-1])
    form = np.diag(np.concatenate([mean, [0]]) + np.concatenate([[0], mean])) - np.diag(mean, 1) - np.diag(mean, -1)
    gap = np.linalg.eigvalsh(d / h**2 * form / np.sqrt(np.outer(pi, pi)))[1]
    late = [r for r in table if 2 <= r["time"]]
    rate = np.log(late[0]["kl"] / late[-1]["kl"]) / (late[-1]["time"] - late[0]["time"])
    assert abs(rate / (2 * gap) - 1) < 0.02, (rate, 2 * gap)


def same(one, other):
    for a, b in zip(sorted(glob.glob(one + "/film-*.h5")), sorted(glob.glob(other + "/film-*.h5")), strict=True):
        f, g = read(a), read(b)
        assert f["at"] == g["at"] and np.abs(f["density"] - g["density"]).max() < 1e-9 * f["density"].max()


globals()[sys.argv[1]](*sys.argv[2:])
