#!/usr/bin/env bash
# Every test program on every rank count, then the scripts that drive the program; silent but for failures and the last line.
#   tests/check.sh [NAME ...]   only the tests whose path holds one of the names
set -u
cd "$(dirname "$0")/.."
. tests/support/environment.sh
build=$BUILD mpirun=$MPIRUN ranks=${RANKS:-1 2 3 4}
log=$build/check && rm -rf "$log" && mkdir -p "$log"
passed=0 failed=0

chosen() { # chosen PATH NAME...: whether the path holds one of the names, or no name is given
  local path=$1 name
  shift
  [ $# = 0 ] && return 0
  for name; do case $path in *"$name"*) return 0 ;; esac done
  return 1
}

judge() { # judge STATUS LOG TITLE: counts TAP lines; a run that ends badly without a failed line counts as one failure
  local ok bad
  ok=$(grep -c '^ok ' "$2") bad=$(grep -c '^not ok ' "$2")
  [ "$1" = 0 ] || [ "$bad" != 0 ] || bad=1
  passed=$((passed + ok)) failed=$((failed + bad))
  [ "$bad" = 0 ] || { echo "FAILED (status $1): $3"; grep -v '^ok ' "$2" | head -n 40; }
}

for source in $(find tests -mindepth 2 -name '*.c' -not -path 'tests/support/*' | sort); do
  chosen "$source" "$@" || continue
  for n in $ranks; do
    out=$log/$(echo "${source%.c}" | tr / -)-$n.log
    timeout 300 $mpirun -n "$n" "$build/${source%.c}" > "$out" 2>&1
    judge $? "$out" "$source on $n ranks"
  done
done
for script in $(find tests -mindepth 2 -name '*.sh' -not -path 'tests/support/*' | sort); do
  chosen "$script" "$@" || continue
  out=$log/$(echo "${script%.sh}" | tr / -).log
  ASAN_OPTIONS=$ASAN_OPTIONS:detect_leaks=0 timeout 600 bash "$script" > "$out" 2>&1 # a run that ends by an error frees nothing
  judge $? "$out" "$script"
done
echo "$passed passed, $failed failed"
[ "$failed" = 0 ] && [ "$passed" != 0 ]
