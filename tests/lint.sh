#!/usr/bin/env bash
# Format, static analysis, and the project's own rules. Silent when all is well.
#   tests/lint.sh [FILE ...]   clang-tidy on these files only; everything else on the whole tree
set -u
cd "$(dirname "$0")/.."
status=0
complain() { echo "lint: $*" && status=1; }
mapfile -t code < <(git ls-files --cached --others --exclude-standard 'src/*.c' 'src/*.h' 'include/*.h' 'tests/*.c' 'tests/*.h' 'runs/*.c' 'docs/*.c')
mapfile -t units < <(printf '%s\n' "${code[@]}" | grep '^src/.*\.c$')
[ $# = 0 ] || units=("$@")
for tool in clang-format clang-tidy cppcheck; do command -v $tool > /dev/null || { complain "$tool is not installed"; exit 1; }; done

clang-format --dry-run -Werror "${code[@]}" 2> /dev/null || complain "run make format"
flags="-std=gnu11 -Iinclude $(mpicc --showme:compile) $(pkg-config --cflags petsc muparser fftw3 hdf5-openmpi)"
# shellcheck disable=SC2086
# shellcheck disable=SC2086
printf '%s\0' "${units[@]}" | xargs -0 -P 2 -n 3 sh -c 'flags=$0; clang-tidy --quiet "$@" -- $flags 2> /dev/null' "$flags" | grep -E '(warning|error):' && complain "clang-tidy"
cppcheck --quiet --enable=warning,performance,portability --inline-suppr --suppress=missingIncludeSystem --suppress=unknownMacro --suppress=preprocessorErrorDirective \
  --std=c11 -j 2 -Iinclude --error-exitcode=1 src || complain "cppcheck"

grep -nE '\b(TODO|FIXME|XXX)\b' "${code[@]}" Makefile && complain "an unfinished place"
grep -nE '^\s*//' "${code[@]}" && complain "comments are /* */"
grep -nE 'switch \((dim|.*->dim)\)' $(printf '%s\n' "${code[@]}" | grep -vE '^src/(grid|kernel)/') && complain "no cases by dimension outside grid/ and kernel/"
grep -nE '/(home|root|work)/' "${code[@]}" Makefile README.md docs runs petsc-options -r --include='*' 2> /dev/null | grep -vE '\.png' && complain "a path of one machine"
for f in "${code[@]}"; do
  lines=$(wc -l < "$f")
  [ "$lines" -le 600 ] || complain "$f has $lines lines, more than 600"
done
awk 'FNR == 1 { depth = 0; start = 0 }
     /^[{]$/ { start = FNR }
     /^[}]$/ { if (start && FNR - start > 100) { print FILENAME ":" start ": a function of " FNR - start " lines"; bad = 1 } start = 0 }
     END { exit bad }' "${code[@]}" || complain "functions are at most 100 lines"
exit $status
