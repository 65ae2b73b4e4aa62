#!/usr/bin/env bash
# The porous medium equation against Barenblatt: error, time and memory beside the back-and-forth method.
#   runs/barenblatt/run.sh [coarse|full]
set -eu
. "$(dirname "$0")/../begin.sh"
tabulate
