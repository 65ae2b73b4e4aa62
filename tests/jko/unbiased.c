/* Steps without bias, by the Sinkhorn divergence, and SDIRK2 on them: exact solutions, exact minimising movements, exact rest. */
#include "../support/flow.h"

/* A flow on [0, 1]^dim from f, made ready. */
static JKO Flow(Grid grid, Energy energy, JKOType type, PetscReal tol, FlowFunction f, PetscReal t, const void *parameters)
{
  JKO      jko = FlowCreate(grid, energy, f, t, parameters);
  Sinkhorn sinkhorn;

  assert_ok(JKOSetType(jko, type));
  assert_ok(JKOSetDebias(jko, "transport"));
  assert_ok(JKOGetSinkhorn(jko, &sinkhorn));
  assert_ok(SinkhornSetTolerance(sinkhorn, tol));
  return jko;
}

/* What is asked of every run: exact mass, no negative density. */
static void Sound(JKO jko)
{
  const JKOStepInfo *info;

  assert_ok(JKOGetStepInfo(jko, &info));
  assert_within(info->mass - 1, 1e-13);
  assert_all(info->min >= 0);
}

/* L1 error against Barenblatt's solution from t0 = 1e-3, n cells per axis of [0, 1]^dim. */
static PetscReal Barenblatt(JKOType type, PetscInt dim, PetscReal m, PetscInt n, PetscReal duration, PetscInt steps, PetscReal tol)
{
  const FlowBarenblatt b        = {dim, m, {0.5, 0.5, 0.5}};
  const PetscInt       sizes[3] = {n, n, n};
  Grid                 grid     = FlowGrid(PETSC_COMM_WORLD, dim, sizes, 0, 1, GRID_NOFLUX);
  JKO                  jko      = Flow(grid, FlowPorousMedium(grid, m), type, tol, FlowBarenblattValue, 1e-3, &b);
  PetscReal            error;

  FlowRun(jko, duration / (PetscReal)steps, steps);
  error = FlowError(jko, FlowBarenblattValue, 1e-3 + duration, &b);
  Sound(jko);
  assert_ok(JKODestroy(&jko));
  return error;
}

static void euler_is_the_exact_minimising_movement_at_a_free_boundary(void **state)
{
  (void)state;
  assert_within(Barenblatt(JKOEULER, 1, 2, 200, 4e-3, 10, 1e-6) / 1.56e-2 - 1, 0.02);
  assert_within(Barenblatt(JKOEULER, 1, 2, 200, 4e-3, 20, 1e-6) / 8.02e-3 - 1, 0.02);
}

static void sdirk_is_of_second_order_at_a_free_boundary(void **state)
{
  PetscReal coarse, fine;

  (void)state;
  coarse = Barenblatt(JKOSDIRK, 1, 2, 400, 4e-3, 10, 1e-6);
  fine   = Barenblatt(JKOSDIRK, 1, 2, 400, 4e-3, 20, 1e-6);
  assert_within(coarse, 1.15 * 1.8e-4);
  assert_within(fine, 1.15 * 5.3e-5);
  assert_all(PetscLog2Real(coarse / fine) >= 1.6);
  assert_within(Barenblatt(JKOSDIRK, 1, 1.5, 400, 4e-3, 20, 1e-6), 1.15 * 9.7e-5);
  assert_within(Barenblatt(JKOSDIRK, 1, 3, 400, 4e-3, 20, 1e-6), 1.15 * 9e-5);
}

static void two_and_three_dimensions_follow_the_exact_solution(void **state)
{
  (void)state;
  assert_within(Barenblatt(JKOSDIRK, 2, 2, 64, 3e-3, 5, 1e-5), 7.5e-4);
  assert_within(Barenblatt(JKOSDIRK, 3, 2, 24, 2e-3, 3, 1e-5), 1.3e-2);
}

