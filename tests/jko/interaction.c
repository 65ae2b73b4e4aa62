/* Flows of interaction energies: McKean-Vlasov against exact Gaussians. */
#include "../support/flow.h"
#include <math.h>

/* d/dt rho = D Laplace(rho) + div(rho (k (x - c) + kw (x - m))), m the mean of rho: Gaussians whose mean decays at the rate k and whose
   variance at 2 (k + kw). */
typedef struct {
  PetscReal k, kw, D, centre, mean, variance;
} McKean;

static const McKean Process = {10, 30, 0.1, 0.5, 0.35, 0.004};

static PetscReal McKeanMean(PetscReal t)
{
  return Process.centre + (Process.mean - Process.centre) * exp(-Process.k * t);
}

static PetscReal McKeanVariance(PetscReal t)
{
  const PetscReal k = Process.k + Process.kw;

  return Process.D / k + (Process.variance - Process.D / k) * exp(-2 * k * t);
}

static PetscReal McKeanValue(const PetscReal x[3], PetscReal t, const void *unused)
{
  (void)unused;
  return exp(-PetscSqr(x[0] - McKeanMean(t)) / (2 * McKeanVariance(t))) / sqrt(2 * PETSC_PI * McKeanVariance(t));
}

/* Errors of mean and variance and, in L1, of the density after the steps. */
static void McKeanErrors(const char scheme[], const char treatment[], PetscInt steps, PetscReal errors[3])
{
  const PetscInt     n        = 256;
  const PetscReal    duration = 0.02;
  const FlowGaussian process  = {1, Process.k, Process.D, Process.centre, Process.mean, Process.variance};
  Grid               grid     = FlowGrid(PETSC_COMM_WORLD, 1, &n, 0, 1, GRID_NOFLUX);
  Energy             energy   = FlowFokkerPlanck(grid, &process);
  EnergyTerm         term;
  JKO                jko;
  Vec                rho;
  PetscReal          m[2];

  assert_ok(EnergyAddTerm(energy, ENERGYINTERACTION, NULL, &term));
  assert_ok(EnergyInteractionSetKernel(term, "quadratic"));
  assert_ok(EnergyInteractionSetCoefficient(term, Process.kw));
  assert_ok(EnergyInteractionSetTreatment(term, treatment));
  jko = FlowCreate(grid, energy, McKeanValue, 0, NULL);
  assert_ok(JKOSetType(jko, scheme));
  assert_ok(JKOSetEpsilon(jko, duration / (PetscReal)steps * Process.D)); /* A = D/4 */
  FlowRun(jko, duration / (PetscReal)steps, steps);
  errors[2] = FlowError(jko, McKeanValue, duration, NULL);
  assert_ok(GridCreateVector(grid, &rho));
  for (int power = 1; power <= 2; power++) {
    PetscScalar *v;
    PetscInt     start[3], width[3];
    PetscReal    x;

    assert_ok(JKOGetDensity(jko, rho));
    assert_ok(GridGetCorners(grid, start, width));
    assert_ok(VecGetArray(rho, &v));
    for (PetscInt i = 0; i < width[0]; i++) {
      assert_int_equal(GridGetCentre(grid, 0, start[0] + i, &x), 0);
      v[i] *= pow(x, power);
    }
    assert_ok(VecRestoreArray(rho, &v));
    assert_ok(GridIntegrate(grid, rho, &m[power - 1]));
  }
  errors[0] = PetscAbsReal(m[0] - McKeanMean(duration)) / PetscAbsReal(Process.mean - Process.centre);
  errors[1] = PetscAbsReal(m[1] - m[0] * m[0] - McKeanVariance(duration)) / McKeanVariance(duration);
  assert_ok(VecDestroy(&rho));
  assert_ok(JKODestroy(&jko));
}

static void mckean_vlasov_keeps_the_order_of_the_scheme(void **state)
{
  const struct {
    const char *scheme, *treatment;
    PetscReal   order;
  } cases[] = {{JKOEULER, "implicit", 1}, {JKOEULER, "explicit", 1}, {JKOEXTRAPOLATED, "implicit", 2}, {JKOEXTRAPOLATED, "explicit", 2}};

  (void)state;
  for (int c = 0; c < 4; c++) {
    PetscReal coarse[3], fine[3];

    McKeanErrors(cases[c].scheme, cases[c].treatment, 10, coarse);
    McKeanErrors(cases[c].scheme, cases[c].treatment, 20, fine);
    for (int e = 0; e < 3; e++)
      if (fine[e] > 0.1 * fine[2])
        assert_within(PetscLog2Real(coarse[e] / fine[e]) - cases[c].order, 0.25);
      else /* smaller than what the solves leave, a tenth of the correction */
        assert_within(coarse[e], 0.1 * coarse[2]);
  }
}

