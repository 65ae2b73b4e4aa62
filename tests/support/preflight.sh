#!/usr/bin/env bash
# Whether what the compiler is about to need is there: silent, or one sentence with the cure. The Makefile calls it with its own settings.
#   MPICC, PC (pkg-config as a command), CPPFLAGS, HDF5 (flags to link with it)
set -u
lack() { printf 'jko: %s\n' "$*" >&2; exit 1; }
preprocess() { # preprocess HEADER OPTION...
  local header=$1
  shift
  # shellcheck disable=SC2086
  printf '#include <%s>\n' "$header" | $MPICC -E "$@" $CPPFLAGS -x c - 2> /dev/null
}
defined() { preprocess "$1" -dM | grep -q "^#define $2\b"; } # defined HEADER MACRO
there() { preprocess "$1" > /dev/null; }
other="or name one of yours: make PETSC_DIR=... PETSC_ARCH=..."

command -v "${PC##* }" > /dev/null || lack "pkg-config is missing (\`make deps\` installs it; Debian: pkg-config)"
command -v "${MPICC%% *}" > /dev/null || lack "there is no $MPICC: install an MPI compiler (\`make deps\`; Debian: petsc-dev brings it), or name yours: make MPICC=..."
eval "$PC --exists petsc" || lack "no PETSc: pkg-config finds no petsc.pc; install it (\`make deps\`; Debian: petsc-dev), $other"
eval "$PC --atleast-version=3.18 petsc" || lack "PETSc $(eval "$PC --modversion petsc") is too old, jko needs 3.18 or newer: build a newer one and name it: make PETSC_DIR=... PETSC_ARCH=..."
there petscconf.h || lack "PETSc's headers are not where petsc.pc says ($(eval "$PC --cflags-only-I petsc")): install them (Debian: petsc-dev), $other"
! defined petscconf.h PETSC_USE_COMPLEX || lack "this PETSc has complex scalars, jko needs real ones: install the real one (Debian: libpetsc-real-dev), $other"
defined petscconf.h PETSC_USE_REAL_DOUBLE || lack "this PETSc is not of double precision, which jko needs: install one that is (Debian: libpetsc-real-dev), $other"
{ [ -n "$HDF5" ] && there hdf5.h; } ||
  lack "no HDF5: neither this PETSc nor pkg-config (hdf5-openmpi, hdf5-mpi, hdf5) knows one; install a parallel one (\`make deps\`; Debian: libhdf5-openmpi-dev), or set PKG_CONFIG_PATH to the folder of its hdf5.pc"
defined hdf5.h H5_HAVE_PARALLEL || lack "this HDF5 is serial, jko needs a parallel one (\`make deps\`; Debian: libhdf5-openmpi-dev), or set PKG_CONFIG_PATH to the folder of its hdf5.pc"
eval "$PC --exists muparser" || lack "no muParser: pkg-config finds no muparser.pc; install it (\`make deps\`; Debian: libmuparser-dev), or set PKG_CONFIG_PATH to its folder"
there fftw3.h || lack "no FFTW: install it (\`make deps\`; Debian: libfftw3-dev), or set PKG_CONFIG_PATH to the folder of fftw3.pc"
