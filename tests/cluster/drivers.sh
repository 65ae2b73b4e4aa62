#!/usr/bin/env bash
# The drivers of make soak and make fuzz, for a few seconds, so that they hold when they are needed: fixed seeds, nothing lost, nothing wrong.
set -u
cd "$(dirname "$0")/../.."
. tests/support/environment.sh
. tests/support/tap.sh
export ASAN_OPTIONS=detect_leaks=0:fast_unwind_on_malloc=1:allocator_may_return_null=1

claim "flows that are killed and gone on with end as those that are not" timeout 500 "$PYTHON" tests/cluster/soak.py --seconds 60 --cycles 6 --seed 5 --memory 0
claim "a flow of 1000 steps does not grow" timeout 300 "$PYTHON" tests/cluster/soak.py --seconds 0 --memory 1000
claim "nonsense ends with one line" timeout 500 "$PYTHON" tests/cluster/fuzz.py --cases 24 --seed 2 --seconds 60
holds() { # every test that docs/restart.md names is there: `file: claim`
  local line file text missing=0
  while IFS= read -r line; do
    file=${line%%: *} text=${line#*: }
    grep -qF -- "$text" "$file" || { echo "$file does not hold: $text" && missing=1; }
  done < <(grep -oE '`tests/[a-z/]+\.(sh|c): [^`]+`' docs/restart.md | tr -d '`')
  [ "$(grep -cE '`tests/' docs/restart.md)" -ge 20 ] && [ $missing = 0 ]
}
claim "the tests that docs/restart.md names are there" holds
finish
