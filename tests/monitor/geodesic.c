/* The convexity of energies along geodesics between Gaussians, where it is known in closed form, with an error that is honest. */
#include <math.h>
#include <jko/monitor.h>
#include "../support/flow.h"

/* Two Gaussians on the line; V = stiffness x^2/2 + quartic x^4/4, D the coefficient of the entropy. */
typedef struct {
  PetscReal mean[2], deviation[2];
  PetscReal stiffness, quartic, D;
} Pair;

static PetscReal PairValue(const PetscReal x[3], PetscReal which, const void *parameters)
{
  const Pair     *p = (const Pair *)parameters;
  const PetscReal s = p->deviation[(int)which], y = (x[0] - p->mean[(int)which]) / s;

  return exp(-y * y / 2) / (s * sqrt(2 * PETSC_PI));
}

static PetscReal PairPotential(const PetscReal x[3], PetscReal t, const void *parameters)
{
  const Pair *p = (const Pair *)parameters;

  (void)t;
  return p->stiffness / 2 * x[0] * x[0] + p->quartic / 4 * PetscSqr(x[0] * x[0]);
}

/* F on the geodesic: a Gaussian of mean and deviation linear in s. */
static PetscReal PairEnergy(const Pair *p, PetscReal s)
{
  const PetscReal m = (1 - s) * p->mean[0] + s * p->mean[1], d = (1 - s) * p->deviation[0] + s * p->deviation[1], v = d * d;

  return -p->D * log(d) + p->stiffness / 2 * (m * m + v) + p->quartic / 4 * (m * m * m * m + 6 * m * m * v + 3 * v * v);
}

static PetscReal PairConvexity(const Pair *p)
{
  const PetscReal square = PetscSqr(p->mean[0] - p->mean[1]) + PetscSqr(p->deviation[0] - p->deviation[1]);
  PetscReal       lambda = PETSC_MAX_REAL;

  for (int i = 1; i < 4; i++) {
    const PetscReal s = i / (PetscReal)4, fall = (1 - s) * PairEnergy(p, 0) + s * PairEnergy(p, 1) - PairEnergy(p, s);

    lambda = PetscMin(lambda, 2 * fall / (s * (1 - s) * square));
  }
  return lambda;
}

static Monitor PairMonitor(const Pair *p, PetscInt interval)
{
  const PetscInt n[1]   = {512};
  Grid           grid   = FlowGrid(PETSC_COMM_WORLD, 1, n, -2, 2, GRID_NOFLUX);
  Energy         energy = NULL;
  EnergyTerm     term;
  Vec            V = FlowField(grid, PairPotential, 0, p), target = FlowField(grid, PairValue, 1, p);
  Monitor        monitor;
  JKO            jko;
  PetscReal      mass;

  assert_ok(EnergyCreate(PETSC_COMM_WORLD, &energy));
  assert_ok(EnergySetGrid(energy, grid));
  assert_ok(EnergyAddTerm(energy, ENERGYENTROPY, NULL, &term));
  assert_ok(EnergyEntropySetCoefficient(term, p->D));
  assert_ok(EnergyAddTerm(energy, ENERGYPOTENTIAL, NULL, &term));
  assert_ok(EnergyPotentialSetField(term, V));
  assert_ok(GridIntegrate(grid, target, &mass));
  assert_ok(VecScale(target, 1 / mass));
  assert_ok(VecLog(target));
  jko = FlowCreate(grid, energy, PairValue, 0, p);
  assert_ok(JKOSetTimeStep(jko, 0.01));
  assert_ok(JKOSetMaxSteps(jko, 1));
  assert_ok(JKOSetUp(jko));
  assert_ok(MonitorCreate(PETSC_COMM_WORLD, &monitor));
  assert_ok(MonitorSetJKO(monitor, jko));
  assert_ok(MonitorSetTarget(monitor, target));
  assert_ok(MonitorSetW2Interval(monitor, interval));
  assert_ok(MonitorAdd(monitor, "geodesic"));
  assert_ok(VecDestroy(&V));
  assert_ok(VecDestroy(&target));
  assert_ok(JKODestroy(&jko));
  return monitor;
}

static void CheckPair(const Pair *p, PetscReal bound)
{
  const PetscReal    exact   = PairConvexity(p);
  Monitor            monitor = PairMonitor(p, 1);
  JKOStepInfo        info    = {0};
  const PetscReal   *value;
  PetscInt           columns;
  const char *const *names;

  info.energy = PairEnergy(p, 0) - p->D * 0.5 * (1 + log(2 * PETSC_PI));
  assert_ok(MonitorMeasure(monitor, &info, &value));
  assert_ok(MonitorGetColumns(monitor, &columns, &names));
  assert_all(columns == 2 && !strcmp(names[0], "geodesic_lambda"));
  assert_within(value[0] - exact, bound);
  assert_within(value[0] - exact, value[1]);
  assert_ok(MonitorDestroy(&monitor));
}

static void a_moved_gaussian_has_the_convexity_of_its_potential(void **state)
{
  const Pair quadratic = {{-0.5, 0.4}, {0.2, 0.2}, 3, 0, 0.5}, well = {{-0.6, 0.6}, {0.15, 0.15}, -4, 4, 0.2};

  (void)state;
  assert_within(PairConvexity(&quadratic) - 3, 1e-12);
  assert_all(PairConvexity(&well) < -1); /* over the hill of a double well */
  CheckPair(&quadratic, 5e-3);
  CheckPair(&well, 5e-3);
}

static void a_gaussian_that_widens_has_that_of_the_entropy_on_top(void **state)
{
  const Pair widens = {{-0.3, 0.3}, {0.12, 0.25}, 1, 0, 0.5}, entropy = {{0, 0}, {0.15, 0.3}, 0, 0, 1};

  (void)state;
  CheckPair(&widens, 1e-2);
  CheckPair(&entropy, 0.1);
}

/* The tail of the first is e^-92 where the second has mass yet, and narrow kernels do not reach from one to the other there. */
static void tails_that_no_kernel_reaches_do_no_harm(void **state)
{
  const Pair pair = {{-0.65, -0.5}, {0.15, 0.3}, 3, 0, 0.5};

  (void)state;
  CheckPair(&pair, 0.1);
}

static void a_geodesic_needs_somewhere_to_lead(void **state)
{
  const Pair pair    = {{-0.5, 0.4}, {0.2, 0.2}, 3, 0, 0.5};
  Monitor    monitor = PairMonitor(&pair, 0);

  (void)state;
  assert_refused(MonitorSetUp(monitor), "-jko_monitor_geodesic: it leads to the target, at the steps of -monitor_w2_interval");
  assert_ok(MonitorDestroy(&monitor));
}

JKO_TESTS(JKO_TEST(a_moved_gaussian_has_the_convexity_of_its_potential), JKO_TEST(a_gaussian_that_widens_has_that_of_the_entropy_on_top),
          JKO_TEST(tails_that_no_kernel_reaches_do_no_harm), JKO_TEST(a_geodesic_needs_somewhere_to_lead))
