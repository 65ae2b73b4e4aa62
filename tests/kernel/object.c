/* The fused form, changes of eps, what a kernel tells, and what it refuses. */
#include <math.h>
#include "../support/harness.h"
#include "../support/reference.h"

static PetscReal Island(PetscInt i, PetscInt j, PetscInt k, const PetscInt n[3])
{
  (void)k, (void)n;
  return i < 20 && j < 50 ? sin((double)(i + 3 * j)) : -INFINITY;
}
static PetscReal Other(PetscInt i, PetscInt j, PetscInt k, const PetscInt n[3])
{
  (void)k, (void)n;
  return (i + j) % 7 ? cos((double)(2 * i + j)) : -INFINITY;
}
static PetscReal Rough(PetscInt i, PetscInt j, PetscInt k, const PetscInt n[3])
{
  return 1e4 * HarnessRandom(5, (uint64_t)(i + n[0] * (j + n[1] * k)));
}

static PetscReal Slopes(PetscInt i, PetscInt j, PetscInt k, const PetscInt n[3])
{
  (void)k, (void)n;
  return 300 * (double)i - 200 * (double)j;
}

static const PetscInt N[3] = {100, 60, 1};

/* out = p - log(K e^in) with the rules for -inf, by parts. */
static PetscReal FusedError(ReferenceField field, PetscBool in_place)
{
  Grid         grid;
  Kernel       kernel;
  Vec          in, p, out, parts;
  PetscInt     size;
  PetscReal    error;
  PetscScalar *x, *y;

  assert_ok(ReferenceProblem(PETSC_COMM_WORLD, 2, N, GRID_NOFLUX, 1.3, &grid, &kernel));
  Vec *const all[] = {&in, &p, &out, &parts};

  for (int v = 0; v < 4; v++) assert_ok(GridCreateVector(grid, all[v]));
  assert_ok(ReferenceFill(grid, field, in));
  assert_ok(ReferenceFill(grid, Other, p));
  if (in_place) assert_ok(VecCopy(p, out));
  assert_ok(KernelApplyLog(kernel, in, in_place ? out : p, out));
  assert_ok(KernelApplyLog(kernel, in, NULL, parts));
  assert_ok(VecGetLocalSize(p, &size));
  assert_ok(VecGetArray(p, &x));
  assert_ok(VecGetArray(parts, &y));
  for (PetscInt i = 0; i < size; i++) y[i] = x[i] == -INFINITY ? -INFINITY : y[i] == -INFINITY ? INFINITY : x[i] - y[i];
  assert_ok(VecRestoreArray(p, &x));
  assert_ok(VecRestoreArray(parts, &y));
  error = HarnessDifference(out, parts);
  for (int v = 0; v < 4; v++) assert_ok(VecDestroy(all[v]));
  assert_ok(KernelDestroy(&kernel));
  assert_ok(GridDestroy(&grid));
  return error;
}

static void fused_form_is_the_difference(void **state)
{
  (void)state;
  assert_within(FusedError(Island, PETSC_FALSE), 0);
  assert_within(FusedError(Slopes, PETSC_FALSE), 0);
}

static void fused_form_may_overwrite_its_operand(void **state)
{
  (void)state;
  assert_within(FusedError(Island, PETSC_TRUE), 0);
  assert_within(FusedError(Slopes, PETSC_TRUE), 0);
}

