#!/usr/bin/env bash
# Every file in petsc-options/ runs, and its problem ends where its comment says: the line `check:` gives coarser options and a bound
# on the L1 distance to the expression of `expected:`, or on the KL divergence to the Gibbs state.
set -u
cd "$(dirname "$0")/../.."
. tests/support/environment.sh
. tests/support/tap.sh
work=$(mktemp -d) && trap 'rm -rf "$work"' EXIT

solve() { # solve PROBLEM BOUND OPTION...: runs the problem on two ranks and holds its last density to the bound
  local problem=$1 bound=$2
  shift 2
  jko 2 -options_file "$problem" "$@" -output "$work/out" > "$work/log" 2>&1 || tail -n 5 "$work/log"
  "$PYTHON" tests/presets/verify.py "$problem" "$work/out" "$bound"
}

for problem in petsc-options/problems/*.opts; do
  check=$(sed -n 's/^# check: *//p' "$problem") bound=${check#*: }
  # shellcheck disable=SC2086
  claim "$(basename "$problem" .opts) ends where it should: $bound" solve "$problem" "$bound" ${check%%:*}
done
for solver in petsc-options/solvers/*.opts; do
  claim "$(basename "$solver" .opts) solves heat-1d" \
    solve petsc-options/problems/heat-1d.opts "L1 <= 5e-3" -grid_n 128 -jko_dt 2e-3 -options_file "$solver"
done
finish
