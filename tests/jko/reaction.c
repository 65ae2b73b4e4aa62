/* Growth and reaction: Fisher-Rao flows against their closed form, Wasserstein-Fisher-Rao flows against the ordinary differential equations
   of their Gaussians, the order of the splitting, the mass balance, and what is refused. */
#include "../support/flow.h"
#include <jko/private/energyimpl.h>
#include <math.h>

/* log rho = a + b x + c x^2 on the real line, in the flow of F = D int rho log rho + int (k x^2/2 + v) rho. */
typedef struct {
  PetscReal D, k, v;
  PetscReal a, b, c;
} Gaussian;

static PetscReal GaussianValue(const PetscReal x[3], PetscReal t, const void *parameters)
{
  const Gaussian *g = (const Gaussian *)parameters;

  (void)t;
  return exp(g->a + x[0] * (g->b + x[0] * g->c));
}

static PetscReal GaussianPotential(const PetscReal x[3], PetscReal t, const void *parameters)
{
  const Gaussian *g = (const Gaussian *)parameters;

  (void)t;
  return g->k / 2 * x[0] * x[0] + g->v;
}

/* u_t = D (u'' + u'^2) + V' u' + V'' - (D (u + 1) + V), coefficient by coefficient. */
static void GaussianRate(const Gaussian *g, const PetscReal y[3], PetscReal rate[3])
{
  const PetscReal D = g->D, k = g->k;

  rate[0] = D * (2 * y[2] + y[1] * y[1]) + k - D * (y[0] + 1) - g->v;
  rate[1] = 4 * D * y[1] * y[2] + k * y[1] - D * y[1];
  rate[2] = 4 * D * y[2] * y[2] + 2 * k * y[2] - D * y[2] - k / 2;
}

/* The coefficients at a time, by the classical Runge-Kutta method. */
static Gaussian GaussianAt(Gaussian g, PetscReal time)
{
  const PetscInt  steps = 4000;
  const PetscReal h     = time / steps;
  PetscReal       y[3]  = {g.a, g.b, g.c};

  for (PetscInt i = 0; i < steps; i++) {
    PetscReal r[4][3], z[3];

    GaussianRate(&g, y, r[0]);
    for (int s = 1; s < 4; s++) {
      for (int j = 0; j < 3; j++) z[j] = y[j] + (s < 3 ? h / 2 : h) * r[s - 1][j];
      GaussianRate(&g, z, r[s]);
    }
    for (int j = 0; j < 3; j++) y[j] += h / 6 * (r[0][j] + 2 * r[1][j] + 2 * r[2][j] + r[3][j]);
  }
  g.a = y[0];
  g.b = y[1];
  g.c = y[2];
  return g;
}

/* L1 distance to a function, without scaling either. */
static PetscReal Distance(JKO jko, FlowFunction f, PetscReal t, const void *parameters)
{
  Grid      grid;
  Vec       exact, rho;
  PetscReal error;

  assert_ok(JKOGetGrid(jko, &grid));
  exact = FlowField(grid, f, t, parameters);
  assert_ok(VecDuplicate(exact, &rho));
  assert_ok(JKOGetDensity(jko, rho));
  assert_ok(VecAXPY(rho, -1, exact));
  assert_ok(VecAbs(rho));
  assert_ok(GridIntegrate(grid, rho, &error));
  assert_ok(VecDestroy(&rho));
  assert_ok(VecDestroy(&exact));
  return error;
}

