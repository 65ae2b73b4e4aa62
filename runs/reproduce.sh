#!/usr/bin/env bash
# Every run with an expected.txt, one after the other: tables, figures, and whether each number is in its band.
#   runs/reproduce.sh coarse|full [NAME ...]   full also puts the tables into docs/reproduce.md
# A run is a folder with run.sh and expected.txt; nothing else has to know it.
set -u
cd "$(dirname "$0")/.."
size=${1:?coarse or full}
shift
left=
for expected in runs/*/expected.txt; do
  folder=${expected%/expected.txt} name=$(basename "${expected%/expected.txt}")
  case " ${*:-$name} " in *" $name "*) ;; *) continue ;; esac
  echo "== $name"
  "$folder/run.sh" "$size" || left="$left $name"
  echo
done
[ "$size" = coarse ] || runs/chapter.sh docs/reproduce.md
[ -z "$left" ] || { echo "reproduce: numbers left their bands in:$left" >&2; exit 1; }
