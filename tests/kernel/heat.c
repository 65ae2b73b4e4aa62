/* The random walk behind walls: its definition step by step in long double; symmetric, conservative, tight; the same bits on any ranks. */
#include <math.h>
#include <string.h>
#include "../support/harness.h"
#include "../support/reference.h"

typedef struct {
  PetscInt     dim, n[3];
  GridBoundary boundary;
  PetscReal    sigma; /* over the widest h */
  int          walls; /* 0: none; 1: random cells; 2: a diagonal; 3: rooms with doors */
} Case;

static const Case Cases[] = {
    {1, {300, 1, 1}, GRID_NOFLUX, 1.5, 0},   {1, {61, 1, 1}, GRID_PERIODIC, 6.3, 1}, {2, {150, 23, 1}, GRID_NOFLUX, 2, 3},
    {2, {37, 81, 1}, GRID_PERIODIC, 3.1, 1}, {2, {170, 90, 1}, GRID_NOFLUX, 1.5, 2}, {2, {1, 40, 1}, GRID_NOFLUX, 2, 0},
    {3, {70, 7, 13}, GRID_NOFLUX, 1.7, 1},   {3, {13, 20, 18}, GRID_PERIODIC, 2, 3},
};
#define CASES (sizeof Cases / sizeof *Cases)

static int IsWall(int walls, PetscInt i, PetscInt j, PetscInt k, const PetscInt n[3])
{
  if (walls == 1) return HarnessRandom(5, (uint64_t)(i + n[0] * (j + n[1] * k))) > 0.5;
  if (walls == 2) return i == j || i == 100;
  if (walls == 3) return (i % 7 == 3 && j % 9 != 4) || (j % 8 == 6 && i % 11 != 5);
  return 0;
}

static void MakeCase(MPI_Comm comm, const Case *c, Grid *grid, Kernel *kernel)
{
  PetscInt     start[3], width[3], at = 0;
  PetscScalar *x;
  Kernel       other;
  PetscReal    epsilon;
  Vec          level;

  assert_ok(ReferenceProblem(comm, c->dim, c->n, c->boundary, c->sigma, grid, &other));
  assert_ok(KernelGetEpsilon(other, &epsilon));
  assert_ok(KernelDestroy(&other));
  assert_ok(GridGetCorners(*grid, start, width));
  assert_ok(GridCreateVector(*grid, &level));
  assert_ok(VecGetArray(level, &x));
  for (PetscInt k = start[2]; k < start[2] + width[2]; k++)
    for (PetscInt j = start[1]; j < start[1] + width[1]; j++)
      for (PetscInt i = start[0]; i < start[0] + width[0]; i++) x[at++] = IsWall(c->walls, i, j, k, c->n) ? 1 : -1;
  assert_ok(VecRestoreArray(level, &x));
  assert_ok(GridSetWalls(*grid, level));
  assert_ok(VecDestroy(&level));
  assert_ok(KernelCreate(comm, kernel));
  assert_ok(KernelSetType(*kernel, KERNELHEAT));
  assert_ok(KernelSetGrid(*kernel, *grid));
  assert_ok(KernelSetEpsilon(*kernel, epsilon));
}

/* The definition: m steps of each axis in turn, spread evenly, then backwards; every rank does the whole grid. */
typedef struct {
  PetscInt    n[3], cells;
  char       *wall;
  long double weight[3];
  PetscInt    half[3];
} Walk;

static void WalkStep(const Walk *w, int axis, GridBoundary boundary, long double u[])
{
  const PetscInt stride = axis == 0 ? 1 : axis == 1 ? w->n[0] : w->n[0] * w->n[1];
  long double   *old    = malloc((size_t)w->cells * sizeof *old);

  memcpy(old, u, (size_t)w->cells * sizeof *old);
  for (PetscInt c = 0; c < w->cells; c++)
    for (int side = -1; side <= 1 && !w->wall[c]; side += 2) {
      const PetscInt at = c / stride % w->n[axis], to = at + side;
      PetscInt       other = c + side * stride;

      if (to < 0 || to >= w->n[axis]) {
        if (boundary == GRID_NOFLUX) continue;
        other -= side * w->n[axis] * stride;
      }
      if (!w->wall[other]) u[c] += w->weight[axis] * (old[other] - old[c]);
    }
  free(old);
}

