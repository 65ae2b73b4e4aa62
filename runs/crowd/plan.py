"""plan.py PLAN.png FILE.h5 WIDTH [SHRINK]: a floor plan, one pixel per cell, as fields for jko.

Dark pixels are walls, green ones the goal, orange ones where the crowd stands at first; the plan is WIDTH wide. With SHRINK a cell stands for
SHRINK x SHRINK pixels: a wall where one of them is, so that walls stay tight. The file receives `wall`,
`density` (1 where the crowd stands) and `distance`, the length of the shortest way to the goal round the walls: the solution of
|grad d| = 1 by the fast marching method (Sethian, Proc. Natl. Acad. Sci. 93, 1996). Cells without a way get the largest distance.
"""
import heapq
import sys

import h5py
import matplotlib.image
import numpy as np


def march(wall, goal, h):
    """Distances to the goal, first-order upwind, accepted in ascending order; inf behind walls without a door."""
    ny, nx = wall.shape
    distance = np.full((ny + 2, nx + 2), np.inf)  # with a rim, so that no cell needs asking whether it is inside
    known = np.pad(wall, 1, constant_values=True)
    front = []
    for j, i in zip(*np.nonzero(goal & ~wall)):
        distance[j + 1, i + 1] = 0.0
        front.append((0.0, j + 1, i + 1))
    heapq.heapify(front)
    while front:
        d, j, i = heapq.heappop(front)
        if known[j, i]:
            continue
        known[j, i] = True
        for b, a in ((j, i - 1), (j, i + 1), (j - 1, i), (j + 1, i)):
            if known[b, a]:
                continue
            x = min(distance[b, a - 1], distance[b, a + 1])
            y = min(distance[b - 1, a], distance[b + 1, a])
            low, high = min(x, y), max(x, y)
            new = low + h if high - low >= h else (low + high + (2 * h * h - (high - low) ** 2) ** 0.5) / 2
            if new < distance[b, a]:
                distance[b, a] = new
                heapq.heappush(front, (new, b, a))
    return distance[1:-1, 1:-1]


def blocks(flags, size):
    """Flags of size x size pixels each, on two new axes."""
    ny, nx = flags.shape[0] // size, flags.shape[1] // size
    return flags[: ny * size, : nx * size].reshape(ny, size, nx, size).swapaxes(1, 2).reshape(ny, nx, size * size)


def main():
    plan, path, width = sys.argv[1], sys.argv[2], float(sys.argv[3])
    shrink = int(sys.argv[4]) if len(sys.argv) > 4 else 1
    red, green, blue = np.moveaxis(matplotlib.image.imread(plan)[::-1, :, :3], 2, 0)  # row 0 is at the bottom
    wall = blocks(red + green + blue < 0.75, shrink).any(axis=2)
    goal = blocks(green > red + 0.2, shrink).all(axis=2) & ~wall
    crowd = blocks((red > blue + 0.4) & (green <= red + 0.2), shrink).all(axis=2) & ~wall
    distance = march(wall, goal, width / wall.shape[1])
    distance[~np.isfinite(distance)] = distance[np.isfinite(distance)].max()
    with h5py.File(path, "w") as f:
        for name, values in (("wall", wall), ("density", crowd), ("distance", distance)):
            f[name] = values.astype("f8" if name == "distance" else "i1")
    print(f"{wall.shape[1]} x {wall.shape[0]} cells, {wall.sum()} walls, crowd on {crowd.sum()} cells, longest way {distance.max():.3g}")


main()
