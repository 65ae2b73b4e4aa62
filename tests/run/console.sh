#!/usr/bin/env bash
# What the console shows: one line in place on a terminal, a line per step in a batch log, and what -jko_monitor makes of that.
set -u
cd "$(dirname "$0")/../.."
. tests/support/environment.sh
. tests/support/tap.sh
work=$(mktemp -d) && trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
flow="$program -grid_n 64 -density 1+x -energy_terms entropy -jko_dt 1e-3 -jko_max_steps 30"
broken="$program -grid_n 32 -density exp(0-99*x^2) -energy_terms power -jko_dt 1e-3 -jko_max_steps 9 -sinkhorn_max_it 2"

terminal() { # terminal COLUMNS COMMAND: what the command shows on a terminal that wide, in `shown`
  timeout -k 5 60 script -qec "stty cols $1 -onlcr; ${2//(0-99\*x^2)/\\(0-99*x^2\\)}" /dev/null > shown
}
python() { "$PYTHON" -c "import re
shown = open('shown', newline='').read()
frames = [f for f in re.split('\r|\033\\\\[K|\n', shown) if f]
$1"; }
status() { # status NUMBER COMMAND...: the command ends so
  local wanted=$1
  shift
  "$@"
  [ $? = "$wanted" ]
}

claim "a flow runs on a terminal" terminal 100 "$flow"
claim "its line is drawn in place, in one row, and left at 100%" python "
assert shown.count('\n') == 1 and shown.endswith('\n') and shown.count('\r') == len(frames) >= 2, shown
assert all(len(f) < 100 for f in frames) and frames[0].startswith('  0% [') and frames[-1].startswith('100% [===')
assert ' ETA ' not in frames[0] and ' steps/s ' in frames[-1] and ' took ' in frames[-1] and 'step 30 ' in frames[-1]"
claim "a flow runs on a narrow terminal" terminal 40 "$flow"
claim "its line is cut to the width" python "assert max(map(len, frames)) == 39 and shown.count('\n') == 1"
claim "a flow runs on a terminal, on two ranks" terminal 90 "$MPIRUN -n 2 $flow"
claim "one rank draws" python "assert shown.count('\n') == 1 and max(map(len, frames)) <= 89 and frames[-1].startswith('100%')"
claim "a step fails on a terminal" status 3 terminal 100 "$broken"
claim "its reason has a row of its own below the line" python "
rows = shown.split('\n')
assert len(rows) == 3 and '  0% [' in rows[0] and rows[1].startswith('jko: error: step 1 ') and rows[2] == '', shown"

for start in "" "$MPIRUN -n 2 "; do
  claim "the log of a flow on a terminal is written: $start" terminal 100 "$start$flow > log"
  claim "the terminal shows nothing, the log has a line per step" sh -c "[ ! -s shown ] && ! grep -q '$(printf '\r')' log && [ \"\$(grep -c '^step ' log)\" = 31 ]"
done
# shellcheck disable=SC2086
claim "the time that is left is told from ten equal steps on" sh -c "$flow -jko_max_steps 3000 > log && ! sed -n '2,10p' log | grep ETA && sed -n 12p log | grep -q '0%  ETA 0:'"
# shellcheck disable=SC2086
claim "of uneven steps once a hundredth is done" sh -c "${flow% -jko_max_steps*} -jko_type extrapolated -jko_max_time 0.05 -jko_dt 1e-6 -jko_adapt basic > log && ! grep ' 0%  ETA' log && grep -q '%  ETA' log"
lines() { # lines NUMBER LEVEL: the console gets so many lines
  # shellcheck disable=SC2086
  $flow -jko_max_steps 5 -jko_monitor "$2" > log && [ "$(wc -l < log)" = "$1" ] || { cat log && return 1; }
}
claim "lines: one per state" lines 6 lines
claim "true is lines" lines 6 true
claim "verbose: two per state" lines 12 verbose
claim "of which the second tells eps, gap and mass" grep -q '^ *eps [0-9.e-]*  gap [0-9.e-]*  dissipation .* mass 1 ' log
claim "quiet: none" lines 0 quiet
claim "0 is quiet" lines 0 0
claim "progress: one, in a pipe as well" lines 1 progress
claim "quiet tells a failure" sh -c "${broken//(0-99\*x^2)/\\(0-99*x^2\\)} -jko_monitor quiet 2>&1 | grep -q '^jko: error: step 1 '"
# shellcheck disable=SC2086
claim "another word is refused" status 2 $flow -jko_monitor noisy
claim "with those that are known" sh -c "$flow -jko_monitor noisy 2>&1 | grep -qF \"'noisy' is not known; use auto, progress, lines, verbose, quiet or draw\""
finish
