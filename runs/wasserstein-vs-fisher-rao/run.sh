#!/usr/bin/env bash
# One energy, three metrics: transport, reaction, and both, from one well of a double well.
#   runs/wasserstein-vs-fisher-rao/run.sh [coarse|full]
set -eu
. "$(dirname "$0")/../begin.sh"
tabulate
