#!/usr/bin/env bash
# Signals and the wall clock: a checkpoint of the last accepted step, one line, the promised status, also in the middle of a long step.
set -u
cd "$(dirname "$0")/../.."
. tests/support/environment.sh
. tests/support/tap.sh
work=$(mktemp -d) && trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
export OMPI_MCA_odls_base_sigkill_timeout=4 PRTE_MCA_odls_base_sigkill_timeout=4 # so long Open MPI waits between SIGTERM and SIGKILL
steps=(-grid_n 64,48 -density 'exp(-20*((x-.5)^2+(y-.4)^2))' -energy_terms power,potential -energy_potential '0.1*x' -jko_dt 2e-4 -jko_max_steps 100000)
# steps of many seconds: many cells, and a tolerance that is never reached
endless=("${steps[@]}" -grid_n 1200,1000 -sinkhorn_tol 1e-300 -sinkhorn_snes_type nrichardson -jko_coarse_first 0)

wait_for() { # wait_for SECONDS COMMAND...: until it succeeds
  local end=$((SECONDS + $1))
  shift
  until "$@" > /dev/null 2>&1; do [ $SECONDS -lt $end ] || return 1; sleep 0.05; done
}
launch() { # launch RANKS FOLDER OPTION...: in the background, until its history is there; the launcher's id in $pid
  local start= folder=$2
  [ "$1" = 1 ] || start="$MPIRUN -n $1"
  shift 2
  rm -rf "$folder"
  # shellcheck disable=SC2086
  timeout 100 $start "$program" -output "$folder" "$@" > out 2> err &
  pid=$!
  wait_for 60 test -s "$folder/density-000000.h5" && sleep 0.3
}
ranks_of() { "$PYTHON" - "$1" << 'END'
import os, sys
parent = {}
for p in filter(str.isdigit, os.listdir('/proc')):
  try: fields = open(f'/proc/{p}/stat').read().rsplit(')', 1)
  except OSError: continue
  parent[int(p)] = (int(fields[1].split()[1]), fields[0].split('(', 1)[1])
def below(p): return [c for q, (a, c_) in parent.items() if a == p for c in ([q] if c_ == 'jko' else below(q))]
print(*below(int(sys.argv[1])))
END
}
stopped() { # stopped STATUS NAME FOLDER: what is left of a run in the background
  local got
  wait "$pid"
  got=$?
  [ $got = "$1" ] && [ "$(grep -c '^jko: ' err)" = 1 ] && grep -qE "^jko: stopped by $2 after step [0-9]+, time .*; go on from $3/checkpoint-[0-9]+.h5" err && [ ! -e "$3/run.lock" ] &&
    verifies "$3" || { echo "status $got" && tail -n 3 out && cat err && ls "$3" && return 1; }
}
verifies() { # the newest checkpoint is good and its step is that of the history's last row
  local newest
  newest=$(cd "$1" && printf '%s\n' checkpoint-*.h5 | tail -n 1)
  "$program" -inspect "$1/$newest" > seen || { cat seen && return 1; }
  [ "$(tail -n 1 "$1/history.csv" | cut -d, -f1)" = "$((10#$(echo "$newest" | tr -dc 0-9 | sed 's/5$//')))" ]
}
signal_one() { # signal_one NAME STATUS OPTION...
  local name=$1 status=$2
  shift 2
  launch 1 one "$@" || return 1
  kill "-$name" "$(ranks_of $$ | head -n 1)"
  stopped "$status" "SIG$name" one
}
signal_a_rank() { # one rank of three hears
  launch 3 three "${endless[@]}" || return 1
  kill -TERM "$(ranks_of "$pid" | cut -d' ' -f2)"
  wait "$pid"
  [ $? = 143 ] && grep -q '^jko: stopped by SIGTERM after step 0' err && verifies three || { cat err && return 1; }
}
signal_launcher() { # Open MPI's launcher passes it on, and ends with a status of its own
  launch 2 two "${endless[@]}" || return 1
  kill -TERM "$(pgrep -P "$pid")"
  wait "$pid"
  grep -q '^jko: stopped by SIGTERM after step 0' err && verifies two || { cat err && return 1; }
}
goes_on() { # USR1 twice, USR2, then the end
  launch 2 on "${endless[@]}" || return 1
  local mpirun
  mpirun=$(pgrep -P "$pid")
  kill -USR1 "$mpirun" && wait_for 20 test -e on/checkpoint-000000.h5 || return 1
  kill -USR2 "$mpirun" && wait_for 20 grep -q '^jko: status: step 0, time 0' err || { cat err && return 1; }
  kill -0 "$pid" && kill -TERM "$mpirun"
  wait "$pid"
  grep -q 'stopped by SIGTERM' err && verifies on
}
twice() { # the second one while the first cannot be answered: the other rank is held
  launch 2 held "${endless[@]}" || return 1
  local ranks
  read -r -a ranks <<< "$(ranks_of "$pid")"
  kill -STOP "${ranks[1]}" && sleep 0.3
  kill -TERM "${ranks[0]}" && sleep 2.2 && kill -TERM "${ranks[0]}" && sleep 0.3 && kill -CONT "${ranks[1]}"
  wait "$pid"
  [ $? = 143 ] && grep -q '^jko: a second signal: quit at once' err && [ ! -e held/run.lock ] && ! ls held | grep part || { cat err && ls held && return 1; }
}
at_once() { # the launcher and the scheduler both send one: it counts once
  launch 1 both "${endless[@]}" || return 1
  local rank
  rank=$(ranks_of $$)
  kill -TERM "$rank" && kill -TERM "$rank"
  stopped 143 SIGTERM both
}
thorough claim "SIGTERM between short steps: a checkpoint and 143" signal_one TERM 143 "${steps[@]}"
for s in TERM:143 $(thorough echo INT:130 XCPU:152); do
  claim "SIG${s%:*} in the middle of a step: the state before it, and ${s#*:}" signal_one "${s%:*}" "${s#*:}" "${endless[@]}"
