/* Whatever is asked of a flow in the wrong order or out of range is refused in one line that names the option or the call. */
#include "../support/flow.h"
#include <math.h>

static PetscReal One(const PetscReal x[3], PetscReal t, const void *unused)
{
  (void)x, (void)t, (void)unused;
  return 1;
}

static PetscReal Signed(const PetscReal x[3], PetscReal t, const void *unused)
{
  (void)t, (void)unused;
  return x[0] - 0.05;
}

static void values_out_of_range_are_refused(void **state)
{
  JKO jko;

  (void)state;
  assert_ok(JKOCreate(PETSC_COMM_WORLD, &jko));
  assert_refused(JKOSetTimeStep(jko, 0), "-jko_dt");
  assert_refused(JKOSetTimeStep(jko, NAN), "-jko_dt");
  assert_refused(JKOSetMaxTime(jko, -1), "-jko_max_time");
  assert_refused(JKOSetMaxSteps(jko, 0), "-jko_max_steps");
  assert_refused(JKOSetEpsilonRatio(jko, 0), "-jko_epsilon_ratio");
  assert_refused(JKOSetType(jko, "leapfrog"), "-jko_type");
  assert_ok(JKODestroy(&jko));
}

static void a_flow_that_is_not_complete_is_refused(void **state)
{
  const PetscInt n[1] = {40};
  JKO            jko;
  Grid           grid = FlowGrid(PETSC_COMM_WORLD, 1, n, 0, 1, GRID_NOFLUX);
  Energy         energy;
  Vec            rho = FlowField(grid, One, 0, NULL), bad = FlowField(grid, Signed, 0, NULL);

  (void)state;
  energy = FlowEnergy(grid, ENERGYENTROPY, NULL);
  assert_ok(JKOCreate(PETSC_COMM_WORLD, &jko));
  assert_refused(JKOSetUp(jko), "JKOSetGrid");
  assert_refused(JKOSetDensity(jko, rho), "JKOSetGrid");
  assert_ok(JKOSetGrid(jko, grid));
  assert_refused(JKOSetGrid(jko, grid), "once");
  assert_refused(JKOSetUp(jko), "JKOSetEnergy");
  assert_ok(JKOSetEnergy(jko, energy));
  assert_refused(JKOSetUp(jko), "JKOSetDensity");
  assert_refused(JKOSetDensity(jko, bad), "negative");
  assert_ok(VecSet(bad, 0));
  assert_refused(JKOSetDensity(jko, bad), "no mass");
  assert_ok(JKOSetDensity(jko, rho));
  assert_refused(JKOSetUp(jko), "-jko_dt is missing");
  assert_ok(JKOSetTimeStep(jko, 1e-3));
  assert_refused(JKOSetUp(jko), "-jko_max_time or -jko_max_steps");
  assert_ok(JKOSetMaxSteps(jko, 1));
  assert_ok(JKOSetEpsilon(jko, 1e-9));
  assert_refused(JKOSetUp(jko), "-jko_epsilon: 1e-09 is below");
  assert_ok(JKOSetEpsilon(jko, 0));
  assert_ok(JKOSolve(jko));
  assert_ok(VecDestroy(&rho));
  assert_ok(VecDestroy(&bad));
  assert_ok(JKODestroy(&jko));
  assert_ok(EnergyDestroy(&energy));
  assert_ok(GridDestroy(&grid));
}

JKO_TESTS(JKO_TEST(values_out_of_range_are_refused), JKO_TEST(a_flow_that_is_not_complete_is_refused))
