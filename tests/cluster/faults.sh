#!/usr/bin/env bash
# What goes wrong around a run: it is killed at any moment, the disk is full, the folder is taken or read-only, a rank dies.
set -u
cd "$(dirname "$0")/../.."
. tests/support/environment.sh
. tests/support/tap.sh
work=$(mktemp -d)
trap 'umount "$work"/disk "$work"/read-only 2> /dev/null; rm -rf "$work"' EXIT
cd "$work" || exit 1
flow=(-grid_n 300,200 -density 'exp(-20*((x-.5)^2+(y-.4)^2))' -energy_terms power,potential -energy_potential '0.1*x' -jko_dt 2e-4)

wait_for() { # wait_for SECONDS COMMAND...: until it succeeds
  local end=$((SECONDS + $1))
  shift
  until "$@" > /dev/null 2>&1; do [ $SECONDS -lt $end ] || return 1; sleep 0.02; done
}
sound() { for f in "$1"/checkpoint-*.h5; do "$program" -inspect "$f" > seen 2>&1 || { cat seen && return 1; }; done; }

jko 1 "${flow[@]}" -output whole -jko_max_steps 12 > /dev/null
killed() { # SIGKILL at moments that differ, a checkpoint at every step: none that has its name is bad, and the end is the same
  rm -rf killed
  for delay in 0.9 1.0 1.1 1.2 1.3; do
    "$program" "${flow[@]}" -output killed -jko_max_steps 12 -checkpoint_interval 1 -restart auto > out 2> err &
    local pid=$!
    wait_for 20 grep -q '^step' out
    sleep "0${delay#?}" && kill -KILL $pid 2> /dev/null
    wait $pid 2> /dev/null
    sound killed || return 1
  done
  jko 1 "${flow[@]}" -output killed -jko_max_steps 12 -checkpoint_interval 1 -restart auto > out 2>&1 && cmp whole/density-000012.h5 killed/density-000012.h5 && ! ls killed | grep -E 'part|lock'
}
thorough claim "SIGKILL leaves checkpoints that are sound, and the end is the same" killed
mid_write() { # a large checkpoint, killed while its temporary file grows: a state that was written before stays
  local large=(-grid_n 1500,1200 -density 1 -energy_terms entropy -jko_dt 1e-3 -jko_max_steps 999 -checkpoint_interval 1 -output large -jko_coarse_first 0)
  local caught=0
  for i in 1 2 3; do
    "$program" "${large[@]}" -restart auto > out 2> err &
    local pid=$!
    wait_for 60 ls large/checkpoint-*.h5
    wait_for 30 sh -c 'ls large/checkpoint-*.part' && caught=$((caught + 1))
    kill -KILL $pid
    wait $pid 2> /dev/null
    sound large || return 1
  done
  [ $caught = 3 ] || { echo "the writing was seen $caught times" && return 1; }
  "$program" "${large[@]}" -restart auto -max_walltime 0:06 > out 2> err
  [ $? = 0 ] && grep -q '^restart from large/checkpoint-' out && ! ls large | grep part
}
thorough claim "SIGKILL in the middle of a large checkpoint: the one before is gone on with, the half one is removed" mid_write

fails_to_write() { # fails_to_write FOLDER COMMAND...: one line, status 4, and what is there is sound
  local folder=$1 got
  shift
  "$@" > out 2> err
  got=$?
  [ $got = 4 ] && [ "$(grep -c '^jko: error: ' err)" = 1 ] && [ "$(wc -l < err)" = 1 ] && grep -q 'cannot be written' err && sound "$folder" && ! ls "$folder" | grep -E 'h5.part|lock' ||
    { echo "status $got" && cat err && ls -l "$folder" && return 1; }
}
starts_small() { # a first part that fits, then a limit on the size of files that a checkpoint does not fit under
  local wide=("${flow[@]}" -grid_n 900,800 -output limited -checkpoint_interval 1)
  jko 1 "${wide[@]}" -jko_max_steps 1 > /dev/null
  more() { (ulimit -f 10000 && exec "$program" "${wide[@]}" -jko_max_steps 2 -restart auto); }
  fails_to_write limited more && grep -q 'MB: File too large' err && jko 1 "${wide[@]}" -jko_max_steps 2 -restart auto > out && grep -q '^restart from limited/checkpoint-000001.h5' out
}
thorough claim "a limit on the size of files ends the run with one line; it goes on when the limit is gone" starts_small
mkdir disk read-only
if mount -t tmpfs -o size=5m tmpfs disk 2> /dev/null; then
  full() {
    fails_to_write disk/run jko "$1" "${flow[@]}" -output disk/run -jko_max_steps 30 -checkpoint_interval 2 -checkpoint_keep 9 -output_interval 1 || return 1
    rm -f disk/run/density-00000[1-9].h5
    jko "$1" "${flow[@]}" -output disk/run -jko_max_steps 12 -checkpoint_interval 100 -restart auto > out 2>&1 && grep -q '^restart from' out || { cat out && return 1; }
    [ "$1" != 1 ] || cmp whole/density-000012.h5 disk/run/density-000012.h5 || return 1
    rm -rf disk/run
  }
  for n in $(thorough echo 1) 2; do claim "a full disk on $n ranks ends the run with one line; it goes on when there is room" full $n; done
  mount -t tmpfs -o ro tmpfs read-only
  sealed() { jko 2 "${flow[@]}" -output read-only -jko_max_steps 1 2> err; [ $? = 2 ] && [ "$(wc -l < err)" = 1 ] && grep -q "the folder cannot be written to: Read-only" err; }
  claim "a read-only folder is refused" sealed