static void WalkAll(const Walk *w, GridBoundary boundary, long double u[])
{
  PetscInt total = w->half[0] + w->half[1] + w->half[2], done[3] = {0};
  int     *word = malloc((size_t)total * sizeof *word);

  for (PetscInt p = 0; p < total; p++) {
    double best = 2;

    for (int a = 0; a < 3; a++)
      if (w->half[a] && ((double)done[a] + 0.5) / (double)w->half[a] < best - 1e-12) {
        best    = ((double)done[a] + 0.5) / (double)w->half[a];
        word[p] = a;
      }
    done[word[p]]++;
  }
  for (PetscInt p = 0; p < total; p++) WalkStep(w, word[p], boundary, u);
  for (PetscInt p = total - 1; p >= 0; p--) WalkStep(w, word[p], boundary, u);
  free(word);
}

static Walk WalkOf(const Case *c, Grid grid, Kernel kernel)
{
  Walk      w = {.cells = c->n[0] * c->n[1] * c->n[2]};
  PetscReal h[3], epsilon;

  memcpy(w.n, c->n, sizeof w.n);
  assert_ok(GridGetSpacing(grid, h));
  assert_ok(KernelGetEpsilon(kernel, &epsilon));
  w.wall = malloc((size_t)w.cells);
  for (PetscInt i = 0; i < w.cells; i++)
    w.wall[i] = (char)IsWall(c->walls, i % c->n[0], i / c->n[0] % c->n[1], i / (c->n[0] * c->n[1]), c->n);
  for (int a = 0; a < 3; a++) {
    const PetscReal variance = epsilon / 2 / (h[a] * h[a]);

    w.half[a]   = c->n[a] > 1 ? (PetscInt)fmax(1, floor(1.5 * variance + 0.5)) : 0;
    w.weight[a] = w.half[a] ? variance / (4 * (long double)w.half[a]) : 0;
  }
  return w;
}

/* Largest error of log(K e^field); the reference works on e^(field - its maximum), which must fit a long double. */
static PetscReal Error(const Case *c, ReferenceField field)
{
  Grid               grid;
  Kernel             kernel;
  Vec                in, out;
  PetscInt           start[3], width[3], at = 0;
  const PetscScalar *x;
  PetscReal          worst = 0;

  MakeCase(PETSC_COMM_WORLD, c, &grid, &kernel);
  const Walk   w = WalkOf(c, grid, kernel);
  long double *u = malloc((size_t)w.cells * sizeof *u), top = -INFINITY;

  for (PetscInt i = 0; i < w.cells; i++) {
    u[i] = field(i % c->n[0], i / c->n[0] % c->n[1], i / (c->n[0] * c->n[1]), c->n);
    top  = fmaxl(top, u[i]);
  }
  for (PetscInt i = 0; i < w.cells; i++) u[i] = w.wall[i] ? 0 : expl(u[i] - top);
  WalkAll(&w, c->boundary, u);
  assert_ok(GridCreateVector(grid, &in));
  assert_ok(GridCreateVector(grid, &out));
  assert_ok(ReferenceFill(grid, field, in));
  assert_ok(KernelApplyLog(kernel, in, NULL, out));
  assert_ok(GridGetCorners(grid, start, width));
  assert_ok(VecGetArrayRead(out, &x));
  for (PetscInt k = start[2]; k < start[2] + width[2]; k++)
    for (PetscInt j = start[1]; j < start[1] + width[1]; j++)
      for (PetscInt i = start[0]; i < start[0] + width[0]; i++, at++) {
        const long double exact = u[i + c->n[0] * (j + c->n[1] * k)];
        const PetscReal   error = exact > 0 ? (PetscReal)fabsl(x[at] - logl(exact) - top) : x[at] == -INFINITY ? 0 : 1;

        worst = PetscMax(worst, PetscIsNanReal(error) ? 1 : error);
      }
  assert_ok(VecRestoreArrayRead(out, &x));
  free(u);
  free(w.wall);
  assert_ok(VecDestroy(&in));
  assert_ok(VecDestroy(&out));
  assert_ok(KernelDestroy(&kernel));
  assert_ok(GridDestroy(&grid));
  return worst;
}

static PetscReal Smooth(PetscInt i, PetscInt j, PetscInt k, const PetscInt n[3])
{
  (void)n;
  return 3 * sin(0.1 * (double)i) + 2 * cos(0.07 * (double)j) + 0.01 * (double)k;
}
static PetscReal Noise(PetscInt i, PetscInt j, PetscInt k, const PetscInt n[3])
{
  return 2000 * HarnessRandom(1, (uint64_t)(i + n[0] * (j + n[1] * k)));
}
static PetscReal Slope(PetscInt i, PetscInt j, PetscInt k, const PetscInt n[3])
{
  (void)n;
  return 31 * (double)i - 17 * (double)j + 90 * (double)k;
}
static PetscReal Island(PetscInt i, PetscInt j, PetscInt k, const PetscInt n[3])
{
  return PetscSqr((double)i - 0.4 * (double)n[0]) + PetscSqr((double)j - 0.3 * (double)n[1]) + (double)(k * k) < 60 ? -0.3 * (double)(i + j)
                                                                                                                    : -INFINITY;
}

