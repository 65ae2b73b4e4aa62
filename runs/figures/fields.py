"""Densities at a few times: curves in 1-D, images in 2-D, the integrals along each axis in 3-D; walls grey, vectors as arrows."""
import warnings

import numpy as np
from matplotlib.colors import Normalize, TwoSlopeNorm
from matplotlib.ticker import LinearLocator

from . import style
from .style import plt

PLANES = ((0, 1, 2), (0, 2, 1), (1, 2, 0))  # the axes across and up, and the one along which is integrated


def label(name):
    """density_a -> rho_a"""
    return r"$\rho$" if name == "density" else rf"$\rho_{{\mathrm{{{style.index(name[8:])}}}}}$" if name.startswith("density_") else style.plain(name)


def project(snapshot, field, plane):
    """The integral of a 3-D field along the third axis of the plane, as an image [up, across]; NaN where there are walls all the way."""
    width = (lambda a: a[1] - a[0] if len(a) > 1 else 1.0)(snapshot.axes[plane[2]])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        image = np.nansum(field, axis=2 - plane[2]) * width
    image[np.isnan(field).all(axis=2 - plane[2])] = np.nan
    return image


def views(snapshot, field):
    """The images of a field in 2-D or 3-D: (title, axis across, axis up, image)."""
    if snapshot.dimension == 2:
        return [("", 0, 1, field)]
    return [(rf"$\int\rho\,d{'xyz'[p[2]]}$", p[0], p[1], project(snapshot, field, p)) for p in PLANES]


def draw_image(ax, snapshot, across, up, image, norm, cmap=style.DENSITY):
    """Lengths alike along both axes, in boxes that are not more than four times as long as wide."""
    (left, right), (bottom, top) = snapshot.extent[across], snapshot.extent[up]
    shape = (top - bottom) / (right - left)
    tall = min(4.0, max(0.25, shape))
    shown = ax.imshow(image, origin="lower", extent=(left, right, bottom, top), cmap=cmap, norm=norm, interpolation="nearest", aspect=tall / shape)
    ax.xaxis.set_major_locator(plt.MaxNLocator(4 if tall < 2.5 else 1, min_n_ticks=2))
    ax.yaxis.set_major_locator(plt.MaxNLocator(4 if tall > 0.4 else 2, min_n_ticks=2))
    return shown


def draw_bar(shown, what=None):
    """The bar of the colours beside an image, as tall as it; both ends are told."""
    ax = shown.axes
    (left, right), (bottom, top) = ax.get_xlim(), ax.get_ylim()
    thick = 0.045 * max(1.0, 0.6 * ax.get_aspect() * (top - bottom) / (right - left))
    bar = ax.figure.colorbar(shown, cax=ax.inset_axes([1 + 0.7 * thick, 0, thick, 1]), ticks=LinearLocator(3), format="%.3g", label=what)
    bar.outline.set_visible(False)


def draw_bars(row, common, what=None):
    """One bar for a row of images on the same scale, else one for each."""
    for shown in row[-1:] if common else row:
        draw_bar(shown, what if shown is row[-1] else None)


