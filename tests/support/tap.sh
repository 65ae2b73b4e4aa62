# TAP lines for shell tests: `claim "what holds" command...` runs the command and reports; end the script with `finish`. To be sourced.
program=$PWD/$BUILD/jko
count=0 failed=0

claim() { # claim TEXT COMMAND...: the output of the command is shown when it fails
  local text=$1 output
  shift
  count=$((count + 1))
  if output=$("$@" 2>&1); then
    echo "ok $count - $text"
  else
    failed=1
    echo "not ok $count - $text"
    echo "${output:-silent: $*}" | head -n 15 | sed 's/^/# /'
  fi
}

thorough() { # thorough COMMAND...: what takes long is done by make check-restart only
  [ -z "${THOROUGH:-}" ] || "$@"
}

jko() { # jko RANKS OPTION...
  local ranks=$1
  shift
  if [ "$ranks" = 1 ]; then
    timeout -k 5 60 "$program" "$@"
  else
    without_banner timeout -k 5 60 $MPIRUN -n "$ranks" "$program" "$@"
  fi
}

without_banner() { # without_banner COMMAND...: stderr without what a launcher says between two lines of dashes of a run that has failed
  { "$@" 2>&1 >&3 3>&- | sed '/^-\{70,\}$/,/^-\{70,\}$/d; /^\[[^]]*:[0-9]*\] PMIX ERROR/d' >&2; return "${PIPESTATUS[0]}"; } 3>&1
}

finish() {
  echo "1..$count"
  exit $failed
}