static void eps_may_change_and_come_back(void **state)
{
  Grid           grid;
  Kernel         kernel;
  Vec            in, first, again;
  PetscReal      eps;
  PetscInt       radius[3];
  PetscLogDouble memory, later;

  (void)state;
  assert_ok(ReferenceProblem(PETSC_COMM_WORLD, 2, N, GRID_PERIODIC, 1.3, &grid, &kernel));
  assert_ok(GridCreateVector(grid, &in));
  assert_ok(GridCreateVector(grid, &first));
  assert_ok(GridCreateVector(grid, &again));
  assert_ok(ReferenceFill(grid, Island, in));
  assert_ok(KernelApplyLog(kernel, in, NULL, first));
  assert_ok(KernelGetMemory(kernel, &memory));
  assert_ok(KernelGetEpsilon(kernel, &eps));
  assert_ok(KernelSetEpsilon(kernel, 4 * eps));
  assert_ok(KernelGetRadius(kernel, radius));
  assert_all(radius[0] == (PetscInt)ceil(7 * 1.2 * 2.6) && radius[1] == (PetscInt)ceil(7 * 2.6) && radius[2] == 0);
  assert_ok(KernelApplyLog(kernel, in, NULL, again));
  assert_all(HarnessDifference(first, again) > 1e-3);
  assert_ok(KernelSetEpsilon(kernel, eps));
  assert_ok(KernelApplyLog(kernel, in, NULL, again));
  assert_within(HarnessDifference(first, again), 0);
  assert_ok(KernelGetMemory(kernel, &later));
  assert_all(later == memory && memory > 0);
  assert_ok(VecDestroy(&in));
  assert_ok(VecDestroy(&first));
  assert_ok(VecDestroy(&again));
  assert_ok(KernelDestroy(&kernel));
  assert_ok(GridDestroy(&grid));
}

static void scratch_stays_below_four_vectors(void **state)
{
  const PetscInt n[3] = {48, 64, 240}; /* parts many radii thick: halos of thin parts come on top */
  Grid           grid;
  Kernel         kernel;
  Vec            in, out;
  PetscInt       size;
  PetscLogDouble memory;

  (void)state;
  assert_ok(ReferenceProblem(PETSC_COMM_WORLD, 3, n, GRID_NOFLUX, 0.9, &grid, &kernel));
  assert_ok(GridCreateVector(grid, &in));
  assert_ok(GridCreateVector(grid, &out));
  assert_ok(VecGetLocalSize(in, &size));
  assert_ok(ReferenceFill(grid, Slopes, in));
  assert_ok(KernelApplyLog(kernel, in, NULL, out));
  assert_ok(KernelGetMemory(kernel, &memory));
  assert_within(memory / (8.0 * size), 4);
  assert_ok(VecDestroy(&in));
  assert_ok(VecDestroy(&out));
  assert_ok(KernelDestroy(&kernel));
  assert_ok(GridDestroy(&grid));
}

static void not_a_number_is_not_hidden(void **state)
{
  Grid         grid;
  Kernel       kernel;
  Vec          in, out;
  PetscScalar *x;
  PetscReal    sum;

  (void)state;
  assert_ok(ReferenceProblem(PETSC_COMM_WORLD, 2, N, GRID_NOFLUX, 1.3, &grid, &kernel));
  assert_ok(GridCreateVector(grid, &in));
  assert_ok(GridCreateVector(grid, &out));
  for (int f = 0; f < 2; f++) {
    assert_ok(ReferenceFill(grid, f ? Rough : Island, in));
    assert_ok(VecGetArray(in, &x));
    x[0] = NAN;
    assert_ok(VecRestoreArray(in, &x));
    assert_ok(KernelApplyLog(kernel, in, NULL, out));
    assert_ok(VecGetArray(out, &x));
    assert_all(isnan(x[0]));
    assert_ok(VecRestoreArray(out, &x));
    assert_ok(KernelApply(kernel, in, out));
    assert_ok(VecSum(out, &sum));
    assert_all(isnan(sum));
  }
  assert_ok(VecDestroy(&in));
  assert_ok(VecDestroy(&out));
  assert_ok(KernelDestroy(&kernel));
  assert_ok(GridDestroy(&grid));
}

