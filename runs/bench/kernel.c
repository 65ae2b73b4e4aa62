/* How fast the Gaussian kernel is on this machine, beside what the machine can do: multiply-adds, memory bandwidth.

   One line per grid and radius: CPU nanoseconds per cell of this rank (the best of many applications, the slowest rank), linear
   and in logarithms; of the linear one its share of the multiply-add peak and of the bandwidth, if it moved 24 bytes per cell. */
#include <math.h>
#include <time.h>
#include <jko.h>
#include <jko/private/simd.h>

static double Now(void)
{
  struct timespec t;

  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* Multiply-adds per second from registers, counted as two operations each. */
static double MeasurePeak(void)
{
  enum { CHAINS = 12, ROUNDS = 2000000 };
  SimdReal x[CHAINS], a = SimdSet(0.999999), b = SimdSet(1e-9);
  double   best = 1e30, sum = 0;

  SIMD_UNROLL for (int c = 0; c < CHAINS; c++) x[c] = SimdSet(c);
  for (int trial = 0; trial < 8; trial++) {
    const double start = Now();

    for (int i = 0; i < ROUNDS; i++) {
      SIMD_UNROLL for (int c = 0; c < CHAINS; c++) x[c] = x[c] * a + b;
    }
    best = fmin(best, Now() - start);
  }
  SIMD_UNROLL for (int c = 0; c < CHAINS; c++) sum += x[c][0];
  return sum == 0 ? 0 : 2.0 * CHAINS * SIMD_WIDTH * ROUNDS / best;
}

/* Bytes per second of a = b + s c from memory. */
static PetscErrorCode MeasureBandwidth(double *bandwidth)
{
  const PetscInt n = 1 << 23;
  PetscReal     *a, *b, *c, best = 1e30;

  PetscFunctionBeginUser;
  PetscCall(PetscCalloc3(n, &a, n, &b, n, &c));
  for (int trial = 0; trial < 8; trial++) {
    const double start = Now();

    for (PetscInt i = 0; i < n; i++) a[i] = b[i] + 3 * c[i];
    __asm__ volatile("" ::"r"(a) : "memory");
    best = fmin(best, Now() - start);
  }
  *bandwidth = 24.0 * n / best;
  PetscCall(PetscFree3(a, b, c));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* CPU seconds of one application: the best of at least `seconds` of them, the slowest rank. */
static PetscErrorCode MeasureApply(Kernel kernel, PetscBool logarithm, Vec in, Vec out, double seconds, double *time)
{
  double best = 1e30, total = 0;

  PetscFunctionBeginUser;
  for (int trial = 0; trial < 3 || total < seconds; trial++) {
    const double start = Now();
    double       spent;

    if (logarithm)
      PetscCall(KernelApplyLog(kernel, in, NULL, out));
    else
      PetscCall(KernelApply(kernel, in, out));
    spent = Now() - start;
    PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, &spent, 1, MPI_DOUBLE, MPI_MAX, PETSC_COMM_WORLD));
    if (trial) best = fmin(best, spent);
    total += spent;
  }
  *time = best;
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode MakeProblem(PetscInt dim, PetscInt n, PetscInt radius, Grid *grid, Kernel *kernel, Vec *in, Vec *out)
{
  const PetscInt  sizes[3]   = {n, n, n};
  const PetscReal truncation = radius < 6 ? 5 : 7; /* sigma must not fall below 0.8 cells */
  PetscInt        size;
  PetscScalar    *x;

  PetscFunctionBeginUser;
  PetscCall(GridCreate(PETSC_COMM_WORLD, grid));
  PetscCall(GridSetSizes(*grid, dim, sizes));
  PetscCall(GridSetUp(*grid));
  PetscCall(KernelCreate(PETSC_COMM_WORLD, kernel));
  PetscCall(KernelSetGrid(*kernel, *grid));
  PetscCall(KernelSetTruncation(*kernel, truncation));
  PetscCall(KernelSetEpsilon(*kernel, 2 * PetscSqr((PetscReal)radius / (truncation * (PetscReal)n))));
  PetscCall(GridCreateVector(*grid, in));
  PetscCall(GridCreateVector(*grid, out));
  PetscCall(VecGetLocalSize(*in, &size));
  PetscCall(VecGetArray(*in, &x));
  for (PetscInt i = 0; i < size; i++) x[i] = 5 * PetscSinReal(1e-3 * (PetscReal)i);
  PetscCall(VecRestoreArray(*in, &x));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode PrintRow(PetscInt dim, PetscInt n, PetscInt radius, double seconds, double peak, double bandwidth)
{
  Grid      grid;
  Kernel    kernel;
  Vec       in, out;
  PetscInt  cells;
  PetscReal linear, logarithm;

  PetscFunctionBeginUser;
  PetscCall(MakeProblem(dim, n, radius, &grid, &kernel, &in, &out));
  PetscCall(MeasureApply(kernel, PETSC_FALSE, in, out, seconds, &linear));
  PetscCall(MeasureApply(kernel, PETSC_TRUE, in, out, seconds, &logarithm));
  PetscCall(VecGetLocalSize(in, &cells));
  PetscCall(PetscPrintf(PETSC_COMM_WORLD, "%5" PetscInt_FMT "^%" PetscInt_FMT " %6" PetscInt_FMT " %8.2f %6.0f%% %6.0f%% %10.2f %7.2f\n", n,
                        dim, radius, 1e9 * linear / cells, 100 * 2.0 * dim * (2.0 * radius + 1) * cells / linear / peak,
                        100 * 24.0 * cells / linear / bandwidth, 1e9 * logarithm / cells, logarithm / linear));
  PetscCall(VecDestroy(&in));
  PetscCall(VecDestroy(&out));
  PetscCall(KernelDestroy(&kernel));
  PetscCall(GridDestroy(&grid));
  PetscFunctionReturn(PETSC_SUCCESS);
}

int main(int argc, char *argv[])
{
  PetscInt  dims[8] = {2, 2, 3, 3}, sizes[8] = {512, 2048, 128, 256}, radii[16] = {4, 8, 16, 32, 64}, grids = 8, ngrids = 8, nradii = 16;
  PetscReal seconds = 0.3;
  PetscBool given, given_radii;
  double    peak, bandwidth = 0;

  PetscFunctionBeginUser;
  PetscCall(PetscInitialize(&argc, &argv, NULL, NULL));
  PetscCall(PetscOptionsGetIntArray(NULL, NULL, "-bench_dim", dims, &grids, NULL));
  PetscCall(PetscOptionsGetIntArray(NULL, NULL, "-bench_n", sizes, &ngrids, &given));
  PetscCall(PetscOptionsGetIntArray(NULL, NULL, "-bench_radius", radii, &nradii, &given_radii));
  PetscCall(PetscOptionsGetReal(NULL, NULL, "-bench_seconds", &seconds, NULL));
  if (!given) ngrids = 4;
  if (!given_radii) nradii = 5;
  peak = MeasurePeak();
  PetscCall(MeasureBandwidth(&bandwidth));
  PetscCall(PetscPrintf(PETSC_COMM_WORLD, "one core: multiply-add peak %.1f GFlop/s (%d reals per vector), memory %.1f GB/s\n", 1e-9 * peak,
                        SIMD_WIDTH, 1e-9 * bandwidth));
  PetscCall(PetscPrintf(PETSC_COMM_WORLD, "  grid  radius  linear    peak memory  logarithm   ratio   (ns per cell of a rank)\n"));
  for (PetscInt g = 0; g < ngrids; g++)
    for (PetscInt r = 0; r < nradii; r++) PetscCall(PrintRow(dims[g], sizes[g], radii[r], seconds, peak, bandwidth));
  PetscCall(PetscFinalize());
  return 0;
}
