#!/usr/bin/env bash
# How fast the kernel is here, beside what the machine and other packages can do, and how it scales over ranks. CPU times.
set -eu
cd "$(dirname "$0")/../.."
. tests/support/environment.sh
bench=$BUILD/runs/bench/kernel

echo "== the kernel on one core"
"$bench"
echo "== the same operation elsewhere, CPU ns per cell"
if $PYTHON -c 'import scipy' 2> /dev/null; then OPENBLAS_NUM_THREADS=1 $PYTHON runs/bench/others.py; else echo "python3-scipy is not installed"; fi
echo "== strong scaling: one grid, more ranks"
for ranks in 1 2; do $MPIRUN -n $ranks "$bench" -bench_grid 1024,1024; done
echo "== weak scaling: as many cells per rank"
for ranks in 1 2; do $MPIRUN -n $ranks "$bench" -bench_grid 1024,$((512 * ranks)); done
for ranks in 1 2; do $MPIRUN -n $ranks "$bench" -bench_grid 128,128,$((128 * ranks)); done
echo "== the pointwise prox"
"$BUILD/runs/bench/prox"
echo "== steps of the presets, by accelerator"
runs/bench/steps.sh
echo "== what W * rho costs in a step"
runs/bench/interaction.sh
