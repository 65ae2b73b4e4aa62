"""One page about a run that stands alone: pictures inside, no script, nothing fetched."""
import base64
import html
import mimetypes
import os

import numpy as np

STYLE = """
:root{color-scheme:light}*{box-sizing:border-box}
body{margin:0;background:#f3f4f6;color:#1b2a41;font:16px/1.5 system-ui,-apple-system,"Segoe UI","DejaVu Sans",sans-serif}
main{max-width:70rem;margin:0 auto;padding:1.5rem}header,section{background:#fff;border:1px solid #e2e5ea;border-radius:8px;padding:1.1rem 1.4rem;margin:0 0 1rem}
h1{font-size:1.45rem;margin:0 0 .3rem}h2{font-size:1.05rem;margin:0 0 .7rem}p{margin:.2rem 0 .6rem}code,.equation{font-family:"DejaVu Sans Mono",ui-monospace,monospace;font-size:.88em}
.equation{background:#f6f7f9;border-left:3px solid #0072b2;padding:.5rem .8rem;margin:.6rem 0 0;overflow-x:auto}
figure{margin:0;text-align:center}figure img{max-width:100%;height:auto}figcaption{color:#4b5563;font-size:.85rem;text-align:left;margin-top:.4rem}
.tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(8.4rem,1fr));gap:.7rem}.tile{border:1px solid #e2e5ea;border-radius:6px;padding:.6rem .8rem}
.tile b{display:block;font-size:1.15rem;font-variant-numeric:tabular-nums}.tile span{color:#4b5563;font-size:.82rem}.bad{border-color:#cc3311;background:#fdf1ee}.bad b::after{content:"  !";color:#cc3311}
table{border-collapse:collapse;width:100%;font-size:.86rem}td{border-top:1px solid #eceef1;padding:.25rem .6rem .25rem 0;vertical-align:top;overflow-wrap:anywhere}td:first-child{white-space:nowrap;color:#4b5563}
@media print{body{background:#fff}header,section{border:0;break-inside:avoid}}
"""


def write(run, path, pictures):
    """Writes the page; pictures: (title, path of the image, caption)."""
    equation = run.log.get("equation")
    name = os.path.basename(os.path.abspath(run.folder))
    parts = ["<!DOCTYPE html>", '<html lang="en">', "<head>", '<meta charset="utf-8">', '<meta name="viewport" content="width=device-width, initial-scale=1">',
             f"<title>{html.escape(name)}: a run of jko</title>", f"<style>{STYLE}</style>", "</head>", "<body>", "<main>",
             f"<header><h1>{html.escape(name)}</h1><p>{html.escape(_headline(run))}</p>"
             + (f"<div class=\"equation\">{html.escape(equation)}</div>" if equation else "") + "</header>",
             _trust(run)]
    parts += [_figure(*picture) for picture in pictures]
    parts += [_table("Setup", _setup(run)), _table("Options", [("-" + k, v) for k, v in run.log.get("options", {}).items()], True), "</main>", "</body>", "</html>"]
    with open(path, "w", encoding="utf-8") as f:
        f.write("\n".join(p for p in parts if p) + "\n")
    return path


def _figure(title, path, caption):
    kind = mimetypes.guess_type(path)[0]
    with open(path, "rb") as f:
        data = base64.b64encode(f.read()).decode()
    return (f"<section><h2>{html.escape(title)}</h2><figure><img alt=\"{html.escape(title)}\" src=\"data:{kind};base64,{data}\">"
            f"<figcaption>{html.escape(caption)}</figcaption></figure></section>")


def _headline(run):
    steps = run.column("step")
    cells = " x ".join(str(n) for n in run.log.get("cells", [])) or " x ".join(str(len(a)) for a in run.load(0).axes)
    text = f"{cells} cells, t = {run.times[0]:.4g} to {run.times[-1]:.4g}"
    return text if steps is None else f"{text} in {int(np.nanmax(steps))} steps"


