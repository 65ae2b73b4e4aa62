"""The disc of petsc-options/problems/tumour-2d.opts: it stays at density 1 and the tissue around it grows like A e^t, so that with everything growing at
rate 1 the mass tells the radius; the front moves at the gradient of the pressure, p = (R^2 - r^2)/4, over the jump of the density:
R' = R/(2 (1 - A e^t))."""
import numpy as np

START, A = 0.3, 0.2


def radius(t):
    return START * np.sqrt((1 - A) * np.exp(t) / (1 - A * np.exp(t)))


def speed(t):
    return radius(t) / (2 * (1 - A * np.exp(t)))


def measured(snapshot):
    """That of the disc as large as all cells above the middle between inside and outside."""
    x = snapshot.axes[0]
    return (x[1] - x[0]) * np.sqrt((snapshot.density > (1 + A * np.exp(snapshot.time)) / 2).sum() / np.pi)
