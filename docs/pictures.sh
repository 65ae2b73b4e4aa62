#!/usr/bin/env bash
# Makes the pictures of the README, the tutorial, docs/pictures.md and docs/species.md anew, by the commands that stand there: a minute or two on two
# cores.
#   docs/pictures.sh [FOLDER]   into FOLDER, default docs
set -eu
cd "$(dirname "$0")/.."
. tests/support/environment.sh
to=$(realpath "${1:-docs}")
work=$(mktemp -d) && trap 'rm -rf "$work"' EXIT
ln -s "$PWD/petsc-options" "$PWD/runs" "$work" && ln -s "$(realpath "$BUILD")" "$work/build"
{
  sed -n 's/^    //p' docs/pictures.md | grep -v ' DIR$'
  sed -n '/^    mpirun/s/^    //p; /^    runs.plot.py/s/^    //p' docs/species.md
  sed -n '/^cat > mine.opts/,/^```/{/^```/d;p}' docs/tutorial.md && echo 'runs/plot.py first'
} | sed 's/^mpirun /$MPIRUN /; s/^\(runs.plot\.py\)/"$PYTHON" \1/' > "$work/commands"
(cd "$work" && . ./commands > log) || { tail -n 5 "$work/log" >&2 && exit 1; }
cp "$work/double-well/summary.png" "$to/double-well.png"
cp "$work/first/summary.png" "$to/tutorial.png"
cp "$work/crowds/frames.png" "$to/species.png"
cp "$work/ou/decay.png" "$to/decay.png"
cp "$work/well/decay.png" "$to/double-well-decay.png"
