/* How fast the Gaussian kernel is on this machine, beside what the machine can do: multiply-adds, memory bandwidth.

   Without options, one line per grid and radius on one rank: CPU nanoseconds per cell (the best of many applications), linear, in
   logarithms, and in logarithms on a hard field that takes the exact way; of the linear one its share of the multiply-add peak,
   and of the memory bandwidth if it moved 24 bytes per cell. With -bench_grid, one line on any number of ranks. Last, or with -bench_walk
   alone, the random walk. */
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

/* A grid with cells of width 1, its kernel, and an ordinary field in `in`. */
static PetscErrorCode MakeProblem(PetscInt dim, const PetscInt n[], PetscInt radius, Grid *grid, Kernel *kernel, Vec *in, Vec *out)
{
  const PetscReal lower[3] = {0, 0, 0}, upper[3] = {(PetscReal)n[0], dim > 1 ? (PetscReal)n[1] : 1, dim > 2 ? (PetscReal)n[2] : 1};
  const PetscReal truncation = radius < 6 ? 5 : 7; /* sigma must not fall below 0.8 cells */
  PetscInt        size;
  PetscScalar    *x;

  PetscFunctionBeginUser;
  PetscCall(GridCreate(PETSC_COMM_WORLD, grid));
  PetscCall(GridSetSizes(*grid, dim, n));
  PetscCall(GridSetBox(*grid, lower, upper));
  PetscCall(GridSetUp(*grid));
  PetscCall(KernelCreate(PETSC_COMM_WORLD, kernel));
  PetscCall(KernelSetGrid(*kernel, *grid));
  PetscCall(KernelSetTruncation(*kernel, truncation));
  PetscCall(KernelSetEpsilon(*kernel, 2 * PetscSqr((PetscReal)radius / truncation)));
  PetscCall(GridCreateVector(*grid, in));
  PetscCall(GridCreateVector(*grid, out));
  PetscCall(VecGetLocalSize(*in, &size));
  PetscCall(VecGetArray(*in, &x));
  for (PetscInt i = 0; i < size; i++) x[i] = 5 * PetscSinReal(1e-3 * (PetscReal)i);
  PetscCall(VecRestoreArray(*in, &x));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Slopes of 300 per row of the grid: no common exponent holds them. */
static PetscErrorCode MakeHard(Grid grid, Vec in)
{
  PetscInt     width[3], size;
  PetscScalar *x;

  PetscFunctionBeginUser;
  PetscCall(GridGetCorners(grid, NULL, width));
  PetscCall(VecGetLocalSize(in, &size));
  PetscCall(VecGetArray(in, &x));
  for (PetscInt i = 0; i < size; i++)
    x[i] = 170 * PetscAbsReal((PetscReal)(i % width[0]) - 200) + 300 * (PetscReal)(i / width[0] % width[1]);
  PetscCall(VecRestoreArray(in, &x));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode PrintRow(PetscInt dim, PetscInt n, PetscInt radius, double seconds, double peak, double bandwidth)
{
  const PetscInt sizes[3] = {n, n, n};
  Grid           grid;
  Kernel         kernel;
  Vec            in, out;
  PetscInt       cells;
  PetscReal      linear, logarithm, hard;

  PetscFunctionBeginUser;
  PetscCall(MakeProblem(dim, sizes, radius, &grid, &kernel, &in, &out));
  PetscCall(MeasureApply(kernel, PETSC_FALSE, in, out, seconds, &linear));
  PetscCall(MeasureApply(kernel, PETSC_TRUE, in, out, seconds, &logarithm));
  PetscCall(MakeHard(grid, in));
  PetscCall(MeasureApply(kernel, PETSC_TRUE, in, out, seconds, &hard));
  PetscCall(VecGetLocalSize(in, &cells));
  PetscCall(PetscPrintf(PETSC_COMM_WORLD,
                        "%5" PetscInt_FMT "^%" PetscInt_FMT " %7" PetscInt_FMT " %7.2f %6.0f%% %6.0f%% %10.2f %7.2f %6.2f\n", n, dim,
                        radius, 1e9 * linear / cells, 100 * 2.0 * dim * (2.0 * radius + 1) * cells / linear / peak,
                        100 * 24.0 * cells / linear / bandwidth, 1e9 * logarithm / cells, logarithm / linear, 1e9 * hard / cells));
  PetscCall(VecDestroy(&in));
  PetscCall(VecDestroy(&out));
  PetscCall(KernelDestroy(&kernel));
  PetscCall(GridDestroy(&grid));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode PrintTable(double seconds)
{
  const PetscInt dims[] = {2, 2, 3, 3}, sizes[] = {512, 2048, 128, 256}, radii[] = {4, 8, 16, 32, 64};
  double         peak = MeasurePeak(), bandwidth = 0;

  PetscFunctionBeginUser;
  PetscCall(MeasureBandwidth(&bandwidth));
  PetscCall(PetscPrintf(PETSC_COMM_WORLD,
                        "one core: multiply-add peak %.1f GFlop/s (%d reals per vector), memory %.1f GB/s; CPU ns per cell:\n", 1e-9 * peak,
                        SIMD_WIDTH, 1e-9 * bandwidth));
  PetscCall(PetscPrintf(PETSC_COMM_WORLD, "  grid  radius  linear   peak  memory  logarithm  ratio   hard\n"));
  for (PetscInt g = 0; g < 4; g++)
    for (PetscInt r = 0; r < 5; r++) PetscCall(PrintRow(dims[g], sizes[g], radii[r], seconds, peak, bandwidth));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The random walk at sigma cells: CPU ns per cell, linear and in logarithms, without walls and with a wall every 40 cells. */
static PetscErrorCode PrintWalk(PetscInt n, PetscReal sigma, double seconds)
{
  const PetscInt sizes[2] = {n, n};
  PetscReal      time[4];

  PetscFunctionBeginUser;
  for (int walls = 0; walls < 2; walls++) {
    Grid         grid;
    Kernel       kernel;
    Vec          in, out;
    PetscInt     start[3], width[3];
    PetscScalar *x;

    PetscCall(MakeProblem(2, sizes, 8, &grid, &kernel, &in, &out));
    PetscCall(KernelDestroy(&kernel));
    PetscCall(GridGetCorners(grid, start, width));
    PetscCall(VecGetArray(out, &x));
    for (PetscInt i = 0; i < width[0] * width[1]; i++) x[i] = walls && i % width[0] % 40 == 20 && i / width[0] % 10 ? 1 : 0;
    PetscCall(VecRestoreArray(out, &x));
    PetscCall(GridSetWalls(grid, out));
    PetscCall(KernelCreate(PETSC_COMM_WORLD, &kernel));
    PetscCall(KernelSetType(kernel, KERNELHEAT));
    PetscCall(KernelSetGrid(kernel, grid));
    PetscCall(KernelSetEpsilon(kernel, 2 * sigma * sigma));
    PetscCall(MeasureApply(kernel, PETSC_FALSE, in, out, seconds, &time[2 * walls]));
    PetscCall(MeasureApply(kernel, PETSC_TRUE, in, out, seconds, &time[2 * walls + 1]));
    PetscCall(VecDestroy(&in));
    PetscCall(VecDestroy(&out));
    PetscCall(KernelDestroy(&kernel));
    PetscCall(GridDestroy(&grid));
  }
  for (int i = 0; i < 4; i++) time[i] *= 1e9 / (PetscReal)(n * n);
  PetscCall(PetscPrintf(PETSC_COMM_WORLD, "%5" PetscInt_FMT "^2 %7.3g %7.2f %10.2f %13.2f %10.2f\n", n, sigma, time[0], time[1], time[2],
                        time[3]));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode PrintWalks(double seconds)
{
  const PetscReal sigmas[] = {1.63299316, 2, 4};

  PetscFunctionBeginUser;
  PetscCall(PetscPrintf(PETSC_COMM_WORLD,
                        "the random walk behind walls, CPU ns per cell:\n  grid   sigma  linear  logarithm   among walls  logarithm\n"));
  for (int g = 0; g < 2; g++)
    for (int s = 0; s < 3; s++) PetscCall(PrintWalk(g ? 2048 : 512, sigmas[s], seconds));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* One grid on the ranks there are: CPU time per application of the slowest rank, and what the halo took of it, all ranks together. */
static PetscErrorCode PrintScaling(PetscInt dim, const PetscInt n[], PetscInt radius, double seconds)
{
  Grid               grid;
  Kernel             kernel;
  Vec                in, out;
  PetscMPIInt        ranks;
  PetscLogEvent      apply, halo;
  PetscEventPerfInfo whole, part;
  double             time, sums[4];

  PetscFunctionBeginUser;
  PetscCallMPI(MPI_Comm_size(PETSC_COMM_WORLD, &ranks));
  PetscCall(PetscLogDefaultBegin());
  PetscCall(MakeProblem(dim, n, radius, &grid, &kernel, &in, &out));
  PetscCall(MeasureApply(kernel, PETSC_TRUE, in, out, seconds, &time));
  PetscCall(PetscLogEventGetId("Kernel_Apply", &apply));
  PetscCall(PetscLogEventGetId("Kernel_Halo", &halo));
  PetscCall(PetscLogEventGetPerfInfo(0, apply, &whole));
  PetscCall(PetscLogEventGetPerfInfo(0, halo, &part));
  sums[0] = whole.time;
  sums[1] = part.time;
  sums[2] = part.numMessages / whole.count / 2; /* sends and receives are counted */
  sums[3] = part.messageLength / whole.count / 2;
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, sums, 4, MPI_DOUBLE, MPI_SUM, PETSC_COMM_WORLD));
  PetscCall(PetscPrintf(PETSC_COMM_WORLD,
                        "%d ranks, %" PetscInt_FMT " x %" PetscInt_FMT " x %" PetscInt_FMT ", radius %" PetscInt_FMT
                        ": %.3f ms per application, halo %.1f%% of it, %.0f messages, %.0f kB\n",
                        ranks, n[0], dim > 1 ? n[1] : 1, dim > 2 ? n[2] : 1, radius, 1e3 * time, 100 * sums[1] / sums[0], sums[2],
                        sums[3] / 1000));
  PetscCall(VecDestroy(&in));
  PetscCall(VecDestroy(&out));
  PetscCall(KernelDestroy(&kernel));
  PetscCall(GridDestroy(&grid));
  PetscFunctionReturn(PETSC_SUCCESS);
}

int main(int argc, char *argv[])
{
  PetscInt  n[3] = {1, 1, 1}, dim = 3, radius = 16;
  PetscReal seconds = 0.3;
  PetscBool one, walks;

  PetscFunctionBeginUser;
  PetscCall(PetscInitialize(&argc, &argv, NULL, NULL));
  PetscCall(PetscOptionsGetIntArray(NULL, NULL, "-bench_grid", n, &dim, &one));
  PetscCall(PetscOptionsGetInt(NULL, NULL, "-bench_radius", &radius, NULL));
  PetscCall(PetscOptionsHasName(NULL, NULL, "-bench_walk", &walks));
  PetscCall(PetscOptionsGetReal(NULL, NULL, "-bench_seconds", &seconds, NULL));
  if (one)
    PetscCall(PrintScaling(dim, n, radius, seconds));
  else {
    if (!walks) PetscCall(PrintTable(seconds));
    PetscCall(PrintWalks(seconds));
  }
  PetscCall(PetscFinalize());
  return 0;
}
