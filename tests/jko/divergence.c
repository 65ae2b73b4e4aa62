/* Flows of divergences: against finite volumes on the same cells, which know nothing of transport; the decay of KL to a log-concave target,
   and no divergence from a target with two modes ever rises. */
#include "../support/flow.h"

#define CELLS 64

static const char *const Types[] = {"kl", "reverse_kl", "chi2", "hellinger", "jensen_shannon", "power -energy_divergence_alpha 1.5"};
#define TYPES 6

static PetscReal Start(const PetscReal x[3], PetscReal t, const void *context)
{
  (void)t, (void)context;
  return 1 + 0.8 * PetscCosReal(PETSC_PI * x[0]);
}

static PetscReal TargetValue(PetscReal x)
{
  return 1 + 0.5 * PetscCosReal(2 * PETSC_PI * x) - 0.3 * PetscCosReal(PETSC_PI * x);
}
#define TARGET "1+0.5*cos(2*pi*x)-0.3*cos(pi*x)"

/* F' of the type, up to a constant; the mean of the target is 1. */
static PetscReal Derivative(PetscReal x, PetscReal rho, const void *type)
{
  const PetscReal t = rho / TargetValue(x);

  switch (*(const int *)type) {
  case 0:
    return PetscLogReal(t);
  case 1:
    return -1 / t;
  case 2:
    return 2 * t;
  case 3:
    return -1 / PetscSqrtReal(t);
  case 4:
    return PetscLogReal(t / (1 + t)) / 2;
  default:
    return 2 * PetscSqrtReal(t);
  }
}

static JKO Flow(PetscInt dim, PetscInt n, PetscReal lower, PetscReal upper, FlowFunction start, const char type[], const char target[])
{
  const PetscInt sizes[3] = {n, n, n};
  Grid           grid     = FlowGrid(PETSC_COMM_WORLD, dim, sizes, lower, upper, GRID_NOFLUX);
  char           options[512];

  assert_ok(PetscSNPrintf(options, sizeof options, "-energy_terms divergence -energy_divergence_type %s -energy_divergence_target %s", type,
                          target));
  return FlowCreate(grid, FlowEnergyOf(grid, options), start, 0, NULL);
}

static PetscReal Distance(int type, const PetscReal reference[CELLS], JKOType scheme, PetscReal time, PetscInt steps)
{
  JKO       jko = Flow(1, CELLS, 0, 1, Start, Types[type], TARGET);
  PetscReal distance;

  assert_ok(JKOSetType(jko, scheme));
  FlowRun(jko, time / (PetscReal)steps, steps);
  distance = FlowDistance(jko, reference);
  assert_ok(JKODestroy(&jko));
  return distance;
}

static void flows_agree_with_finite_volumes(void **state)
{
  const PetscReal times[TYPES] = {0.02, 0.02, 0.01, 0.04, 0.1, 0.02};

  (void)state;
  for (int k = 0; k < TYPES; k++) {
    PetscReal reference[CELLS], coarse, fine, second;

    for (int i = 0; i < CELLS; i++) reference[i] = Start((const PetscReal[3]){(i + 0.5) / CELLS}, 0, NULL);
    FlowFiniteVolumes(CELLS, Derivative, &k, 60, times[k], reference);
    coarse = Distance(k, reference, JKOEULER, times[k], 10);
    fine   = Distance(k, reference, JKOEULER, times[k], 20);
    second = Distance(k, reference, JKOEXTRAPOLATED, times[k], 10);
    assert_within(PetscLog2Real(coarse / fine) - 1, 0.05);
    assert_within(second, 5e-4);
  }
}

/* KL at time 0, and the most of KL(t) e^(rate t) and of KL(t) - KL(t - tau) since. */
typedef struct {
  PetscReal rate, start, last, most, rise;
} Decay;

