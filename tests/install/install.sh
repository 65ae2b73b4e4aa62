#!/usr/bin/env bash
# An installed library serves a program that knows nothing but pkg-config, and makes no demands on the folder it was built in.
set -u
cd "$(dirname "$0")/../.."
. tests/support/environment.sh
. tests/support/tap.sh
work=$(mktemp -d) && trap 'rm -rf "$work"' EXIT
export PKG_CONFIG_PATH=$work/prefix/lib/pkgconfig${PETSC_DIR:+:$PETSC_DIR/${PETSC_ARCH:-}/lib/pkgconfig:$PETSC_DIR/lib/pkgconfig}

build() { # build EXAMPLE
  # shellcheck disable=SC2046,SC2086
  mpicc ${CFLAGS:-} -Wall -Wextra -Werror "docs/examples/$1.c" -o "$work/$1" $(pkg-config --cflags --libs jko) -lm
}

run() { # run EXAMPLE OPTION...: on two ranks, its output in EXAMPLE.log
  (cd "$work" && $MPIRUN -n 2 "./$1" "${@:2}") > "$work/$1.log" 2>&1 || { cat "$work/$1.log" && return 1; }
}

documented() { # the page names every option of the reference
  local option count=0
  for option in $(grep -o '^| `-[a-z_]*`' docs/options.md | tr -d '|` -'); do
    count=$((count + 1))
    grep -qF "\\-$option" "$work/prefix/share/man/man1/jko.1" || { echo "no -$option" && return 1; }
  done
  [ "$count" -gt 40 ] || { echo "$count options" && return 1; }
}

drawn() { # the plot that was installed, from another folder
  (cd "$work" && "$PYTHON" prefix/share/jko/plot.py preset && [ -s preset/summary.png ] && [ -s preset/report.html ])
}
batch() { # the batch script finds the program on the PATH
  (cd "$work" && PATH=$work/prefix/bin:$PATH JKO_LAUNCH=env SLURM_SUBMIT_DIR=$work bash prefix/share/jko/job.slurm -version | grep -q '^jko ')
}
removed() { make --no-print-directory uninstall PREFIX="$work/prefix" && [ -z "$(find "$work/prefix" -not -type d)" ]; }

misspelt() {
  (cd "$work" && without_banner $MPIRUN -n 2 ./program "${flow[@]}" -energy_terms crowding -jko_dtt 1) 2> "$work/err" > "$work/out"
  [ $? = 2 ] && [ "$(wc -l < "$work/err")" = 1 ] && grep -q '^jko: error: .*-jko_dtt' "$work/err" || { cat "$work/err" && return 1; }
}
same_energy() { # as a power, to the tolerance of a step
  (cd "$work" && ./program "${flow[@]}" -energy_terms crowding -output own -jko_monitor quiet &&
    prefix/bin/jko "${flow[@]}" -energy_terms power -energy_power_coefficient 0.5 -output theirs -jko_monitor quiet) || return 1
  paste -d, <(cut -d, -f5 "$work/own/history.csv") <(cut -d, -f5 "$work/theirs/history.csv") |
    awk -F, 'NR > 1 && ($1 - $2)^2 > 1e-12 { exit 1 } END { if (NR != 4) exit 1 }'
}

claim "make install succeeds" make --no-print-directory install PREFIX="$work/prefix"
flow=(-grid_n 64 -density 1+x -jko_dt 1e-3 -jko_max_steps 2)
for source in docs/examples/*.c; do
  example=$(basename "$source" .c)
  claim "the example $example builds through pkg-config" build "$example"
  if [ "$example" = program ]; then
    claim "and runs on two ranks" run program "${flow[@]}" -energy_terms crowding
  else
    claim "and runs on two ranks" run "$example"
  fi
done
claim "the flow keeps its mass in ten steps" test "$(grep -c '^step .* mass 1.00000000000000' "$work/flow.log")" = 11
claim "the monitor sees the exact variance" awk '/^largest relative error of the variance/ { exit !($NF <= 2e-3) } END { if (NR != 52) exit 1 }' "$work/monitor.log"
claim "an energy of one's own does what the library's does" grep -q "densities agree" "$work/energy.log"
claim "a program with an energy of its own refuses a misspelt option in a line" misspelt
claim "its energy does what the library's does" same_energy
claim "the man page has every option" documented
claim "an installed preset runs" "$work/prefix/bin/jko" -options_file "$work/prefix/share/jko/petsc-options/problems/heat-1d.opts" -output "$work/preset" -jko_max_steps 2
claim "and the installed plot.py draws it" drawn
claim "the installed batch script finds the program" batch
claim "make uninstall leaves no file" removed
finish