/* The masses follow the law, and the law follows the masses. */
static PetscErrorCode CheckBalance(JKO jko, const JKOStepInfo *info, void *context)
{
  PetscReal *mass = (PetscReal *)context;

  PetscFunctionBegin;
  (void)jko;
  if (info->step > 0) assert_within((info->mass - *mass - info->reaction) / info->mass, 1e-12);
  assert_within(info->balance, 1e-12);
  *mass = info->mass;
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscReal RunFor(JKO jko, PetscReal duration, PetscInt steps, FlowFunction f, const void *parameters)
{
  PetscReal mass = 0, error;

  assert_ok(JKOMonitorSet(jko, CheckBalance, &mass));
  FlowRun(jko, duration / (PetscReal)steps, steps);
  error = Distance(jko, f, duration, parameters);
  assert_ok(JKODestroy(&jko));
  return error;
}

/* rho of mass 1 on two cells' worth of shape: log rho + 1 decays like e^-Dt in every cell. */
typedef struct {
  PetscReal D, scale;
} Decay;

static PetscReal DecayValue(const PetscReal x[3], PetscReal t, const void *parameters)
{
  const Decay *d = (const Decay *)parameters;

  return exp((log(d->scale * exp(-8 * x[0] * x[0])) + 1) * exp(-d->D * t) - 1);
}

static PetscReal DecayError(PetscBool strang, PetscInt steps)
{
  const PetscInt n[1] = {200};
  Decay          d    = {0.8, 1};
  Grid           grid = FlowGrid(PETSC_COMM_WORLD, 1, n, -1, 1, GRID_NOFLUX);
  Energy         energy;
  EnergyTerm     term;
  Vec            rho = FlowField(grid, DecayValue, 0, &d);
  PetscReal      mass;
  JKO            jko;

  assert_ok(GridIntegrate(grid, rho, &mass));
  assert_ok(VecDestroy(&rho));
  d.scale = 1 / mass; /* what FlowCreate() makes of it */
  assert_ok(EnergyCreate(PETSC_COMM_WORLD, &energy));
  assert_ok(EnergySetGrid(energy, grid));
  assert_ok(EnergyAddTerm(energy, ENERGYENTROPY, NULL, &term));
  assert_ok(EnergyEntropySetCoefficient(term, d.D));
  jko = FlowCreate(grid, energy, DecayValue, 0, &d);
  assert_ok(JKOSetMetric(jko, "fisher_rao"));
  assert_ok(JKOSetSplitting(jko, strang ? "strang" : "lie"));
  return RunFor(jko, 2, steps, DecayValue, &d);
}

static void a_fisher_rao_flow_of_entropy_meets_its_closed_form(void **state)
{
  PetscReal error[2][3];

  (void)state;
  for (int order = 0; order < 2; order++) {
    for (int i = 0; i < 3; i++) error[order][i] = DecayError((PetscBool)order, 20 << i);
    for (int i = 0; i < 2; i++) assert_all(PetscLog2Real(error[order][i] / error[order][i + 1]) >= 0.95 * (order + 1));
  }
  assert_within(error[0][2], 2.4e-3);
  assert_within(error[1][2], 1.2e-5);
}

/* From mass 1 to about 3 in the flow of one energy in both distances. */
static PetscReal GaussianError(JKOType type, const char splitting[], PetscInt steps)
{
  const PetscInt  n[1] = {300};
  const PetscReal s = 0.12, mean = 0.4;
  const Gaussian  g = {
       .D = 0.3, .k = 1, .v = -1.5, .a = -log(2 * PETSC_PI * s) / 2 - mean * mean / (2 * s), .b = mean / s, .c = -1 / (2 * s)};
  const Gaussian end  = GaussianAt(g, 0.5);
  Grid           grid = FlowGrid(PETSC_COMM_WORLD, 1, n, -3, 3, GRID_NOFLUX);
  Energy         energy;
  EnergyTerm     term;
  Vec            v = FlowField(grid, GaussianPotential, 0, &g);
  JKO            jko;

  assert_ok(EnergyCreate(PETSC_COMM_WORLD, &energy));
  assert_ok(EnergySetGrid(energy, grid));
  assert_ok(EnergyAddTerm(energy, ENERGYENTROPY, NULL, &term));
  assert_ok(EnergyEntropySetCoefficient(term, g.D));
  assert_ok(EnergyAddTerm(energy, ENERGYPOTENTIAL, NULL, &term));
  assert_ok(EnergyPotentialSetField(term, v));
  assert_ok(VecDestroy(&v));
  jko = FlowCreate(grid, energy, GaussianValue, 0, &g);
  assert_ok(JKOSetType(jko, type));
  assert_ok(JKOSetMetric(jko, "wfr"));
  if (splitting) assert_ok(JKOSetSplitting(jko, splitting));
  assert_ok(JKOSetEpsilonRatio(jko, 0.3));
  return RunFor(jko, 0.5, steps, GaussianValue, &end);
}

static void a_growing_gaussian_meets_its_equations_in_both_orders(void **state)
{
  const struct {
    JKOType     type;
    const char *splitting;
    PetscReal   order, bound;
  } rows[] = {{JKOEULER, NULL, 0.9, 1.1e-2},
              {JKOEXTRAPOLATED, NULL, 1.8, 3e-4},
              {JKOREVERSIBLE, NULL, 1.8, 8e-5},
              {JKOREVERSIBLE, "lie", 0.85, 2.2e-3}};

  (void)state;
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    const PetscReal coarse = GaussianError(rows[i].type, rows[i].splitting, 8), fine = GaussianError(rows[i].type, rows[i].splitting, 16);

    assert_within(fine, rows[i].bound);
    assert_all(PetscLog2Real(coarse / fine) >= rows[i].order);
  }
}

