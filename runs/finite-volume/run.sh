#!/usr/bin/env bash
# The same equations by implicit finite volumes (fv.c) and by jko: agreement, and error against time of both.
#   runs/finite-volume/run.sh [coarse|full]
set -eu
. "$(dirname "$0")/../begin.sh"
tabulate
