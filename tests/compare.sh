#!/usr/bin/env bash
# Whether two builds give the same results to the last bit: every preset, as coarse as tests/presets runs it, on every rank count. Each build
# takes the presets of the tree that it lies in, or of this one.
#   tests/compare.sh BUILD1 BUILD2 [NAME ...]   folders that hold a program jko; only the presets whose name holds one of the names
# A line for each run that differs, then one with the counts; status 0 where none does. RANKS: the rank counts.
set -u
cd "$(dirname "$0")/.."
. tests/support/environment.sh
[ $# -ge 2 ] || { sed -n '4s/^# *//p' "$0" >&2; exit 2; }
one=$(realpath "$1")/jko two=$(realpath "$2")/jko
shift 2
for program in "$one" "$two"; do [ -x "$program" ] || { echo "there is no program $program" >&2; exit 2; }; done
work=$(mktemp -d) && trap 'rm -rf "$work"' EXIT

presets() { # presets PROGRAM: the folder of its options files
  local near
  near=$(dirname "$1")/../petsc-options
  [ -d "$near" ] || near=petsc-options
  realpath "$near"
}
chosen() { # chosen PRESET NAME...: whether its name holds one of the names, or no name is given
  local preset=$1 name
  shift
  [ $# = 0 ] && return 0
  for name; do case $preset in *"$name"*) return 0 ;; esac done
  return 1
}

compare() { # compare PRESET OPTION...: both programs on every rank count; PRESETS stands for the folder of their presets
  local preset=$1 ranks start
  shift
  for ranks in ${RANKS:-1 2 3 4}; do
    start=
    [ "$ranks" = 1 ] || start="$MPIRUN -n $ranks"
    rm -rf "$work/one" "$work/two"
    # shellcheck disable=SC2086
    $start "$one" "${@/#PRESETS/$(presets "$one")}" -output "$work/one" > "$work/one.log" 2>&1
    echo "status $?" >> "$work/one.log"
    # shellcheck disable=SC2086
    $start "$two" "${@/#PRESETS/$(presets "$two")}" -output "$work/two" > "$work/two.log" 2>&1
    echo "status $?" >> "$work/two.log"
    printf '%s on %s: ' "$preset" "$ranks"
    "$PYTHON" tests/compare.py "$work/one" "$work/two" || tail -qn 2 "$work/one.log" "$work/two.log" | sed 's/^/  /'
  done
}

for problem in petsc-options/problems/*.opts; do
  options=$(sed -n 's/^# check: *\(.*\) :.*/\1/p' "$problem")
  # shellcheck disable=SC2086
  ! chosen "$problem" "$@" || compare "$(basename "$problem" .opts)" -options_file "PRESETS/problems/$(basename "$problem")" $options
done > "$work/told"
for solver in petsc-options/solvers/*.opts; do
  ! chosen "$solver" "$@" || compare "heat-1d, $(basename "$solver" .opts)" -options_file PRESETS/problems/heat-1d.opts -grid_n 128 -jko_dt 2e-3 \
    -options_file "PRESETS/solvers/$(basename "$solver")"
done >> "$work/told"
grep -v ': the same$' "$work/told"
same=$(grep -c ': the same$' "$work/told") runs=$(grep -c '^[^ ]' "$work/told")
echo "$same of $runs runs give the same densities and histories"
[ "$same" = "$runs" ] && [ "$runs" != 0 ]
