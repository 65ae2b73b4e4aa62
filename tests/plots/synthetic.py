"""synthetic.py DIR: a folder like that of a run, with what a plain one has not: walls, two species, vectors, a potential, a column of its own with
a gap, and a mass that grows."""
import os
import sys

import h5py
import numpy as np

folder = sys.argv[1]
os.makedirs(folder)
x, y = (np.arange(30) + 0.5) / 15, (np.arange(20) + 0.5) / 20
X, Y = np.meshgrid(x, y)
wall = (abs(X - 1) < 0.1) & (abs(Y - 0.5) > 0.2)
with open(os.path.join(folder, "history.csv"), "w") as history:
    history.write("step,time,dt,epsilon,energy,entropy,mass,kl,w2_step,w2_target,dissipation,iterations,residual,gap,min,max,wall,kl_decay,crowd\n")
    for k in range(3):
        steps = (0.1, 0.5, 3, 1e-9, 1e-12) if k else ("",) * 5
        history.write(f"{k},{k / 10},{steps[0]},1,{3 - k},1,{1 + k / 10},{0.5 ** k},{steps[1]},,,{steps[2]},{steps[3]},{steps[4]},0,1,,{0.9 ** k},{'' if k == 1 else k * k}\n")
for k in range(3):
    with h5py.File(os.path.join(folder, f"density-{k:06}.h5"), "w") as f:
        f.attrs["time"], f.attrs["step"] = k / 10, np.int32(k)
        f["x"], f["y"], f["time"], f["wall"] = x, y, k / 10, wall.astype("i1")
        for species, centre in (("a", 0.4 + k / 10), ("b", 1.6 - k / 10)):
            f["density_" + species] = np.where(wall, 0, np.exp(-20 * ((X - centre) ** 2 + (Y - 0.5) ** 2)))
        f["velocity_x"], f["velocity_y"], f["potential"] = np.ones_like(X), 0.5 - Y, X - 1
