"""A run in one row: four densities (in 1-D: all of them in one panel) and the decay of the distance to the target, or of the energy."""
import numpy as np

from . import curves, fields, style
from .style import plt


def summary(run, rate=None):
    chosen = [run.load(i) for i in run.choose(4)]
    flat = chosen[0].dimension > 1
    panel = curves.kullback_leibler(run, rate) or curves.wasserstein(run, rate) or curves.energy(run)
    count = (len(chosen) if flat else 1) + bool(panel)
    figure, axes = plt.subplots(1, count, figsize=(2.1 * count + 1.1, 2.6) if flat else (4.2 * count, 2.9), squeeze=False,
                                gridspec_kw={"width_ratios": ([1] * len(chosen) if flat else [1.3]) + [1.25] * bool(panel)})
    figure.get_layout_engine().set(w_pad=0.06)
    names = list(chosen[0].densities)
    if flat:
        _images(axes[0], chosen, names)
    else:
        for i, s in enumerate(chosen):
            axes[0][0].plot(s.axes[0], s.densities[names[0]], color=style.DENSITY(0.92 * i / max(1, len(chosen) - 1)), linestyle="-", label=f"t = {s.time:.3g}")
        axes[0][0].set(xlabel="x", ylabel=fields.label(names[0]), xlim=chosen[0].extent[0], ylim=(0, None))
        axes[0][0].legend()
    if panel:
        curves.draw_decay(axes[0][-1], *panel)
    return figure


def _images(axes, chosen, names):
    """The densities (of species: their sum); in 3-D the integral along z."""
    images = [fields.views(s, sum(s.densities[n] for n in names))[0] for s in chosen]
    norms, common = fields.scales([i[3] for i in images])
    shown = []
    for ax, s, (_, across, up, image), norm in zip(axes, chosen, images, norms):
        shown.append(fields.draw_image(ax, s, across, up, image, norm))
        ax.set_title(f"t = {s.time:.3g}")
        ax.set_xlabel("xyz"[across])
        ax.tick_params(labelleft=ax is axes[0])
    axes[0].set_ylabel("xyz"[images[0][2]])
    fields.draw_bars(shown, common)
