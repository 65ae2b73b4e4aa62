# How runs are started here and in CI: as any user, with more ranks than cores, one thread per rank. To be sourced.
# MPIRUN: the launcher, where it is not to be found out.
export OMP_NUM_THREADS=1 OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
export BUILD=${BUILD:-build} PYTHON=${PYTHON:-/usr/bin/python3}
export ASAN_OPTIONS=${ASAN_OPTIONS:-fast_unwind_on_malloc=0} LSAN_OPTIONS=suppressions=$PWD/tests/support/lsan.supp:print_suppressions=0 UBSAN_OPTIONS=print_stacktrace=1

# Each launcher has its own words, and refuses those of the others: Open MPI up to 4, Open MPI from 5 on, and what needs none (MPICH, Intel MPI).
# Ranks are bound to no core: two tests at a time would share one. They are all on this machine, and need no network.
if [ -z "${MPIRUN:-}" ]; then
  for MPIRUN in "mpirun -q --oversubscribe --bind-to none" "mpirun --map-by :oversubscribe --bind-to none" mpirun; do
    $MPIRUN -n 1 true > /dev/null 2>&1 && break
  done
  export MPIRUN OMPI_MCA_btl=${OMPI_MCA_btl:-^tcp}
fi
