#!/usr/bin/env bash
# An installed library serves a program that knows nothing but pkg-config, and makes no demands on the folder it was built in.
set -u
cd "$(dirname "$0")/../.."
. tests/support/environment.sh
. tests/support/tap.sh
work=$(mktemp -d) && trap 'rm -rf "$work"' EXIT
export PKG_CONFIG_PATH=$work/prefix/lib/pkgconfig${PETSC_DIR:+:$PETSC_DIR/${PETSC_ARCH:-}/lib/pkgconfig:$PETSC_DIR/lib/pkgconfig}

build() {
  # shellcheck disable=SC2046,SC2086
  mpicc ${CFLAGS:-} -Wall -Wextra -Werror docs/examples/flow.c -o "$work/flow" $(pkg-config --cflags --libs jko)
}

run() {
  (cd "$work" && $MPIRUN -n 2 ./flow) | tee "$work/flow.log" && [ "$(grep -c '^step .* mass 1.00000000000000' "$work/flow.log")" = 11 ]
}

claim "make install succeeds" make --no-print-directory install PREFIX="$work/prefix"
claim "the example builds through pkg-config" build
claim "the example runs ten steps on two ranks" run
finish
