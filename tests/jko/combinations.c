/* All energies in pairs, with themselves too, by every scheme in 1-D, 2-D and 3-D: a flow is refused with a reason before its first step,
   or it runs; its mass is exact, its energy falls, and one that goes on from its state half-way is the same to the last bit.

   With THOROUGH=1 each pair meets all schemes in all dimensions, without it one or two, and a quarter of the pairs several ranks. */
#include <math.h>
#include <stdlib.h>
#include "../support/flow.h"

/* Of the options an @ stands for the name of the term. */
typedef struct {
  const char *type, *options;
  PetscBool   gibbs; /* has a Gibbs state, alone or with its like: it takes reversible steps */
} Term;

static const Term Terms[] = {
    {"entropy", "-energy_@_coefficient 0.2", PETSC_TRUE},
    {"entropy", "-energy_@_coefficient 0.1+0.1*x", PETSC_FALSE},
    {"power", "-energy_@_exponent 2 -energy_@_coefficient 0.1", PETSC_FALSE},
    {"power", "-energy_@_exponent 0.7 -energy_@_coefficient 0.1*(1+x)", PETSC_FALSE},
    {"potential", "-energy_@ x+r^2", PETSC_FALSE},
    {"interaction", "-energy_@_kernel newtonian", PETSC_FALSE},
    {"interaction", "-energy_@_kernel gaussian -energy_@_length 0.3 -energy_@_coefficient -0.2 -energy_@_treatment explicit", PETSC_FALSE},
    {"interaction", "-energy_@_kernel quadratic", PETSC_FALSE},
    {"congestion", "-energy_@_max 2.5+x", PETSC_FALSE},
    {"divergence", "-energy_@_type kl -energy_@_target 1+x", PETSC_TRUE},
    {"divergence", "-energy_@_type chi2 -energy_@_target 1+x", PETSC_FALSE},
    {"divergence", "-energy_@_type reverse_kl -energy_@_target 1+x", PETSC_FALSE},
    {"divergence", "-energy_@_type jensen_shannon -energy_@_target 1+x", PETSC_FALSE},
    {"divergence", "-energy_@_type hellinger -energy_@_target 1+x", PETSC_FALSE},
    {"divergence", "-energy_@_type power -energy_@_alpha 1.5 -energy_@_target 1+x", PETSC_FALSE},
    {"internal", "-energy_@ 0-0.2*log(1-rho/4)", PETSC_FALSE},
    {"internal", "-energy_@ (0.1+0.1*x)*rho^(1+0.5*r)", PETSC_FALSE},
};
#define STEPS 2
#define TERMS ((int)(sizeof Terms / sizeof *Terms))

static const JKOType Schemes[3] = {JKOEULER, JKOEXTRAPOLATED, JKOREVERSIBLE};

static PetscReal Start(const PetscReal x[3], PetscReal t, const void *context)
{
  (void)t, (void)context;
  return 1 + 0.8 * PetscCosReal(PETSC_PI * x[0]) * PetscCosReal(PETSC_PI * x[1]) * PetscCosReal(PETSC_PI * x[2]);
}

/* The options of a term under a name. */
static void Append(const char options[], char name, char text[], size_t length)
{
  size_t used = strlen(text);

  for (text[used++] = ' '; *options && used < length - 1; options++) text[used++] = *options == '@' ? name : *options;
  text[used] = 0;
}

static JKO Flow(int first, int second, JKOType scheme, PetscInt dim, char options[], size_t length)
{
  const PetscInt cells[3] = {32, 12, 8}, n[3] = {cells[dim - 1], cells[dim - 1], cells[dim - 1]};
  Grid           grid = FlowGrid(PETSC_COMM_WORLD, dim, n, 0, 1, GRID_NOFLUX);
  JKO            jko;

  assert_ok(PetscSNPrintf(options, length, "-energy_terms a:%s,b:%s", Terms[first].type, Terms[second].type));
  Append(Terms[first].options, 'a', options, length);
  Append(Terms[second].options, 'b', options, length);
  jko = FlowCreate(grid, FlowEnergyOf(grid, options), Start, 0, NULL);
  assert_ok(JKOSetType(jko, scheme));
  assert_ok(JKOSetTimeStep(jko, 0.03));
  assert_ok(JKOSetMaxSteps(jko, STEPS));
  return jko;
}

typedef struct {
  PetscReal mass, energy, rise; /* the most that the mass is off by and that the energy has risen by, the last energy */
  PetscBool finite;
} Watched;

