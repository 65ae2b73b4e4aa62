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
claim "it tells the equation and that the mass is kept" sh -c "grep -q 'Laplace(rho)' one/report.html && grep -q 'Nothing that is measured speaks against it' one/report.html && ! grep -q 'class=\"tile bad\"' one/report.html"
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
claim "mass that changes is marked" sh -c "grep -q 'One sign of trouble' odd/report.html && grep -o 'class=\"tile[^/]*/b><span>[a-z ]*' odd/report.html | grep bad | grep -q 'change of the mass'"
claim "a run that did not come to its end is marked" sh -c "cp -r one early && head -n 6 one/history.csv > early/history.csv && '$PYTHON' '$root/runs/plot.py' early --frames 0 && grep -q '40%</b><span>of the flow only' early/report.html"
claim "a folder that holds no run is named" sh -c "! '$PYTHON' '$root/runs/plot.py' . 2> err && [ \"\$(cat err)\" = \"plot: '.' holds no density-*.h5: give the folder of a run with -output\" ]"
finish
