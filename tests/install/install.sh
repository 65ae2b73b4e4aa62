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

run() {
  (cd "$work" && $MPIRUN -n 2 ./flow) | tee "$work/flow.log" && [ "$(grep -c '^step .* mass 1.00000000000000' "$work/flow.log")" = 11 ]
}

run_energy() {
  (cd "$work" && $MPIRUN -n 2 ./energy) | tee "$work/energy.log" && grep -q "densities agree" "$work/energy.log"
}

claim "make install succeeds" make --no-print-directory install PREFIX="$work/prefix"
claim "the example builds through pkg-config" build flow
claim "the example runs ten steps on two ranks" run
claim "an energy of one's own builds outside the library" build energy
claim "and does what the library's does" run_energy
finish
