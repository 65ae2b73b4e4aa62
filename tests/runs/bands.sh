#!/usr/bin/env bash
# Numbers of runs/ are held to their bands: one that leaves its own, is missing, is not a number or has no band ends a run with status 1.
set -u
cd "$(dirname "$0")/../.."
. tests/support/environment.sh
. tests/support/tap.sh
work=$(mktemp -d) && trap 'rm -rf "$work"' EXIT
export PYTHONPATH=runs PYTHONDONTWRITEBYTECODE=1
cat > "$work/expected.txt" << 'END'
# size | quantity | least | most | where the band comes from
both | order | 1.8 | 2.2 | 2
coarse | error | 0 | 1e-3 | a bound
END

report() { # report SIZE PYTHON: the status of a run that measures so
  printf 'from report import Report\nreport = Report()\n%s\nreport.finish()\n' "$2" > "$work/measure.py"
  "$PYTHON" "$work/measure.py" "$1" "$work" > "$work/log" 2>&1
}
refused() { ! report "$@"; }

claim "numbers in their bands are right" report coarse 'report.measure("order", 2); report.measure("error", 1e-4)'
claim "a band belongs to its size" report full 'report.measure("order", 2)'
claim "a number below its band is wrong" refused coarse 'report.measure("order", 1.7); report.measure("error", 1e-4)'
claim "a number above its band is wrong" refused coarse 'report.measure("order", 2); report.measure("error", 2e-3)'
claim "a number that is missing is wrong" refused coarse 'report.measure("order", 2)'
claim "what is not a number is wrong" refused full 'report.measure("order", float("nan"))'
claim "a number without a band is wrong" refused full 'report.measure("order", 2); report.measure("other", 2)'

well_formed() { # a run has a run.sh, and each line of its bands five cells
  local expected
  for expected in runs/*/expected.txt; do
    [ -x "${expected%/expected.txt}/run.sh" ] || return 1
    [ "$(grep -vc '^#' "$expected")" = "$(grep -cE '^(both|coarse|full) \| [^|]+ \| \S+ \| \S+ \| [^|]+$' "$expected")" ] || return 1
  done
}
told() { # what docs/reproduce.md shows is there
  local file
  for file in $(sed -n 's/^<!-- \(runs[^ ]*\) -->$/\1/p' docs/reproduce.md); do [ -s "$file" ] || return 1; done
}
claim "each run has its parts" well_formed
claim "docs/reproduce.md shows what is there" told
finish
