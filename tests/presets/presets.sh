#!/usr/bin/env bash
# Every file in petsc-options/ runs, and its problem ends where its comment says: the line `check:` gives coarser options and a bound
# on the L1 distance to the expression of `expected:`, or on the KL divergence to the Gibbs state.
set -u
cd "$(dirname "$0")/../.."
. tests/support/environment.sh
work=$(mktemp -d) && trap 'rm -rf "$work"' EXIT
count=0 status=0

report() { # report STATUS CLAIM
  count=$((count + 1))
  if [ "$1" = 0 ]; then echo "ok $count - $2"; else echo "not ok $count - $2" && status=1; fi
}

for problem in petsc-options/problems/*.opts; do
  name=$(basename "$problem" .opts)
  check=$(sed -n 's/^# check: *//p' "$problem")
  # shellcheck disable=SC2086
  $MPIRUN -n 2 "$BUILD/jko" -options_file "$problem" ${check%%:*} -output "$work/$name" > "$work/$name.log" 2>&1 || tail -n 5 "$work/$name.log"
  "$PYTHON" tests/presets/verify.py "$problem" "$work/$name" "${check#*: }"
  report $? "$name ends where it should: ${check#*: }"
done
for solver in petsc-options/solvers/*.opts; do
  name=$(basename "$solver" .opts)
  $MPIRUN -n 2 "$BUILD/jko" -options_file petsc-options/problems/heat-1d.opts -grid_n 128 -jko_dt 2e-3 -options_file "$solver" -output "$work/$name" > "$work/$name.log" 2>&1 ||
    tail -n 5 "$work/$name.log"
  "$PYTHON" tests/presets/verify.py petsc-options/problems/heat-1d.opts "$work/$name" "L1 <= 5e-2"
  report $? "solver $name solves heat-1d"
done
echo "1..$count"
exit $status
