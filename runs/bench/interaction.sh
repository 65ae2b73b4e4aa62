#!/usr/bin/env bash
# What W * rho costs: its share of the time of a step, aggregation-diffusion at 512 x 512 on one rank (-log_view tells).
set -u
cd "$(dirname "$0")/../.."
. tests/support/environment.sh
work=$(mktemp -d) && trap 'rm -rf "$work"' EXIT

printf '%-14s %-10s %8s %12s %9s %8s\n' scheme treatment dt convolutions ms/step share
for scheme in euler extrapolated; do
  for treatment in implicit explicit; do
    for dt in 0.05 0.2; do
      "$BUILD/jko" -options_file petsc-options/problems/aggregation-diffusion-2d.opts -grid_n 512,512 -jko_type $scheme -jko_dt $dt \
        -jko_max_steps 4 -energy_interaction_treatment $treatment -output "$work/out" -log_view > "$work/log" 2>&1 || tail -n 1 "$work/log"
      awk -v scheme=$scheme -v treatment=$treatment -v dt=$dt '$1 == "Energy_Interaction" { t = $4 } $1 == "ConvApply" { n = $2 } $1 == "JKOStep" { steps = $2; s = $4 }
        END { printf "%-14s %-10s %8s %12.1f %9.1f %7.0f%%\n", scheme, treatment, dt, n / steps, 1e3 * s / steps, 100 * t / s }' "$work/log"
      rm -rf "$work/out"
    done
  done
done