done
claim "one rank that hears a signal stops all" signal_a_rank
thorough claim "a signal to the launcher stops all" signal_launcher
claim "SIGUSR1 leaves a checkpoint, SIGUSR2 a line, in the middle of a step that goes on" goes_on
thorough claim "a second signal quits at once and leaves nothing half done" twice
thorough claim "two at the same time are one" at_once

walltime() { # walltime RANKS OPTION...: ends in time, with 0
  local ranks=$1 start got
  shift
  rm -rf wall
  start=$("$PYTHON" -c 'import time; print(time.time())')
  jko "$ranks" -output wall -max_walltime 00:05 "$@" > out 2> err
  got=$?
  "$PYTHON" -c "import time; s = time.time() - $start; assert 2 < s < 8, s" && [ $got = 0 ] && grep -q '^jko: stopped by -max_walltime' err && verifies wall || { echo "status $got" && cat err && return 1; }
}
thorough claim "-max_walltime stops between steps" walltime 2 "${steps[@]}"
claim "-max_walltime stops in the middle of a step" walltime 2 "${endless[@]}"
interrupted() { # the flow that was stopped again and again is the one that was not
  local whole=("${steps[@]:0:8}" -jko_dt 2e-4 -jko_max_steps 60 -monitor_target 1 -output_interval 7)
  jko 2 "${whole[@]}" -output whole > out || return 1
  launch 2 parts "${whole[@]}" -jko_max_steps 60
  for i in 1 2 3; do
    kill -TERM "$(ranks_of "$pid" | cut -d' ' -f1)" 2> /dev/null
    wait "$pid"
    timeout 100 $MPIRUN -n 2 "$program" "${whole[@]}" -output parts -restart auto > out 2> err &
    pid=$!
    wait_for 30 grep -q '^restart from' out
    sleep 0.4
  done
  wait "$pid" || { cat err && return 1; }
  diff <(cut -d, -f1-16 whole/history.csv) <(cut -d, -f1-16 parts/history.csv) && cmp whole/flow.xdmf parts/flow.xdmf &&
    for f in whole/density-*.h5; do cmp "$f" "parts/${f#*/}" || return 1; done
}
thorough claim "a flow that is stopped three times has the same history, series and densities to the last bit" interrupted
clock() {
  rm -rf clock && jko 1 "${steps[@]}" -output clock -checkpoint_walltime 0:01 -max_walltime 0:06 -checkpoint_keep 99 > out 2>&1
  local n
  n=$(ls clock | grep -c checkpoint)
  [ "$n" -ge 3 ] && [ "$n" -le 8 ] || { echo "$n checkpoints" && return 1; }
}
thorough claim "-checkpoint_walltime leaves one a second" clock
for bad in 90 1:60 $(thorough echo 1:2:3:4 0:00 -1:00 1:30x); do
  refuse() { jko 1 "${steps[@]}" -output no -max_walltime "$bad" 2> err; [ $? = 2 ] && [ "$(wc -l < err)" = 1 ] && grep -q -- '-max_walltime' err; }
  claim "-max_walltime $bad is refused" refuse
done
finish
