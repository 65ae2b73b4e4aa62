#!/usr/bin/env bash
# Particles by Euler-Maruyama against the density, beside each other: a distance that falls as N^(-1/2).
#   runs/langevin/run.sh [coarse|full]
set -eu
. "$(dirname "$0")/../begin.sh"
tabulate
