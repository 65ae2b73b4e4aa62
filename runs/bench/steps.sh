#!/usr/bin/env bash
# Steps of every preset by every accelerator: iterations, kernel applications and milliseconds of CPU per step, and where the time of the
# step solver goes. On one rank; the log of PETSc (-log_view) tells.
set -u
cd "$(dirname "$0")/../.."
. tests/support/environment.sh
work=$(mktemp -d) && trap 'rm -rf "$work"' EXIT
steps=${1:-8}

share() { # share EVENT: its seconds in the log
  awk -v event="$1" '$1 == event { print $4 }' "$work/log"
}

printf '%-24s %-18s %10s %12s %10s   %s\n' problem accelerator iterations applications ms/step 'kernel halo prox acceleration'
for problem in petsc-options/problems/*.opts; do
  for accelerator in weightedanderson elliptic anderson; do
    rm -rf "$work/out"
    "$BUILD/jko" -options_file "$problem" -jko_max_steps "$steps" -sinkhorn_snes_type $accelerator -output "$work/out" -log_view > "$work/log" 2>&1 ||
      { printf '%-24s %-18s %s\n' "$(basename "$problem" .opts)" $accelerator "$(grep 'jko:' "$work/log" | head -n 1)"; continue; }
    awk -F, -v name="$(basename "$problem" .opts)" -v accelerator=$accelerator -v applications="$(awk '$1 == "Kernel_Apply" { print $2 }' "$work/log")" \
      -v kernel="$(share Kernel_Apply)" -v halo="$(share Kernel_Halo)" -v prox="$(share SinkhornProx)" -v accel="$(share SinkhornAccel)" \
      -v elliptic="$(share SinkhornEllSolve)" -v solve="$(share JKOStep)" \
      'NR > 2 { n++; its += $12; wall += $17 }
       END { printf "%-24s %-18s %10.1f %12.1f %10.2f   %5.0f%% %3.0f%% %4.0f%% %6.0f%%\n", name, accelerator, its / n, applications / (n + 1), 1e3 * wall / n,
             100 * kernel / solve, 100 * halo / solve, 100 * prox / solve, 100 * (accel + elliptic) / solve }' "$work/out/history.csv"
  done
done
