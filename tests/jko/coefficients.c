/* Coefficients that vary in space: flows against finite volumes on the same cells, a number against the same number as an expression, by
   either accelerator and on coarser grids first, and what cannot take them. */
#include "../support/flow.h"

#define CELLS 64

static PetscReal Start(const PetscReal x[3], PetscReal t, const void *context)
{
  (void)t, (void)context;
  return 1 + 0.8 * PetscCosReal(PETSC_PI * x[0]);
}

/* F' = (1 + x)(log rho + 1) + 2 (2 - x) rho + x^2 */
static PetscReal Variation(PetscReal x, PetscReal rho, const void *context)
{
  (void)context;
  return (1 + x) * (PetscLogReal(rho) + 1) + 2 * (2 - x) * rho + x * x;
}

/* An exponent that varies: F' = (2 + x)/(1 + x) rho^(1 + x), of a power between 2 and 3. */
static PetscReal Powers(PetscReal x, PetscReal rho, const void *context)
{
  (void)context;
  return (2 + x) / (1 + x) * PetscPowReal(rho, 1 + x);
}

static const struct {
  const char   *options;
  FlowVariation variation;
  PetscReal     time, second; /* the most that ten extrapolated steps are off by */
} Flows[] = {{"-energy_terms entropy,power,potential -energy_entropy_coefficient 1+x -energy_power_coefficient 2-x -energy_potential x^2",
              Variation, 0.01, 5e-4},
             {"-energy_terms internal -energy_internal (2+x)/(1+x)*rho^(1+x)", Powers, 0.02, 5e-4}};

static JKO Flow(PetscInt dim, const char options[])
{
  const PetscInt sizes[3] = {CELLS, CELLS, CELLS};
  Grid           grid     = FlowGrid(PETSC_COMM_WORLD, dim, sizes, 0, 1, GRID_NOFLUX);

  return FlowCreate(grid, FlowEnergyOf(grid, options), Start, 0, NULL);
}

static PetscReal Distance(int flow, const PetscReal reference[CELLS], JKOType scheme, const char *accelerator, PetscInt steps)
{
  JKO       jko = Flow(1, Flows[flow].options);
  Sinkhorn  sinkhorn;
  PetscReal distance;

  assert_ok(JKOSetType(jko, scheme));
  if (accelerator) {
    assert_ok(JKOGetSinkhorn(jko, &sinkhorn));
    assert_ok(SinkhornSetType(sinkhorn, accelerator));
  }
  FlowRun(jko, Flows[flow].time / (PetscReal)steps, steps);
  distance = FlowDistance(jko, reference);
  assert_ok(JKODestroy(&jko));
  return distance;
}

static void flows_agree_with_finite_volumes(void **state)
{
  (void)state;
  for (int f = 0; f < 2; f++) {
    PetscReal reference[CELLS], coarse, fine;

    for (int i = 0; i < CELLS; i++) reference[i] = Start((const PetscReal[3]){(i + 0.5) / CELLS}, 0, NULL);
    FlowFiniteVolumes(CELLS, Flows[f].variation, NULL, 60, Flows[f].time, reference);
    coarse = Distance(f, reference, JKOEULER, NULL, 10);
    fine   = Distance(f, reference, JKOEULER, NULL, 20);
    assert_within(PetscLog2Real(coarse / fine) - 1, 0.1);
    assert_within(Distance(f, reference, JKOEULER, "elliptic", 20) / fine - 1, 1e-2);
    assert_within(Distance(f, reference, JKOEXTRAPOLATED, NULL, 10), Flows[f].second);
  }
}

/* The distance of two flows of ten steps. */
static PetscReal Between(PetscInt dim, const char a[], const char b[])
{
  const char *const options[2] = {a, b};
  Vec               u[2];
  PetscReal         distance;

  for (int k = 0; k < 2; k++) {
    JKO  jko = Flow(dim, options[k]);
    Grid grid;

    FlowRun(jko, 1e-3, 10);
    assert_ok(JKOGetGrid(jko, &grid));
    assert_ok(GridCreateVector(grid, &u[k]));
    assert_ok(JKOGetDensity(jko, u[k]));
    assert_ok(JKODestroy(&jko));
  }
  distance = HarnessDifference(u[0], u[1]);
  for (int k = 0; k < 2; k++) assert_ok(VecDestroy(&u[k]));
  return distance;
}

static void a_number_is_the_same_as_an_expression(void **state)
{
  (void)state;
  for (PetscInt dim = 1; dim <= 2; dim++)
    assert_within(Between(dim,
                          "-energy_terms entropy,power,congestion -energy_entropy_coefficient 0.7 -energy_power_coefficient 0.3 "
                          "-energy_congestion_max 3",
                          "-energy_terms entropy,power,congestion -energy_entropy_coefficient 0.7+0*x -energy_power_coefficient 0.3+0*x "
                          "-energy_congestion_max 3+0*x"),
                  1e-12);
}

static void what_needs_a_number_refuses_a_field(void **state)
{
  JKO jko = Flow(1, "-energy_terms entropy -energy_entropy_coefficient 1+x");

  (void)state;
  assert_ok(JKOSetType(jko, JKOREVERSIBLE));
  assert_ok(JKOSetTimeStep(jko, 0.01));
  assert_ok(JKOSetMaxSteps(jko, 1));
  assert_refused(JKOSetUp(jko), "reversible steps are for entropy, the same everywhere");
  assert_ok(JKODestroy(&jko));
  jko = Flow(1, "-energy_terms entropy -energy_entropy_coefficient x-0.5");
  assert_ok(JKOSetTimeStep(jko, 0.01));
  assert_ok(JKOSetMaxSteps(jko, 1));
  assert_refused(JKOSetUp(jko),
                 "-energy_entropy_coefficient: the value at x=0.0078125 is -0.492188; every value must be finite and not negative");
  assert_ok(JKODestroy(&jko));
}

JKO_TESTS(JKO_TEST(flows_agree_with_finite_volumes), JKO_TEST(a_number_is_the_same_as_an_expression),
          JKO_TEST(what_needs_a_number_refuses_a_field))
