#!/usr/bin/env bash
# A crowd leaves a building by two doors: the floor plan is a drawing, the way out its geodesic distance, on 2 ranks.
#   runs/crowd/run.sh [coarse|full] [OPTION ...]   coarse: the drawing at half its width; options are handed to jko and win
set -eu
. "$(dirname "$0")/../begin.sh"
case $size in coarse) shrink=2 n=256,192 dt=0.2 every=5 ;; full) shrink=1 n=512,384 dt=0.1 every=5 ;; esac
plan=$folder/plan.h5
"$PYTHON" runs/crowd/plan.py runs/crowd/floor-plan.png "$plan" 16 $shrink
flow 2 -options_file runs/crowd/flow.opts -grid_n $n -grid_obstacle_file "$plan" -density_file "$plan" -energy_potential_file "$plan:distance" \
  -jko_dt $dt -output_interval $every "${@:2}"
tabulate
