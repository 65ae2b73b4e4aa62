/* Crowds that drift: exact jams, a bound that holds to round-off at every step, few evaluations whatever the step, and what is refused.

   A block of density rho0 = 2 on [0.2, 0.7] walks to the wall x = 0 at speed 1; where it has arrived it stands at kappa = 4. Mass is
   conserved when the jam reaches to s(t) = rho0 (t - 0.2)/(kappa - rho0), until the last have arrived at t = 0.45. */
#include <math.h>
#include "../support/flow.h"

typedef struct {
  const char *kappa;      /* expression */
  PetscReal   excess;     /* the most that rho/kappa exceeds 1 by */
  PetscReal   mass;       /* the most that the mass is off by */
  PetscReal   rise;       /* the most that the energy has risen by in a step */
  PetscReal   energy;     /* of the last step */
  PetscInt    iterations; /* the most of a step */
} Watched;

static PetscReal Block(const PetscReal x[3], PetscReal t, const void *context)
{
  const PetscReal jam = PetscClipInterval(t - 0.2, 0, 0.25);

  (void)context;
  return x[0] < jam ? 4 : x[0] > 0.2 - t && x[0] < 0.7 - t ? 2 : 0;
}

static PetscReal Bump(const PetscReal x[3], PetscReal t, const void *steepness)
{
  (void)t;
  return PetscExpReal(-*(const PetscReal *)steepness * (PetscSqr(x[0] - 0.6) + PetscSqr(x[1] - 0.5) + PetscSqr(x[2] - 0.5)));
}

static PetscErrorCode Watch(JKO jko, const JKOStepInfo *info, void *context)
{
  Watched           *w = (Watched *)context;
  Grid               grid;
  Vec                u, kappa;
  const PetscScalar *x, *k;
  PetscInt           n;
  PetscReal          excess = -1;

  PetscFunctionBegin;
  PetscCall(JKOGetGrid(jko, &grid));
  PetscCall(JKOGetLogDensity(jko, &u));
  PetscCall(GridCreateVector(grid, &kappa));
  PetscCall(FieldFromExpression(grid, "kappa", w->kappa, FIELD_TIMELESS, kappa));
  PetscCall(VecGetLocalSize(u, &n));
  PetscCall(VecGetArrayRead(u, &x));
  PetscCall(VecGetArrayRead(kappa, &k));
  for (PetscInt i = 0; i < n; i++) excess = PetscMax(excess, exp(x[i]) - k[i] > 0 ? exp(x[i]) / k[i] - 1 : -1);
  PetscCall(VecRestoreArrayRead(kappa, &k));
  PetscCall(VecRestoreArrayRead(u, &x));
  PetscCall(VecDestroy(&kappa));
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, &excess, 1, MPIU_REAL, MPIU_MAX, PetscObjectComm((PetscObject)jko)));
  w->excess     = PetscMax(w->excess, excess);
  w->mass       = PetscMax(w->mass, PetscAbsReal(info->mass - 1));
  w->rise       = info->step ? PetscMax(w->rise, info->energy - w->energy) : -1;
  w->energy     = info->energy;
  w->iterations = PetscMax(w->iterations, info->iterations);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* A flow of the energy from a bump of mass 1 on [0, 1]^dim, watched. */
static void RunWatched(PetscInt dim, PetscInt n, const char *kappa, const char *terms, JKOType type, PetscReal dt, PetscInt steps,
                       Watched *w)
{
  const PetscInt  sizes[3]  = {n, n, n};
  const PetscReal steepness = 20;
  Grid            grid      = FlowGrid(PETSC_COMM_WORLD, dim, sizes, 0, 1, GRID_NOFLUX);
  char            options[512];
  JKO             jko;

  assert_ok(PetscSNPrintf(options, sizeof options, "-energy_terms congestion,potential%s -energy_congestion_max %s", terms, kappa));
  jko = FlowCreate(grid, FlowEnergyOf(grid, options), Bump, 0, &steepness);
  *w  = (Watched){.kappa = kappa, .excess = -1};
  assert_ok(JKOSetType(jko, type));
  assert_ok(JKOMonitorSet(jko, Watch, w));
  FlowRun(jko, dt, steps);
  assert_ok(JKODestroy(&jko));
}

