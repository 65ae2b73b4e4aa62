/* The porous medium equation against Barenblatt's solution, which has compact support: empty cells everywhere. */
#include "../support/flow.h"

/* L1 error at the end of a flow from t0 = 1e-3, on [0, 1]^dim with n cells per axis. */
static PetscReal Error(PetscInt dim, PetscReal m, PetscInt n, PetscReal duration, PetscInt steps, PetscReal epsilon, PetscBool compensate)
{
  const FlowBarenblatt b        = {dim, m, {0.5, 0.5, 0.5}};
  const PetscInt       sizes[3] = {n, n, n};
  const PetscReal      t0       = 1e-3;
  Grid                 grid     = FlowGrid(PETSC_COMM_WORLD, dim, sizes, 0, 1, GRID_NOFLUX);
  JKO                  jko      = FlowCreate(grid, FlowPorousMedium(grid, m), FlowBarenblattValue, t0, &b);
  PetscReal            error;
  const JKOStepInfo   *info;

  assert_ok(JKOSetEpsilon(jko, epsilon));
  assert_ok(JKOSetCompensate(jko, compensate));
  FlowRun(jko, duration / (PetscReal)steps, steps);
  error = FlowError(jko, FlowBarenblattValue, t0 + duration, &b);
  assert_ok(JKOGetStepInfo(jko, &info));
  assert_within(info->mass - 1, 1e-12);
  assert_all(info->min >= 0);
  assert_ok(JKODestroy(&jko));
  return error;
}

/* eps whose kernel is `cells` wide on n cells over [0, 1] */
static PetscReal Epsilon(PetscInt n, PetscReal cells)
{
  return 2 * PetscSqr(cells / (PetscReal)n);
}

static void the_error_does_not_depend_on_epsilon(void **state)
{
  const PetscReal cells[] = {0.8, 1, 1.4, 2};

  (void)state;
  for (int i = 0; i < 4; i++) {
    assert_within(Error(1, 2, 200, 4e-3, 40, Epsilon(200, cells[i]), PETSC_TRUE), 5e-3);
    assert_within(Error(1, 2, 200, 4e-3, 10, Epsilon(200, cells[i]), PETSC_TRUE), 1.7e-2);
  }
}

static void without_compensation_the_bias_shows(void **state)
{
  (void)state;
  assert_within(Error(1, 2, 200, 4e-3, 40, Epsilon(200, 2), PETSC_FALSE) - 5.9e-2, 3e-3);
}

static void euler_steps_are_of_first_order(void **state)
{
  PetscReal coarse, fine;

  (void)state;
  coarse = Error(1, 2, 400, 4e-3, 10, 0, PETSC_TRUE);
  fine   = Error(1, 2, 400, 4e-3, 20, 0, PETSC_TRUE);
  assert_within(PetscLog2Real(coarse / fine) - 1, 0.15);
  coarse = Error(1, 3, 400, 4e-3, 10, 4 * 4e-4 * 0.1, PETSC_TRUE);
  fine   = Error(1, 3, 400, 4e-3, 20, 4 * 2e-4 * 0.1, PETSC_TRUE);
  assert_within(coarse, 1.6e-2);
  assert_within(PetscLog2Real(coarse / fine) - 1, 0.15);
}

static void two_dimensions_are_of_first_order(void **state)
{
  PetscReal coarse, fine;

  (void)state;
  coarse = Error(2, 2, 96, 3e-3, 5, 0, PETSC_TRUE);
  fine   = Error(2, 2, 96, 3e-3, 10, 0, PETSC_TRUE);
  assert_within(fine, 2.2e-2);
  assert_within(PetscLog2Real(coarse / fine) - 1, 0.2);
}

static void three_dimensions_follow_the_exact_solution(void **state)
{
  (void)state;
  assert_within(Error(3, 2, 28, 2e-3, 4, 0, PETSC_TRUE), 5e-2);
}

static void coarse_first_leaves_five_iterations_at_most(void **state)
{
  const FlowBarenblatt b    = {2, 2, {0.5, 0.5, 0.5}};
  const PetscInt       n[2] = {256, 256};
  Grid                 grid = FlowGrid(PETSC_COMM_WORLD, 2, n, 0, 1, GRID_NOFLUX);
  JKO                  jko  = FlowCreate(grid, FlowPorousMedium(grid, 2), FlowBarenblattValue, 1e-3, &b);
  const JKOStepInfo   *info;

  (void)state;
  assert_ok(JKOSetTimeStep(jko, 1e-4));
  assert_ok(JKOSetMaxSteps(jko, 6));
  for (int i = 0; i < 6; i++) {
    assert_ok(JKOStep(jko));
    assert_ok(JKOGetStepInfo(jko, &info));
    assert_within((PetscReal)info->iterations, 5);
  }
  assert_ok(JKODestroy(&jko));
}

JKO_TESTS(JKO_TEST(the_error_does_not_depend_on_epsilon), JKO_TEST(without_compensation_the_bias_shows),
          JKO_TEST(euler_steps_are_of_first_order), JKO_TEST(two_dimensions_are_of_first_order),
          JKO_TEST(three_dimensions_follow_the_exact_solution), JKO_TEST(coarse_first_leaves_five_iterations_at_most))
