#!/usr/bin/env bash
# Installs the Debian packages that building and testing need, or those of what is named; says nothing when all are there.
#   tests/support/deps.sh [plot|docs|readers ...]
set -eu
[ -z "${PETSC_DIR:-}" ] || exit 0
command -v dpkg-query > /dev/null || { echo "deps: not a Debian system: install PETSc, parallel HDF5, muParser and cmocka, then make PETSC_DIR=..." >&2; exit 1; }
base="gcc libc6-dev make pkg-config bsdextrautils procps petsc-dev libhdf5-openmpi-dev libmuparser-dev libfftw3-dev openmpi-bin libcmocka-dev
  python3-h5py python3-matplotlib python3-xarray python3-h5netcdf python3-dask netcdf-bin"
plot="python3-h5py python3-matplotlib python3-pil ffmpeg"
docs="pandoc mandoc fonts-dejavu-extra"
readers="python3-paraview chromium ffmpeg"
wanted=
for group in "${@:-base}"; do
  case $group in base | plot | docs | readers) wanted="$wanted ${!group}" ;; *) echo "deps: no group '$group'" >&2 && exit 1 ;; esac
done
missing=
for package in $wanted; do
  dpkg-query -W -f '${Status}' "$package" 2> /dev/null | grep -q 'ok installed' || missing="$missing $package"
done
[ -n "$missing" ] || exit 0
echo "deps: installing$missing"
as_root=
[ "$(id -u)" = 0 ] || as_root=sudo
export DEBIAN_FRONTEND=noninteractive
$as_root apt-get update -qq
# shellcheck disable=SC2086
$as_root apt-get install -y -qq --no-install-recommends $missing > /dev/null
