# TAP lines for shell tests: `claim "what holds" command...` runs the command and reports; end the script with `finish`. To be sourced.
count=0 failed=0

claim() { # claim TEXT COMMAND...: the output of the command is shown when it fails
  local text=$1 output
  shift
  count=$((count + 1))
  if output=$("$@" 2>&1); then echo "ok $count - $text"; else echo "not ok $count - $text" && failed=1 && echo "${output:-the command is silent: $*}" | head -n 15 | sed 's/^/# /'; fi
}

jko() { # jko RANKS OPTION...
  local ranks=$1
  shift
  timeout -k 5 60 $MPIRUN -n "$ranks" "$program" "$@"
}

finish() {
  echo "1..$count"
  exit $failed
}
