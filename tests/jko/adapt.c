/* Adaptive steps: they follow the flow over decades, keep the error where it was asked to be, hit times exactly, and tell what they
   rejected. */
#include "../support/flow.h"
#include <math.h>

/* What the steps of a flow were like. */
typedef struct {
  PetscInt  steps, rejected, hits;
  PetscReal shortest, longest, mass, energy;
  PetscReal stop[2];
} Course;

static PetscErrorCode Watch(JKO jko, const JKOStepInfo *info, void *context)
{
  Course *c = (Course *)context;

  PetscFunctionBegin;
  (void)jko;
  assert_within(info->mass - 1, 1e-12);
  if (info->step > 0) {
    assert_all(info->min >= 0 && info->energy <= c->energy + 1e-12 * fabs(c->energy));
    c->shortest = c->steps ? PetscMin(c->shortest, info->dt) : info->dt;
    c->longest  = PetscMax(c->longest, info->dt);
  }
  for (int i = 0; i < 2; i++) c->hits += info->step && info->time == c->stop[i];
  c->steps = info->step;
  c->rejected += info->rejected;
  c->energy = info->energy;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Lets a flow run to the end with adaptive steps. */
static Course Follow(JKO jko, PetscReal first, PetscReal tol, PetscReal end)
{
  Course             course = {.stop = {end / 3, end / 2}};
  JKOConvergedReason reason;

  assert_ok(JKOSetType(jko, JKOEXTRAPOLATED));
  assert_ok(JKOSetAdapt(jko, "basic"));
  assert_ok(JKOSetAdaptTolerance(jko, tol));
  assert_ok(JKOSetTimeStep(jko, first));
  assert_ok(JKOSetMaxTime(jko, end));
  assert_ok(JKOSetStopTimes(jko, 2, course.stop));
  assert_ok(JKOMonitorSet(jko, Watch, &course));
  assert_ok(JKOSolve(jko));
  assert_ok(JKOGetConvergedReason(jko, &reason));
  assert_all(reason == JKO_CONVERGED_TIME);
  assert_all(course.hits == 2);
  return course;
}

/* From Barenblatt's solution at t0 = 1e-3 to the end; error at the end. */
static Course Spread(PetscInt n, PetscReal first, PetscReal tol, PetscReal end, PetscReal *error)
{
  const FlowBarenblatt b        = {1, 2, {0}};
  const PetscInt       sizes[1] = {n};
  Grid                 grid     = FlowGrid(PETSC_COMM_WORLD, 1, sizes, -2.5, 2.5, GRID_NOFLUX);
  JKO                  jko      = FlowCreate(grid, FlowPorousMedium(grid, 2), FlowBarenblattValue, 1e-3, &b);
  const Course         course   = Follow(jko, first, tol, end);

  *error = FlowError(jko, FlowBarenblattValue, 1e-3 + end, &b);
  assert_ok(JKODestroy(&jko));
  return course;
}

static void a_porous_medium_is_followed_over_three_decades(void **state)
{
  PetscReal    error;
  const Course course = Spread(1000, 1e-5, 1e-3, 0.999, &error);

  (void)state;
  assert_within(error, 4e-4);
  assert_within((PetscReal)course.steps, 150);
  assert_all(course.longest / course.shortest > 1000);
}

static void steps_go_with_the_root_of_the_tolerance(void **state)
{
  PetscReal    loose_error, tight_error;
  const Course loose = Spread(1000, 1e-5, 3e-3, 0.03, &loose_error), tight = Spread(1000, 1e-5, 3e-4, 0.03, &tight_error);

  (void)state;
  assert_within((PetscReal)tight.steps / (PetscReal)loose.steps / sqrt(10) - 1, 0.35);
  assert_all(tight_error < loose_error / 2);
}

static void a_first_step_that_is_too_long_is_rejected(void **state)
{
  PetscReal    error;
  const Course course = Spread(1000, 5e-3, 1e-3, 0.03, &error);

  (void)state;
  assert_all(course.rejected >= 1 && course.rejected <= 10);
  assert_all(course.shortest < 5e-4);
  assert_within(error, 4e-4);
}

static void a_grid_that_is_too_coarse_bounds_the_steps_from_below(void **state)
{
  PetscReal    error;
  const Course course = Spread(150, 1e-5, 1e-6, 3e-2, &error);

  (void)state;
  assert_within((PetscReal)course.steps, 100);
  assert_within(error, 1e-2);
}

static PetscReal Wells(const PetscReal x[3], PetscReal t, const void *unused)
{
  (void)t, (void)unused;
  return PetscSqr(x[0] * x[0] - 1);
}

static PetscReal LeftWell(const PetscReal x[3], PetscReal t, const void *unused)
{
  (void)t, (void)unused;
  return exp(-50 * PetscSqr(x[0] + 0.6));
}

/* A double well whose mass is in one of the wells. */
static JKO OneWell(void)
{
  JKO            jko;
  const PetscInt n[1]   = {200};
  Grid           grid   = FlowGrid(PETSC_COMM_WORLD, 1, n, -2, 2, GRID_NOFLUX);
  Vec            v      = FlowField(grid, Wells, 0, NULL);
  Energy         energy = FlowEnergy(grid, NULL);
  EnergyTerm     term;

  assert_ok(EnergyAddTerm(energy, ENERGYENTROPY, "entropy", &term));
  assert_ok(EnergyEntropySetCoefficient(term, 0.1));
  assert_ok(EnergyAddTerm(energy, ENERGYPOTENTIAL, "potential", &term));
  assert_ok(EnergyPotentialSetField(term, v));
  assert_ok(VecDestroy(&v));
  jko = FlowCreate(grid, energy, LeftWell, 0, NULL);
  assert_ok(JKOSetEpsilonRatio(jko, 0.05));
  return jko;
}

static void steps_grow_in_the_metastable_phase_of_a_double_well(void **state)
{
  JKO                jko = OneWell(), fine = OneWell();
  const Course       course = Follow(jko, 1e-3, 1e-3, 50);
  const JKOStepInfo *coarse_info, *fine_info;

  (void)state;
  assert_all(course.longest > 0.2 && course.longest / course.shortest > 100);
  assert_ok(JKOSetType(fine, JKOREVERSIBLE));
  FlowRun(fine, 0.025, 2000);
  assert_ok(JKOGetStepInfo(jko, &coarse_info));
  assert_ok(JKOGetStepInfo(fine, &fine_info));
  assert_within(coarse_info->energy - fine_info->energy, 2e-4);
  assert_ok(JKODestroy(&jko));
  assert_ok(JKODestroy(&fine));
}

static void schemes_without_an_estimate_are_refused(void **state)
{
  JKO jko = OneWell();

  (void)state;
  assert_ok(JKOSetTimeStep(jko, 0.1));
  assert_ok(JKOSetMaxTime(jko, 1));
  assert_ok(JKOSetAdapt(jko, "basic"));
  assert_refused(JKOSetUp(jko), "-jko_adapt: basic needs the error estimate of -jko_type extrapolated, euler has none");
  assert_ok(JKOSetType(jko, JKOREVERSIBLE));
  assert_refused(JKOSetUp(jko), "reversible has none");
  assert_refused(JKOSetAdapt(jko, "pid"), "-jko_adapt: 'pid' is not known; use none or basic");
  assert_refused(JKOSetAdaptTolerance(jko, -1), "-1. is not between 0 and 1");
  assert_ok(JKODestroy(&jko));
}

JKO_TESTS(JKO_TEST(a_porous_medium_is_followed_over_three_decades), JKO_TEST(steps_go_with_the_root_of_the_tolerance),
          JKO_TEST(a_first_step_that_is_too_long_is_rejected), JKO_TEST(a_grid_that_is_too_coarse_bounds_the_steps_from_below),
          JKO_TEST(steps_grow_in_the_metastable_phase_of_a_double_well), JKO_TEST(schemes_without_an_estimate_are_refused))
