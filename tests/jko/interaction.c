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
    for (int e = 0; e < 3; e++) assert_within(PetscLog2Real(coarse[e] / fine[e]) - cases[c].order, 0.25);
  }
}

JKO_TESTS(JKO_TEST(mckean_vlasov_keeps_the_order_of_the_scheme))