def draw_arrows(ax, snapshot, name, most=14):
    """The vectors of a snapshot in 2-D, where the density of that name is more than a thousandth of its maximum; the longest fills its cell. The
    vectors of a species end with its name."""
    density = np.nan_to_num(snapshot.densities[name])
    species = {n[7:] for n in snapshot.densities if n != "density"}
    every = [max(1, -(-len(a) // most)) for a in snapshot.axes]
    part = (slice(every[1] // 2, None, every[1]), slice(every[0] // 2, None, every[0]))
    for vector, components in snapshot.vectors.items():
        if any(vector.endswith(s) for s in species) and not vector.endswith(name[7:]):
            continue
        u, v = (np.where(density > 1e-3 * density.max(), np.nan_to_num(c), np.nan)[part] for c in components)
        length = np.nanmax(np.hypot(u, v)) if np.isfinite(u).any() else 0
        if not length > 0:
            continue
        x, y = snapshot.axes[0][part[1]], snapshot.axes[1][part[0]]
        room = min(every[0] * (snapshot.axes[0][1] - snapshot.axes[0][0]), every[1] * (snapshot.axes[1][1] - snapshot.axes[1][0]))
        ax.quiver(x, y, u, v, angles="xy", scale_units="xy", scale=length / (1.1 * room), width=0.007, color="white", edgecolor=style.INK,
                  linewidth=0.4, pivot="mid")


def scales(images):
    """One colour scale for all when their maxima are within a factor of three; else each its own, and whether it is common."""
    tops = [float(np.nanmax(i)) if np.isfinite(i).any() else 1.0 for i in images]
    tops = [t if t > 0 else 1.0 for t in tops]
    if max(tops) <= 3 * min(tops):
        return [Normalize(0, max(tops))] * len(images), True
    return [Normalize(0, t) for t in tops], False


def frames(run, count=4):
    """The densities at a few times as one figure."""
    snapshots = [run.load(i) for i in run.choose(count)]
    return _curves(run) if snapshots[0].dimension == 1 else _images(snapshots)


def _images(snapshots):
    """A row per species and view, a column per time."""
    rows = []
    for name in snapshots[0].densities:
        for i in range(1 if snapshots[0].dimension == 2 else 3):
            rows.append((name, [views(s, s.densities[name])[i] for s in snapshots]))
    shape = np.ptp(snapshots[0].extent, axis=1)
    tall = sum(2.45 * min(2.0, max(0.35, shape[cells[0][2]] / shape[cells[0][1]])) + 0.5 for _, cells in rows)
    figure, axes = plt.subplots(len(rows), len(snapshots), figsize=(2.75 * len(snapshots) + 0.8, tall + 0.3), squeeze=False, layout="compressed")
    figure.get_layout_engine().set(w_pad=0.08)
    for line, (row, (name, cells)) in enumerate(zip(axes, rows)):
        norms, common = scales([c[3] for c in cells])
        shown = []
        for ax, snapshot, (title, across, up, image), norm in zip(row, snapshots, cells, norms):
            shown.append(draw_image(ax, snapshot, across, up, image, norm))
            if snapshot.dimension == 2:
                draw_arrows(ax, snapshot, name)
            ax.set_title(f"t = {snapshot.time:.3g}" if line == 0 else "")
            ax.set_xlabel("xyz"[across])
            ax.tick_params(labelleft=ax is row[0])
        row[0].set_ylabel("xyz"[up])
        draw_bars(shown, common, title.replace(r"\rho", label(name).strip("$")) if title else label(name))
    return figure


def _curves(run):
    """1-D: the densities at a few times, and all of them over space and time."""
    chosen = [run.load(i) for i in run.choose(7)]
    names = list(chosen[0].densities)
    figure, axes = plt.subplots(len(names), 2, figsize=(10.5, 3.4 * len(names)), squeeze=False)
    every = [run.load(i) for i in run.spread(200)]
    for name, (left, right) in zip(names, axes):
        for i, s in enumerate(chosen):
            colour = style.DENSITY(0.92 * i / max(1, len(chosen) - 1))
            left.plot(s.axes[0], s.densities[name], color=colour, linestyle="-", label=f"t = {s.time:.3g}")
        left.set(xlabel="x", ylabel=label(name), xlim=chosen[0].extent[0])
        left.set_ylim(bottom=0)
        left.legend(ncol=1, handlelength=1.3)
        shade_walls(left, chosen[0])
        _space_time(figure, right, every, name)
    return figure


def _space_time(figure, ax, snapshots, name):
    image = np.array([s.densities[name] for s in snapshots])
    top = np.nanquantile(image, 0.995)
    norm = Normalize(0, top if top > 0 else 1)
    times = [s.time for s in snapshots]
    if len(times) > 1:
        shown = ax.pcolormesh(snapshots[0].axes[0], times, image, cmap=style.DENSITY, norm=norm, shading="nearest", rasterized=True)
        figure.colorbar(shown, ax=ax, pad=0.01, extend="max" if np.nanmax(image) > norm.vmax else "neither").outline.set_visible(False)
        ax.set_ylim(times[0], times[-1])
    ax.set(xlabel="x", ylabel="t", title=label(name) + " over space and time")


def shade_walls(ax, snapshot):
    if snapshot.wall is not None:
        ax.fill_between(snapshot.axes[0], 0, 1, where=snapshot.wall, transform=ax.get_xaxis_transform(), color=style.WALL, step="mid", linewidth=0)


def others(run):
    """Scalar fields and components of vectors in the last snapshot, or None: potentials, velocities. In 3-D the middle slice across z."""
    snapshot = run.load(len(run.paths) - 1)
    fields = {n: (f, False) for n, f in snapshot.scalars.items()}
    for name, components in snapshot.vectors.items():
        fields.update({f"{name}_{'xyz'[i]}": (c, True) for i, c in enumerate(components)})
    if not fields:
        return None
    shape = np.ptp(snapshot.extent, axis=1)
    tall = 2.6 if snapshot.dimension == 1 else 3.0 * min(2.0, max(0.35, shape[1] / shape[0]))
    wide = min(3, len(fields))
    figure, axes = plt.subplots(-(-len(fields) // wide), wide, figsize=(3.4 * wide + 0.3, (tall + 0.6) * -(-len(fields) // wide)), squeeze=False, layout="compressed")
    for ax, (name, (field, signed)) in zip(axes.flat, fields.items()):
        _draw_other(figure, ax, snapshot, name, _where_dense(snapshot, field), signed)
    for ax in axes.flat[len(fields):]:
        ax.set_axis_off()
    return figure


def _where_dense(snapshot, field, least=1e-6):
    """NaN in walls, and where no density is more than this part of its maximum: what a flow does not feel is noise, and would set the scale."""
    dense = np.any([np.nan_to_num(d) > least * np.nanmax(d) for d in snapshot.densities.values()], axis=0)
    return np.where(dense & np.isfinite(field), field, np.nan).astype(float)


def _draw_other(figure, ax, snapshot, name, field, signed):
    ax.set_title(f"{style.plain(name)},  t = {snapshot.time:.3g}")
    ax.set_xlabel("x")
    if snapshot.dimension == 1:
        ax.plot(snapshot.axes[0], field, linestyle="-")
        ax.set_xlim(snapshot.extent[0])
        ax.grid(True)
        return
    image = field if snapshot.dimension == 2 else field[field.shape[0] // 2]
    if not np.isfinite(image).any():
        ax.set_axis_off()
        return
    low, high = np.nanmin(image), np.nanmax(image)
    signed = signed or low < 0 < high
    top = max(abs(low), abs(high)) or 1.0
    norm = TwoSlopeNorm(0, -top, top) if signed else Normalize(low, high if high - low > 1e-9 * top else low + top)
    shown = draw_image(ax, snapshot, 0, 1, image, norm, style.SIGNED if signed else style.DENSITY)
    figure.colorbar(shown, ax=ax, pad=0.02, aspect=25).outline.set_visible(False)
    ax.set_ylabel("y" if snapshot.dimension == 2 else "y  (middle slice)")