static PetscReal One(const PetscReal x[3], PetscReal t, const void *parameters)
{
  (void)x, (void)t, (void)parameters;
  return 1;
}

/* A flow of the entropy with the growth rate given as its reaction; 0: none. */
static JKO GrowthFlow(PetscReal rate)
{
  const PetscInt n[2] = {24, 16};
  Grid           grid = FlowGrid(PETSC_COMM_WORLD, 2, n, 0, 1, GRID_NOFLUX);
  JKO            jko;
  EnergyTerm     term;
  Energy         reaction;
  Vec            v;

  assert_ok(PetscObjectReference((PetscObject)grid));
  jko = FlowCreate(grid, FlowEnergy(grid, "entropy", NULL), One, 0, NULL);
  assert_ok(JKOSetTimeStep(jko, 0.1));
  assert_ok(JKOSetMaxSteps(jko, 3));
  if (rate > 0) {
    assert_ok(EnergyCreate(PETSC_COMM_WORLD, &reaction));
    assert_ok(EnergySetGrid(reaction, grid));
    assert_ok(EnergyAddTerm(reaction, ENERGYPOTENTIAL, "growth", &term));
    v = FlowField(grid, One, 0, NULL);
    assert_ok(VecScale(v, -rate));
    assert_ok(EnergyPotentialSetField(term, v));
    assert_ok(JKOSetReaction(jko, reaction));
    assert_ok(EnergyDestroy(&reaction));
    assert_ok(VecDestroy(&v));
  }
  assert_ok(GridDestroy(&grid));
  return jko;
}

static void a_constant_rate_makes_the_mass_of_its_minimising_movements(void **state)
{
  JKO                jko = GrowthFlow(4);
  const JKOStepInfo *info;

  (void)state;
  assert_ok(JKOSetMetric(jko, "wfr"));
  FlowRun(jko, 0.1, 3);
  assert_ok(JKOGetStepInfo(jko, &info));
  assert_within(info->mass - pow(1 - 0.1 * 4 / 2, -6), 1e-11); /* (1 - tau g/2)^-2 in each step */
  assert_ok(JKODestroy(&jko));
}

/* Dense cells at a wall, and a quarter of that beyond them. */
#define TUMOUR_START ((PetscReal)0.2)
#define TUMOUR_AHEAD ((PetscReal)0.25)

static PetscReal Tumour(const PetscReal x[3], PetscReal t, const void *parameters)
{
  (void)t, (void)parameters;
  return x[0] < TUMOUR_START ? 1 : TUMOUR_AHEAD;
}

static JKO TumourFlow(PetscInt cells)
{
  const PetscInt n[1] = {cells};
  Grid           grid = FlowGrid(PETSC_COMM_WORLD, 1, n, 0, 1, GRID_NOFLUX);
  Vec            v = FlowField(grid, One, 0, NULL), rho = FlowField(grid, Tumour, 0, NULL);
  Energy         energy = FlowEnergy(grid, "congestion", NULL), growth = FlowEnergy(grid, "potential", NULL);
  JKO            jko;

  assert_ok(VecScale(v, -1));
  assert_ok(EnergyPotentialSetField(growth->term[0], v));
  assert_ok(JKOCreate(PETSC_COMM_WORLD, &jko));
  assert_ok(JKOSetGrid(jko, grid));
  assert_ok(JKOSetEnergy(jko, energy));
  assert_ok(JKOSetReaction(jko, growth));
  assert_ok(JKOSetMetric(jko, "wfr"));
  assert_ok(JKOSetDensity(jko, rho));
  assert_ok(VecDestroy(&v));
  assert_ok(VecDestroy(&rho));
  assert_ok(EnergyDestroy(&energy));
  assert_ok(EnergyDestroy(&growth));
  assert_ok(GridDestroy(&grid));
  return jko;
}

