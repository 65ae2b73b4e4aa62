#!/usr/bin/env bash
# Every test program on every rank count, then the scripts that drive the program, two at a time; silent but for failures and the last line.
#   tests/check.sh [NAME ...]   only the tests whose path holds one of the names
# RANKS: the rank counts; JOBS: tests at a time; THOROUGH: also what takes long.
set -u
cd "$(dirname "$0")/.."
. tests/support/environment.sh
log=$BUILD/check ranks=${RANKS:-1 2 3 4} patience=${THOROUGH:+6}

run() { # run PATH RANKS LOG: one test, its output into LOG and its exit status into LOG.status
  case $1 in
  *.c) timeout $((300 * ${patience:-1})) $MPIRUN -n "$2" "$BUILD/${1%.c}" ;;
  *) ASAN_OPTIONS=$ASAN_OPTIONS:detect_leaks=0 timeout $((600 * ${patience:-1})) bash "$1" ;; # a run that ends by an error frees nothing
  esac > "$3" 2>&1
  echo $? > "$3.status"
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
  local ok bad status
  ok=$(grep -c '^ok ' "$3") bad=$(grep -c '^not ok ' "$3") status=$(cat "$3.status" 2> /dev/null || echo none)
  [ "$status" = 0 ] || [ "$bad" != 0 ] || bad=1
  passed=$((passed + ok)) failed=$((failed + bad))
  [ "$bad" = 0 ] || { echo "FAILED (status $status): $1, ranks: $2"; grep -v '^ok ' "$3" | head -n 40; }
}

passed=0 failed=0
rm -rf "$log" && mkdir -p "$log"
list "$@" > "$log/list"
xargs -a "$log/list" -P "${JOBS:-2}" -L 1 bash "$0" --run
while read -r path n out; do judge "$path" "$n" "$out"; done < "$log/list"
echo "$passed passed, $failed failed"
[ "$failed" = 0 ] && [ "$passed" != 0 ]