/* Cells that hold mass where the exact solution has none, or none where it has. */
static void fronts_are_exact_to_a_cell(void **state)
{
  const FlowBarenblatt b    = {1, 2, {0.5, 0.5, 0.5}};
  const PetscInt       n[1] = {200};
  Grid                 grid = FlowGrid(PETSC_COMM_WORLD, 1, n, 0, 1, GRID_NOFLUX);
  JKO                  jko  = Flow(grid, FlowPorousMedium(grid, 2), JKOSDIRK, 1e-6, FlowBarenblattValue, 1e-3, &b);
  Vec                  exact, log_rho;
  const PetscScalar   *e, *l;
  PetscInt             local, wrong = 0, all;

  (void)state;
  FlowRun(jko, 4e-4, 10);
  exact = FlowField(grid, FlowBarenblattValue, 5e-3, &b);
  assert_ok(JKOGetLogDensity(jko, &log_rho));
  assert_ok(VecGetLocalSize(exact, &local));
  assert_ok(VecGetArrayRead(exact, &e));
  assert_ok(VecGetArrayRead(log_rho, &l));
  for (PetscInt i = 0; i < local; i++) wrong += (e[i] > 0) != (l[i] > -PETSC_MAX_REAL);
  assert_ok(VecRestoreArrayRead(log_rho, &l));
  assert_ok(VecRestoreArrayRead(exact, &e));
  assert_all(MPI_Allreduce(&wrong, &all, 1, MPIU_INT, MPI_SUM, PETSC_COMM_WORLD) == 0);
  assert_within((PetscReal)all, 2);
  assert_ok(VecDestroy(&exact));
  assert_ok(JKODestroy(&jko));
}

static PetscReal OrnsteinUhlenbeck(PetscInt steps)
{
  const FlowGaussian g    = {1, 40, 0.1, 0.5, 0.35, 0.004};
  const PetscInt     n[1] = {256};
  Grid               grid = FlowGrid(PETSC_COMM_WORLD, 1, n, 0, 1, GRID_NOFLUX);
  JKO                jko  = Flow(grid, FlowFokkerPlanck(grid, &g), JKOSDIRK, 1e-7, FlowGaussianValue, 0, &g);
  PetscReal          error;

  FlowRun(jko, 0.02 / (PetscReal)steps, steps);
  error = FlowError(jko, FlowGaussianValue, 0.02, &g);
  Sound(jko);
  assert_ok(JKODestroy(&jko));
  return error;
}

static void sdirk_is_of_second_order_for_an_ornstein_uhlenbeck_process(void **state)
{
  const PetscReal expected[] = {1.05e-3, 2.6e-4, 6.5e-5};

  (void)state;
  for (int i = 0; i < 3; i++) assert_within(OrnsteinUhlenbeck(5 << i) / expected[i] - 1, 0.1);
}

/* A Gaussian of this variance about 1/2. */
static PetscReal Bump(const PetscReal x[3], PetscReal t, const void *variance)
{
  (void)t;
  return PetscExpReal(-PetscSqr(x[0] - 0.5) / (2 * *(const PetscReal *)variance));
}

/* Central second moment along an axis of a density of mass 1. */
static PetscReal Variance(JKO jko, PetscInt axis)
{
  Grid               grid;
  Vec                rho;
  const PetscScalar *r;
  PetscInt           start[3], width[3];
  PetscReal          centre[3], volume, sums[3] = {0, 0, 0};

  assert_ok(JKOGetGrid(jko, &grid));
  assert_ok(GridCreateVector(grid, &rho));
  assert_ok(JKOGetDensity(jko, rho));
  assert_ok(GridGetCorners(grid, start, width));
  assert_ok(GridGetCellVolume(grid, &volume));
  assert_ok(VecGetArrayRead(rho, &r));
  for (PetscInt i = 0; i < width[0] * width[1] * width[2]; i++) {
    const PetscInt at[3] = {start[0] + i % width[0], start[1] + i / width[0] % width[1], start[2] + i / (width[0] * width[1])};

    for (PetscInt a = 0; a < 3; a++) (void)GridGetCentre(grid, a, at[a], &centre[a]);
    sums[0] += r[i] * volume;
    sums[1] += r[i] * volume * centre[axis];
    sums[2] += r[i] * volume * PetscSqr(centre[axis]);
  }
  assert_ok(VecRestoreArrayRead(rho, &r));
  assert_ok(VecDestroy(&rho));
  assert_all(MPI_Allreduce(MPI_IN_PLACE, sums, 3, MPIU_REAL, MPI_SUM, PETSC_COMM_WORLD) == 0);
  return sums[2] / sums[0] - PetscSqr(sums[1] / sums[0]);
}

