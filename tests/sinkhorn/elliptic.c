/* The elliptic accelerator: counts that depend on nothing, the fixed point of the other accelerators, and an end with a reason. */
#include "../support/flow.h"
#include <math.h>

static const PetscReal T0 = 1e-3, Tau = 4e-4; /* start of Barenblatt's solution, time step */

static void Choose(JKO jko, SinkhornType type, PetscReal tol, Sinkhorn *sinkhorn)
{
  assert_ok(JKOGetSinkhorn(jko, sinkhorn));
  assert_ok(SinkhornSetTolerance(*sinkhorn, tol));
  assert_ok(SinkhornSetType(*sinkhorn, type));
}

/* Takes a step; the iterations of its last solve. */
static PetscInt Step(JKO jko, Sinkhorn sinkhorn)
{
  JKOConvergedReason reason;
  PetscInt           iterations;

  assert_ok(JKOStep(jko));
  assert_ok(JKOGetConvergedReason(jko, &reason));
  assert_all(reason >= 0);
  assert_ok(SinkhornGetIterationNumber(sinkhorn, &iterations));
  return iterations;
}

/* The porous medium equation from Barenblatt's solution, with artificial diffusivity A. */
static JKO PorousMedium(PetscInt dim, const PetscInt n[], GridBoundary boundary, PetscReal m, PetscReal artificial)
{
  const FlowBarenblatt b    = {dim, m, {0.5, 0.5, 0.5}};
  Grid                 grid = FlowGrid(PETSC_COMM_WORLD, dim, n, 0, 1, boundary);
  Energy               energy;
  EnergyTerm           term;
  JKO                  jko;

  assert_ok(EnergyCreate(PETSC_COMM_WORLD, &energy));
  assert_ok(EnergySetGrid(energy, grid));
  assert_ok(EnergyAddTerm(energy, ENERGYPOWER, "power", &term));
  assert_ok(EnergyPowerSetExponent(term, m));
  jko = FlowCreate(grid, energy, FlowBarenblattValue, T0, &b);
  assert_ok(JKOSetEpsilon(jko, 4 * Tau * artificial));
  assert_ok(JKOSetTimeStep(jko, Tau));
  assert_ok(JKOSetMaxSteps(jko, 100));
  return jko;
}

/* Most iterations of the steps after the first, from the last potential or from coarser grids. */
static PetscInt Iterations(PetscInt dim, const PetscInt n[], PetscReal m, PetscReal artificial, PetscInt steps, PetscBool coarse_first)
{
  JKO      jko = PorousMedium(dim, n, GRID_NOFLUX, m, artificial);
  Sinkhorn sinkhorn;
  PetscInt most = 0;

  assert_ok(JKOSetCoarseFirst(jko, coarse_first));
  Choose(jko, SINKHORNELLIPTIC, 1e-8, &sinkhorn);
  for (PetscInt i = 0; i < steps; i++) {
    const PetscInt iterations = Step(jko, sinkhorn);

    if (i) most = PetscMax(most, iterations);
  }
  assert_ok(JKODestroy(&jko));
  return most;
}

static void ten_iterations_do_for_any_diffusion_regularisation_and_grid(void **state)
{
  const PetscReal exponents[] = {1.5, 2, 4}, artificial[] = {0.02, 0.1, 0.4};
  const PetscInt  coarse[1] = {400}, fine[1] = {1600};

  (void)state;
  for (int i = 0; i < 3; i++)
    for (int j = 0; j < 3; j++) {
      const PetscInt a = Iterations(1, coarse, exponents[i], artificial[j], 4, PETSC_FALSE);
      const PetscInt b = Iterations(1, fine, exponents[i], artificial[j], 4, PETSC_FALSE);

      assert_within((PetscReal)PetscMax(a, b), 10);
      assert_within((PetscReal)(a - b), 1);
      assert_all(Iterations(1, coarse, exponents[i], artificial[j], 4, PETSC_TRUE) < a);
    }
}

static void ten_iterations_do_in_the_plane(void **state)
{
  const PetscInt n[2] = {128, 128};

  (void)state;
  assert_within((PetscReal)Iterations(2, n, 2, 0.1, 4, PETSC_TRUE), 10);
  assert_within((PetscReal)Iterations(2, n, 4, 0.4, 4, PETSC_TRUE), 10);
}

static void ten_iterations_do_in_space(void **state)
{
  const PetscInt n[3] = {64, 64, 64};

  (void)state;
  assert_within((PetscReal)Iterations(3, n, 2, 0.2, 2, PETSC_TRUE), 10);
}

static PetscReal Bump(const PetscReal x[3], PetscReal t, const void *unused)
{
  (void)t, (void)unused;
  return exp(-300 * PetscSqr(x[0] - 0.6));
}

static PetscReal Wells(const PetscReal x[3], PetscReal t, const void *height)
{
  (void)t;
  return *(const PetscReal *)height * cos(4 * PETSC_PI * x[0]);
}

