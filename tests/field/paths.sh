#!/usr/bin/env bash
# Long absolute paths: results, densities read and restarts, on 1 and 3 ranks (Open MPI overflowed from 215 characters on).
set -u
cd "$(dirname "$0")/../.."
. tests/support/environment.sh
. tests/support/tap.sh
work=$(mktemp -d) && trap 'rm -rf "$work"' EXIT
deep=$work/$(printf 'd%.0s' {1..120})/$(printf 'e%.0s' {1..120})
mkdir -p "$deep" && cd "$work" || exit 1
flow=(-grid_n 16 -energy_terms entropy -jko_dt 1e-3 -jko_monitor quiet -checkpoint_interval 1)

for ranks in 1 3; do
  claim "$ranks ranks write results into ${#deep} characters" jko $ranks "${flow[@]}" -density 1+x -jko_max_steps 2 -output "$deep/out$ranks"
  claim "read a density from there" jko $ranks "${flow[@]}" -density_file "$deep/out$ranks/density-000002.h5" -jko_max_steps 1 -output "$deep/from$ranks"
  claim "and go on from there" jko $ranks "${flow[@]}" -density 1+x -jko_max_steps 3 -output "$deep/out$ranks" -restart auto
  claim "to the end" test -s "$deep/out$ranks/density-000003.h5"
done
finish
