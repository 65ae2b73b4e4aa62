#!/usr/bin/env bash
# Attraction at a distance and repulsion nearby, W = r^4/4 - r^2/2, with a little diffusion, in 2-D: blobs become a ring of radius 1/sqrt 3.
#   runs/aggregation-rings/run.sh [coarse|full] [OPTION ...]   options are handed to jko and win
set -eu
. "$(dirname "$0")/../begin.sh"
case $size in coarse) n=96 ;; full) n=192 ;; esac
flow 2 -options_file runs/aggregation-rings/flow.opts -grid_n $n,$n "${@:2}"
tabulate
