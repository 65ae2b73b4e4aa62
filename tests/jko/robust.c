/* What keeps a step going where the plain solve would not: larger eps on the way, potentials without a zero, an eps that fits the box. */
#include "../support/flow.h"
#include <math.h>

static PetscReal Island(const PetscReal x[3], PetscReal t, const void *unused)
{
  (void)t, (void)unused;
  return PetscMax(0, 1 - PetscSqr((x[0] - 0.4) / 0.05));
}

static PetscReal Bowl(const PetscReal x[3], PetscReal t, const void *constant)
{
  (void)t;
  return 5 * PetscSqr(x[0] - 0.6) + *(const PetscReal *)constant;
}

static PetscReal Waves(const PetscReal x[3], PetscReal t, const void *unused)
{
  (void)t, (void)unused;
  return 1.2 + cos(7 * x[0]);
}

static Grid Interval(void)
{
  const PetscInt n[1] = {100};

  return FlowGrid(PETSC_COMM_WORLD, 1, n, 0, 1, GRID_NOFLUX);
}

static void a_step_that_fails_at_its_eps_is_solved_by_way_of_larger_ones(void **state)
{
  const PetscReal    eps    = 2 * PetscSqr(0.8 / 100) * 2;
  Grid               grid   = Interval();
  Energy             energy = FlowEnergy(grid, NULL);
  EnergyTerm         term;
  JKO                jko;
  const JKOStepInfo *info;

  (void)state;
  assert_ok(EnergyAddTerm(energy, ENERGYPOWER, NULL, &term));
  assert_ok(EnergyPowerSetExponent(term, 0.55));
  jko = FlowCreate(grid, energy, Island, 0, NULL);
  assert_ok(JKOSetEpsilon(jko, eps));
  FlowRun(jko, 3e-4, 1);
  assert_ok(JKOGetStepInfo(jko, &info));
  assert_within(info->epsilon - eps, 0);
  assert_within(info->residual, 1e-6);
  assert_within(info->gap, 1e-6);
  assert_ok(JKODestroy(&jko));
}

/* One step in the bowl whose potential has the constant added. */
static JKO Drop(PetscReal constant)
{
  Grid       grid   = Interval();
  Energy     energy = FlowEnergy(grid, ENERGYENTROPY, NULL);
  EnergyTerm term;
  JKO        jko;
  Vec        v = FlowField(grid, Bowl, 0, &constant);

  assert_ok(EnergyAddTerm(energy, ENERGYPOTENTIAL, NULL, &term));
  assert_ok(EnergyPotentialSetField(term, v));
  assert_ok(VecDestroy(&v));
  jko = FlowCreate(grid, energy, Waves, 0, NULL);
  FlowRun(jko, 1e-3, 2);
  return jko;
}

static void a_constant_added_to_a_potential_changes_nothing(void **state)
{
  const PetscReal constants[] = {-3e7, 3e7};

  (void)state;
  for (int i = 0; i < 2; i++) {
    JKO  jko = Drop(0), shifted = Drop(constants[i]);
    Grid grid;
    Vec  a, b;

    JKOGetGrid(jko, &grid);
    GridCreateVector(grid, &a);
    GridCreateVector(grid, &b);
    JKOGetDensity(jko, a);
    JKOGetDensity(shifted, b);
    assert_within(HarnessDifference(a, b), 1e-5);
    VecDestroy(&a);
    VecDestroy(&b);
    assert_ok(JKODestroy(&jko));
    assert_ok(JKODestroy(&shifted));
  }
}

static void an_automatic_eps_is_no_wider_than_the_box(void **state)
{
  Grid               grid   = Interval();
  Energy             energy = FlowEnergy(grid, ENERGYENTROPY, NULL);
  JKO                jko    = FlowCreate(grid, energy, Island, 0, NULL);
  const JKOStepInfo *info;
  Vec                rho;
  PetscReal          least, most;

  (void)state;
  FlowRun(jko, 1e9, 1);
  assert_ok(JKOGetStepInfo(jko, &info));
  assert_within(info->epsilon - 2, 1e-12);
  GridCreateVector(grid, &rho);
  JKOGetDensity(jko, rho);
  VecMin(rho, NULL, &least);
  VecMax(rho, NULL, &most);
  assert_within(most - 1, 1e-5);
  assert_within(least - 1, 1e-5);
  VecDestroy(&rho);
  assert_ok(JKODestroy(&jko));
}

JKO_TESTS(JKO_TEST(a_step_that_fails_at_its_eps_is_solved_by_way_of_larger_ones), JKO_TEST(a_constant_added_to_a_potential_changes_nothing),
          JKO_TEST(an_automatic_eps_is_no_wider_than_the_box))