/* L1 error of the block at t. */
static PetscReal Error(PetscInt n, PetscReal t, PetscInt steps)
{
  Grid grid = FlowGrid(PETSC_COMM_WORLD, 1, &n, 0, 1, GRID_NOFLUX);
  JKO  jko  = FlowCreate(grid, FlowEnergyOf(grid, "-energy_terms congestion,potential -energy_congestion_max 4 -energy_potential x"), Block,
                         0, NULL);
  PetscReal error;

  FlowRun(jko, t / (PetscReal)steps, steps);
  error = FlowError(jko, Block, t, NULL);
  assert_ok(JKODestroy(&jko));
  return error;
}

static void a_jam_grows_as_it_must(void **state)
{
  (void)state;
  assert_within(Error(400, 0.35, 35), 2e-2);
  assert_within(Error(800, 0.35, 140), 8e-3);
}

static void a_crowd_at_the_wall_is_as_wide_as_its_mass(void **state)
{
  (void)state;
  assert_within(Error(400, 1, 100), 1e-3);
}

static void the_bound_and_the_mass_hold_to_round_off(void **state)
{
  const struct {
    PetscInt    dim, n;
    const char *kappa, *terms;
    JKOType     type;
    PetscReal   dt;
  } c[] = {{1, 200, "4", " -energy_potential x", JKOEULER, 0.01},
           {1, 200, "4", " -energy_potential x", JKOEXTRAPOLATED, 0.02},
           {1, 200, "4", ",entropy -energy_entropy_coefficient 0.05 -energy_potential 2*x", JKOEULER, 0.01},
           {1, 200, "4", ",power -energy_power_coefficient 0.01 -energy_potential 2*x", JKOEXTRAPOLATED, 0.02},
           {2, 48, "5+3*x", " -energy_potential x+0.5*y", JKOEULER, 0.03},
           {3, 24, "20", " -energy_potential x", JKOEULER, 0.05}};
  Watched w;

  (void)state;
  for (int i = 0; i < 6; i++) {
    RunWatched(c[i].dim, c[i].n, c[i].kappa, c[i].terms, c[i].type, c[i].dt, 12, &w);
    assert_within(PetscMax(0, w.excess), 1e-12);
    assert_within(w.mass, 1e-13);
    assert_all(w.rise <= 1e-12);
  }
}

static void steps_of_any_length_take_few_evaluations(void **state)
{
  const PetscReal dt[] = {1e-3, 3e-3, 1e-2, 3e-2, 0.1, 0.3};
  Watched         w;

  (void)state;
  for (int i = 0; i < 6; i++) {
    RunWatched(1, 400, "4", " -energy_potential x", JKOEULER, dt[i], (PetscInt)PetscCeilReal(0.6 / dt[i]), &w);
    assert_all(w.iterations <= 40);
  }
}

static void impossible_starts_are_refused(void **state)
{
  const struct {
    const char *kappa, *says;
  } c[]                     = {{"0.9", "-energy_congestion_max: there is room for a mass of 0.9 in the box, not for 1."},
                               {"2", "-energy_congestion_max: the initial density is up to"},
                               {"9*(x<0.5)", "-energy_congestion_max: the initial density has mass where the maximum is 0"}};
  const PetscReal steepness = 20;
  const PetscInt  n         = 100;

  (void)state;
  for (int i = 0; i < 3; i++) {
    Grid grid = FlowGrid(PETSC_COMM_WORLD, 1, &n, 0, 1, GRID_NOFLUX);
    char options[128];
    JKO  jko;

    assert_ok(PetscSNPrintf(options, sizeof options, "-energy_terms congestion -energy_congestion_max %s", c[i].kappa));
    jko = FlowCreate(grid, FlowEnergyOf(grid, options), Bump, 0, &steepness);
    assert_ok(JKOSetTimeStep(jko, 0.01));
    assert_ok(JKOSetMaxSteps(jko, 1));
    assert_refused(JKOSetUp(jko), c[i].says);
    assert_ok(JKODestroy(&jko));
  }
}

JKO_TESTS(JKO_TEST(a_jam_grows_as_it_must), JKO_TEST(a_crowd_at_the_wall_is_as_wide_as_its_mass),
          JKO_TEST(the_bound_and_the_mass_hold_to_round_off), JKO_TEST(steps_of_any_length_take_few_evaluations),
          JKO_TEST(impossible_starts_are_refused))
