#!/usr/bin/env bash
# Attraction at a distance and repulsion nearby, W = r^4/4 - r^2/2, with a little diffusion, in 2-D: blobs become a ring of radius 1/sqrt 3.
#   runs/aggregation-rings/run.sh [OPTION ...]   options are handed to jko and win
set -eu
cd "$(dirname "$0")/../.."
. tests/support/environment.sh
folder=runs/aggregation-rings
$MPIRUN -n 2 "$BUILD/jko" -grid_n 128,128 -grid_lower -1.2 -grid_upper 1.2 \
  -density "exp(-60*((x-0.25)^2+(y-0.1)^2))+exp(-60*((x+0.2)^2+(y-0.2)^2))+0.7*exp(-60*(x^2+(y+0.3)^2))" \
  -energy_terms power,interaction -energy_power_exponent 2 -energy_power_coefficient 5e-4 \
  -energy_interaction_kernel power -energy_interaction_exponents 4,2 \
  -jko_dt 0.5 -jko_max_time 30 -output "$folder" -output_times 1,3,6,12 "$@"
"$PYTHON" runs/aggregation-rings/plot.py "$folder"