static void smooth_fields_as_defined_to_1e13(void **state)
{
  (void)state;
  for (size_t c = 0; c < CASES; c++) assert_within(Error(&Cases[c], Smooth), 1e-13);
}
static void hard_fields_as_defined_to_1e11(void **state)
{
  (void)state;
  for (size_t c = 0; c < CASES; c++) {
    assert_within(Error(&Cases[c], Noise), 1e-11);
    assert_within(Error(&Cases[c], Slope), 1e-11);
    assert_within(Error(&Cases[c], Island), 1e-11);
  }
}

/* Hashes of place and bits, summed: the same however the cells are spread. */
static uint64_t Digest(Grid grid, Vec v)
{
  PetscInt           n[3], start[3], width[3], at = 0;
  const PetscScalar *x;
  uint64_t           sum = 0;

  GridGetSizes(grid, n);
  GridGetCorners(grid, start, width);
  VecGetArrayRead(v, &x);
  for (PetscInt k = start[2]; k < start[2] + width[2]; k++)
    for (PetscInt j = start[1]; j < start[1] + width[1]; j++)
      for (PetscInt i = start[0]; i < start[0] + width[0]; i++) {
        uint64_t bits;

        memcpy(&bits, &x[at++], sizeof bits);
        bits = (bits + (uint64_t)(i + n[0] * (j + n[1] * k)) * 0x9e3779b97f4a7c15ULL) * 0xbf58476d1ce4e5b9ULL;
        sum += bits ^ (bits >> 29);
      }
  VecRestoreArrayRead(v, &x);
  return sum;
}

static uint64_t Whole(MPI_Comm comm, const Case *c, PetscBool logarithm, ReferenceField field)
{
  Grid     grid;
  Kernel   kernel;
  Vec      in, out;
  uint64_t sum;

  MakeCase(comm, c, &grid, &kernel);
  assert_ok(GridCreateVector(grid, &in));
  assert_ok(GridCreateVector(grid, &out));
  assert_ok(ReferenceFill(grid, field, in));
  assert_ok(logarithm ? KernelApplyLog(kernel, in, NULL, out) : KernelApply(kernel, in, out));
  sum = Digest(grid, out);
  (void)MPI_Allreduce(MPI_IN_PLACE, &sum, 1, MPI_UINT64_T, MPI_SUM, comm);
  assert_ok(VecDestroy(&in));
  assert_ok(VecDestroy(&out));
  assert_ok(KernelDestroy(&kernel));
  assert_ok(GridDestroy(&grid));
  return sum;
}

static void results_do_not_depend_on_ranks(void **state)
{
  (void)state;
  for (size_t c = 0; c < CASES; c++) {
    assert_all(Whole(PETSC_COMM_WORLD, &Cases[c], PETSC_FALSE, Smooth) == Whole(PETSC_COMM_SELF, &Cases[c], PETSC_FALSE, Smooth));
    assert_all(Whole(PETSC_COMM_WORLD, &Cases[c], PETSC_TRUE, Smooth) == Whole(PETSC_COMM_SELF, &Cases[c], PETSC_TRUE, Smooth));
    assert_all(Whole(PETSC_COMM_WORLD, &Cases[c], PETSC_TRUE, Noise) == Whole(PETSC_COMM_SELF, &Cases[c], PETSC_TRUE, Noise));
    assert_all(Whole(PETSC_COMM_WORLD, &Cases[c], PETSC_TRUE, Slope) == Whole(PETSC_COMM_SELF, &Cases[c], PETSC_TRUE, Slope));
  }
}

static PetscReal RandomF(PetscInt i, PetscInt j, PetscInt k, const PetscInt n[3])
{
  return HarnessRandom(3, (uint64_t)(i + n[0] * (j + n[1] * k)));
}
static PetscReal RandomG(PetscInt i, PetscInt j, PetscInt k, const PetscInt n[3])
{
  return HarnessRandom(4, (uint64_t)(i + n[0] * (j + n[1] * k)));
}

