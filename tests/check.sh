#!/usr/bin/env bash
# Every test program on every rank count, then the scripts that drive the program, two at a time: how far it is, failures, the slowest, and the last line.
#   tests/check.sh [NAME ...]   only the tests whose path holds one of the names
# RANKS: the rank counts; JOBS: tests at a time; THOROUGH: also what takes long; PATIENCE: times as long before a test is given up.
set -u
cd "$(dirname "$0")/.."
. tests/support/environment.sh
log=$BUILD/check ranks=${RANKS:-1 2 3 4} patience=${PATIENCE:-${THOROUGH:+6}}
export CHECK_SECONDS_C=$((300 * ${patience:-1})) CHECK_SECONDS_SH=$((600 * ${patience:-1}))

run() { # run PATH RANKS LOG: one test, its output into LOG, its exit status and seconds into LOG.status
  local begun=$SECONDS status
  case $1 in
  *.c) timeout "$CHECK_SECONDS_C" $MPIRUN -n "$2" "$BUILD/${1%.c}" ;;
  *) ASAN_OPTIONS=$ASAN_OPTIONS:detect_leaks=0 timeout "$CHECK_SECONDS_SH" bash "$1" ;; # a run that ends by an error frees nothing
  esac > "$3" 2>&1
  status=$?
  echo "$status $((SECONDS - begun))" > "$3.status"
  progress
}
progress() { # in place on a terminal, else a line for every tenth of the tests, where they are many
  local all done step bad
  all=$(wc -l < "$log/list") done=$(find "$log" -name '*.status' | wc -l) step=$(((all + 9) / 10))
  bad=$(grep -l '^not ok ' "$log"/*.log 2> /dev/null | wc -l)
  if [ -n "${CHECK_TERMINAL:-}" ]; then
    printf '\r%d of %d tests%s\e[K' "$done" "$all" "$([ "$bad" = 0 ] || echo ", failures in $bad")" > /dev/tty
  elif [ $((done % step)) = 0 ] && [ "$all" -gt 20 ]; then
    echo "$done of $all tests$([ "$bad" = 0 ] || echo ", failures in $bad")"
  fi
}
[ "${1-}" != --run ] || { run "$2" "$3" "$4"; exit 0; }

chosen() { # chosen PATH NAME...: whether the path holds one of the names, or no name is given
  local path=$1 name
  shift
  [ $# = 0 ] && return 0
  for name; do case $path in *"$name"*) return 0 ;; esac done
  return 1
}

list() { # list NAME...: a line per test, PATH RANKS LOG
  local path n
  for path in $(find tests -mindepth 2 -name '*.c' -not -path 'tests/support/*' | sort); do
    chosen "$path" "$@" || continue
    for n in $ranks; do echo "$path $n $log/$(echo "${path%.c}" | tr / -)-$n.log"; done
  done
  for path in $(find tests -mindepth 2 -name '*.sh' -not -path 'tests/support/*' | sort); do
    chosen "$path" "$@" && echo "$path - $log/$(echo "${path%.sh}" | tr / -).log"
  done
}

judge() { # judge PATH RANKS LOG: counts TAP lines; a run that ends badly without a failed line counts as one failure
  local ok bad status seconds why
  ok=$(grep -c '^ok ' "$3") bad=$(grep -c '^not ok ' "$3")
  read -r status seconds < "$3.status" || status=none seconds=0
  echo "$seconds $1 $2" >> "$log/seconds"
  [ "$status" = 0 ] || [ "$bad" != 0 ] || bad=1
  passed=$((passed + ok)) failed=$((failed + bad))
  [ "$bad" = 0 ] && return
  why="FAILED (status $status)"
  [ "$status" != 124 ] || why="RAN PAST $seconds s, and was stopped (PATIENCE=3 waits longer on a busy machine)"
  echo "$why: $1, ranks: $2"
  grep -v '^ok ' "$3" | head -n 40
}
slowest() { # the three that took longest, where that is more than a minute
  sort -rn "$log/seconds" | awk 'NR <= 3 && $1 > 60 { printf "%s%s on %s ranks %d s", (NR > 1 ? ", " : "slow: "), $2, $3, $1; any = 1 } END { if (any) print "" }' | sed 's/ on - ranks//g'
}

passed=0 failed=0
rm -rf "$log" && mkdir -p "$log"
list "$@" > "$log/list"
[ ! -t 1 ] || export CHECK_TERMINAL=1
xargs -a "$log/list" -P "${JOBS:-2}" -L 1 bash "$0" --run
[ ! -t 1 ] || printf '\r\e[K'
while read -r path n out; do judge "$path" "$n" "$out"; done < "$log/list"
slowest
echo "$passed passed, $failed failed"
[ "$failed" = 0 ] && [ "$passed" != 0 ]
