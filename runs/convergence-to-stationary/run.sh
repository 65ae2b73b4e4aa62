#!/usr/bin/env bash
# Relaxation to random Gaussian mixtures in D = 2 and 3.
#   runs/convergence-to-stationary/run.sh [coarse|full]
set -eu
. "$(dirname "$0")/../begin.sh"
tabulate
