/* A grid tells sizes, places and integrals, in every dimension, on any number of ranks; and refuses what makes no sense. */
#include "../support/harness.h"

static Grid MakeGrid(PetscInt dim, const PetscInt n[], const PetscReal lower[], const PetscReal upper[])
{
  Grid grid;

  assert_ok(GridCreate(PETSC_COMM_WORLD, &grid));
  assert_ok(GridSetSizes(grid, dim, n));
  assert_ok(GridSetBox(grid, lower, upper));
  assert_ok(GridSetUp(grid));
  return grid;
}

static void cells_fill_the_box(void **state)
{
  const PetscInt  n[3]     = {13, 8, 5};
  const PetscReal lower[3] = {-1, 0, 2}, upper[3] = {1, 4, 2.5};

  (void)state;
  for (PetscInt dim = 1; dim <= 3; dim++) {
    Grid      grid = MakeGrid(dim, n, lower, upper);
    PetscReal volume, total = 1, integral, first, last, h[3];
    Vec       one;

    assert_ok(GridGetCellVolume(grid, &volume));
    assert_ok(GridGetSpacing(grid, h));
    assert_ok(GridCreateVector(grid, &one));
    assert_ok(VecSet(one, 1));
    assert_ok(GridIntegrate(grid, one, &integral));
    for (PetscInt a = 0; a < dim; a++) {
      total *= upper[a] - lower[a];
      assert_ok(GridGetCentre(grid, a, 0, &first));
      assert_ok(GridGetCentre(grid, a, n[a] - 1, &last));
      assert_within(first - h[a] / 2 - lower[a], 1e-15);
      assert_within(last + h[a] / 2 - upper[a], 1e-15);
    }
    assert_within(integral - total, 1e-14);
    assert_ok(VecDestroy(&one));
    assert_ok(GridDestroy(&grid));
  }
}

static void misuse_is_refused(void **state)
{
  Grid            grid;
  const PetscInt  n[4] = {4, 4, 4, 4}, none[1] = {0};
  const PetscReal zero[3] = {0, 0, 0};
  Vec             v;

  (void)state;
  assert_ok(GridCreate(PETSC_COMM_WORLD, &grid));
  assert_refused(GridSetUp(grid), "-grid_n");
  assert_refused(GridSetSizes(grid, 4, n), "1, 2 or 3");
  assert_refused(GridSetSizes(grid, 0, n), "1, 2 or 3");
  assert_refused(GridSetSizes(grid, 1, none), "at least 1");
  assert_refused(GridCreateVector(grid, &v), "GridSetUp");
  assert_ok(GridSetSizes(grid, 2, n));
  assert_refused(GridSetBox(grid, zero, zero), "-grid_upper");
  assert_ok(GridSetUp(grid));
  assert_refused(GridSetSizes(grid, 2, n), "before GridSetUp");
  assert_ok(GridDestroy(&grid));
}

JKO_TESTS(JKO_TEST(cells_fill_the_box), JKO_TEST(misuse_is_refused))
