#!/usr/bin/env bash
# Ornstein-Uhlenbeck processes against Gaussians in closed form, beside neural and particle methods.
#   runs/ornstein-uhlenbeck/run.sh [coarse|full]
set -eu
. "$(dirname "$0")/../begin.sh"
tabulate
