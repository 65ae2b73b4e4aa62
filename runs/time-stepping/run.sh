#!/usr/bin/env bash
# What the time schemes cost and what they gain: makes the tables of docs/time-stepping.md.
#   runs/time-stepping/run.sh [--write]   prints them; with --write also puts them into the chapter
set -eu
cd "$(dirname "$0")/../.."
. tests/support/environment.sh
tables=$("$PYTHON" runs/time-stepping/tables.py "$BUILD/jko")
printf '%s\n' "$tables"
[ "${1:-}" = --write ] || exit 0
chapter=docs/time-stepping.md
{
  sed '/^<!-- tables -->$/q' $chapter
  printf '%s\n' "$tables"
  sed -n '/^<!-- end of tables -->$/,$p' $chapter
} > $chapter.part
mv $chapter.part $chapter
