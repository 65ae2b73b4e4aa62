"""What history.csv tells: how energy, KL and W2 decay, and what the steps cost and how well they were solved."""
import numpy as np

from . import style
from .style import plt

KNOWN = ("step,time,dt,epsilon,energy,entropy,mass,kl,w2_step,w2_target,dissipation,iterations,residual,gap,min,max,wall").split(",")

RATIOS = ("kl_decay", "w2_decay", "log_sobolev", "talagrand", "hwi")  # at most 1 by theory


def decay(run, rate=None):
    """Energy above its last value, KL and W2 to the target on a logarithmic axis, with the lines that theory puts above them; or None."""
    panels = [p for p in (energy(run), kullback_leibler(run, rate), wasserstein(run, rate)) if p]
    if not panels:
        return None
    figure, axes = plt.subplots(1, len(panels), figsize=(3.6 * len(panels) + 0.2, 3.1), squeeze=False)
    for ax, panel in zip(axes[0], panels):
        draw_decay(ax, *panel)
    return figure


def draw_decay(ax, title, time, values, bound, text):
    shown = values > 0
    ax.semilogy(time[shown], values[shown], marker="." if shown.sum() < 25 else "", color=style.BLUE, linestyle="-", label="this run")
    if bound is not None:
        told = np.isfinite(bound)
        ax.semilogy(time[told], bound[told], color=style.ORANGE, linestyle=(0, (4, 4)), label=text)  # both are seen where one lies on the other
        ax.legend(loc="best")
    ax.margins(x=0.02)
    low, high = values[shown].min(), values[shown].max()
    ax.set(title=title, xlabel="t", ylim=(low / 1.4, 1.4 * high))
    ax.grid(True, which="major")


def energy(run):
    """Above that of the Gibbs state where the run measured it, else above the last: that one falls to 0 at the end, by its making."""
    time, values, title, bound, text = run.column("time"), run.column("excess"), r"$F(\rho) - F(\pi)$", None, ""
    if values is not None:
        bound, text = _bound(run, values, "kl_decay", 2, None)
    if values is None and run.column("energy") is not None:
        time, values, title = time[:-1], run.columns["energy"][:-1] - run.columns["energy"][-1], r"$F(\rho) - F(\rho_{\mathrm{end}})$"
    if values is None or len(values) < 2 or not np.nanmax(values) > 0:
        return None
    return title, time, values, bound, text


def _exponential(power):
    return rf"theory: $e^{{{-power:.3g}\,t}}$" if abs(power) > 1e-12 else "theory: does not grow"


def _bound(run, values, ratio, factor, rate):
    """The line above a decay: from the ratio column where the run judged it, else from the rate that was given; and what it is called."""
    time, ratios = run.columns["time"], run.column(ratio)
    if rate is not None:
        start = np.flatnonzero(np.isfinite(values))[0]
        power = factor * rate
        return values[start] * np.exp(-power * (time - time[start])), _exponential(power)
    bound = values / ratios if ratios is not None else np.full_like(values, np.nan)  # each is the value over its bound
    known = np.flatnonzero(np.isfinite(bound) & (bound > 0))
    if len(known):
        first, last = known[[0, -1]]
        return bound, _exponential(np.log(bound[first] / bound[last]) / (time[last] - time[first]) if last > first else 0)
    return None, ""


def kullback_leibler(run, rate):
    kl = run.column("kl")
    if kl is None or not np.nanmax(kl) > 0:
        return None
    bound, text = _bound(run, kl, "kl_decay", 2, rate)
    return r"$\mathrm{KL}(\rho \,|\, \mathrm{target})$", run.columns["time"], np.where(np.isfinite(kl), kl, 0), bound, text


def wasserstein(run, rate):
    w2 = run.column("w2_target")
    if w2 is None or not np.nanmax(w2) > 0:
        return None
    bound, text = _bound(run, w2, "w2_decay", 1, rate)
    return r"$W_2(\rho, \mathrm{target})$", run.columns["time"], np.where(np.isfinite(w2), w2, 0), bound, text


def effort(run):
    """Iterations, residual and duality gap, length of the steps."""
    step = run.column("step")
    if step is None or run.column("dt") is None or run.column("iterations") is None:
        return None
    figure, axes = plt.subplots(1, 3, figsize=(11, 2.9))
    axes[0].plot(step, run.columns["iterations"], drawstyle="steps-mid", color=style.BLUE, linestyle="-")
    axes[0].set(title="iterations of the step", ylim=(0, 1.05 * max(1, np.nanmax(run.columns["iterations"]))))
    axes[0].yaxis.set_major_locator(plt.MaxNLocator(6, integer=True))
    _certificates(axes[1], run, step)
    axes[2].plot(step, run.columns["dt"], drawstyle="steps-mid", color=style.BLUE, linestyle="-")
    axes[2].set(title="time step")
    low, high = np.nanmin(run.columns["dt"]), np.nanmax(run.columns["dt"])
    if high > 20 * low > 0:
        axes[2].set_yscale("log")
    elif high - low < 0.2 * high:
        axes[2].set_ylim(0, 1.25 * high)
    for ax in axes:
        ax.set_xlabel("step")
        ax.xaxis.set_major_locator(plt.MaxNLocator(6, integer=True))
        ax.grid(True)
    return figure


def _certificates(ax, run, step):
    """How well the steps were solved, on two decades at least."""
    for name, text, colour, dash in (("residual", "marginal residual, of the mass", style.BLUE, "-"), ("gap", "duality gap, of the range of the energy", style.ORANGE, "--")):
        values, scale = run.column(name), 1.0
        if name == "gap" and run.column("energy") is not None:
            scale = np.ptp(run.columns["energy"]) or 1.0
        if values is not None and (values > 0).any():
            ax.semilogy(step[values > 0], values[values > 0] / scale, color=colour, linestyle=dash, label=text)
    ax.set(title="certificates of the step")
    if ax.lines:
        low, high = (f(v for line in ax.lines for v in line.get_ydata()) for f in (min, max))
        low = min(low / 2, high / 30)
        ax.set_ylim(low, 2 * high * (high / low) ** 0.45)  # with room for the legend
        ax.legend(loc="upper right")


def extra(run):
    """The columns that are not of every run, each over time, or None."""
    names = [n for n in run.columns if n not in KNOWN and run.column(n) is not None]
    if not names:
        return None
    wide = min(4, len(names))
    figure, axes = plt.subplots(-(-len(names) // wide), wide, figsize=(2.8 * wide + 0.2, 2.1 * -(-len(names) // wide)), squeeze=False)
    for ax, name in zip(axes.flat, names):
        told = np.isfinite(run.columns[name])  # some are measured now and then only
        values = run.columns[name][told]
        ax.plot(run.columns["time"][told], values, color=style.BLUE, linestyle="-", marker="." if len(values) < 25 else "")
        positive = values[values > 0]
        if len(positive) == len(values) and positive.max() > 100 * positive.min():
            ax.set_yscale("log")
        elif np.ptp(values) == 0:
            ax.set_ylim(min(0, 2 * values[0]), max(1, 2 * values[0]))
        if name in RATIOS:
            ax.axhline(1, color=style.ORANGE, linestyle=(0, (4, 4)))
        ax.set_title(style.plain(name))
        ax.grid(True)
    for ax in axes.flat[len(names):]:
        ax.set_axis_off()
    for ax in axes.flat[max(0, len(names) - wide):len(names)]:
        ax.set_xlabel("t")
    return figure