static void tiny_steps_of_heat_spread_as_they_should(void **state)
{
  const PetscReal variance = 0.005;
  const PetscInt  n[1]     = {64};
  Grid            grid     = FlowGrid(PETSC_COMM_WORLD, 1, n, 0, 1, GRID_NOFLUX);
  JKO jko = Flow(grid, FlowEnergyOf(grid, "-energy_terms entropy -energy_entropy_coefficient 0.1"), JKOEULER, 1e-6, Bump, 0, &variance);
  PetscReal before = Variance(jko, 0);

  (void)state;
  FlowRun(jko, 1e-6, 20);
  assert_within((Variance(jko, 0) - before) / (2 * 0.1 * 2e-5) - 1, 0.02);
  assert_ok(JKODestroy(&jko));
}

/* The square of 40 cells, of sides 1 and 12, and a Gaussian of a tenth of them. */
static PetscReal Ellipse(const PetscReal x[3], PetscReal t, const void *unused)
{
  (void)t;
  (void)unused;
  return PetscExpReal(-40 * PetscSqr(x[0] - 1) - 40 * PetscSqr(x[1] / 12 - 1));
}

static void wide_cells_of_one_axis_cost_the_other_nothing(void **state)
{
  const PetscInt  n[2]     = {48, 48};
  const PetscReal lower[2] = {0, 0}, upper[2] = {2, 24};
  Grid            grid;
  JKO             jko;

  (void)state;
  assert_ok(GridCreate(PETSC_COMM_WORLD, &grid));
  assert_ok(GridSetSizes(grid, 2, n));
  assert_ok(GridSetBox(grid, lower, upper));
  assert_ok(GridSetUp(grid));
  jko = Flow(grid, FlowEnergyOf(grid, "-energy_terms entropy -energy_entropy_coefficient 0.2"), JKOEULER, 1e-6, Ellipse, 0, NULL);
  FlowRun(jko, 2e-3, 10);
  assert_within(Variance(jko, 0) / 0.0205 - 1, 0.01);
  assert_within(Variance(jko, 1) / 1.808 - 1, 0.001);
  assert_ok(JKODestroy(&jko));
}

/* A parabola of half width 1/30, as in [-1.5, 1.5] one of 1/10: lengths are a third. */
static PetscReal Peak(const PetscReal x[3], PetscReal t, const void *unused)
{
  (void)t;
  (void)unused;
  return PetscMax(0, 1 - PetscSqr((x[0] - 0.5) / 0.1));
}

/* The exact length is that of the minimising movement of 800 particles of equal mass. */
static void a_concentrated_start_moves_as_far_as_it_should(void **state)
{
  const PetscInt     n[1] = {300};
  Grid               grid = FlowGrid(PETSC_COMM_WORLD, 1, n, -1, 2, GRID_NOFLUX);
  JKO                jko  = Flow(grid, FlowPorousMedium(grid, 4), JKOEULER, 1e-6, Peak, 0, NULL);
  const JKOStepInfo *info;

  (void)state;
  FlowRun(jko, 5e-4, 1);
  assert_ok(JKOGetStepInfo(jko, &info));
  assert_within(info->w2 / 0.0678765 - 1, 0.02);
  Sound(jko);
  assert_ok(JKODestroy(&jko));
}

static PetscReal Block(const PetscReal x[3], PetscReal t, const void *unused)
{
  (void)t;
  (void)unused;
  return PetscAbsReal(x[0] + 0.6) < 0.4 ? 1 : 0;
}

static void a_crowd_comes_to_rest_by_long_steps_and_its_energy_never_rises(void **state)
{
  const PetscInt n[1] = {96};
  Grid           grid = FlowGrid(PETSC_COMM_WORLD, 1, n, -1.5, 1.5, GRID_NOFLUX);
  JKO jko = Flow(grid, FlowEnergyOf(grid, "-energy_terms congestion,potential -energy_congestion_max 3 -energy_potential 2*(x-0.3)^2"),
                 JKOEULER, 1e-6, Block, 0, NULL);
  const JKOStepInfo *info;
  PetscReal          before = PETSC_MAX_REAL;

  (void)state;
  assert_ok(JKOSetTimeStep(jko, 1));
  assert_ok(JKOSetMaxSteps(jko, 8));
  for (int i = 0; i < 8; i++) {
    assert_ok(JKOStep(jko));
    assert_ok(JKOGetStepInfo(jko, &info));
    assert_within(PetscMax(0, info->energy - before), 1e-8);
    before = info->energy;
  }
  assert_within(before - 0.0185742, 1e-6);
  assert_within(info->max, 3 * (1 + 1e-12));
  assert_ok(JKODestroy(&jko));
}

