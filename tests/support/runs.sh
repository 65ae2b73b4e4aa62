# What tests of whole runs share. To be sourced after tap.sh.

history() { cut -d, -f1-16,18- "$1/history.csv"; } # without the seconds

restarts() { # restarts NAME OPTION...: a flow of 8 steps on 2 ranks into whole-NAME, and again in two parts, is the same
  local name=$1
  shift
  claim "$name: a flow runs" jko 2 "$@" -checkpoint_interval 3 -output "whole-$name" -jko_max_steps 8
  claim "$name: its first part runs" jko 2 "$@" -checkpoint_interval 3 -output parts -jko_max_steps 4
  claim "$name: and goes on" jko 2 "$@" -checkpoint_interval 3 -output parts -jko_max_steps 8 -restart parts/checkpoint-000003.h5
  claim "$name: to the same density, to the last bit" cmp "whole-$name/density-000008.h5" parts/density-000008.h5
  claim "$name: with the same history" diff <(history "whole-$name") <(history parts)
  rm -r parts
}

refused() { # refused TEXT OPTION...: on 1 and 3 ranks, with status 2 and one line
  local text=$1 ranks got
  shift
  for ranks in 1 3; do
    jko $ranks "$@" > out 2> err
    got=$?
    if [ $got != 2 ] || [ "$(wc -l < err)" != 1 ] || ! grep -qF -- "$text" err; then
      echo "$ranks ranks: status $got: $(cat err)"
      return 1
    fi
  done
}
