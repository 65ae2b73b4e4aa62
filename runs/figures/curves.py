"""What history.csv tells: how energy, KL and W2 decay, and what the steps cost and how well they were solved."""
import numpy as np

from . import style
from .style import plt

KNOWN = ("step,time,dt,epsilon,energy,entropy,mass,kl,w2_step,w2_target,dissipation,iterations,residual,gap,min,max,wall").split(",")


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
        ax.semilogy(time[told], bound[told], color=style.ORANGE, linestyle="--", linewidth=1.2, label=text)
        ax.legend(loc="best")
    ax.margins(x=0.02)
    low, high = values[shown].min(), values[shown].max()
    ax.set(title=title, xlabel="t", ylim=(low / 1.4, 1.4 * high))
    ax.grid(True, which="major")


def energy(run):
    """Above that of the Gibbs state where the run measured it, else above the last: that one falls to 0 at the end, by its making."""
    time, values, title = run.column("time"), run.column("excess"), r"$F(\rho) - F(\pi)$"
    if values is None and run.column("energy") is not None:
        time, values, title = time[:-1], run.columns["energy"][:-1] - run.columns["energy"][-1], r"$F(\rho) - F(\rho_{\mathrm{end}})$"
    if values is None or len(values) < 2 or not np.nanmax(values) > 0:
        return None
    return title, time, values, None, ""


def _bound(run, values, ratio, factor, rate):
    """The line above a decay: from the ratio column where the run judged it, else from the rate that was given; and what it is called."""
    time, ratios = run.columns["time"], run.column(ratio)
    if rate is not None:
        start = np.flatnonzero(np.isfinite(values))[0]
        power = factor * rate
        return values[start] * np.exp(-power * (time - time[start])), rf"$e^{{-{power:.3g}\,t}}$"
    if ratios is not None:  # each is the value over its bound
        return values / ratios, r"$e^{-2\kappa t}$" if ratio == "kl_decay" else r"$e^{-\lambda t}$"
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
    if step is None or run.column("dt") is None:
        return None
    figure, axes = plt.subplots(1, 3, figsize=(11, 2.9))
    axes[0].plot(step, run.columns["iterations"], drawstyle="steps-mid", color=style.BLUE, linestyle="-")
    axes[0].set(title="iterations of the step", ylim=(0, None))
    for name, colour, dash in (("residual", style.BLUE, "-"), ("gap", style.ORANGE, "--")):
        values = run.column(name)
        if values is not None and (values > 0).any():
            axes[1].semilogy(step[values > 0], values[values > 0], color=colour, linestyle=dash, label=name)
    axes[1].set(title="residual and duality gap")
    if axes[1].lines:
        axes[1].legend()
    axes[2].plot(step, run.columns["dt"], drawstyle="steps-mid", color=style.BLUE, linestyle="-")
    axes[2].set(title="time step")
    low, high = np.nanmin(run.columns["dt"]), np.nanmax(run.columns["dt"])
    if high > 20 * low > 0:
        axes[2].set_yscale("log")
    elif high - low < 0.2 * high:
        axes[2].set_ylim(0, 1.25 * high)
    for ax in axes:
        ax.set_xlabel("step")
        ax.grid(True)
    return figure


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
        ax.set_title(name)
        ax.grid(True)
    for ax in axes.flat[len(names):]:
        ax.set_axis_off()
    for ax in axes[-1]:
        ax.set_xlabel("t")
    return figure
