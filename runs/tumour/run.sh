#!/usr/bin/env bash
# A tumour, cells as dense as can be that divide and push each other into tissue that grows as well, against the radius of the Hele-Shaw flow.
#   runs/tumour/run.sh [coarse|full] [OPTION ...]   options are handed to jko and win
set -eu
. "$(dirname "$0")/../begin.sh"
case $size in coarse) n=64 dt=0.04 every=5 ;; full) n=256 dt=0.01 every=20 ;; esac
flow 2 -options_file petsc-options/problems/tumour-2d.opts -grid_n $n,$n -jko_dt $dt -output_interval $every "${@:2}"
tabulate
