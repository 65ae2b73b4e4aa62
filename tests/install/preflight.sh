#!/usr/bin/env bash
# Where something is missing to build with, make says what and how to get it, in one sentence and before it compiles.
set -u
cd "$(dirname "$0")/../.."
. tests/support/environment.sh
. tests/support/tap.sh
work=$(mktemp -d) && trap 'rm -rf "$work"' EXIT

# A machine of pkg-config files of its own: PETSc of a version and with a configuration, and other packages that are there.
machine() { # machine VERSION "MACRO ..." PACKAGE...
  local version=$1 macro package
  rm -rf "$work/pc" "$work/include" && mkdir -p "$work/pc" "$work/include"
  for macro in $2; do echo "#define $macro 1"; done > "$work/include/petscconf.h"
  shift 2
  [ "$version" = none ] || package_file petsc "$version"
  for package; do package_file "$package" 1; done
}
package_file() { # package_file NAME VERSION
  printf '%s\n' "prefix=$work" "Name: $1" "Description: $1" "Version: $2" "Cflags: -I$work/include" "Libs: -l$1" > "$work/pc/$1.pc"
}
says() { # says TEXT...: make says one line that holds every text, and fails
  local text
  ! env -u PETSC_DIR -u PETSC_ARCH PKG_CONFIG_LIBDIR="$work/pc" PKG_CONFIG_PATH= make --no-print-directory -s BUILD="$work/build" all > "$work/out" 2> "$work/err" || return 1
  grep -v '^make' "$work/err" > "$work/said"
  [ "$(wc -l < "$work/said")" = 1 ] && [ ! -s "$work/out" ] || { cat "$work/out" "$work/err" && return 1; }
  for text; do grep -qF -- "$text" "$work/said" || { cat "$work/said" && return 1; }; done
}

machine none ""
claim "no PETSc: its package and its variables" says "no PETSc" petsc-dev PETSC_DIR=
machine 3.15.5 "PETSC_USE_REAL_DOUBLE"
claim "a PETSc that is too old is named with its version" says "PETSc 3.15.5 is too old" "3.18 or newer" PETSC_DIR=
machine 3.22.5 "PETSC_USE_COMPLEX PETSC_USE_REAL_DOUBLE"
claim "a complex PETSc" says "complex scalars" libpetsc-real-dev
machine 3.22.5 "PETSC_USE_REAL_SINGLE"
claim "a PETSc of single precision" says "double precision" libpetsc-real-dev
machine 3.22.5 "PETSC_USE_REAL_DOUBLE" muparser fftw3
claim "no HDF5" says "no HDF5" libhdf5-openmpi-dev PKG_CONFIG_PATH
machine 3.22.5 "PETSC_USE_REAL_DOUBLE" muparser fftw3 hdf5
echo '#define H5_VERS_MAJOR 1' > "$work/include/hdf5.h"
claim "a serial HDF5" says "HDF5 is serial" libhdf5-openmpi-dev PKG_CONFIG_PATH
echo '#define H5_HAVE_PARALLEL 1' > "$work/include/hdf5.h"
rm "$work/pc/muparser.pc"
claim "no muParser" says "no muParser" libmuparser-dev PKG_CONFIG_PATH
MPICC=nowhere-mpicc claim "no compiler of MPI's" says "no nowhere-mpicc" "make MPICC="

header() { # header TEXT DEFINITION...: the public header says it to a compiler that knows nothing of the Makefile
  local text=$1
  shift
  printf '#define PETSC_VERSION_LT(a, b, c) OLD\ntypedef int PetscErrorCode, PetscOptionItems;\n' > "$work/include/petscvec.h"
  ! echo '#include <jko/sys.h>' | gcc -I"$work/include" -Iinclude "$@" -fsyntax-only -x c - 2> "$work/err" && grep -qF "$text" "$work/err" || { cat "$work/err" && return 1; }
}
claim "the header names a PETSc that is too old" header "jko needs PETSc 3.18 or newer" -DOLD=1 -DPETSC_USE_REAL_DOUBLE
claim "a complex one" header "real scalars of double precision" -DOLD=0 -DPETSC_USE_REAL_DOUBLE -DPETSC_USE_COMPLEX
claim "and one of single precision" header "real scalars of double precision" -DOLD=0 -DPETSC_USE_REAL_SINGLE
finish
