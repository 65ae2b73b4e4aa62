/* Fokker-Planck flows against exact Gaussians: first order in tau, no bias, and the Gibbs state at rest. */
#include "../support/flow.h"
#include <math.h>

static const FlowGaussian Process = {1, 40, 0.1, 0.5, 0.35, 0.004};

static PetscReal Error(const FlowGaussian *g, PetscInt n, PetscReal duration, PetscInt steps, PetscBool compensate)
{
  const PetscInt sizes[3] = {n, n, n};
  Grid           grid     = FlowGrid(PETSC_COMM_WORLD, g->dim, sizes, 0, 1, GRID_NOFLUX);
  JKO            jko      = FlowCreate(grid, FlowFokkerPlanck(grid, g), FlowGaussianValue, 0, g);
  PetscReal      error;

  assert_ok(JKOSetEpsilon(jko, duration / (PetscReal)steps * g->diffusivity)); /* A = D/4 */
  assert_ok(JKOSetCompensate(jko, compensate));
  FlowRun(jko, duration / (PetscReal)steps, steps);
  error = FlowError(jko, FlowGaussianValue, duration, g);
  assert_ok(JKODestroy(&jko));
  return error;
}

static void compensated_steps_repeat_the_published_errors(void **state)
{
  const PetscInt  steps[4]    = {5, 10, 20, 40};
  const PetscReal expected[4] = {6.1e-2, 3.2e-2, 1.6e-2, 8.2e-3};

  (void)state;
  for (int i = 0; i < 4; i++) assert_within(Error(&Process, 256, 0.02, steps[i], PETSC_TRUE) / expected[i] - 1, 0.1);
}

static void plain_steps_keep_their_bias(void **state)
{
  (void)state;
  assert_within(Error(&Process, 256, 0.02, 40, PETSC_FALSE) / 8.0e-2 - 1, 0.1);
}

static void heat_spreads_a_gaussian_at_first_order(void **state)
{
  const FlowGaussian heat = {2, 0, 0.1, 0.5, 0.5, 0.003};
  PetscReal          coarse, fine;

  (void)state;
  coarse = Error(&heat, 128, 0.02, 8, PETSC_TRUE);
  fine   = Error(&heat, 128, 0.02, 16, PETSC_TRUE);
  assert_within(fine, 3e-2);
  assert_within(PetscLog2Real(coarse / fine) - 1, 0.2);
}

static void the_gibbs_state_stays(void **state)
{
  const PetscInt     sizes[2] = {128, 96};
  Grid               grid     = FlowGrid(PETSC_COMM_WORLD, 2, sizes, 0, 1, GRID_NOFLUX);
  FlowGaussian       rest     = {2, 40, 0.1, 0.5, 0.5, 0.1 / 40};
  JKO                jko      = FlowCreate(grid, FlowFokkerPlanck(grid, &rest), FlowGaussianValue, 0, &rest);
  Sinkhorn           sinkhorn;
  const JKOStepInfo *info;

  (void)state;
  assert_ok(JKOGetSinkhorn(jko, &sinkhorn));
  assert_ok(SinkhornSetTolerance(sinkhorn, 1e-11));
  FlowRun(jko, 1e-3, 20);
  assert_within(FlowError(jko, FlowGaussianValue, 0, &rest), 2e-3);
  assert_ok(JKOGetStepInfo(jko, &info));
  assert_within(info->w2, 1e-3);
  assert_ok(JKODestroy(&jko));
}

/* 1 + cos(2 pi x) / 2 on a circle, decaying at the rate 4 pi^2 D */
static PetscReal Wave(const PetscReal x[3], PetscReal t, const void *diffusivity)
{
  return 1 + 0.5 * exp(-4 * PETSC_PI * PETSC_PI * *(const PetscReal *)diffusivity * t) * cos(2 * PETSC_PI * x[0]);
}

static void a_wave_on_the_torus_decays_at_its_rate(void **state)
{
  const PetscReal diffusivity = 1;
  const PetscInt  sizes[3]    = {48, 6, 5};

  (void)state;
  for (PetscInt dim = 1; dim <= 3; dim += 2) {
    FlowGaussian g    = {dim, 0, diffusivity, 0, 0, 0};
    Grid         grid = FlowGrid(PETSC_COMM_WORLD, dim, sizes, 0, 1, GRID_PERIODIC);
    JKO          jko;

    if (dim == 3) {
      const PetscReal lower[3] = {0, 0, 0}, upper[3] = {1, 0.125, 0.1};

      assert_ok(GridDestroy(&grid));
      assert_ok(GridCreate(PETSC_COMM_WORLD, &grid));
      assert_ok(GridSetSizes(grid, 3, sizes));
      assert_ok(GridSetBox(grid, lower, upper));
      assert_ok(GridSetBoundary(grid, (const GridBoundary[3]){GRID_PERIODIC, GRID_NOFLUX, GRID_PERIODIC}));
      assert_ok(GridSetUp(grid));
    }
    jko = FlowCreate(grid, FlowFokkerPlanck(grid, &g), Wave, 0, &diffusivity);
    FlowRun(jko, 5e-4, 20);
    {
      /* the mean is 1 per unit mass over the box: errors are relative */
      PetscReal error = FlowError(jko, Wave, 0.01, &diffusivity);

      assert_within(error, 4e-3);
    }
    assert_ok(JKODestroy(&jko));
  }
}

JKO_TESTS(JKO_TEST(compensated_steps_repeat_the_published_errors), JKO_TEST(plain_steps_keep_their_bias),
          JKO_TEST(heat_spreads_a_gaussian_at_first_order), JKO_TEST(the_gibbs_state_stays),
          JKO_TEST(a_wave_on_the_torus_decays_at_its_rate))
