/* Reversible steps: second order, the Gibbs state at rest, mass and positivity exact; what they cannot do is refused with the reason. */
#include "../support/flow.h"
#include <math.h>

static const FlowGaussian Process = {1, 40, 0.1, 0.5, 0.35, 0.004};

static JKO Flow(const FlowGaussian *g, PetscInt n)
{
  const PetscInt sizes[3] = {n, n, n};
  Grid           grid     = FlowGrid(PETSC_COMM_WORLD, g->dim, sizes, 0, 1, GRID_NOFLUX);
  JKO            jko      = FlowCreate(grid, FlowFokkerPlanck(grid, g), FlowGaussianValue, 0, g);

  assert_ok(JKOSetType(jko, JKOREVERSIBLE));
  return jko;
}

static PetscReal Error(const FlowGaussian *g, PetscInt n, PetscReal duration, PetscInt steps)
{
  JKO                jko = Flow(g, n);
  const JKOStepInfo *info;
  PetscReal          error;

  FlowRun(jko, duration / (PetscReal)steps, steps);
  error = FlowError(jko, FlowGaussianValue, duration, g);
  assert_ok(JKOGetStepInfo(jko, &info));
  assert_within(info->mass - 1, 1e-13);
  assert_all(info->min >= 0);
  assert_ok(JKODestroy(&jko));
  return error;
}

static void an_ornstein_uhlenbeck_process_is_of_second_order(void **state)
{
  const PetscInt  steps[4] = {5, 10, 20, 40};
  const PetscReal bound[4] = {3.6e-3, 9e-4, 2.3e-4, 6e-5};
  PetscReal       error[4];

  (void)state;
  for (int i = 0; i < 4; i++) assert_within(error[i] = Error(&Process, 256, 0.02, steps[i]), bound[i]);
  for (int i = 0; i < 3; i++) assert_all(PetscLog2Real(error[i] / error[i + 1]) >= 1.9);
}

static void two_and_three_dimensions_are_of_second_order(void **state)
{
  const FlowGaussian two = {2, 40, 0.1, 0.5, 0.4, 0.004}, three = {3, 10, 0.1, 0.5, 0.45, 0.013};

  (void)state;
  assert_all(PetscLog2Real(Error(&two, 96, 0.02, 5) / Error(&two, 96, 0.02, 10)) >= 1.9);
  assert_all(PetscLog2Real(Error(&three, 40, 0.1, 4) / Error(&three, 40, 0.1, 8)) >= 1.9);
}

static void the_gibbs_state_stays_for_a_thousand_steps(void **state)
{
  const FlowGaussian rest = {2, 40, 0.1, 0.5, 0.5, 0.1 / 40};
  JKO                jko  = Flow(&rest, 64);
  const JKOStepInfo *info;

  (void)state;
  FlowRun(jko, 1e-3, 1000);
  assert_within(FlowError(jko, FlowGaussianValue, 0, &rest), 1e-12);
  assert_ok(JKOGetStepInfo(jko, &info));
  assert_within(info->mass - 1, 1e-12);
  assert_ok(JKODestroy(&jko));
}

static PetscErrorCode CheckDissipation(JKO jko, const JKOStepInfo *info, void *unused)
{
  PetscFunctionBegin;
  (void)jko, (void)unused;
  assert_all(info->step == 0 || info->dissipation >= 0);
  assert_all(info->gap == 0 && info->residual <= 1e-12);
  PetscFunctionReturn(PETSC_SUCCESS);
}

static void the_free_energy_falls_and_tells_the_length_of_a_step(void **state)
{
  const PetscReal    tau = 1e-3, decay = exp(-Process.k * tau), rest = Process.diffusivity / Process.k;
  const PetscReal    widening = sqrt(rest + (Process.variance - rest) * decay * decay) - sqrt(Process.variance);
  JKO                jko      = Flow(&Process, 256);
  const JKOStepInfo *info;

  (void)state;
  assert_ok(JKOMonitorSet(jko, CheckDissipation, NULL));
  FlowRun(jko, tau, 1);
  assert_ok(JKOGetStepInfo(jko, &info));
  assert_within(info->w2 / hypot((Process.centre - Process.mean) * (1 - decay), widening) - 1, 1e-2);
  assert_ok(JKODestroy(&jko));
  jko = Flow(&Process, 256);
  assert_ok(JKOMonitorSet(jko, CheckDissipation, NULL));
  FlowRun(jko, 10 * tau, 20);
  assert_ok(JKODestroy(&jko));
}

static void times_are_hit_by_equal_steps(void **state)
{
  const PetscReal    stops[2] = {0.0025, 0.01};
  JKO                jko      = Flow(&Process, 256);
  const JKOStepInfo *info;

  (void)state;
  assert_ok(JKOSetStopTimes(jko, 2, stops));
  assert_ok(JKOSetTimeStep(jko, 1e-3));
  assert_ok(JKOSetMaxTime(jko, 0.0125));
  assert_ok(JKOGetStepInfo(jko, &info));
  for (int i = 0; i < 3; i++) assert_ok(JKOStep(jko));
  assert_all(info->time == 0.0025);
  assert_within(info->dt - 0.0025 / 3, 1e-15);
  for (int i = 0; i < 8; i++) assert_ok(JKOStep(jko));
  assert_all(info->time == 0.01);
  assert_ok(JKOSolve(jko));
  assert_all(info->time == 0.0125 && info->step == 14);
  assert_within(FlowError(jko, FlowGaussianValue, 0.0125, &Process), 1e-3);
  assert_ok(JKODestroy(&jko));
}

static void what_it_cannot_do_is_refused(void **state)
{
  const PetscInt n[1] = {128};
  Grid           grid = FlowGrid(PETSC_COMM_WORLD, 1, n, 0, 1, GRID_NOFLUX);
  JKO            jko  = FlowCreate(grid, FlowEnergy(grid, ENERGYENTROPY, ENERGYPOWER, NULL), FlowGaussianValue, 0, &Process);

  (void)state;
  assert_ok(JKOSetType(jko, JKOREVERSIBLE));
  assert_ok(JKOSetTimeStep(jko, 1e-3));
  assert_ok(JKOSetMaxSteps(jko, 1));
  assert_refused(JKOSetUp(jko), "this energy has other terms: use extrapolated");
  assert_ok(JKODestroy(&jko));
  jko = Flow(&Process, 128);
  assert_ok(JKOSetMaxSteps(jko, 1));
  assert_ok(JKOSetTimeStep(jko, 1e-4));
  assert_refused(JKOSetUp(jko), "give steps, and times to hit, of at least 0.00019531");
  assert_ok(JKOSetTimeStep(jko, 1e-3));
  assert_ok(JKOSetEpsilon(jko, 1e-3));
  assert_refused(JKOSetUp(jko), "-jko_epsilon: 0.001 given");
  assert_ok(JKOSetEpsilon(jko, 0));
  assert_ok(JKOSetCompensate(jko, PETSC_FALSE));
  assert_refused(JKOSetUp(jko), "-jko_compensate: false given");
  assert_ok(JKODestroy(&jko));
}

JKO_TESTS(JKO_TEST(an_ornstein_uhlenbeck_process_is_of_second_order), JKO_TEST(two_and_three_dimensions_are_of_second_order),
          JKO_TEST(the_gibbs_state_stays_for_a_thousand_steps), JKO_TEST(the_free_energy_falls_and_tells_the_length_of_a_step),
          JKO_TEST(times_are_hit_by_equal_steps), JKO_TEST(what_it_cannot_do_is_refused))