/* <Kf, g> = <f, Kg>, the mass of the open cells stays, constants stay to the last bit, walls are empty. */
static void symmetric_and_conservative(void **state)
{
  (void)state;
  for (size_t c = 0; c < CASES; c++) {
    Grid        grid;
    Kernel      kernel;
    Vec         f, g, kf, kg;
    PetscScalar a, b;
    PetscReal   before, after;

    MakeCase(PETSC_COMM_WORLD, &Cases[c], &grid, &kernel);
    for (Vec *all[] = {&f, &g, &kf, &kg, NULL}, **v = all; *v; v++) assert_ok(GridCreateVector(grid, *v));
    assert_ok(ReferenceFill(grid, RandomF, f));
    assert_ok(ReferenceFill(grid, RandomG, g));
    assert_ok(KernelApply(kernel, f, kf));
    assert_ok(KernelApply(kernel, g, kg));
    assert_ok(VecDot(kf, g, &a));
    assert_ok(VecDot(f, kg, &b));
    assert_within(a - b, 1e-12);
    assert_ok(GridIntegrate(grid, f, &before));
    assert_ok(GridIntegrate(grid, kf, &after));
    assert_within(before - after, 1e-11);
    assert_ok(GridIntegrateWalls(grid, kf, &after));
    assert_within(after, 0);
    assert_ok(VecSet(f, 0.3));
    assert_ok(KernelApply(kernel, f, kf));
    assert_ok(GridFillWalls(grid, f, 0));
    assert_within(HarnessDifference(f, kf), 0);
    for (Vec *all[] = {&f, &g, &kf, &kg, NULL}, **v = all; *v; v++) assert_ok(VecDestroy(*v));
    assert_ok(KernelDestroy(&kernel));
    assert_ok(GridDestroy(&grid));
  }
}

/* The corner between a diagonal row of cells and a column: whatever starts there stays there, in 10^4 applications. */
static void nothing_leaks_through_a_wall_of_one_cell(void **state)
{
  const Case c = {2, {40, 24, 1}, GRID_NOFLUX, 1.6, 2};
  Grid       grid;
  Kernel     kernel;
  Vec        in, out;
  PetscInt   start[3], width[3], leaks = 0;
  PetscReal  mass;

  (void)state;
  MakeCase(PETSC_COMM_WORLD, &c, &grid, &kernel);
  assert_ok(GridCreateVector(grid, &in));
  assert_ok(GridCreateVector(grid, &out));
  assert_ok(GridGetCorners(grid, start, width));
  for (int pass = 0; pass < 2; pass++) {
    PetscScalar *x;

    assert_ok(VecGetArray(in, &x));
    for (PetscInt at = 0; at < width[0] * width[1]; at++) {
      const PetscInt i = start[0] + at % width[0], j = start[1] + at / width[0];

      if (pass == 0)
        x[at] = j > i ? 1 : 0; /* above the diagonal */
      else
        leaks += j <= i && x[at] != 0;
    }
    assert_ok(VecRestoreArray(in, &x));
    for (int k = 0; pass == 0 && k < 5000; k++) {
      assert_ok(KernelApply(kernel, in, out));
      assert_ok(KernelApply(kernel, out, in));
    }
  }
  assert_all(leaks == 0);
  assert_ok(VecSum(in, &mass));
  assert_within(mass - 276, 1e-9); /* 24 * 23 / 2 */
  assert_ok(VecDestroy(&in));
  assert_ok(VecDestroy(&out));
  assert_ok(KernelDestroy(&kernel));
  assert_ok(GridDestroy(&grid));
}

static void what_cannot_be_is_refused(void **state)
{
  const Case c = {2, {16, 16, 1}, GRID_NOFLUX, 2, 2};
  Grid       grid;
  Kernel     kernel;
  Vec        level;
  PetscReal  h[3];

  (void)state;
  MakeCase(PETSC_COMM_WORLD, &c, &grid, &kernel);
  assert_ok(GridGetSpacing(grid, h));
  assert_ok(KernelSetEpsilon(kernel, 2 * PetscSqr(1.4 * h[1])));
  assert_refused(KernelSetUp(kernel), ">= 1.5 cell widths");
  assert_ok(KernelSetType(kernel, KERNELGAUSSIAN));
  assert_refused(KernelSetUp(kernel), "-kernel_type: gaussian does not go round obstacles; use heat");
  assert_ok(GridCreateVector(grid, &level));
  assert_refused(GridSetWalls(grid, level), "set once");
  assert_ok(VecDestroy(&level));
  assert_ok(KernelDestroy(&kernel));
  assert_ok(GridDestroy(&grid));
}

JKO_TESTS(JKO_TEST(smooth_fields_as_defined_to_1e13), JKO_TEST(hard_fields_as_defined_to_1e11), JKO_TEST(results_do_not_depend_on_ranks),
          JKO_TEST(symmetric_and_conservative), JKO_TEST(nothing_leaks_through_a_wall_of_one_cell), JKO_TEST(what_cannot_be_is_refused))
