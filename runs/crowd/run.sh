#!/usr/bin/env bash
# A crowd leaves a building by two doors: the floor plan is a drawing, the way out its geodesic distance, on 2 ranks.
#   runs/crowd/run.sh [OPTION ...]   options are handed to jko and win over those here
set -eu
cd "$(dirname "$0")/../.."
. tests/support/environment.sh
folder=runs/crowd
"$PYTHON" $folder/plan.py $folder/floor-plan.png $folder/plan.h5 16
$MPIRUN -n 2 "$BUILD/jko" -grid_n 512,384 -grid_upper 16,12 -grid_obstacle_file $folder/plan.h5 -density_file $folder/plan.h5 \
  -energy_terms congestion,potential -energy_congestion_max 0.06 -energy_potential_file $folder/plan.h5:distance \
  -jko_dt 0.1 -jko_max_time 25 -output $folder/out -output_interval 5 "$@"
"$PYTHON" $folder/plot.py $folder/out $folder/crowd.png $folder/crowd.gif
