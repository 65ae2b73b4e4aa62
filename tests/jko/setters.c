/* A flow may be changed between two steps: it goes on as one that was made with the new values from the state that it had. */
#include "../support/flow.h"
#include <math.h>

static PetscReal Bump(const PetscReal x[3], PetscReal t, const void *unused)
{
  (void)t, (void)unused;
  return exp(-40 * pow(x[0] - 0.4, 2));
}

static PetscReal Left(const PetscReal x[3], PetscReal t, const void *unused)
{
  (void)t, (void)unused;
  return 3 * x[0];
}

static PetscReal Right(const PetscReal x[3], PetscReal t, const void *unused)
{
  (void)t, (void)unused;
  return -3 * x[0];
}

typedef struct {
  Grid       grid;
  JKO        jko;
  Energy     energy;
  EnergyTerm entropy, potential;
} Flow;

static void SetPotential(Flow *f, FlowFunction v)
{
  Vec field = FlowField(f->grid, v, 0, NULL);

  assert_ok(EnergyPotentialSetField(f->potential, field));
  assert_ok(VecDestroy(&field));
}

static Flow Start(FlowFunction v, PetscReal diffusivity, Vec rho)
{
  const PetscInt n[1] = {64};
  Flow           f;

  f.grid = FlowGrid(PETSC_COMM_WORLD, 1, n, 0, 1, GRID_NOFLUX);
  assert_ok(EnergyCreate(PETSC_COMM_WORLD, &f.energy));
  assert_ok(EnergySetGrid(f.energy, f.grid));
  assert_ok(EnergyAddTerm(f.energy, ENERGYENTROPY, NULL, &f.entropy));
  assert_ok(EnergyEntropySetCoefficient(f.entropy, diffusivity));
  assert_ok(EnergyAddTerm(f.energy, ENERGYPOTENTIAL, NULL, &f.potential));
  SetPotential(&f, v);
  assert_ok(JKOCreate(PETSC_COMM_WORLD, &f.jko));
  assert_ok(JKOSetGrid(f.jko, f.grid));
  assert_ok(JKOSetEnergy(f.jko, f.energy));
  if (!rho) rho = FlowField(f.grid, Bump, 0, NULL);
  assert_ok(JKOSetDensity(f.jko, rho));
  assert_ok(VecDestroy(&rho));
  assert_ok(JKOSetTimeStep(f.jko, 0.01));
  assert_ok(JKOSetMaxSteps(f.jko, 10));
  return f;
}

static void End(Flow *f)
{
  assert_ok(JKODestroy(&f->jko));
  assert_ok(EnergyDestroy(&f->energy));
  assert_ok(GridDestroy(&f->grid));
}

static Vec Density(Flow *f)
{
  Vec rho;

  assert_ok(GridCreateVector(f->grid, &rho));
  assert_ok(JKOGetDensity(f->jko, rho));
  return rho;
}

/* The flow takes a step, as does one that is made with these values from the state. */
static void GoesOnLike(Flow *f, FlowFunction v, PetscReal diffusivity, PetscReal dt)
{
  Flow               other = Start(v, diffusivity, Density(f));
  Vec                a, b;
  const JKOStepInfo *mine, *its;

  assert_ok(JKOSetTimeStep(other.jko, dt));
  assert_ok(JKOStep(f->jko));
  assert_ok(JKOStep(other.jko));
  a = Density(f);
  b = Density(&other);
  assert_within(HarnessDifference(a, b), 1e-3);
  assert_ok(JKOGetStepInfo(f->jko, &mine));
  assert_ok(JKOGetStepInfo(other.jko, &its));
  assert_within(mine->energy - its->energy, 1e-5);
  assert_within(mine->dissipation - its->dissipation, 1e-3);
  assert_ok(VecDestroy(&a));
  assert_ok(VecDestroy(&b));
  End(&other);
}

static void a_field_a_coefficient_or_a_step_changed_between_steps_is_taken(void **state)
{
  Flow f = Start(Left, 0.2, NULL);

  (void)state;
  assert_ok(JKOStep(f.jko));
  SetPotential(&f, Right);
  GoesOnLike(&f, Right, 0.2, 0.01);
  assert_ok(EnergyEntropySetCoefficient(f.entropy, 0.5));
  GoesOnLike(&f, Right, 0.5, 0.01);
  assert_ok(JKOSetTimeStep(f.jko, 0.02));
  GoesOnLike(&f, Right, 0.5, 0.02);
  End(&f);
}

static void so_are_a_term_a_scheme_a_kernel_and_a_tolerance(void **state)
{
  Flow               f = Start(Left, 0.2, NULL);
  Sinkhorn           sinkhorn;
  Kernel             kernel;
  EnergyTerm         power;
  const JKOStepInfo *info;

  (void)state;
  assert_ok(JKOStep(f.jko));
  assert_ok(JKOSetType(f.jko, JKOEXTRAPOLATED));
  assert_ok(JKOStep(f.jko));
  assert_ok(JKOSetType(f.jko, JKOEULER));
  assert_ok(EnergyAddTerm(f.energy, ENERGYPOWER, NULL, &power));
  assert_ok(JKOStep(f.jko));
  assert_ok(JKOGetSinkhorn(f.jko, &sinkhorn));
  assert_ok(SinkhornSetTolerance(sinkhorn, 1e-9));
  assert_ok(JKOGetKernel(f.jko, &kernel));
  assert_ok(KernelSetType(kernel, KERNELHEAT));
  assert_ok(JKOStep(f.jko));
  assert_ok(JKOGetStepInfo(f.jko, &info));
  assert_within(info->residual, 1e-9);
  assert_all(info->step == 4);
  End(&f);
}

JKO_TESTS(JKO_TEST(a_field_a_coefficient_or_a_step_changed_between_steps_is_taken),
          JKO_TEST(so_are_a_term_a_scheme_a_kernel_and_a_tolerance))
