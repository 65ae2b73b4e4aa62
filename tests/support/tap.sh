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
  local start=
  [ "$1" = 1 ] || start="$MPIRUN -n $1"
  shift
  # shellcheck disable=SC2086
  timeout -k 5 60 $start "$program" "$@"
}

finish() {
  echo "1..$count"
  exit $failed
}
