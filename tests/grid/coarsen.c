/* Fields between a grid and the next coarser one: interpolation is of third order in the cell means, and restriction undoes it. */
#include "../support/flow.h"
#include <math.h>

/* Means over cells of width h of a product of cosines, one period per axis: a reflection in the faces continues them as well. */
static PetscReal Cosines(const PetscReal x[3], PetscReal t, const void *h)
{
  const PetscReal *width = (const PetscReal *)h;
  PetscReal        value = 1;

  (void)t;
  for (int a = 0; a < 3; a++) value *= width[a] > 0 ? cos(2 * PETSC_PI * x[a]) * sin(PETSC_PI * width[a]) / (PETSC_PI * width[a]) : 1;
  return value;
}

static Vec Means(Grid grid)
{
  PetscReal h[3] = {0, 0, 0};
  PetscInt  dim;

  assert_ok(GridGetDimension(grid, &dim));
  assert_ok(GridGetSpacing(grid, h));
  for (PetscInt a = dim; a < 3; a++) h[a] = 0;
  return FlowField(grid, Cosines, 0, h);
}

/* The largest error of the means interpolated to a grid of n cells along each axis. */
static PetscReal InterpolationError(PetscInt dim, PetscInt n, GridBoundary boundary)
{
  const PetscInt sizes[3] = {n, n, n};
  Grid           fine     = FlowGrid(PETSC_COMM_WORLD, dim, sizes, 0, 1, boundary), coarse;
  Vec            exact    = Means(fine), means, found;
  PetscReal      error;

  assert_ok(GridCoarsen(fine, &coarse));
  means = Means(coarse);
  assert_ok(GridCreateVector(fine, &found));
  assert_ok(GridProlongAdd(coarse, means, fine, found));
  error = HarnessDifference(found, exact);
  assert_ok(VecDestroy(&found));
  assert_ok(VecDestroy(&means));
  assert_ok(VecDestroy(&exact));
  assert_ok(GridDestroy(&coarse));
  assert_ok(GridDestroy(&fine));
  return error;
}

static void interpolation_is_of_third_order(void **state)
{
  (void)state;
  for (PetscInt dim = 1; dim <= 3; dim++)
    for (int boundary = 0; boundary < 2; boundary++) {
      const PetscReal wide   = InterpolationError(dim, 32, (GridBoundary)boundary),
                      narrow = InterpolationError(dim, 64, (GridBoundary)boundary);

      assert_within(PetscLog2Real(wide / narrow) - 3, 0.3);
    }
}

static void restriction_undoes_interpolation(void **state)
{
  const PetscInt sizes[3] = {64, 48, 32};

  (void)state;
  for (PetscInt dim = 1; dim <= 3; dim++)
    for (int boundary = 0; boundary < 2; boundary++) {
      Grid         fine = FlowGrid(PETSC_COMM_WORLD, dim, sizes, 0, 1, (GridBoundary)boundary), coarse;
      Vec          c, f, back;
      PetscScalar *x;
      PetscInt     start, end;

      assert_ok(GridCoarsen(fine, &coarse));
      assert_ok(GridCreateVector(coarse, &c));
      assert_ok(GridCreateVector(coarse, &back));
      assert_ok(GridCreateVector(fine, &f));
      assert_ok(VecGetOwnershipRange(c, &start, &end));
      assert_ok(VecGetArrayWrite(c, &x));
      for (PetscInt i = start; i < end; i++) x[i - start] = HarnessRandom(7, (uint64_t)i);
      assert_ok(VecRestoreArrayWrite(c, &x));
      assert_ok(GridProlongAdd(coarse, c, fine, f));
      assert_ok(GridRestrict(fine, f, coarse, back));
      assert_within(HarnessDifference(c, back), 4 * PETSC_MACHINE_EPSILON);
      assert_ok(VecDestroy(&f));
      assert_ok(VecDestroy(&back));
      assert_ok(VecDestroy(&c));
      assert_ok(GridDestroy(&coarse));
      assert_ok(GridDestroy(&fine));
    }
}

JKO_TESTS(JKO_TEST(interpolation_is_of_third_order), JKO_TEST(restriction_undoes_interpolation))