fi

busy() { # two runs in one folder: the second is refused, the first is not disturbed
  "$program" "${flow[@]}" -output busy -jko_max_steps 100000 > out 2> err &
  local pid=$! got
  wait_for 20 test -s busy/density-000000.h5
  jko 2 "${flow[@]}" -output busy -jko_max_steps 5 > out2 2> err2
  got=$?
  [ $got = 2 ] && [ "$(wc -l < err2)" = 1 ] && grep -q "the folder is in use by another run, process $pid on $(hostname)" err2 && kill -0 $pid || { cat err2 && kill $pid && return 1; }
  cp busy/density-000000.h5 busy/checkpoint-999999.h5 # the lock is looked at before what cannot be read
  jko 2 "${flow[@]}" -output busy -jko_max_steps 5 -restart auto > out2 2> err2
  [ $? = 2 ] && [ "$(wc -l < err2)" = 1 ] && grep -q "the folder is in use by another run, process $pid" err2 || { cat err2 && kill $pid && return 1; }
  kill -KILL $pid
  wait $pid 2> /dev/null
  [ -e busy/run.lock ] && jko 2 "${flow[@]}" -output busy -output_overwrite -jko_max_steps 2 > out 2>&1 && [ ! -e busy/run.lock ]
}
claim "a second run in a folder is refused; a lock that a killed run left behind is not in the way" busy
dying() { # one rank of three is killed: the others end, and what is there is sound
  $MPIRUN -n 3 "$program" "${flow[@]}" -output dying -jko_max_steps 100000 -checkpoint_interval 2 > out 2> err &
  local pid=$! start
  wait_for 30 test -e dying/checkpoint-000004.h5
  start=$SECONDS
  kill -KILL "$(pgrep -P $pid -n jko)"
  wait $pid
  local got=$?
  [ $got != 0 ] && [ $((SECONDS - start)) -lt 20 ] && ! pgrep -P $pid && sound dying || { echo "status $got" && cat err && return 1; }
  jko 2 "${flow[@]}" -output dying -jko_max_steps 5000 -max_walltime 0:04 -restart auto > out 2>&1 && grep -q '^restart from' out
}
thorough claim "a rank that dies ends the others; what it left is gone on with" dying
cramped() { # from some moment on one rank of three, the last, may not write files of that size: HDF5 on its own would wait for ever
  $MPIRUN -n 3 "$program" "${flow[@]}" -output cramped -jko_max_steps 100000 -checkpoint_interval 2 > out 2> err &
  local pid=$!
  wait_for 30 test -e cramped/checkpoint-000002.h5
  prlimit --pid "$(pgrep -P $pid -n jko)" --fsize=100000:
  wait_for 100 sh -c "! kill -0 $pid" || { kill -KILL $pid && return 1; }
  wait $pid
  [ $? = 4 ] && [ "$(grep -c '^jko: error: .* cannot be written' err)" = 1 ] && sound cramped && ! ls cramped | grep part
}
thorough claim "a rank that may not write ends all, within a minute or two" cramped
dry() { # from some moment on one rank of three has no file descriptors left: HDF5 on its own would wait for ever for it to open the file
  $MPIRUN -n 3 "$program" "${flow[@]}" -output dry -jko_max_steps 100000 -checkpoint_interval 2 > out 2> err &
  local pid=$!
  wait_for 30 test -e dry/checkpoint-000002.h5
  prlimit --pid "$(pgrep -P $pid -n jko)" --nofile=4:
  wait_for 130 sh -c "! kill -0 $pid" || { kill -KILL $pid && return 1; }
  wait $pid
  [ $? = 4 ] && [ "$(grep -c '^jko: error: .* cannot be written' err)" = 1 ] && sound dry && ! ls dry | grep part || { cat err && return 1; }
}
thorough claim "a rank without file descriptors ends all, within a minute or two" dry
finish