/* exp(-V/D) in the double well of these tests. */
static PetscReal Well(const PetscReal x[3], PetscReal t, const void *diffusivity)
{
  (void)t;
  return PetscExpReal(-200 * PetscSqr(PetscSqr(x[0] - 0.5) - 0.0625) / *(const PetscReal *)diffusivity);
}

/* The porous medium, m = 2, at rest in the same: q = (C - V)+/2; C for mass 1 on 128 cells by bisection. */
static PetscReal Pool(const PetscReal x[3], PetscReal t, const void *level)
{
  (void)t;
  return PetscMax(0, *(const PetscReal *)level - 200 * PetscSqr(PetscSqr(x[0] - 0.5) - 0.0625)) / 2;
}

static void steady_states_are_exact_at_any_step(void **state)
{
  const char *const energies[] = {
      "-energy_terms entropy,potential -energy_entropy_coefficient 0.5 -energy_potential 200*((x-0.5)^2-0.0625)^2",
      "-energy_terms power,potential -energy_power_exponent 2 -energy_potential 200*((x-0.5)^2-0.0625)^2"};
  const PetscInt  n[1]        = {128};
  const PetscReal diffusivity = 0.5;
  PetscReal       level[2]    = {0, 10};

  (void)state;
  for (int i = 0; i < 100; i++) {
    const PetscReal middle = (level[0] + level[1]) / 2;
    PetscReal       mass   = 0;

    for (PetscInt k = 0; k < n[0]; k++) {
      const PetscReal x[3] = {((PetscReal)k + 0.5) / (PetscReal)n[0], 0, 0};

      mass += Pool(x, 0, &middle) / (PetscReal)n[0];
    }
    level[mass > 1] = middle;
  }
  for (int e = 0; e < 2; e++)
    for (PetscReal dt = 0.1; dt < 11; dt *= 10)
      for (int scheme = 0; scheme < 2; scheme++) {
        const FlowFunction rest       = e ? Pool : Well;
        const void        *parameters = e ? (const void *)&level[0] : (const void *)&diffusivity;
        Grid               grid       = FlowGrid(PETSC_COMM_WORLD, 1, n, 0, 1, GRID_NOFLUX);
        JKO                jko = Flow(grid, FlowEnergyOf(grid, energies[e]), scheme ? JKOSDIRK : JKOEULER, 1e-9, rest, 0, parameters);

        FlowRun(jko, dt, 3);
        assert_within(FlowError(jko, rest, 0, parameters), 1e-7);
        assert_ok(JKODestroy(&jko));
      }
}

static void what_does_not_go_together_is_refused(void **state)
{
  const PetscReal variance = 0.005;
  const PetscInt  n[1]     = {32};
  Grid            grid     = FlowGrid(PETSC_COMM_WORLD, 1, n, 0, 1, GRID_NOFLUX);
  JKO             jko      = Flow(grid, FlowEnergyOf(grid, "-energy_terms entropy"), JKOEXTRAPOLATED, 1e-6, Bump, 0, &variance);

  (void)state;
  assert_ok(JKOSetTimeStep(jko, 1e-3));
  assert_ok(JKOSetMaxSteps(jko, 1));
  assert_refused(JKOSetUp(jko), "-jko_debias: transport is for euler and sdirk");
  assert_ok(JKOSetType(jko, JKOSDIRK));
  assert_ok(JKOSetDebias(jko, "entropy"));
  assert_refused(JKOSetUp(jko), "-jko_debias: entropy given, but -jko_type sdirk takes the pressure");
  assert_refused(JKOSetDebias(jko, "perhaps"), "use auto, transport, entropy or none");
  assert_ok(JKODestroy(&jko));
}

JKO_TESTS(JKO_TEST(euler_is_the_exact_minimising_movement_at_a_free_boundary), JKO_TEST(sdirk_is_of_second_order_at_a_free_boundary),
          JKO_TEST(two_and_three_dimensions_follow_the_exact_solution), JKO_TEST(fronts_are_exact_to_a_cell),
          JKO_TEST(sdirk_is_of_second_order_for_an_ornstein_uhlenbeck_process), JKO_TEST(tiny_steps_of_heat_spread_as_they_should),
          JKO_TEST(wide_cells_of_one_axis_cost_the_other_nothing), JKO_TEST(a_concentrated_start_moves_as_far_as_it_should),
          JKO_TEST(a_crowd_comes_to_rest_by_long_steps_and_its_energy_never_rises), JKO_TEST(steady_states_are_exact_at_any_step),
          JKO_TEST(what_does_not_go_together_is_refused))
