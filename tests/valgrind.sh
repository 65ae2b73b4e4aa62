#!/usr/bin/env bash
# A small flow under valgrind's memcheck on 2 ranks: output, checkpoint, restart. Silent but for errors and the last line.
set -u
cd "$(dirname "$0")/.."
. tests/support/environment.sh
command -v valgrind > /dev/null || { echo "valgrind is not installed"; exit 1; }
work=$(mktemp -d) && trap 'rm -rf "$work"' EXIT
memcheck="valgrind -q --leak-check=full --show-leak-kinds=definite --errors-for-leak-kinds=definite --error-exitcode=9 --suppressions=tests/support/valgrind.supp"
flow="-grid_n 24,20 -grid_lower -1.5 -grid_upper 1.5 -density exp(-8*r*r) -energy_terms entropy,power,potential -energy_entropy_coefficient 0.1
  -energy_potential (x^2-1)^2+y^2 -jko_dt 1e-2 -output $work/out -output_interval 1 -checkpoint_interval 1 -jko_monitor 0"

for end in "-jko_max_steps 3" "-jko_max_steps 4 -restart auto"; do
  # shellcheck disable=SC2086
  timeout 600 $MPIRUN -n 2 $memcheck "$BUILD/jko" $flow $end > "$work/log" 2>&1 || { echo "valgrind: status $? with $end" && cat "$work/log"; exit 1; }
done
echo "valgrind: no errors"
