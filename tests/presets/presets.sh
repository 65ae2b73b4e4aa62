#!/usr/bin/env bash
# Every file in petsc-options/ runs, and its problem ends where its comment says: the line `check:` gives coarser options and a bound
# on the L1 distance to the expression of `expected:`, or on the KL divergence to the Gibbs state.
set -u
cd "$(dirname "$0")/../.."
. tests/support/environment.sh
. tests/support/tap.sh
work=$(mktemp -d) && trap 'rm -rf "$work"' EXIT

solve() { # solve CLAIM PROBLEM BOUND OPTION...: runs the problem on two ranks; its last density is to be held to the bound
  local text=$1 problem=$2 bound=$3
  shift 3
  total=$((total + 1))
  jko 2 -options_file "$problem" "$@" -output "$work/$total" > "$work/$total.log" 2>&1
  printf '%s\t%s\t%s\t%s\n' "$total" "$problem" "$bound" "$text" >> "$work/list"
}
held() { # held NUMBER: what verify.py says of it, or the end of its log
  grep "^$1	" "$work/verdicts"
  grep -q "^$1	holds" "$work/verdicts" || { tail -n 5 "$work/$1.log" && return 1; }
}

unwarned() { # only of grids that are coarse in 3-D, whose eps is wide for their steps
  ! grep -H '^jko: warning: ' "$work"/*.log | grep -v 'artificial diffusivity' && [ "$(grep -l '^jko: warning: ' "$work"/*.log | wc -l)" -le 2 ]
}

total=0
for problem in petsc-options/problems/*.opts; do
  check=$(sed -n 's/^# check: *//p' "$problem") bound=${check#*: }
  # shellcheck disable=SC2086
  solve "$(basename "$problem" .opts) ends where it should: $bound" "$problem" "$bound" ${check%%:*}
done
for solver in petsc-options/solvers/*.opts; do
  solve "$(basename "$solver" .opts) solves heat-1d" petsc-options/problems/heat-1d.opts "L1 <= 5e-3" -grid_n 128 -jko_dt 2e-3 -options_file "$solver"
done
"$PYTHON" tests/presets/verify.py "$work" > "$work/verdicts" 2>&1 # one process for all
while IFS='	' read -r number _ _ text; do claim "$text" held "$number"; done < "$work/list"
claim "what is judged of them is said to be sound" unwarned
finish
