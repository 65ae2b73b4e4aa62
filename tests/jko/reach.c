/* A drift that carries mass further than the kernel reaches: the kernel is widened, or the step fails with its reason; it is never
   cut off in silence. */
#include "../support/flow.h"
#include <math.h>

static PetscReal Blob(const PetscReal x[3], PetscReal t, const void *unused)
{
  (void)t, (void)unused;
  return exp(-PetscSqr(x[0] - 0.25) / (2 * PetscSqr(0.03)));
}

static PetscReal Ramp(const PetscReal x[3], PetscReal t, const void *slope)
{
  (void)t;
  return -*(const PetscReal *)slope * x[0];
}

static PetscReal Place(const PetscReal x[3], PetscReal t, const void *unused)
{
  (void)t, (void)unused;
  return x[0];
}

/* One step of length tau down the ramp, with the kernel 0.8 cells wide. */
static JKO Step(PetscReal slope, PetscReal tau)
{
  const PetscInt n[1]   = {400};
  Grid           grid   = FlowGrid(PETSC_COMM_WORLD, 1, n, 0, 1, GRID_NOFLUX);
  Energy         energy = FlowEnergy(grid, NULL);
  EnergyTerm     term;
  Vec            v = FlowField(grid, Ramp, 0, &slope);
  JKO            jko;

  assert_ok(EnergyAddTerm(energy, ENERGYPOTENTIAL, "potential", &term));
  assert_ok(EnergyPotentialSetField(term, v));
  assert_ok(VecDestroy(&v));
  assert_ok(EnergyAddTerm(energy, ENERGYENTROPY, "entropy", &term));
  assert_ok(EnergyEntropySetCoefficient(term, 0.1));
  jko = FlowCreate(grid, energy, Blob, 0, NULL);
  assert_ok(JKOSetEpsilon(jko, 2 * PetscSqr(0.8 / 400)));
  assert_ok(JKOSetTimeStep(jko, tau));
  assert_ok(JKOSetMaxSteps(jko, 1));
  assert_ok(JKOSolve(jko));
  return jko;
}

/* Mean of the density of mass 1 */
static PetscReal Mean(JKO jko)
{
  Grid      grid;
  Vec       rho, x;
  PetscReal mean;

  JKOGetGrid(jko, &grid);
  x = FlowField(grid, Place, 0, NULL);
  VecDuplicate(x, &rho);
  JKOGetDensity(jko, rho);
  VecPointwiseMult(rho, rho, x);
  GridIntegrate(grid, rho, &mean);
  VecDestroy(&rho);
  VecDestroy(&x);
  return mean;
}

static void a_far_step_widens_the_kernel_and_lands_where_it_should(void **state)
{
  JKO                jko;
  JKOConvergedReason reason;
  Kernel             kernel;
  PetscReal          truncation;

  (void)state;
  jko = Step(0.02 / 1e-5, 1e-5); /* 10 sigma */
  assert_ok(JKOGetConvergedReason(jko, &reason));
  assert_all(reason == JKO_CONVERGED_STEPS);
  assert_within(Mean(jko) - 0.27, 2e-5);
  assert_ok(JKOGetKernel(jko, &kernel));
  assert_ok(KernelGetTruncation(kernel, &truncation));
  assert_all(truncation > 10);
  assert_ok(JKODestroy(&jko));
}

static void a_step_out_of_reach_fails_with_its_reason(void **state)
{
  JKO                jko;
  JKOConvergedReason reason;
  const char        *failure;

  (void)state;
  jko = Step(0.2 / 1e-5, 1e-5); /* 100 sigma */
  assert_ok(JKOGetConvergedReason(jko, &reason));
  assert_ok(JKOGetFailure(jko, &failure));
  assert_all(reason == JKO_DIVERGED_STEP);
  assert_all(strstr(failure, "smaller -jko_dt"));
  assert_within(Mean(jko) - 0.25, 1e-6);
  assert_ok(JKODestroy(&jko));
}

/* Nine cells in each step, and a random walk that is to be trusted for four: the first step takes a longer one, the others too, without
   trying the short one again. Where it is trusted, the walk is within one per cent of the Gaussian in its logarithm. */
static void a_walk_that_does_not_reach_takes_a_longer_one_and_keeps_it(void **state)
{
  const PetscInt     n[1]   = {400};
  const PetscReal    slope  = 9. / 400 / 1e-3;
  Grid               grid   = FlowGrid(PETSC_COMM_WORLD, 1, n, 0, 1, GRID_NOFLUX);
  Vec                v      = FlowField(grid, Ramp, 0, &slope);
  Energy             energy = FlowEnergy(grid, NULL);
  EnergyTerm         term;
  Kernel             kernel;
  JKO                jko;
  const JKOStepInfo *info;
  PetscReal          epsilon, first;
  PetscInt           failing;

  (void)state;
  assert_ok(EnergyAddTerm(energy, ENERGYPOTENTIAL, "potential", &term));
  assert_ok(EnergyPotentialSetField(term, v));
  assert_ok(VecDestroy(&v));
  assert_ok(EnergyAddTerm(energy, ENERGYENTROPY, "entropy", &term));
  assert_ok(EnergyEntropySetCoefficient(term, 1e-3));
  jko = FlowCreate(grid, energy, Blob, 0, NULL);
  assert_ok(JKOGetKernel(jko, &kernel));
  assert_ok(KernelSetType(kernel, KERNELHEAT));
  assert_ok(JKOSetTimeStep(jko, 1e-3));
  assert_ok(JKOSetMaxSteps(jko, 8));
  assert_ok(JKOSetUp(jko));
  assert_ok(KernelGetEpsilon(kernel, &first));
  assert_ok(JKOStep(jko));
  assert_ok(JKOGetStepInfo(jko, &info));
  epsilon = info->epsilon;
  failing = info->iterations;
  assert_all(epsilon > 2 * first && epsilon < 8.1 * first);
  for (int i = 1; i < 8; i++) {
    assert_ok(JKOStep(jko));
    assert_ok(JKOGetStepInfo(jko, &info));
    assert_within(info->epsilon / epsilon - 1, 1e-12);
    assert_all(info->iterations < failing);
  }
  assert_within((Mean(jko) - 0.25) / (8 * 9. / 400) - 1, 0.01);
  assert_ok(JKODestroy(&jko));
}

JKO_TESTS(JKO_TEST(a_far_step_widens_the_kernel_and_lands_where_it_should), JKO_TEST(a_step_out_of_reach_fails_with_its_reason),
          JKO_TEST(a_walk_that_does_not_reach_takes_a_longer_one_and_keeps_it))