static void misuse_is_refused(void **state)
{
  Grid      grid, other;
  Kernel    kernel, bare;
  Vec       in, small;
  PetscReal floor;

  (void)state;
  assert_ok(ReferenceProblem(PETSC_COMM_WORLD, 2, N, GRID_NOFLUX, 1.3, &grid, &kernel));
  assert_ok(GridCreateVector(grid, &in));
  assert_refused(KernelApply(kernel, in, in), "onto its input");
  assert_refused(KernelApplyLog(kernel, in, NULL, in), "onto its input");
  assert_refused(KernelSetEpsilon(kernel, -1), "-jko_epsilon");
  assert_refused(KernelSetEpsilon(kernel, NAN), "-jko_epsilon");
  assert_refused(KernelSetTruncation(kernel, 4.9), "-kernel_truncation");
  assert_refused(KernelSetType(kernel, "box"), "-kernel_type: 'box'");
  assert_ok(KernelGetEpsilonFloor(kernel, &floor));
  assert_within(floor - 2 * 0.8 * 0.8 * 1.2 * 1.2, 1e-14);
  assert_ok(KernelSetEpsilon(kernel, floor * 0.999));
  assert_refused(KernelSetUp(kernel), "-jko_epsilon");
  assert_refused(KernelSetUp(kernel), "1.8432");
  assert_ok(KernelSetEpsilon(kernel, floor));
  assert_ok(KernelSetUp(kernel));
  assert_ok(KernelCreate(PETSC_COMM_WORLD, &bare));
  assert_refused(KernelSetUp(bare), "KernelSetGrid");
  assert_refused(KernelSetGrid(bare, NULL), "needs a grid");
  assert_ok(KernelSetGrid(bare, grid));
  assert_refused(KernelSetUp(bare), "KernelSetEpsilon");
  assert_ok(KernelDestroy(&bare));
  assert_ok(GridCreate(PETSC_COMM_WORLD, &other));
  assert_ok(GridSetSizes(other, 1, N));
  assert_ok(GridSetUp(other));
  assert_ok(GridCreateVector(other, &small));
  assert_refused(KernelApply(kernel, in, small), "100 values");
  assert_ok(VecDestroy(&small));
  assert_ok(GridDestroy(&other));
  assert_ok(VecDestroy(&in));
  assert_ok(KernelDestroy(&kernel));
  assert_ok(GridDestroy(&grid));
}

static void options_choose_type_and_truncation(void **state)
{
  Grid     grid;
  Kernel   kernel;
  PetscInt radius[3];

  (void)state;
  assert_ok(ReferenceProblem(PETSC_COMM_WORLD, 2, N, GRID_NOFLUX, 1.3, &grid, &kernel));
  assert_ok(PetscOptionsSetValue(NULL, "-kernel_truncation", "9"));
  assert_ok(PetscOptionsSetValue(NULL, "-kernel_type", "gaussian"));
  assert_ok(KernelSetFromOptions(kernel));
  assert_ok(KernelGetRadius(kernel, radius));
  assert_all(radius[1] == (PetscInt)ceil(9 * 1.3));
  assert_ok(PetscOptionsSetValue(NULL, "-kernel_truncation", "3"));
  assert_refused(KernelSetFromOptions(kernel), "-kernel_truncation: 3");
  assert_ok(PetscOptionsClearValue(NULL, "-kernel_truncation"));
  assert_ok(PetscOptionsSetValue(NULL, "-kernel_type", "cone"));
  assert_refused(KernelSetFromOptions(kernel), "-kernel_type: 'cone'");
  assert_ok(PetscOptionsClearValue(NULL, "-kernel_type"));
  assert_ok(KernelDestroy(&kernel));
  assert_ok(GridDestroy(&grid));
}

JKO_TESTS(JKO_TEST(fused_form_is_the_difference), JKO_TEST(fused_form_may_overwrite_its_operand), JKO_TEST(eps_may_change_and_come_back),
          JKO_TEST(scratch_stays_below_four_vectors), JKO_TEST(not_a_number_is_not_hidden), JKO_TEST(misuse_is_refused),
          JKO_TEST(options_choose_type_and_truncation))
