#!/usr/bin/env bash
# runs/plot.py draws what a run leaves: in 1-D, 2-D and 3-D, with walls, species, vectors and columns that it does not know.
set -u
cd "$(dirname "$0")/../.."
. tests/support/environment.sh
. tests/support/tap.sh
root=$PWD
work=$(mktemp -d) && trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
flow="-energy_terms entropy,potential -energy_entropy_coefficient 0.1 -energy_potential 5*r^2 -monitor_target gibbs -jko_dt 0.01 -jko_max_time 0.1 -output_interval 1"

plot() { "$PYTHON" "$root/runs/plot.py" "$@"; }
page() { "$PYTHON" "$root/tests/plots/page.py" "$@"; }
picture() { "$PYTHON" -c "import sys, numpy as np
from PIL import Image
film = Image.open('$1')
image = np.array(film.convert('RGB')).astype(int)
near = lambda colour: (abs(image - np.array(colour)).sum(axis=2) < 12).mean()
$2"; }
files() { # files FOLDER NAME...: the folder holds these pictures
  local folder=$1 name
  shift
  for name; do [ -s "$folder/$name" ] || { echo "no $name" && return 1; }; done
}

claim "a flow in 1-D runs" jko 1 $flow -grid_n 64 -grid_lower -1 -density 'exp(-40*(x-0.3)^2)' -output one -output_interval 2 -output_interpolate 1
claim "and is drawn, with the rate of theory" plot one --rate 10 --frames 11
claim "into pictures, a film and a page" files one frames.png film.gif decay.png effort.png summary.png report.html
claim "the page stands alone: film, densities, decay, effort" page one/report.html 4
claim "it tells the equation and that the mass is kept" sh -c "grep -q 'Laplace(rho)' one/report.html && grep -q 'Nothing that is measured speaks against it' one/report.html && ! grep -q 'class=\"bad\"' one/report.html && grep -q 'mass kept to' one/report.html"
claim "the film has the frames of the outputs and those between, and repeats" picture one/film.gif "assert film.n_frames == 11 and film.info['loop'] == 0"
claim "the decay has the colour of the run and that of theory" picture one/decay.png "assert near((0, 114, 178)) > 1e-3 and near((213, 94, 0)) > 1e-4"
claim "a flow in 3-D, not a cube, runs" jko 2 $flow -grid_n 12,10,8 -grid_upper 1.2,1,0.8 -density 'exp(-20*((x-0.3)^2+(y-0.5)^2+(z-0.4)^2))' -jko_max_steps 2 -output three
claim "and is drawn elsewhere" plot three --to pictures --frames 2
claim "which leaves the run alone" sh -c "! ls three | grep -qE 'png|gif|html'"
claim "the page of 3-D stands alone" page pictures/report.html 4
"$PYTHON" "$root/tests/plots/synthetic.py" odd
claim "walls, species, vectors, potentials and a new column are drawn" plot odd --frames 3
claim "each in its place: two pictures more" page odd/report.html 6
claim "walls are grey" picture odd/frames.png "assert near((180, 180, 180)) > 5e-3"
claim "every image has its arrows, and a column with gaps is joined across them" env PYTHONPATH="$root/runs" "$PYTHON" -c "
from figures import curves, fields
from figures.series import Run
images = [ax for ax in fields.frames(Run('odd')).axes if ax.images]
assert len(images) == 6 and all(len(ax.collections) == 1 and ax.collections[0].N > 20 for ax in images)
drawn = {ax.get_title(): ax.lines[0].get_ydata() for ax in curves.extra(Run('odd')).axes if ax.lines}
assert list(drawn['crowd']) == [0, 4] and len(drawn['kl_decay']) == 3"
troubles() { # troubles FOLDER TEXT...: the report has these signs of trouble and no other
  local folder=$1 text
  shift
  for text; do grep -o '<ul class="bad">.*</ul>' "$folder/report.html" | grep -qF "<li>$text" || { echo "not told: $text" && return 1; }; done
  [ "$(grep -o '<li>' "$folder/report.html" | wc -l)" = $# ]
}
claim "mass that changes is told, of a run without verdicts" troubles odd "the mass changes by 2.0e-01 of it"
claim "a run that did not come to its end is marked" sh -c "cp -r one early && head -n 6 one/history.csv > early/history.csv && '$PYTHON' '$root/runs/plot.py' early --frames 0 "
claim "with the part that is there" troubles early "only 40% of the flow is there"
cp -r one judged && "$PYTHON" -c "import json
log = json.load(open('judged/run.log.json'))
log['verdicts'] = [{'name': 'mass', 'text': 'the <mass> drifted by 1e-9', 'value': 1e-9, 'limit': 1e-11}]
json.dump(log, open('judged/run.log.json', 'w'))"
claim "a run with verdicts is drawn" plot judged --frames 0
claim "each is a line, of its own words" troubles judged "the &lt;mass&gt; drifted by 1e-9"
claim "and what is good is one line that does not speak against it" sh -c "grep -q 'energy never rose' judged/report.html && ! grep -qE 'mass kept|no verdicts' judged/report.html"

# what stands on a picture
claim "a flow in 2-D runs, whose densities differ much" jko 1 $flow -grid_n 24,32 -grid_lower -1 -density 'exp(-200*((x-0.3)^2+y^2))' -output two
claim "every image has a bar, as tall as it, with both ends told" env PYTHONPATH="$root/runs" "$PYTHON" -c "
from figures import fields, style
from figures.series import Run
figure = fields.frames(Run('two'))
figure.draw_without_rendering()
images = [ax for ax in figure.axes if ax.images]
for ax in images:
    bar, = ax.child_axes
    assert abs(bar.get_position().height - ax.get_position().height) < 1e-9 and bar.get_ylim() == (0, ax.images[0].norm.vmax), bar
    assert len(bar.get_yticks()) == 3 and bar.get_yticklabels()[0].get_text() == '0'
assert len(images) == 4 and len({ax.images[0].norm.vmax for ax in images}) == 4"
claim "the equation, what its names stand for, mass and time are on it" env PYTHONPATH="$root/runs" "$PYTHON" -c "
from figures import heading, curves
from figures.series import Run
text = heading.text(Run('two'), 10)
equation, facts = text.replace(chr(92) + 'rho', 'ρ').replace('\$', '').replace(heading.FIRM, ' ').split('\n')
assert equation == '∂ρ/∂t = 0.1 Δρ + ∇·(ρ ∇V)', equation
assert facts == 'V = 5*r^{2},   mass 1,   t = 0 to 0.1', facts
figure = curves.effort(Run('two'))
heading.put(figure, Run('two'))
assert figure.texts[0].get_text() == heading.text(Run('two'), figure.get_figwidth())"
claim "equations of every kind are set in signs" env PYTHONPATH="$root/runs" "$PYTHON" -c "
from figures import heading, style
for text in ('d/dt rho = div(rho grad p) with p >= 0 only where rho = kappa(x), the most + div(rho grad(W * rho)) - rho growth\'(rho)',
             'd/dt rho_a_b = 2 Laplace(rho_a_b^1.5) + div(rho_a_b grad(log(rho/pi))); d/dt rho_c = 0', 'd/dt rho = div(rho grad(0.5 \$x\$ U\'(rho)))'):
    signs = heading._in_signs(style.plain(heading.equation(text)))
    style.plt.figure().text(0, 0, signs).figure.draw_without_rendering()
    assert 'rho ' not in signs.replace(chr(92) + 'rho', '') and 'div' not in signs and 'the most' not in signs, signs"
claim "it is drawn" plot two --frames 4
claim "the film's text is smooth: shades of ink and paper" picture two/film.gif "
film.seek(3)
top = np.array(film.convert('RGB')).astype(float)[:40]
ink = np.array([0x1b, 0x2a, 0x41])
part = ((255 - top) @ (255 - ink)) / ((255 - ink) @ (255 - ink))
assert abs(top - (255 - part[..., None] * (255 - ink))).max() < 8 and len(np.unique(part.round(2))) > 12"

# what is not as it should be
one_line() { # one_line STATUS TEXT COMMAND...: ends so, with one line that begins with the text
  local status=$1 text=$2
  shift 2
  "$@" > out 2> err
  [ $? = "$status" ] && [ "$(wc -l < err)" = 1 ] && case $(cat err) in "$text"*) true ;; *) false ;; esac || { cat err && return 1; }
}
claim "a folder that holds no run is named" one_line 1 "plot: '.' holds no density-*.h5" plot .
claim "so is one that is not there" one_line 1 "plot: 'none' is no folder" plot none
claim "and a file" one_line 1 "plot: 'err' is no folder" plot err
claim "an unknown flag ends with one line" one_line 2 "plot: unrecognized arguments: --film 3; -h" plot one --film 3
claim "so does a number that is none" one_line 2 "plot: argument --frames: invalid natural value: '-3'" plot one --frames=-3
claim "and a place where nothing can be written" one_line 1 "plot: " plot one --to err
claim "a Python without packages is told, with the cure" one_line 1 "plot: $(readlink -f "$PYTHON" | xargs dirname)/" "$PYTHON" -S "$root/runs/plot.py" one
claim "by name" grep -qF " has no numpy: \`make deps-plot\`, then /usr/bin/python3 $root/runs/plot.py one" err
claim "so are the drivers' and the tables'" one_line 1 "fuzz: " "$PYTHON" -S "$root/tests/cluster/fuzz.py"
cp -r one "a run [1] of two" && head -c -20 one/history.csv > "a run [1] of two/history.csv" && head -c 3000 one/density-000010.h5 > "a run [1] of two/density-000010.h5"
cp one/density-000000.h5 "a run [1] of two/density-000012.h5.part"
claim "a run that is being written, in a folder with odd letters, is drawn without what is not whole" one_line 0 \
  "plot: a run [1] of two/density-000010.h5 cannot be read and is left out: " plot "a run [1] of two" --frames 0
claim "with the rows that are" sh -c "grep -q 'only 90% of the flow' 'a run [1] of two/report.html'"
cp -r one broken && printf 'step,time\n\0\377,x\n' > broken/history.csv && echo '{"options": [' > broken/run.log.json
claim "a history and a log that are none are named" sh -c "'$PYTHON' '$root/runs/plot.py' broken --frames 2 2> err && [ \$(wc -l < err) = 2 ] && grep -q 'history.csv cannot be read' err && grep -q 'run.log.json cannot be read' err"
claim "and the densities drawn all the same" files broken frames.png film.gif summary.png report.html
cp -r one mixed && cp two/density-000003.h5 mixed/density-000003.h5
claim "a density of another run is left out by name" one_line 0 "plot: mixed/density-000003.h5 holds other densities or another grid than mixed/density-000010.h5" plot mixed --frames 0
finish
