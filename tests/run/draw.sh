#!/usr/bin/env bash
# -jko_monitor draw: PETSc draws the density of every state; into files here, where there may be no display.
set -u
cd "$(dirname "$0")/../.."
. tests/support/environment.sh
. tests/support/tap.sh
work=$(mktemp -d) && trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
unset DISPLAY

draw() { # draw RANKS NAME N UPPER OPTION...: into NAME/NAME_<state>.ppm
  local ranks=$1 name=$2 n=$3 upper=$4
  shift 4
  jko "$ranks" -grid_n "$n" -grid_upper "$upper" -energy_terms entropy "$@" -jko_dt 1e-3 -jko_max_steps 2 -jko_monitor draw \
    -draw_type image -draw_save "$name.ppm" > out && [ "$(ls "$name")" = "$(printf '%s\n' "$name"_{0,1,2}.ppm)" ]
}
centre() { # centre FILE X Y: the middle of all that is not of the colour of the lower left corner is there, in parts of the picture
  "$PYTHON" -c "import sys, numpy as np
from PIL import Image
image = np.array(Image.open('$1').convert('RGB')).astype(int)[::-1][20:-20, 20:-20]
rows, columns = np.nonzero(abs(image - image[0, 0]).sum(axis=2) > 60)
x, y = columns.mean() / image.shape[1], rows.mean() / image.shape[0]
assert abs(x - $2) < 0.05 and abs(y - $3) < 0.05, (x, y)"
}
same() { for i in 0 1 2; do cmp "$1/$1_$i.ppm" "$2/$2_$i.ppm" || return 1; done; }
refused() { # refused TEXT OPTION...
  local text=$1
  shift
  jko 2 -grid_n 16,2,2 -density 1 -energy_terms entropy -jko_dt 1e-3 -jko_max_steps 1 -jko_monitor draw -output no "$@" > out 2> err
  [ $? = 2 ] && [ "$(wc -l < err)" = 1 ] && grep -qF -- "$text" err && [ ! -e no ] || { cat err && return 1; }
}

for ranks in 1 3; do
  claim "a curve is drawn by $ranks ranks" draw $ranks line$ranks 60 3 -density 'exp(-20*(x-2)^2)'
  claim "an image is drawn by $ranks ranks" draw $ranks flat$ranks 60,40 3,2 -density 'exp(-40*((x-2.25)^2+(y-0.5)^2))'
  claim "a field in 3-D is drawn by $ranks ranks" draw $ranks deep$ranks 30,20,10 3,2,1 -density 'exp(-40*((x-2.25)^2+(y-0.5)^2+(z-0.8)^2))'
  claim "the image has the density in its place" centre flat$ranks/flat${ranks}_1.ppm 0.75 0.25
  claim "and so has the integral along z" centre deep$ranks/deep${ranks}_1.ppm 0.75 0.25
  claim "two species are drawn by $ranks ranks" draw $ranks both$ranks 60,40 3,2 -species a,b -a_energy_terms entropy -b_energy_terms entropy \
    -a_density 'exp(-40*((x-2.25)^2+(y-0.5)^2))' -b_density 'exp(-40*((x-0.75)^2+(y-1.5)^2))'
  claim "together" centre both$ranks/both${ranks}_1.ppm 0.5 0.5
done
for kind in line flat deep both; do claim "$kind: the pictures do not depend on the ranks" same ${kind}1 ${kind}3; done
claim "the steps are told as without" grep -q '^step  *2 ' out
claim "without a display it is refused before anything is written" refused "-jko_monitor draw: there is no display to draw on"
claim "with one that does not answer as well" refused "-jko_monitor draw: there is no display to draw on" -display :77
claim "PETSc's options for it are refused without it" refused "-draw_save has no effect" -draw_save a.ppm -jko_monitor lines
claim "another type is refused" refused "nonsense" -draw_type nonsense
finish
