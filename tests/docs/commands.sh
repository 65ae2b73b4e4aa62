#!/usr/bin/env bash
# The commands that the tutorial, the README and the chapter on C show run as they are written, and print what is shown.
set -u
cd "$(dirname "$0")/../.."
. tests/support/environment.sh
. tests/support/tap.sh
root=$PWD
work=$(mktemp -d) && trap 'rm -rf "$work"' EXIT

folder() { # folder NAME: the folder of the source as it is after `make`, with a home of its own
  mkdir -p "$work/$1/build" "$work/$1/bin" && cd "$work/$1" || return 1
  ln -s "$root"/{Makefile,include,src,tests,docs,petsc-options} . && ln -s "$root/$BUILD"/{jko,libjko.*,jko.pc,src} build/
  mkdir runs && ln -s "$root"/runs/* runs/ && rm runs/double-well && mkdir runs/double-well && cp "$root/runs/double-well/run.sh" runs/double-well
  # a program that knows nothing of the sanitizers that the library may have been built with
  printf '#!/bin/sh\nexec %s %s "$@"\n' "$(command -v mpicc)" "${CFLAGS:-}" > bin/mpicc && chmod +x bin/mpicc
  export BUILD=build HOME=$PWD PATH=$PWD/bin:$PATH
}
commands() { # commands CHAPTER
  timeout 200 "$PYTHON" "$root/tests/docs/commands.py" "$root/$1"
}
tutorial() (folder tutorial && commands docs/tutorial.md)
readme() ( # two steps of each flow
  folder readme || exit 1
  rm build/jko && printf '#!/bin/sh\nexec %s "$@" -jko_max_steps 2\n' "$program" > build/jko && chmod +x build/jko
  commands README.md && commands docs/library.md
)
double_well() ( # what `make run` ends with
  folder well && runs/double-well/run.sh -grid_n 48,60 -jko_max_steps 10 && [ -s runs/double-well/report.html ]
)

claim "the commands of the tutorial do what it says" tutorial
claim "the commands of the README and of the chapter on C run" readme
claim "the double well runs and is drawn" double_well
finish