def _done(run):
    """The part of the flow that the history has come to, of its time or its steps, whichever is further; or None."""
    parts = []
    for option, column in (("jko_max_time", run.column("time")), ("jko_max_steps", run.column("step"))):
        if column is not None and option in run.log.get("options", {}):
            parts.append(column[-1] / float(run.log["options"][option]))
    return max(parts) if parts else None


def _trust(run):
    """What tells whether the run can be trusted, each with its sign of trouble."""
    tiles, done = [], _done(run)
    if done is not None and done < 1 - 1e-9:
        tiles.append((f"{100 * done:.3g}%", "of the flow only: it still runs, or ended early", True))
    mass, low, energy, balance = run.column("mass"), run.column("min"), run.column("energy"), run.column("balance")
    if balance is not None:  # a reaction makes mass, and need not lower this energy
        tiles.append((f"{np.nanmax(np.abs(balance)):.1e}", "worst departure of the mass from the law of the reaction", np.nanmax(np.abs(balance)) > 1e-9))
    elif mass is not None:
        masses = [mass] + [run.column(n) for n in run.columns if n.startswith("mass_") and run.column(n) is not None]  # of species
        drift = max(np.nanmax(np.abs(m - m[0])) / (abs(m[0]) or 1) for m in masses)
        tiles.append((f"{drift:.1e}", "largest relative change of " + ("the mass" if len(masses) == 1 else "a mass"), drift > 1e-11))
    if low is not None:
        tiles.append((f"{np.nanmin(low):.3g}", "least density", np.nanmin(low) < 0))
    if energy is not None and len(energy) > 1:
        rise = np.diff(energy) > 1e-10 * max(np.ptp(energy), 1e-300) + 1e-13 * np.nanmax(np.abs(energy))
        tiles.append((f"{int(rise.sum())} of {len(rise)}", "steps in which the energy rose", bool(rise.any()) and balance is None))
    for name, text in (("residual", "worst marginal residual of a step"), ("gap", "worst duality gap of a step, in units of the energy")):
        values = run.column(name)
        if values is not None:
            tiles.append((f"{np.nanmax(values):.1e}", text, False))
    violated = run.column("violated")
    if violated is not None:
        tiles.append((f"{int((np.nan_to_num(violated) > 0).sum())}", "states that violate a functional inequality", bool((np.nan_to_num(violated) > 0).any())))
    wall = run.column("wall")
    if wall is not None:
        tiles.append((f"{np.nansum(wall):.3g} s", "wall clock of the steps", False))
    cells = "".join(f"<div class=\"tile{' bad' if bad else ''}\"><b>{value}</b><span>{html.escape(text)}</span></div>" for value, text, bad in tiles)
    signs = sum(bad for _, _, bad in tiles)
    verdict = "Nothing that is measured speaks against it." if not signs else "One sign of trouble, marked." if signs == 1 else f"{signs} signs of trouble, marked."
    return f"<section><h2>Can it be trusted?</h2><p>{verdict}</p><div class=\"tiles\">{cells}</div></section>" if tiles else ""


def _short(value):
    return None if value is None else f"{value:.6g}"


def _setup(run):
    log, rows = run.log, []
    bias = log.get("bias", {})
    for name, value in (("program", f"jko {log.get('version')}, PETSc {log.get('petsc')}, HDF5 {log.get('hdf5')}" if log else None), ("ranks", log.get("ranks")),
                        ("first time step", _short(log.get("dt"))), ("eps of the first step", _short(log.get("epsilon"))),
                        ("bias of the regularisation", f"{bias['term']}, {'removed in every step' if bias.get('compensated') else 'left in'}" if bias else None)):
        if value is not None:
            rows.append((name, value))
    return rows


def _table(title, rows, code=False):
    if not rows:
        return ""
    tag = "code" if code else "span"
    body = "".join(f"<tr><td><{tag}>{html.escape(str(k))}</{tag}></td><td><{tag}>{html.escape(str(v))}</{tag}></td></tr>" for k, v in rows)
    return f"<section><h2>{title}</h2><table>{body}</table></section>"
