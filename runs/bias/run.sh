#!/usr/bin/env bash
# Refining tau with plain and with compensated entropic steps, at a fixed regularisation.
#   runs/bias/run.sh [coarse|full]
set -eu
. "$(dirname "$0")/../begin.sh"
tabulate
