# What ends in one line and the right status, on 1 and 3 ranks, with nothing left on disk. To be sourced after tap.sh; runs in a folder of its own.
refused_on() { # refused_on RANKS STATUS TEXT OPTION...
  local ranks=$1 status=$2 text=$3 got
  shift 3
  jko "$ranks" "$@" > "out$ranks" 2> "err$ranks"
  got=$?
  [ $got = "$status" ] && [ "$(wc -l < "err$ranks")" = 1 ] && grep -q '^jko: error: ' "err$ranks" && grep -qF -- "$text" "err$ranks" &&
    ! grep -q step "out$ranks" && [ ! -e made ] || { echo "status $got on $ranks ranks:" && cat "out$ranks" "err$ranks" && return 1; }
}

refused() { # refused STATUS TEXT OPTION...: on 1 and 3 ranks, at the same time
  local other here
  refused_on 3 "$@" &
  other=$!
  refused_on 1 "$@"
  here=$?
  wait $other && [ $here = 0 ]
}

refuse() { # refuse STATUS TEXT OPTION...: added to the run in the array `whole`
  local status=$1 text=$2
  shift 2
  claim "$* is refused: $text" refused "$status" "$text" "${whole[@]}" "$@"
}

exits() { # exits STATUS PATTERN COMMAND...: the output, both streams, holds the pattern
  local status=$1 pattern=$2 got
  shift 2
  "$@" > both 2>&1
  got=$?
  [ $got = "$status" ] && grep -qE -- "$pattern" both || { echo "status $got:" && head -n 5 both && return 1; }
}