/* Where the density falls below the middle between dense and not; the largest density. */
static void TumourFront(JKO jko, PetscReal middle, PetscReal *front, PetscReal *most)
{
  Grid               grid;
  Vec                log_rho;
  const PetscScalar *u;
  PetscInt           start[3], width[3];
  PetscReal          mine = 0;

  assert_ok(JKOGetGrid(jko, &grid));
  assert_ok(GridGetCorners(grid, start, width));
  assert_ok(JKOGetLogDensity(jko, &log_rho));
  assert_ok(VecGetArrayRead(log_rho, &u));
  for (PetscInt i = 0; i < width[0]; i++)
    if (exp(u[i]) > middle) assert_int_equal(GridGetCentre(grid, 0, start[0] + i, &mine), 0);
  assert_ok(VecRestoreArrayRead(log_rho, &u));
  (void)MPI_Allreduce(&mine, front, 1, MPIU_REAL, MPI_MAX, PETSC_COMM_WORLD);
  assert_ok(VecMax(log_rho, NULL, most));
  *most = exp(*most);
}

/* R(t) = R_0 (1 - a) e^t / (1 - a e^t), a the density ahead at time 0. */
static void a_tumour_front_moves_at_the_known_speed(void **state)
{
  const PetscInt  cells   = 400;
  const PetscReal time[2] = {0.4, 0.8};

  (void)state;
  for (int i = 0; i < 2; i++) {
    const PetscReal ahead = TUMOUR_AHEAD * exp(time[i]), exact = TUMOUR_START * (1 - TUMOUR_AHEAD) * exp(time[i]) / (1 - ahead);
    JKO             jko = TumourFlow(cells);
    PetscReal       front, most;

    FlowRun(jko, 0.005, (i + 1) * 80);
    TumourFront(jko, (1 + ahead) / 2, &front, &most);
    assert_within(front - exact, 1.5 / (PetscReal)cells);
    assert_within(most - 1, 1e-12);
    assert_ok(JKODestroy(&jko));
  }
}

static void what_does_not_fit_together_is_refused(void **state)
{
  JKO jko = GrowthFlow(4);

  (void)state;
  assert_refused(JKOSetMetric(jko, "hellinger"), "-jko_metric: 'hellinger' is not known; use wasserstein, wfr or fisher_rao");
  assert_refused(JKOSetSplitting(jko, "yanenko"), "-jko_splitting: 'yanenko' is not known");
  assert_refused(JKOSetUp(jko), "-reaction_terms is given, but nothing reacts under -jko_metric wasserstein");
  assert_ok(JKOSetMetric(jko, "fisher_rao"));
  assert_refused(JKOSetUp(jko), "-energy_terms and -reaction_terms are both given");
  assert_ok(JKOSetMetric(jko, "wfr"));
  assert_ok(JKOSetType(jko, JKOEXTRAPOLATED));
  assert_ok(JKOSetAdapt(jko, "basic"));
  assert_refused(JKOSetUp(jko), "-jko_adapt: basic knows the error of transport alone");
  assert_ok(JKOSetAdapt(jko, "none"));
  assert_ok(JKOSetTimeStep(jko, 1.1));
  assert_refused(JKOSetUp(jko), "-jko_dt: within 1.1 the reaction lets 384 cells grow without bound");
  assert_ok(JKODestroy(&jko));
  jko = TumourFlow(16);
  assert_ok(JKOSetTimeStep(jko, 0.1));
  assert_ok(JKOSetMaxSteps(jko, 3));
  assert_ok(JKOSetSplitting(jko, "strang"));
  assert_refused(JKOSetUp(jko), "-jko_splitting: strang ends with reaction, which would leave densities above the bound");
  assert_ok(JKOSetSplitting(jko, "lie"));
  assert_ok(JKOSetReaction(jko, NULL));
  assert_refused(JKOSetUp(jko), "-jko_metric: a bound such as congestion moves mass but makes none");
  assert_ok(JKODestroy(&jko));
  jko = GrowthFlow(0);
  assert_ok(JKOSetSplitting(jko, "lie"));
  assert_refused(JKOSetUp(jko), "-jko_splitting is given, but there is nothing to split");
  assert_ok(JKOSetSplitting(jko, "auto"));
  assert_ok(JKOSetType(jko, JKOREVERSIBLE));
  assert_ok(JKOSetMetric(jko, "fisher_rao"));
  assert_refused(JKOSetUp(jko), "-jko_type: reversible steps are transport");
  assert_ok(JKODestroy(&jko));
}

JKO_TESTS(JKO_TEST(a_fisher_rao_flow_of_entropy_meets_its_closed_form), JKO_TEST(a_growing_gaussian_meets_its_equations_in_both_orders),
          JKO_TEST(a_tumour_front_moves_at_the_known_speed), JKO_TEST(a_constant_rate_makes_the_mass_of_its_minimising_movements),
          JKO_TEST(what_does_not_fit_together_is_refused))
