"""One page about a run that stands alone: pictures inside, no script, nothing fetched."""
import base64
import html
import mimetypes
import os

import numpy as np

from .trust import Judgement

STYLE = """
:root{color-scheme:light}*{box-sizing:border-box}
body{margin:0;background:#f3f4f6;color:#1b2a41;font:16px/1.5 system-ui,-apple-system,"Segoe UI","DejaVu Sans",sans-serif}
main{max-width:70rem;margin:0 auto;padding:1.5rem}header,section{background:#fff;border:1px solid #e2e5ea;border-radius:8px;padding:1.1rem 1.4rem;margin:0 0 1rem}
h1{font-size:1.45rem;margin:0 0 .3rem}h2{font-size:1.05rem;margin:0 0 .7rem}p{margin:.2rem 0 .6rem}code,.equation{font-family:"DejaVu Sans Mono",ui-monospace,monospace;font-size:.88em}
.equation{background:#f6f7f9;border-left:3px solid #0072b2;padding:.5rem .8rem;margin:.6rem 0 0;overflow-x:auto}
figure{margin:0;text-align:center}figure img{max-width:100%;height:auto}figcaption{color:#4b5563;font-size:.85rem;text-align:left;margin-top:.4rem}
.bad{list-style:none;margin:.2rem 0 .6rem;padding:0}.bad li{border-left:3px solid #cc3311;background:#fdf1ee;padding:.35rem .8rem;margin:.3rem 0}.quiet{color:#4b5563;font-size:.85rem;margin:0}
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


def _trust(run):
    """Signs of trouble, a line each; what is good in one line."""
    judgement = Judgement(run)
    troubles = "".join(f"<li>{html.escape(text)}</li>" for text in judgement.troubles)
    parts = [f"<ul class=\"bad\">{troubles}</ul>" if troubles else "<p>Nothing that is measured speaks against it.</p>"]
    if judgement.good:
        parts.append(f"<p class=\"quiet\">{html.escape(', '.join(judgement.good))}.</p>")
    if not judgement.asked:
        parts.append("<p class=\"quiet\">The run left no verdicts of its own (an older version, or one that has not ended): this is what its history tells.</p>")
    return f"<section><h2>Can it be trusted?</h2>{''.join(parts)}</section>"


def _short(value):
    return None if value is None else f"{value:.6g}"


def _seconds(values):
    return None if values is None else f"{np.nansum(values):.3g} s"


def _setup(run):
    log, rows = run.log, []
    bias = log.get("bias", {})
    for name, value in (("program", f"jko {log.get('version')}, PETSc {log.get('petsc')}, HDF5 {log.get('hdf5')}" if log else None), ("ranks", log.get("ranks")), ("wall clock of the steps", _seconds(run.column("wall"))),
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