static void steep_potentials_take_forty_iterations_at_most_by_default(void **state)
{
  const PetscReal heights[] = {20, 100, 200}, dt[] = {1e-3, 1e-2};
  const PetscInt  n[1] = {400};

  (void)state;
  for (int i = 0; i < 3; i++)
    for (int j = 0; j < 2; j++) {
      Grid       grid   = FlowGrid(PETSC_COMM_WORLD, 1, n, 0, 1, GRID_NOFLUX);
      Energy     energy = FlowEnergy(grid, ENERGYENTROPY, NULL);
      Vec        v      = FlowField(grid, Wells, 0, &heights[i]);
      EnergyTerm term;
      JKO        jko;
      Sinkhorn   sinkhorn;

      assert_ok(EnergyAddTerm(energy, ENERGYPOTENTIAL, "potential", &term));
      assert_ok(EnergyPotentialSetField(term, v));
      assert_ok(VecDestroy(&v));
      jko = FlowCreate(grid, energy, Bump, 0, NULL);
      Choose(jko, SINKHORNANDERSON, 1e-8, &sinkhorn);
      assert_ok(JKOSetTimeStep(jko, dt[j]));
      assert_ok(JKOSetMaxSteps(jko, 3));
      for (int k = 0; k < 3; k++) assert_within((PetscReal)Step(jko, sinkhorn), 40);
      assert_ok(JKODestroy(&jko));
    }
}

/* The density after two steps by an accelerator. */
static Vec Density(PetscInt dim, const PetscInt n[], GridBoundary boundary, const char *type)
{
  JKO      jko = PorousMedium(dim, n, boundary, 2, 1.2);
  Sinkhorn sinkhorn;
  Grid     grid;
  Vec      rho;

  Choose(jko, type, 1e-11, &sinkhorn);
  Step(jko, sinkhorn);
  Step(jko, sinkhorn);
  assert_ok(JKOGetGrid(jko, &grid));
  assert_ok(GridCreateVector(grid, &rho));
  assert_ok(JKOGetDensity(jko, rho));
  assert_ok(JKODestroy(&jko));
  return rho;
}

static void Compare(PetscInt dim, const PetscInt n[], GridBoundary boundary)
{
  Vec a = Density(dim, n, boundary, SINKHORNELLIPTIC), b = Density(dim, n, boundary, SINKHORNANDERSON);

  assert_within(HarnessDifference(a, b), 1e-7);
  assert_ok(VecDestroy(&a));
  assert_ok(VecDestroy(&b));
}

static void the_fixed_point_is_that_of_anderson_on_any_grid(void **state)
{
  const PetscInt grids[][3] = {{97, 1, 1}, {45, 38, 1}, {64, 31, 1}, {30, 29, 33}};

  (void)state;
  for (int i = 0; i < 4; i++) {
    const PetscInt dim = grids[i][1] == 1 ? 1 : grids[i][2] == 1 ? 2 : 3;

    Compare(dim, grids[i], GRID_NOFLUX);
    Compare(dim, grids[i], GRID_PERIODIC);
  }
}

static void any_preconditioner_will_do(void **state)
{
  const char *const types[] = {"redundant", "bjacobi", "jacobi", "gamg", "hypre"};
  const PetscInt    n[2]    = {40, 33};
  Vec               exact   = Density(2, n, GRID_NOFLUX, SINKHORNELLIPTIC);
  PetscBool         hypre;

  (void)state;
  assert_ok(PetscHasExternalPackage("hypre", &hypre));
  for (int i = 0; i < (hypre ? 5 : 4); i++) {
    Vec rho;

    assert_ok(PetscOptionsSetValue(NULL, "-sinkhorn_elliptic_pc_type", types[i]));
    rho = Density(2, n, GRID_NOFLUX, SINKHORNELLIPTIC);
    assert_within(HarnessDifference(exact, rho), 1e-7);
    assert_ok(VecDestroy(&rho));
  }
  assert_ok(PetscOptionsClearValue(NULL, "-sinkhorn_elliptic_pc_type"));
  assert_ok(VecDestroy(&exact));
}

static void a_solve_that_stagnates_falls_back_and_has_a_reason(void **state)
{
  const PetscInt          n[1] = {64};
  JKO                     jko  = PorousMedium(1, n, GRID_NOFLUX, 2, 1);
  Sinkhorn                sinkhorn;
  SinkhornConvergedReason why;
  JKOConvergedReason      reason;
  PetscInt                iterations;

  (void)state;
  Choose(jko, SINKHORNELLIPTIC, 1e-30, &sinkhorn); /* below round-off */
  assert_ok(JKOStep(jko));
  assert_ok(JKOGetConvergedReason(jko, &reason));
  assert_ok(SinkhornGetConvergedReason(sinkhorn, &why));
  assert_ok(SinkhornGetIterationNumber(sinkhorn, &iterations));
  assert_all(reason == JKO_DIVERGED_STEP);
  assert_all(why == SINKHORN_DIVERGED_STAGNATION);
  assert_all(iterations > 140); /* the last of the three stages alone waits for 100 */
  assert_ok(JKODestroy(&jko));
}

JKO_TESTS(JKO_TEST(ten_iterations_do_for_any_diffusion_regularisation_and_grid), JKO_TEST(ten_iterations_do_in_the_plane),
          JKO_TEST(ten_iterations_do_in_space), JKO_TEST(steep_potentials_take_forty_iterations_at_most_by_default),
          JKO_TEST(the_fixed_point_is_that_of_anderson_on_any_grid), JKO_TEST(any_preconditioner_will_do),
          JKO_TEST(a_solve_that_stagnates_falls_back_and_has_a_reason))
