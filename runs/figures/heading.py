"""What stands above every picture, so that it tells by itself what it is of: the equation, its functions, mass and time."""
import re
import textwrap

from . import style

SYMBOLS = {"potential": "V", "interaction": "W"}  # of terms that have the name of their type
CONDITION = re.compile(r"(div\(\w+ grad p\)) with (p >= 0 only where \w+ = [^,]+), the most")
SIGNS = ((r"\brho(?=\b|_)", "ρ"), (r"d/dt (ρ\w*)", r"∂\1/∂t"), (r"Laplace\((ρ[\w.^]*)\)", r"Δ\1"), (r"\bLaplace\(", "Δ("), (r"\bdiv\(", "∇·("), (r"\bgrad ", "∇"),
         (r"\bgrad\(", "∇("), (r" \* (?=ρ)", " ∗ "), (">=", "≥"), (r"\bpi\b", "π"), (r"\bkappa\b", "κ"))
FIRM = "\u00a0"  # a blank at which no line ends
PER_INCH = 13.5  # characters


def equation(text):
    """The equation of run.log.json in the signs of a paper; the bound of a congestion comes last."""
    parts = []
    for part in text.split("; "):
        bound = CONDITION.search(part)
        parts.append(CONDITION.sub(r"\1", part) + (",  " + bound[2].replace(" ", FIRM) if bound else ""))
    text = ";  ".join(parts)
    for pattern, sign in SIGNS:
        text = re.sub(pattern, sign, text)
    return text


def functions(run):
    """What the names in the equation stand for, as it was given: `V = x^2`."""
    options, found = run.log.get("options", {}), []
    for key, terms in options.items():
        kind = re.fullmatch(r"((?:\w+_)?(?:energy|reaction)_)terms", key)
        for term in terms.split(",") if kind else ():
            name, _, of = term.strip().partition(":")
            value = options.get(kind[1] + name) or options.get(kind[1] + name + "_file")
            species = re.match(r"(\w+)_(?:energy|reaction)_", kind[1])
            if value:
                found.append(f"{name if of else SYMBOLS.get(name, name)}{f' of {species[1]}' if species else ''} = {textwrap.shorten(value, 70, placeholder=' …')}")
    return found


def facts(run, times):
    told, mass = functions(run), run.column("mass")
    if mass is not None:
        first, last = f"{mass[0]:.4g}", f"{mass[-1]:.4g}"
        told.append(f"mass {first}" if first == last else f"mass {first} to {last}")
    if times:
        told.append(f"t = {run.times[0]:.4g} to {run.times[-1]:.4g}")
    return ",   ".join(t.replace(" ", FIRM) for t in told)


def text(run, width, times=True):
    """The lines above a picture that is so many inches wide, with the times of the run or without."""
    lines = [line for part in (equation(run.log.get("equation", "")), facts(run, times)) for line in textwrap.wrap(part, int(width * PER_INCH))]
    return "\n".join(_in_signs(style.plain(line)) for line in lines)


def _in_signs(line):
    """Indices and powers where they belong."""
    line = re.sub(r"ρ_(\w+)", lambda m: rf"$\rho_{{\mathrm{{{style.index(m[1])}}}}}$", line)
    return re.sub(r"\^(\d+(?:\.\d+)?)", r"$^{\1}$", line).replace("ρ", r"$\rho$")


def put(figure, run):
    """Above the axes of a figure, wherever they have come to be."""
    figure.draw_without_rendering()
    boxes = [ax.get_tightbbox().transformed(figure.transFigure.inverted()) for ax in figure.axes if ax.axison]
    left, right, top = min(b.x0 for b in boxes), max(b.x1 for b in boxes), max(b.y1 for b in boxes)
    width, height = figure.get_size_inches()
    figure.text((left + right) / 2, top + 0.12 / height, text(run, (right - left) * width), ha="center", va="bottom", color=style.INK, linespacing=1.35)
