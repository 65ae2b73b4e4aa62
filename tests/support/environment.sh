# How runs are started here and in CI: as any user, with more ranks than cores, one thread per rank. To be sourced.
export OMP_NUM_THREADS=1 OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 OMPI_MCA_rmaps_base_oversubscribe=1
export BUILD=${BUILD:-build} MPIRUN=${MPIRUN:-mpirun -q} PYTHON=${PYTHON:-/usr/bin/python3}
export ASAN_OPTIONS=${ASAN_OPTIONS:-fast_unwind_on_malloc=0} LSAN_OPTIONS=suppressions=$PWD/tests/support/lsan.supp:print_suppressions=0 UBSAN_OPTIONS=print_stacktrace=1
