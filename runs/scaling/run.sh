#!/usr/bin/env bash
# Strong and weak scaling on the cores of this machine, what is sent, and the model to 10^4 ranks of docs/scaling.md.
#   runs/scaling/run.sh [coarse|full]
set -eu
. "$(dirname "$0")/../begin.sh"
tabulate
