#!/usr/bin/env bash
# Every problem of petsc-options/ goes on from every step as if it had not been interrupted (one of them in make check, all in make check-restart).
set -u
cd "$(dirname "$0")/../.."
. tests/support/environment.sh
. tests/support/tap.sh

goes_on() { # goes_on PROBLEM STEPS OPTION...: with the coarser options of its line `check:`
  local problem=$1 steps=$2 check
  shift 2
  check=$(sed -n 's/^# check: *//p' "$problem")
  # shellcheck disable=SC2086
  timeout 300 "$PYTHON" tests/cluster/every.py --steps "$steps" "$@" -options_file "$problem" ${check%%:*}
}

claim "double-well-1d goes on from every step" goes_on petsc-options/problems/double-well-1d.opts 3 --ranks 1 --others 2
for problem in petsc-options/problems/*.opts; do
  thorough claim "$(basename "$problem" .opts) goes on from every step on 2 ranks, and on 1 and 3" goes_on "$problem" 4
done
finish
