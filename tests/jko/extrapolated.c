/* Extrapolated steps: second order, positive, of exact mass, with falling energy; the same on any number of ranks. */
#include "../support/flow.h"
#include <math.h>

static void Extrapolate(JKO jko)
{
  assert_ok(JKOSetType(jko, JKOEXTRAPOLATED));
}

/* The state is a density of mass 1 with no more energy than before. */
static PetscErrorCode CheckStep(JKO jko, const JKOStepInfo *info, void *energy)
{
  PetscReal *before = (PetscReal *)energy;

  PetscFunctionBegin;
  (void)jko;
  assert_within(info->mass - 1, 1e-12);
  assert_all(info->min >= 0);
  assert_all(info->energy <= *before + 1e-12 * fabs(*before));
  *before = info->energy;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* L1 error of a flow from f at t0, and its checks on the way. Gives the flow away. */
static PetscReal Error(JKO jko, FlowFunction f, PetscReal t0, PetscReal duration, PetscInt steps, const void *parameters)
{
  PetscReal energy = PETSC_MAX_REAL, error;

  Extrapolate(jko);
  assert_ok(JKOMonitorSet(jko, CheckStep, &energy));
  FlowRun(jko, duration / (PetscReal)steps, steps);
  error = FlowError(jko, f, t0 + duration, parameters);
  assert_ok(JKODestroy(&jko));
  return error;
}

static PetscReal GaussianError(const FlowGaussian *g, PetscInt n, PetscReal duration, PetscInt steps, PetscReal ratio)
{
  const PetscInt sizes[3] = {n, n, n};
  Grid           grid     = FlowGrid(PETSC_COMM_WORLD, g->dim, sizes, 0, 1, GRID_NOFLUX);
  JKO            jko      = FlowCreate(grid, FlowFokkerPlanck(grid, g), FlowGaussianValue, 0, g);

  assert_ok(JKOSetEpsilonRatio(jko, ratio));
  return Error(jko, FlowGaussianValue, 0, duration, steps, g);
}

static PetscReal BarenblattError(PetscInt dim, PetscReal m, PetscInt n, PetscReal duration, PetscInt steps)
{
  const FlowBarenblatt b        = {dim, m, {0.5, 0.5, 0.5}};
  const PetscInt       sizes[3] = {n, n, n};
  Grid                 grid     = FlowGrid(PETSC_COMM_WORLD, dim, sizes, 0, 1, GRID_NOFLUX);
  JKO                  jko      = FlowCreate(grid, FlowPorousMedium(grid, m), FlowBarenblattValue, 1e-3, &b);

  assert_ok(JKOSetEpsilonRatio(jko, 0.02));
  return Error(jko, FlowBarenblattValue, 1e-3, duration, steps, &b);
}

static void an_ornstein_uhlenbeck_process_is_of_second_order(void **state)
{
  const FlowGaussian process  = {1, 40, 0.1, 0.5, 0.35, 0.004};
  const PetscInt     steps[4] = {5, 10, 20, 40};
  const PetscReal    bound[4] = {3.2e-3, 9e-4, 2.4e-4, 7e-5};
  PetscReal          error[4];

  (void)state;
  for (int i = 0; i < 4; i++) assert_within(error[i] = GaussianError(&process, 256, 0.02, steps[i], 0.25), bound[i]);
  for (int i = 0; i < 3; i++) assert_all(PetscLog2Real(error[i] / error[i + 1]) >= 1.8);
}

static void smooth_flows_are_of_second_order_in_two_and_three_dimensions(void **state)
{
  const FlowGaussian two = {2, 40, 0.1, 0.5, 0.4, 0.004}, three = {3, 10, 0.1, 0.5, 0.45, 0.013};

  (void)state;
  assert_all(PetscLog2Real(GaussianError(&two, 128, 0.02, 8, 1) / GaussianError(&two, 128, 0.02, 16, 1)) >= 1.8);
  assert_all(PetscLog2Real(GaussianError(&three, 40, 0.1, 4, 1) / GaussianError(&three, 40, 0.1, 8, 1)) >= 1.8);
}

static void a_free_boundary_is_better_than_of_first_order(void **state)
{
  const PetscInt  steps[3] = {10, 20, 40};
  const PetscReal bound[3] = {9e-4, 3e-4, 1.2e-4};
  PetscReal       error[3];

  (void)state;
  for (int i = 0; i < 3; i++) assert_within(error[i] = BarenblattError(1, 2, 400, 4e-3, steps[i]), bound[i]);
  for (int i = 0; i < 2; i++) assert_all(PetscLog2Real(error[i] / error[i + 1]) >= 1.3);
  assert_within(BarenblattError(1, 3, 400, 4e-3, 10), 1.4e-3);
  assert_within(BarenblattError(2, 2, 128, 3e-3, 5), 4e-3);
}

static void the_length_of_a_step_is_that_of_the_exact_flow(void **state)
{
  const FlowGaussian process = {1, 40, 0.1, 0.5, 0.35, 0.004};
  const PetscInt     n[1]    = {256};
  const PetscReal    tau = 2e-3, decay = exp(-process.k * tau), rest = process.diffusivity / process.k;
  const PetscReal    sigma = sqrt(process.variance), sigma_after = sqrt(rest + (process.variance - rest) * decay * decay);
  const PetscReal    exact = hypot((process.centre - process.mean) * (1 - decay), sigma_after - sigma);
  Grid               grid  = FlowGrid(PETSC_COMM_WORLD, 1, n, 0, 1, GRID_NOFLUX);
  JKO                jko   = FlowCreate(grid, FlowFokkerPlanck(grid, &process), FlowGaussianValue, 0, &process);
  const JKOStepInfo *info;

  (void)state;
  Extrapolate(jko);
  FlowRun(jko, tau, 1);
  assert_ok(JKOGetStepInfo(jko, &info));
  assert_within(info->w2 / exact - 1, 1e-2);
  assert_ok(JKODestroy(&jko));
}

static void half_an_epsilon_below_the_floor_is_refused(void **state)
{
  const FlowGaussian process = {1, 40, 0.1, 0.5, 0.35, 0.004};
  const PetscInt     n[1]    = {256};
  Grid               grid    = FlowGrid(PETSC_COMM_WORLD, 1, n, 0, 1, GRID_NOFLUX);
  JKO                jko     = FlowCreate(grid, FlowFokkerPlanck(grid, &process), FlowGaussianValue, 0, &process);

  (void)state;
  Extrapolate(jko);
  assert_ok(JKOSetEpsilon(jko, 2 * PetscSqr(1. / 256)));
  assert_ok(JKOSetTimeStep(jko, 1e-3));
  assert_ok(JKOSetMaxSteps(jko, 1));
  assert_refused(JKOSetUp(jko), "0.8 cells in the half steps");
  assert_ok(JKODestroy(&jko));
}

JKO_TESTS(JKO_TEST(an_ornstein_uhlenbeck_process_is_of_second_order),
          JKO_TEST(smooth_flows_are_of_second_order_in_two_and_three_dimensions), JKO_TEST(a_free_boundary_is_better_than_of_first_order),
          JKO_TEST(the_length_of_a_step_is_that_of_the_exact_flow), JKO_TEST(half_an_epsilon_below_the_floor_is_refused))