/* A flow of interaction and, where m > 0, power energy in a box around the origin, its options as given. */
static JKO Aggregation(PetscInt dim, PetscInt n, PetscReal edge, PetscReal power, FlowFunction start, EnergyTerm *term)
{
  const PetscInt sizes[3] = {n, n, n};
  Grid           grid     = FlowGrid(PETSC_COMM_WORLD, dim, sizes, -edge, edge, GRID_NOFLUX);
  Energy         energy   = FlowEnergy(grid, NULL);
  EnergyTerm     diffusion;

  if (power > 0) {
    assert_ok(EnergyAddTerm(energy, ENERGYPOWER, NULL, &diffusion));
    assert_ok(EnergyPowerSetExponent(diffusion, 2));
    assert_ok(EnergyPowerSetCoefficient(diffusion, power));
  }
  assert_ok(EnergyAddTerm(energy, ENERGYINTERACTION, NULL, term));
  return FlowCreate(grid, energy, start, 0, NULL);
}

static PetscReal TwoLumps(const PetscReal x[3], PetscReal t, const void *unused)
{
  (void)t, (void)unused;
  return exp(-8 * (PetscSqr(x[0] - 0.4) + 2 * PetscSqr(x[1]))) + exp(-8 * (PetscSqr(x[0] + 0.4) + 2 * PetscSqr(x[1])));
}

static PetscReal Centred(const PetscReal x[3], PetscReal t, const void *unused)
{
  (void)t, (void)unused;
  return exp(-8 * PetscSqr(x[0])) * (1 + PetscSqr(x[0]));
}

/* The equilibrium of |x|^2/2 - log|x| in 1-D: Wigner's semicircle of radius sqrt 2. */
static PetscReal Semicircle(const PetscReal x[3], PetscReal t, const void *unused)
{
  (void)t, (void)unused;
  return sqrt(PetscMax(0, 2 - x[0] * x[0])) / PETSC_PI;
}

/* A narrower one, not at rest. */
static PetscReal Compressed(const PetscReal x[3], PetscReal t, const void *unused)
{
  (void)t, (void)unused;
  return sqrt(PetscMax(0, 1.7 - x[0] * x[0]));
}

static JKO LogGas(PetscInt n, FlowFunction start)
{
  EnergyTerm term;
  JKO        jko = Aggregation(1, n, 2, 0, start, &term);

  assert_ok(EnergyInteractionSetKernel(term, "power"));
  assert_ok(EnergyInteractionSetExponents(term, 2, 0));
  return jko;
}

static PetscReal SemicircleError(PetscInt n)
{
  JKO       jko = LogGas(n, Centred);
  PetscReal error;

  FlowRun(jko, 0.1, 50);
  error = FlowError(jko, Semicircle, 0, NULL);
  assert_ok(JKODestroy(&jko));
  return error;
}

static void quadratic_minus_log_reaches_the_semicircle(void **state)
{
  const PetscReal coarse = SemicircleError(128), fine = SemicircleError(256);

  (void)state;
  assert_within(fine, 1e-2);
  assert_all(fine < 0.75 * coarse);
}

/* The mean number of evaluations of a step. */
static PetscReal LogGasEvaluations(PetscInt n, FlowFunction start, PetscReal epsilon, PetscReal dt)
{
  JKO                jko = LogGas(n, start);
  const JKOStepInfo *info;
  PetscReal          sum = 0;

  if (epsilon > 0) assert_ok(JKOSetEpsilon(jko, epsilon));
  assert_ok(JKOGetStepInfo(jko, &info));
  for (PetscInt k = 1; k <= 10; k++) {
    FlowRun(jko, dt, k);
    sum += (PetscReal)info->iterations;
  }
  assert_ok(JKODestroy(&jko));
  return sum / 10;
}

/* Without diffusion it is the drift that eps has to follow; where eps is small all the same, plain steps overshoot. */
static void repulsion_without_diffusion_takes_few_evaluations(void **state)
{
  (void)state;
  assert_all(LogGasEvaluations(128, Centred, 0, 0.1) < 30);
  assert_all(LogGasEvaluations(256, Compressed, 4e-4, 0.1) < 60);
}

/* 2 g rho + N * rho = C on the support, so that 2 g Laplace(rho) + rho = 0 there: a Bessel function up to its first zero, whatever the
 * mass. */
#define POROSITY 0.1
static PetscReal BesselState(const PetscReal x[3], PetscReal t, const void *unused)
{
  const PetscReal s = sqrt((x[0] * x[0] + x[1] * x[1]) / (2 * POROSITY));

  (void)t, (void)unused;
  return s < 2.404825557695773 ? j0(s) : 0;
}