static PetscErrorCode Watch(JKO jko, const JKOStepInfo *info, void *context)
{
  Watched *w = (Watched *)context;

  (void)jko;
  if (!info->step) *w = (Watched){.finite = PETSC_TRUE};
  w->mass   = PetscMax(w->mass, PetscAbsReal(info->mass - 1));
  w->rise   = info->step ? PetscMax(w->rise, info->energy - w->energy) : 0;
  w->energy = info->energy;
  if (PetscIsInfOrNanReal(info->energy + info->max + info->gap) || info->min < 0) w->finite = PETSC_FALSE;
  return 0;
}

/* Goes on to the end; what it says when it does not. */
static const char *Continue(JKO jko)
{
  const char        *failure;
  JKOConvergedReason reason;

  assert_ok(JKOSolve(jko));
  assert_ok(JKOGetConvergedReason(jko, &reason));
  assert_ok(JKOGetFailure(jko, &failure));
  return reason > 0 ? NULL : failure;
}

/* Puts a flow where another one is. */
static void Copy(JKO from, JKO to)
{
  JKOState a, b;

  assert_ok(JKOGetState(from, &a));
  assert_ok(JKOGetState(to, &b));
  assert_all(a.reals == b.reals && a.vectors == b.vectors);
  for (PetscInt i = 0; i < a.reals; i++) *b.real[i] = *a.real[i];
  for (PetscInt i = 0; i < a.vectors; i++) assert_ok(VecCopy(a.vector[i], b.vector[i]));
  assert_ok(JKOResume(to, a.step));
}

/* Runs a flow that is set up, and another that goes on from its middle; what is wrong, or NULL. */
static const char *RunBoth(JKO jko, JKO other)
{
  Watched            w = {0};
  const JKOStepInfo *info;
  const char        *failure;
  Vec                u, v;

  assert_ok(JKOMonitorSet(jko, Watch, &w));
  assert_ok(JKOGetStepInfo(jko, &info));
  assert_ok(Watch(jko, info, &w));
  for (int step = 0; step < STEPS / 2; step++) assert_ok(JKOStep(jko));
  Copy(jko, other);
  failure = Continue(jko);
  if (!failure) failure = Continue(other);
  if (failure) return failure;
  assert_ok(JKOGetLogDensity(jko, &u));
  assert_ok(JKOGetLogDensity(other, &v));
  if (!w.finite) return "is not finite";
  if (w.mass > 1e-13) return "does not keep the mass";
  if (w.rise > 1e-12) return "does not lower the energy";
  return HarnessDifference(u, v) > 0 ? "does not go on bit for bit" : NULL;
}

/* Whether the pair is as it should by the scheme: 1 runs, 0 refused, -1 neither. */
static int Combine(int first, int second, JKOType scheme, PetscInt dim)
{
  char            options[1024], message[1024];
  JKO             jko = Flow(first, second, scheme, dim, options, sizeof options), other;
  const char     *wrong;
  const PetscBool reversible = (PetscBool)!strcmp(scheme, JKOREVERSIBLE);

  HarnessExpectErrors(PETSC_TRUE);
  assert_ok(PetscStrncpy(message, HarnessMessage(JKOSetUp(jko)), sizeof message));
  HarnessExpectErrors(PETSC_FALSE);
  if (message[0])
    wrong = reversible && strstr(message, "-jko_type: reversible steps are for") == message ? NULL : message;
  else {
    other = Flow(first, second, scheme, dim, options, sizeof options);
    wrong = RunBoth(jko, other);
    assert_ok(JKODestroy(&other));
  }
  if (wrong) print_error("%s, %" PetscInt_FMT "-D, %s: %s\n", scheme, dim, options, wrong);
  assert_ok(JKODestroy(&jko));
  return wrong ? -1 : !message[0];
}

static void every_pair_runs_or_is_refused(void **state)
{
  const int all  = getenv("THOROUGH") && *getenv("THOROUGH");
  int       pair = 0, bad = 0, size;

  (void)state;
  MPI_Comm_size(PETSC_COMM_WORLD, &size);
  for (int first = 0; first < TERMS; first++)
    for (int second = first; second < TERMS; second++, pair++)
      for (int scheme = 0; scheme < 3; scheme++)
        for (PetscInt dim = 1; dim <= 3; dim++) {
          const PetscBool reversible = (PetscBool)(scheme == 2), affine = (PetscBool)(Terms[first].gibbs || Terms[second].gibbs);
          int             runs;

          if (!all && (scheme < 2 ? scheme != pair % 2 : pair % 3 != 0)) continue;
          if (!all && size > 1 && (pair + size) % 4) continue;
          if (!all && (pair / 2 + scheme) % 3 + 1 != dim) continue;
          runs = Combine(first, second, Schemes[scheme], dim);
          bad += runs < 0;
          if (reversible && runs > 0 && !affine) print_error("reversible steps without a Gibbs state\n"), bad++;
        }
  assert_all(!bad);
}

JKO_TESTS(JKO_TEST(every_pair_runs_or_is_refused))
