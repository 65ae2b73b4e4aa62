#!/usr/bin/env bash
# The batch script under a stand-in for SLURM: a signal before the end of each job, a requeue, and the same flow in the end.
set -u
cd "$(dirname "$0")/../.."
root=$PWD
. tests/support/environment.sh
. tests/support/tap.sh
work=$(mktemp -d) && trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
flow=(-grid_n 96,80 -density 'exp(-20*((x-.5)^2+(y-.4)^2))' -energy_terms power,potential -energy_potential '0.1*x' -jko_dt 2e-4 -jko_max_steps 1200)
mkdir bin && printf '#!/bin/sh\necho "$@" >> requeued\n' > bin/scontrol && chmod +x bin/scontrol
export PATH=$work/bin:$PATH SLURM_JOB_ID=42 SLURM_NTASKS=2 SLURM_SUBMIT_DIR=$work JKO=$program JKO_LAUNCH="$MPIRUN -n 2"

jobs_until_done() { # a job gets its TERM after a while, as from --signal; the queue runs it again while it asks for it
  local pid status
  for job in 1 2 3 4 5 6 7 8 9; do
    rm -f requeued
    bash "$root/runs/cluster/job.slurm" "${flow[@]}" -output run > "out$job" 2>&1 &
    pid=$!
    for _ in $(seq 200); do grep -q '^step' "out$job" && break; sleep 0.05; done
    sleep 0.2
    [ "$job" -gt 2 ] || kill -TERM $pid
    wait $pid
    status=$?
    [ -e requeued ] || break
    [ $status = 143 ] && [ "$(cat requeued)" = "requeue 42" ] || { echo "status $status" && cat "out$job" && return 1; }
  done
  [ $status = 0 ] && [ "$job" -gt 1 ] && grep -q '^restart from run/checkpoint' "out$job" || { echo "job $job, status $status" && cat "out$job" && return 1; }
}
claim "a job that is told to end goes back into the queue and goes on" jobs_until_done
claim "the flow is the uninterrupted one" sh -c "$MPIRUN -n 2 '$program' ${flow[*]@Q} -output whole > out && cmp whole/density-001200.h5 run/density-001200.h5 && [ \$(wc -l < run/history.csv) = 1202 ]"
finish