/* What is left at rest is the regularisation's: of second order in eps. */
static void newtonian_attraction_reaches_its_radial_state(void **state)
{
  const PetscReal ratio[2] = {0.1, 0.02}, bound[2] = {1e-2, 1.2e-3};

  (void)state;
  for (int i = 0; i < 2; i++) {
    EnergyTerm term;
    JKO        jko = Aggregation(2, 64, 1.5, POROSITY, TwoLumps, &term);

    assert_ok(EnergyInteractionSetKernel(term, "newtonian"));
    assert_ok(JKOSetEpsilonRatio(jko, ratio[i]));
    FlowRun(jko, 0.5, 60);
    assert_within(FlowError(jko, BesselState, 0, NULL), bound[i]);
    assert_ok(JKODestroy(&jko));
  }
}

/* Anderson's iterates keep W * q for a while, the elliptic ones never do: both end where it is that of the density itself. */
static void steps_are_implicit_by_either_accelerator(void **state)
{
  const char *const accelerators[2] = {"anderson", "elliptic"};
  Vec               rho[2];

  (void)state;
  for (int k = 0; k < 2; k++) {
    EnergyTerm term;
    JKO        jko = Aggregation(2, 32, 1.5, POROSITY, TwoLumps, &term);
    Grid       grid;
    Sinkhorn   sinkhorn;

    assert_ok(EnergyInteractionSetKernel(term, "newtonian"));
    assert_ok(JKOGetSinkhorn(jko, &sinkhorn));
    assert_ok(SinkhornSetTolerance(sinkhorn, 1e-10));
    assert_ok(SinkhornSetType(sinkhorn, accelerators[k]));
    FlowRun(jko, 0.2, 3);
    assert_ok(JKOGetGrid(jko, &grid));
    assert_ok(GridCreateVector(grid, &rho[k]));
    assert_ok(JKOGetDensity(jko, rho[k]));
    assert_ok(JKODestroy(&jko));
  }
  assert_within(HarnessDifference(rho[0], rho[1]), 1e-8);
  for (int k = 0; k < 2; k++) assert_ok(VecDestroy(&rho[k]));
}

static PetscReal Lump(const PetscReal x[3], PetscReal t, const void *unused)
{
  (void)t, (void)unused;
  return exp(-30 * PetscSqr(PetscAbsReal(x[0]) - 0.2));
}

typedef struct {
  PetscReal energy;
  PetscInt  rises, rejected;
} Descent;

static PetscErrorCode WatchDescent(JKO jko, const JKOStepInfo *info, void *context)
{
  Descent *d = (Descent *)context;

  (void)jko;
  if (info->step > 0 && info->energy > d->energy) d->rises++;
  d->energy = info->energy;
  d->rejected += info->rejected;
  return 0;
}

/* A repulsion that is explicit in steps far too long throws the mass back and forth. */
static void steps_that_raise_the_energy_are_cut(void **state)
{
  (void)state;
  for (int lagged = 0; lagged < 2; lagged++) {
    EnergyTerm term;
    Descent    d   = {0};
    JKO        jko = Aggregation(1, 128, 2, 0.02, Lump, &term);

    assert_ok(EnergyInteractionSetKernel(term, "gaussian"));
    assert_ok(EnergyInteractionSetCoefficient(term, -4));
    assert_ok(EnergyInteractionSetLength(term, 0.3));
    assert_ok(EnergyInteractionSetTreatment(term, lagged ? "explicit" : "implicit"));
    assert_ok(JKOMonitorSet(jko, WatchDescent, &d));
    FlowRun(jko, 0.5, 10);
    assert_int_equal(d.rises, 0);
    assert_int_equal(d.rejected > 0, lagged);
    assert_ok(JKODestroy(&jko));
  }
}

static void what_interactions_cannot_do_is_refused(void **state)
{
  EnergyTerm term;
  JKO        jko = Aggregation(1, 64, 2, 0, Lump, &term);
  Energy     energy;

  (void)state;
  assert_ok(EnergyInteractionSetKernel(term, "quadratic"));
  assert_ok(JKOGetEnergy(jko, &energy));
  assert_ok(EnergyAddTerm(energy, ENERGYENTROPY, NULL, NULL));
  assert_ok(JKOSetType(jko, JKOREVERSIBLE));
  assert_ok(JKOSetTimeStep(jko, 0.1));
  assert_ok(JKOSetMaxSteps(jko, 1));
  assert_refused(JKOSetUp(jko), "-jko_type: reversible steps are for entropy");
  assert_ok(JKODestroy(&jko));
}

JKO_TESTS(JKO_TEST(mckean_vlasov_keeps_the_order_of_the_scheme), JKO_TEST(quadratic_minus_log_reaches_the_semicircle),
          JKO_TEST(repulsion_without_diffusion_takes_few_evaluations), JKO_TEST(newtonian_attraction_reaches_its_radial_state),
          JKO_TEST(steps_are_implicit_by_either_accelerator), JKO_TEST(steps_that_raise_the_energy_are_cut),
          JKO_TEST(what_interactions_cannot_do_is_refused))
