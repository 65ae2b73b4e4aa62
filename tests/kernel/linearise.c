/* The product with frozen scalings is the derivative of log(K e^f), at any range of f, and K itself without scalings. */
#include <math.h>
#include "../support/flow.h"

static PetscReal Steep(const PetscReal x[3], PetscReal t, const void *unused)
{
  (void)t, (void)unused;
  return 2000 * x[0] + 700 * sin(5 * x[1]);
}

static PetscReal Direction(const PetscReal x[3], PetscReal t, const void *unused)
{
  (void)t, (void)unused;
  return sin(17 * x[0]) + 0.5 * cos(9 * x[1] + 1);
}

static Kernel MakeKernel(Grid *grid)
{
  const PetscInt n[2] = {41, 30};
  Kernel         kernel;

  *grid = FlowGrid(PETSC_COMM_WORLD, 2, n, 0, 1, GRID_NOFLUX);
  assert_ok(KernelCreate(PETSC_COMM_WORLD, &kernel));
  assert_ok(KernelSetGrid(kernel, *grid));
  assert_ok(KernelSetEpsilon(kernel, 2 * PetscSqr(1.5 / 30)));
  return kernel;
}

static void it_is_the_derivative_of_the_logarithm(void **state)
{
  const PetscReal step = 1e-5;
  Grid            grid;
  Kernel          kernel = MakeKernel(&grid);
  Vec             f = FlowField(grid, Steep, 0, NULL), v = FlowField(grid, Direction, 0, NULL), s, ahead, behind, product;

  (void)state;
  for (Vec *all[] = {&s, &ahead, &behind, &product, NULL}, **p = all; *p; p++) assert_ok(VecDuplicate(f, *p));
  assert_ok(KernelApplyLog(kernel, f, NULL, s));
  assert_ok(KernelApplyScaled(kernel, f, v, s, product));
  assert_ok(VecAXPY(f, step, v));
  assert_ok(KernelApplyLog(kernel, f, NULL, ahead));
  assert_ok(VecAXPY(f, -2 * step, v));
  assert_ok(KernelApplyLog(kernel, f, NULL, behind));
  assert_ok(VecAXPBYPCZ(s, 0.5 / step, -0.5 / step, 0, ahead, behind));
  assert_within(HarnessDifference(s, product), 1e-6); /* round-off of the difference quotient: 2e3 * 1e-16 / 1e-5 */
  for (Vec *all[] = {&f, &v, &s, &ahead, &behind, &product, NULL}, **p = all; *p; p++) assert_ok(VecDestroy(*p));
  assert_ok(KernelDestroy(&kernel));
  assert_ok(GridDestroy(&grid));
}

static void without_scalings_it_is_the_kernel(void **state)
{
  Grid   grid;
  Kernel kernel = MakeKernel(&grid);
  Vec    v      = FlowField(grid, Direction, 0, NULL), zero, linear, scaled;

  (void)state;
  for (Vec *all[] = {&zero, &linear, &scaled, NULL}, **p = all; *p; p++) assert_ok(VecDuplicate(v, *p));
  assert_ok(VecSet(zero, 0));
  assert_ok(KernelApply(kernel, v, linear));
  assert_ok(KernelApplyScaled(kernel, zero, v, zero, scaled));
  assert_within(HarnessDifference(linear, scaled), 1e-14);
  assert_refused(KernelApplyScaled(kernel, zero, v, zero, zero), "another vector");
  for (Vec *all[] = {&v, &zero, &linear, &scaled, NULL}, **p = all; *p; p++) assert_ok(VecDestroy(*p));
  assert_ok(KernelDestroy(&kernel));
  assert_ok(GridDestroy(&grid));
}

JKO_TESTS(JKO_TEST(it_is_the_derivative_of_the_logarithm), JKO_TEST(without_scalings_it_is_the_kernel))
