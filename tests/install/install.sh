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

run() { # run EXAMPLE: on two ranks, its output in EXAMPLE.log
  (cd "$work" && $MPIRUN -n 2 "./$1") > "$work/$1.log" 2>&1 || { cat "$work/$1.log" && return 1; }
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

claim "make install succeeds" make --no-print-directory install PREFIX="$work/prefix"
for source in docs/examples/*.c; do
  example=$(basename "$source" .c)
  claim "the example $example builds through pkg-config" build "$example"
  claim "and runs on two ranks" run "$example"
done
claim "the flow keeps its mass in ten steps" test "$(grep -c '^step .* mass 1.00000000000000' "$work/flow.log")" = 11
claim "the monitor sees the exact variance" awk '/^largest relative error of the variance/ { exit !($NF <= 2e-3) } END { if (NR != 52) exit 1 }' "$work/monitor.log"
claim "an energy of one's own does what the library's does" grep -q "densities agree" "$work/energy.log"
claim "the man page has every option" documented
claim "an installed preset runs" "$work/prefix/bin/jko" -options_file "$work/prefix/share/jko/petsc-options/problems/heat-1d.opts" -output "$work/preset" -jko_max_steps 2
claim "and the installed plot.py draws it" drawn
claim "the installed batch script finds the program" batch
claim "make uninstall leaves no file" removed
finish