static PetscErrorCode Watch(JKO jko, const JKOStepInfo *info, void *context)
{
  Decay *d = (Decay *)context;

  PetscFunctionBegin;
  (void)jko;
  if (!info->step)
    *d = (Decay){.rate = d->rate, .start = info->energy, .rise = -1};
  else {
    d->most = PetscMax(d->most, info->energy * PetscExpReal(d->rate * info->time));
    d->rise = PetscMax(d->rise, info->energy - d->last);
  }
  d->last = info->energy;
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscReal Bump(const PetscReal x[3], PetscReal t, const void *context)
{
  (void)t, (void)context;
  return PetscExpReal(-(PetscSqr(x[0] - 0.3) + PetscSqr(x[1]) + PetscSqr(x[2])) / 0.4);
}

/* The target exp(-x^2) is log-concave with lambda = 2 (Bakry, Emery 1985). */
static void kl_to_a_log_concave_target_decays_at_its_rate(void **state)
{
  const JKOType types[2] = {JKOEXTRAPOLATED, JKOREVERSIBLE};

  (void)state;
  for (int k = 0; k < 2; k++) {
    JKO   jko = Flow(1, 128, -4, 4, Bump, "kl", "exp(-x^2)");
    Decay d   = {.rate = 4};

    assert_ok(JKOSetType(jko, types[k]));
    assert_ok(JKOMonitorSet(jko, Watch, &d));
    FlowRun(jko, 0.05, 30);
    assert_all(d.most <= d.start);
    assert_all(d.last > 0 && d.rise < 0);
    assert_ok(JKODestroy(&jko));
  }
}

static void no_divergence_from_two_modes_rises(void **state)
{
  (void)state;
  for (int k = 0; k < TYPES; k++)
    for (PetscInt dim = 1; dim <= 2; dim++) {
      JKO                jko = Flow(dim, 40, -2, 2, Bump, Types[k], dim > 1 ? "exp(-2*(x^2-1)^2-y^2)" : "exp(-2*(x^2-1)^2)");
      Decay              d   = {.rate = 0};
      const JKOStepInfo *info;

      assert_ok(JKOMonitorSet(jko, Watch, &d));
      FlowRun(jko, 0.05, 10);
      assert_ok(JKOGetStepInfo(jko, &info));
      assert_all(d.rise <= 1e-12 * d.start && d.last < 0.7 * d.start);
      assert_within(info->mass - 1, 1e-13);
      assert_ok(JKODestroy(&jko));
    }
}

static PetscReal Right(const PetscReal x[3], PetscReal t, const void *context)
{
  (void)t, (void)context;
  return x[0] > 0 ? 1 + x[0] : 0;
}

/* Without target on half the box kl is infinite there: no mass enters, and the other half fills evenly. */
static void mass_keeps_out_of_where_the_divergence_is_infinite(void **state)
{
  JKO                jko = Flow(1, 80, -1, 1, Right, "kl", "x>0");
  const JKOStepInfo *info;
  Vec                u;
  const PetscScalar *x;
  PetscInt           first, last, mass = 0;

  (void)state;
  FlowRun(jko, 0.05, 40);
  assert_ok(JKOGetStepInfo(jko, &info));
  assert_ok(JKOGetLogDensity(jko, &u));
  assert_ok(VecGetOwnershipRange(u, &first, &last));
  assert_ok(VecGetArrayRead(u, &x));
  for (PetscInt i = first; i < last && i < 40; i++) mass += PetscExpReal(x[i - first]) > 0;
  assert_ok(VecRestoreArrayRead(u, &x));
  assert_all(!mass);
  assert_within(info->mass - 1, 1e-13);
  assert_within(info->energy, 1e-3);
  assert_ok(JKODestroy(&jko));
}

JKO_TESTS(JKO_TEST(flows_agree_with_finite_volumes), JKO_TEST(kl_to_a_log_concave_target_decays_at_its_rate),
          JKO_TEST(no_divergence_from_two_modes_rises), JKO_TEST(mass_keeps_out_of_where_the_divergence_is_infinite))
