/* Divergence from a target pi (Csiszar 1967; Liese and Vajda, IEEE Trans. Inf. Theory 52, 2006),

     F = int c pi f(rho/pi),   F' = c f'(t),   t = rho/pi = e^w,   w = u - log pi,

   with f(1) = f'(1) = 0 but for jensen_shannon: powers of t, after Cressie and Read (J. R. Stat. Soc. B 46, 1984), and one that is none:

     kl              t log t - t + 1                            s = 1,    a = 1
     reverse_kl      t - 1 - log t                              s = 1,    a = 0
     chi2            (t - 1)^2                                  s = 2,    a = 2
     hellinger       (sqrt(t) - 1)^2                            s = 1/2,  a = 1/2
     power           (t^a - a t + a - 1)/(a (a - 1))            s = 1,    a as given
     jensen_shannon  (t log(2t/(1+t)) + log(2/(1+t)))/2         f' = log(2t/(1+t))/2

   f' = s (t^k - 1)/k,  k = a - 1,  where f is s times the power. A cell without target has 0 f(rho/0) = rho f'(inf): for a < 1 and
   jensen_shannon a finite price per mass, for a >= 1 infinite, so that no mass may be there: a bound. Where there is target but no mass,
   pi f(0) is infinite for a <= 0. */
#include <math.h>
#include <jko/private/energyimpl.h>
#include <jko/private/sumimpl.h>
#include <jko/private/vecmath.h>

typedef struct {
  const char *name;
  PetscReal   s, a; /* NAN: no power, jensen_shannon; of "power" a is the user's */
  const char *variation;
} DivergenceType;

static const DivergenceType DivergenceTypes[] = {{"kl", 1, 1, "log(rho/pi)"},
                                                 {"chi2", 2, 2, "2 rho/pi"},
                                                 {"reverse_kl", 1, 0, "-pi/rho"},
                                                 {"jensen_shannon", 1, NAN, "log(rho/(rho + pi))/2"},
                                                 {"hellinger", 0.5, 0.5, "-sqrt(pi/rho)"},
                                                 {"power", 1, 2, "(rho/pi)^(alpha - 1)/(alpha - 1)"}};
#define DIVERGENCE_TYPES 6
#define DIVERGENCE_LEAST 1e-300            /* less counts as 0 */
#define DIVERGENCE_FLOOR ((PetscReal)-1e6) /* stands for log 0 */
#define DIVERGENCE_POWER 5

typedef struct {
  /* parameters */
  int         type; /* in DivergenceTypes */
  PetscReal   a;    /* of type power */
  EnergyField c;    /* length^2 / time, as of a diffusion */
  EnergyField target;
  PetscReal   target_mass; /* 0: as it comes */
  /* set up */
  Vec                pi, log_pi; /* scaled */
  const PetscScalar *pi_value, *log_pi_value;
  PetscReal          s, k; /* f' = s (t^k - 1)/k */
} Divergence;

static PetscBool DivergenceIsPower(const Divergence *d)
{
  return (PetscBool)(d->k == d->k);
}

/* Infinite where there is mass but no target. */
static PetscBool DivergenceForbids(const Divergence *d)
{
  return (PetscBool)(d->k >= 0);
}

/* log(1 + e^w), to an absolute error of round-off. */
static void SoftPlus(PetscInt n, const PetscReal w[], PetscReal y[])
{
  EnergyArray e = {0};

  for (PetscInt i = 0; i < n; i++) e[i] = PetscAbsReal(w[i]);
  EnergyExp(n, -1, e, e);
  for (PetscInt i = 0; i < n; i++) e[i] += 1;
  VecMathLogScaled(n, e, 0, e);
  for (PetscInt i = 0; i < n; i++) y[i] = (w[i] > 0 ? w[i] : 0) + e[i];
}

static void EnergyAffine_KL(EnergyTerm term, PetscInt first, PetscInt n, PetscReal offset[], PetscReal slope[])
{
  const Divergence *d = (const Divergence *)term->data;
  EnergyArray       c;

  EnergyFieldChunk(&d->c, first, n, c);
  for (PetscInt i = 0; i < n; i++) {
    offset[i] -= c[i] * d->log_pi_value[first + i];
    slope[i] += c[i];
  }
}

static void EnergyVariation_Divergence(EnergyTerm term, PetscInt first, PetscInt n, const PetscReal u[], PetscReal f[], PetscReal df[],
                                       PetscReal d2f[])
{
  const Divergence *d = (const Divergence *)term->data;
  EnergyArray       c, e = {0};

  EnergyFieldChunk(&d->c, first, n, c);
  for (PetscInt i = 0; i < n; i++) e[i] = PetscMax(u[i], DIVERGENCE_FLOOR) - d->log_pi_value[first + i];
  EnergyExp(n, d->k, e, e);
  for (PetscInt i = 0; i < n; i++) {
    const PetscReal slope = d->s * c[i] * e[i];

    f[i] += (slope - d->s * c[i]) / d->k;
    df[i] += slope;
    d2f[i] += d->k * slope;
  }
}

static void EnergyRoot_Divergence(EnergyTerm term, PetscInt first, PetscInt n, PetscReal lambda, const PetscReal offset[],
                                  const PetscReal slope[], PetscReal u[])
{
  const Divergence *d = (const Divergence *)term->data;
  EnergyArray       l = {0}, b;

  EnergyFieldChunk(&d->c, first, n, l);
  for (PetscInt i = 0; i < n; i++) {
    b[i] = offset[i] - lambda * d->s * l[i] / d->k;
    l[i] = lambda * d->s * l[i] / slope[i];
    l[i] = l[i] > DIVERGENCE_LEAST ? l[i] : 0;
  }
  VecMathLogScaled(n, l, 0, l);
  for (PetscInt i = 0; i < n; i++) l[i] -= d->k * d->log_pi_value[first + i];
  EnergyMonomialRoot(n, d->k, l, b, slope, u);
}

static void EnergyVariation_JensenShannon(EnergyTerm term, PetscInt first, PetscInt n, const PetscReal u[], PetscReal f[], PetscReal df[],
                                          PetscReal d2f[])
{
  const Divergence *d = (const Divergence *)term->data;
  EnergyArray       c, w = {0}, y;

  EnergyFieldChunk(&d->c, first, n, c);
  for (PetscInt i = 0; i < n; i++) w[i] = d->log_pi_value[first + i] - PetscMax(u[i], DIVERGENCE_FLOOR);
  SoftPlus(n, w, y);
  for (PetscInt i = 0; i < n; i++) f[i] += c[i] * ((PetscReal)M_LN2 - y[i]) / 2;
  for (PetscInt i = 0; i < n; i++) w[i] -= y[i];
  EnergyExp(n, 1, w, w); /* pi/(rho + pi) */
  for (PetscInt i = 0; i < n; i++) {
    df[i] += c[i] * w[i] / 2;
    d2f[i] -= c[i] * w[i] * (1 - w[i]) / 2;
  }
}

/* The left side is concave in u: Newton's iterates grow towards the root from where  log(1 + 1/t)  counts as  max(0, -w). */
static void EnergyRoot_JensenShannon(EnergyTerm term, PetscInt first, PetscInt n, PetscReal lambda, const PetscReal offset[],
                                     const PetscReal slope[], PetscReal u[])
{
  const Divergence *d = (const Divergence *)term->data;
  EnergyArray       b, c;
  PetscReal         longest = 1;

  EnergyFieldChunk(&d->c, first, n, c);
  for (PetscInt i = 0; i < n; i++) {
    const PetscReal v = d->log_pi_value[first + i];

    c[i] *= lambda / 2;
    b[i] = offset[i] + c[i] * (PetscReal)M_LN2;
    u[i] = -b[i] / slope[i];
    if (u[i] < v) u[i] = (c[i] * v - b[i]) / (slope[i] + c[i]);
  }
  for (int it = 0; it < 100 && longest > 0.02; it++) {
    EnergyArray w = {0}, y;

    for (PetscInt i = 0; i < n; i++) w[i] = d->log_pi_value[first + i] - u[i];
    SoftPlus(n, w, y);
    for (PetscInt i = 0; i < n; i++) w[i] -= y[i];
    EnergyExp(n, 1, w, w);
    longest = 0;
    for (PetscInt i = 0; i < n; i++) {
      const PetscReal step = -(b[i] + slope[i] * u[i] - c[i] * y[i]) / (slope[i] + c[i] * w[i]);

      u[i] += step > 0 ? step : 0;
      longest = step > longest ? step : longest;
    }
  }
}

/* pi f(rho/pi) of a power where there is target. */
static PetscReal DivergenceOfCell(PetscReal a, PetscReal w, PetscReal rho, PetscReal pi, PetscReal power)
{
  if (a == 1) return (rho > 0 ? rho * w : 0) - rho + pi;
  if (a == 0) return rho - pi - pi * w;
  return (power - a * rho + (a - 1) * pi) / (a * (a - 1));
}

static void EnergyDensity_Divergence(EnergyTerm term, PetscInt first, PetscInt n, const PetscReal u[], const PetscReal rho[], PetscReal e[])
{
  const Divergence  *d  = (const Divergence *)term->data;
  const PetscScalar *pi = d->pi_value + first, *v = d->log_pi_value + first;
  const PetscReal    a = d->k + 1;
  EnergyArray        c, power = {0};

  EnergyFieldChunk(&d->c, first, n, c);
  for (PetscInt i = 0; i < n; i++) power[i] = pi[i] > 0 ? a * u[i] + (1 - a) * v[i] : -INFINITY;
  if (a != 0 && a != 1) EnergyExp(n, 1, power, power);
  for (PetscInt i = 0; i < n; i++) {
    const PetscReal outside = DivergenceForbids(d) ? rho[i] : -rho[i] / d->k; /* there should be none in the first case */

    e[i] += d->s * c[i] * (pi[i] > 0 ? DivergenceOfCell(a, u[i] - v[i], rho[i], pi[i], power[i]) : outside);
  }
}

static void EnergyDensity_JensenShannon(EnergyTerm term, PetscInt first, PetscInt n, const PetscReal u[], const PetscReal rho[],
                                        PetscReal e[])
{
  const Divergence  *d  = (const Divergence *)term->data;
  const PetscScalar *pi = d->pi_value + first, *v = d->log_pi_value + first;
  EnergyArray        c, w                         = {0}, up, down;

  EnergyFieldChunk(&d->c, first, n, c);
  for (PetscInt i = 0; i < n; i++) w[i] = pi[i] > 0 && rho[i] > 0 ? u[i] - v[i] : 0;
  SoftPlus(n, w, up);
  for (PetscInt i = 0; i < n; i++) w[i] = -w[i];
  SoftPlus(n, w, down);
  for (PetscInt i = 0; i < n; i++) {
    const PetscReal both = rho[i] * ((PetscReal)M_LN2 - down[i]) + pi[i] * ((PetscReal)M_LN2 - up[i]);

    e[i] += c[i] / 2 * (pi[i] > 0 && rho[i] > 0 ? both : (rho[i] + pi[i]) * (PetscReal)M_LN2);
  }
}

static void EnergyBound_Divergence(EnergyTerm term, PetscInt first, PetscInt n, PetscReal upper[])
{
  const PetscScalar *pi = ((const Divergence *)term->data)->pi_value + first;

  for (PetscInt i = 0; i < n; i++) upper[i] = pi[i] > 0 ? upper[i] : -(PetscReal)INFINITY;
}

/* Cells with mass but no target, and with target but no mass. */
static PetscErrorCode EnergyAdmit_Divergence(EnergyTerm term, Vec u)
{
  const Divergence  *d    = (const Divergence *)term->data;
  const MPI_Comm     comm = PetscObjectComm((PetscObject)term);
  const char        *name = DivergenceTypes[d->type].name;
  const PetscScalar *x;
  PetscInt           cells[2] = {0, 0};
  char               option[256];

  PetscFunctionBegin;
  PetscCall(VecGetArrayRead(u, &x));
  for (PetscInt i = 0; i < term->energy->n; i++) {
    const PetscBool mass = (PetscBool)(PetscRealPart(x[i]) > ENERGY_EMPTY), target = (PetscBool)(d->pi_value[i] > 0);

    cells[0] += mass && !target;
    cells[1] += target && !mass;
  }
  PetscCall(VecRestoreArrayRead(u, &x));
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, cells, 2, MPIU_INT, MPI_SUM, comm));
  PetscCall(EnergyTermOptionInFull(term, "_type", option, sizeof option));
  PetscCheck(!DivergenceForbids(d) || !cells[0], comm, JKO_ERR_INPUT,
             "%s: %s is infinite, as the initial density has mass in %" PetscInt_FMT
             " cells without target; give a target that is positive there, or no mass",
             option, name, cells[0]);
  PetscCheck(!(d->k <= -1) || !cells[1], comm, JKO_ERR_INPUT,
             "%s: %s is infinite, as the initial density is 0 in %" PetscInt_FMT
             " cells with target; give one that is positive there, or no target",
             option, name, cells[1]);
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode DivergenceDrop(Divergence *d)
{
  PetscFunctionBegin;
  if (d->pi_value) PetscCall(VecRestoreArrayRead(d->pi, &d->pi_value));
  if (d->log_pi_value) PetscCall(VecRestoreArrayRead(d->log_pi, &d->log_pi_value));
  d->pi_value = d->log_pi_value = NULL;
  PetscCall(VecDestroy(&d->pi));
  PetscCall(VecDestroy(&d->log_pi));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* pi, of the mass asked for, and its logarithm; `zeros` tells how many cells have no target. Where mass is forbidden the logarithm is not
   used but for being finite. Walls are no part of the flow: they have no target, and need none. */
static PetscErrorCode DivergenceScale(EnergyTerm term, PetscInt *zeros)
{
  Divergence  *d = (Divergence *)term->data;
  PetscReal    mass;
  PetscScalar *pi, *log_pi;
  const char  *wall;
  char         option[256];

  PetscFunctionBegin;
  PetscCall(DivergenceDrop(d));
  PetscCall(GridGetWalls(term->energy->grid, &wall));
  PetscCall(EnergyTermOptionInFull(term, d->target.file ? "_target_file" : "_target", option, sizeof option));
  PetscCall(GridIntegrate(term->energy->grid, d->target.field, &mass));
  PetscCheck(mass > 0 && PetscIsNormalReal(mass), PetscObjectComm((PetscObject)term), JKO_ERR_INPUT,
             "%s: the mass is %g; it must be positive", option, (double)mass);
  PetscCall(VecDuplicate(d->target.field, &d->pi));
  PetscCall(VecDuplicate(d->target.field, &d->log_pi));
  PetscCall(VecCopy(d->target.field, d->pi));
  if (d->target_mass > 0) PetscCall(VecScale(d->pi, d->target_mass / mass));
  *zeros = 0;
  PetscCall(VecGetArray(d->pi, &pi));
  PetscCall(VecGetArrayWrite(d->log_pi, &log_pi));
  for (PetscInt i = 0; i < term->energy->n; i++) {
    const PetscBool inside = (PetscBool)(wall && wall[i]);

    pi[i]     = pi[i] > DIVERGENCE_LEAST ? pi[i] : 0;
    log_pi[i] = pi[i] > 0 ? PetscLogReal(pi[i]) : DivergenceForbids(d) || inside ? 0 : -(PetscReal)INFINITY;
    *zeros += !(pi[i] > 0) && !inside;
    if (inside) pi[i] = 0;
  }
  PetscCall(VecRestoreArrayWrite(d->log_pi, &log_pi));
  PetscCall(VecRestoreArray(d->pi, &pi));
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, zeros, 1, MPIU_INT, MPI_SUM, PetscObjectComm((PetscObject)term)));
  PetscCall(VecGetArrayRead(d->pi, &d->pi_value));
  PetscCall(VecGetArrayRead(d->log_pi, &d->log_pi_value));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* kl is affine in u, the others are not. */
static PetscErrorCode EnergySetUp_Divergence(EnergyTerm term)
{
  Divergence *d = (Divergence *)term->data;
  PetscInt    zeros;
  char        option[256];

  PetscFunctionBegin;
  PetscCall(EnergyTermOptionInFull(term, "_target", option, sizeof option));
  PetscCheck(!EnergyFieldIsNumber(&d->target), PetscObjectComm((PetscObject)term), JKO_ERR_INPUT,
             "%s is missing: give the target density as an expression, or as a file with %s_file", option, option);
  PetscCall(EnergyFieldSetUp(term, d->target.file ? "_target_file" : "_target", "target", 0, &d->target));
  PetscCall(EnergyFieldSetUp(term, "_coefficient", "coefficient", 0, &d->c));
  d->s                 = DivergenceTypes[d->type].s;
  d->k                 = (d->type == DIVERGENCE_POWER ? d->a : DivergenceTypes[d->type].a) - 1;
  term->ops->affine    = NULL;
  term->ops->variation = NULL;
  term->ops->root      = NULL;
  term->ops->density   = EnergyDensity_Divergence;
  if (d->k == 0)
    term->ops->affine = EnergyAffine_KL;
  else {
    term->ops->variation = DivergenceIsPower(d) ? EnergyVariation_Divergence : EnergyVariation_JensenShannon;
    term->ops->root      = DivergenceIsPower(d) ? EnergyRoot_Divergence : EnergyRoot_JensenShannon;
  }
  if (!DivergenceIsPower(d)) term->ops->density = EnergyDensity_JensenShannon;
  term->exponent = DivergenceIsPower(d) ? d->k : 0;
  term->rate     = DivergenceIsPower(d) ? PetscAbsReal(d->k) : 1;
  PetscCall(DivergenceScale(term, &zeros));
  term->ops->bound = zeros && DivergenceForbids(d) ? EnergyBound_Divergence : NULL;
  PetscFunctionReturn(PETSC_SUCCESS);
}

static const JKOOption DivergenceOptions[] = {
    {"-_type", JKO_OPTION_WORD, JKO_OPTION_DEFINES, "kl", .setter = "EnergyDivergenceSetType",
     .help = "f in F = int c pi f(rho/pi): kl, chi2, reverse_kl, jensen_shannon, hellinger, power"},
    {"-_alpha", JKO_OPTION_REAL, JKO_OPTION_DEFINES, "2", .setter = "EnergyDivergenceSetAlpha",
     .help = "Of type power: f = (t^alpha - alpha t + alpha - 1)/(alpha (alpha - 1))"},
    {"-_target", JKO_OPTION_EXPRESSION, JKO_OPTION_DEFINES, NULL, .setter = "EnergyDivergenceSetTarget", .help = "Target density pi"},
    {"-_target_file", JKO_OPTION_FILE, JKO_OPTION_FREE, NULL, .setter = "EnergyDivergenceSetTarget",
     .help = "Target density pi from a file, F.h5[:dataset]"},
    ENERGY_FIELD_INTERPOLATE("-_target"),
    {"-_target_mass", JKO_OPTION_REAL, JKO_OPTION_DEFINES, "1", .unit = "mass", .setter = "EnergyDivergenceSetTargetMass",
     .help = "Mass that the target is scaled to; 0: as it comes"},
    {"-_coefficient", JKO_OPTION_FIELD, JKO_OPTION_DEFINES, "1", .setter = "EnergyDivergenceSetCoefficient",
     .help = "c in F = int c pi f(rho/pi)"},
    ENERGY_FIELD_INTERPOLATE("-_coefficient"),
    {NULL}};

static PetscErrorCode EnergySetFromOptions_Divergence(EnergyTerm term, JKOOptionItems PetscOptionsObject)
{
  Divergence *d = (Divergence *)term->data;
  char        type[64];
  PetscReal   value;
  PetscBool   set;

  PetscFunctionBegin;
  PetscCall(JKOOptionsText(PetscOptionsObject, term->options, "-_type", type, sizeof type, &set));
  if (set) PetscCall(EnergyDivergenceSetType(term, type));
  PetscCall(JKOOptionsReal(PetscOptionsObject, term->options, "-_alpha", &value, &set));
  if (set) PetscCall(EnergyDivergenceSetAlpha(term, value));
  PetscCall(EnergyFieldFromOptionPair(term, PetscOptionsObject, "-_target", &d->target));
  PetscCall(JKOOptionsReal(PetscOptionsObject, term->options, "-_target_mass", &value, &set));
  if (set) PetscCall(EnergyDivergenceSetTargetMass(term, value));
  PetscCall(EnergyFieldFromOption(term, PetscOptionsObject, "-_coefficient", EnergyDivergenceSetCoefficient, &d->c));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode EnergyView_Divergence(EnergyTerm term, PetscViewer viewer)
{
  const Divergence *d = (const Divergence *)term->data;
  char              c[512], target[512], alpha[64] = "";

  PetscFunctionBegin;
  PetscCall(EnergyFieldText(&d->c, c, sizeof c));
  PetscCall(EnergyFieldText(&d->target, target, sizeof target));
  if (d->type == DIVERGENCE_POWER) PetscCall(PetscSNPrintf(alpha, sizeof alpha, " alpha %.6g", (double)d->a));
  PetscCall(PetscViewerASCIIPrintf(viewer, "%s%s, coefficient %s, target pi %s%s\n", DivergenceTypes[d->type].name, alpha, c,
                                   d->target.expression ? "= " : "", target));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode EnergyEquation_Divergence(EnergyTerm term, char text[], size_t length)
{
  const Divergence *d = (const Divergence *)term->data;
  char              coefficient[64];
  const char       *variation = DivergenceTypes[d->type].variation;

  PetscFunctionBegin;
  PetscCall(EnergyTermCoefficientText(d->c.number, coefficient, sizeof coefficient));
  if (EnergyFieldIsNumber(&d->c))
    PetscCall(PetscSNPrintf(text, length, "%sdiv(rho grad(%s))", coefficient, variation));
  else
    PetscCall(PetscSNPrintf(text, length, "div(rho grad(c(x) %s))", variation));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode EnergyDestroy_Divergence(EnergyTerm term)
{
  Divergence *d = (Divergence *)term->data;

  PetscFunctionBegin;
  PetscCall(DivergenceDrop(d));
  PetscCall(EnergyFieldDestroy(&d->c));
  PetscCall(EnergyFieldDestroy(&d->target));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*@
  EnergyDivergenceSetType - kl (default), chi2, reverse_kl, jensen_shannon, hellinger or power.

  Logically collective. Errors: another name.
@*/
PetscErrorCode EnergyDivergenceSetType(EnergyTerm term, const char type[])
{
  char option[256];
  int  found = -1;

  PetscFunctionBegin;
  PetscCall(EnergyTermChange(term, ENERGYDIVERGENCE));
  for (int i = 0; i < DIVERGENCE_TYPES; i++)
    if (!strcmp(type, DivergenceTypes[i].name)) found = i;
  PetscCall(EnergyTermOptionInFull(term, "_type", option, sizeof option));
  PetscCheck(found >= 0, PetscObjectComm((PetscObject)term), JKO_ERR_INPUT,
             "%s: '%s' is not known; use kl, chi2, reverse_kl, jensen_shannon, hellinger or power", option, type);
  ((Divergence *)term->data)->type = found;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*@ EnergyDivergenceSetAlpha - the exponent of type power (default 2): 1 is kl, 0 is reverse_kl. Logically collective. @*/
PetscErrorCode EnergyDivergenceSetAlpha(EnergyTerm term, PetscReal alpha)
{
  char option[256];

  PetscFunctionBegin;
  PetscCall(EnergyTermChange(term, ENERGYDIVERGENCE));
  PetscCall(EnergyTermOptionInFull(term, "_alpha", option, sizeof option));
  PetscCheck(!PetscIsInfOrNanReal(alpha), PetscObjectComm((PetscObject)term), JKO_ERR_INPUT, "%s: %g given; an exponent is finite", option,
             (double)alpha);
  ((Divergence *)term->data)->a = alpha;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*@
  EnergyDivergenceSetTarget - pi, not negative, a vector of the energy's grid.

  Collective. The term keeps a reference: the values are not to be changed as long as it is in use. Errors: a value that is not finite.
@*/
PetscErrorCode EnergyDivergenceSetTarget(EnergyTerm term, Vec target)
{
  PetscFunctionBegin;
  PetscCall(EnergyFieldSetVector(term, ENERGYDIVERGENCE, "target", target, &((Divergence *)term->data)->target));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*@ EnergyDivergenceSetTargetMass - the mass that pi is scaled to (default 1), or 0 to take it as it comes. Logically collective. @*/
PetscErrorCode EnergyDivergenceSetTargetMass(EnergyTerm term, PetscReal mass)
{
  char option[256];

  PetscFunctionBegin;
  PetscCall(EnergyTermChange(term, ENERGYDIVERGENCE));
  PetscCall(EnergyTermOptionInFull(term, "_target_mass", option, sizeof option));
  PetscCheck(mass >= 0 && !PetscIsInfOrNanReal(mass), PetscObjectComm((PetscObject)term), JKO_ERR_INPUT,
             "%s: %g given; a mass is 0 or positive, and finite", option, (double)mass);
  ((Divergence *)term->data)->target_mass = mass;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*@ EnergyDivergenceSetCoefficient - c in F = int c pi f(rho/pi) (default 1). Logically collective. Errors: negative or infinite. @*/
PetscErrorCode EnergyDivergenceSetCoefficient(EnergyTerm term, PetscReal coefficient)
{
  PetscFunctionBegin;
  PetscCall(EnergyFieldSetNumber(term, ENERGYDIVERGENCE, "_coefficient", coefficient, &((Divergence *)term->data)->c));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode EnergyCoarsen_Divergence(EnergyTerm term, EnergyTerm coarse)
{
  const Divergence *d = (const Divergence *)term->data;
  Divergence       *c = (Divergence *)coarse->data;

  PetscFunctionBegin;
  c->type        = d->type;
  c->a           = d->a;
  c->target_mass = d->target_mass;
  PetscCall(EnergyFieldCopy(term, &d->c, coarse, &c->c));
  PetscCall(EnergyFieldCopy(term, &d->target, coarse, &c->target));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PETSC_INTERN PetscErrorCode EnergyCreate_Divergence(EnergyTerm term)
{
  Divergence *d;

  PetscFunctionBegin;
  PetscCall(PetscNew(&d));
  d->c.number = d->target_mass = 1;
  d->a                         = 2;
  d->target.is_density         = PETSC_TRUE;
  term->data                   = d;
  term->options                = DivergenceOptions;
  term->words                  = "kl relative_entropy kullback chi2 f_divergence";
  term->ops->setfromoptions    = EnergySetFromOptions_Divergence;
  term->ops->setup             = EnergySetUp_Divergence;
  term->ops->view              = EnergyView_Divergence;
  term->ops->destroy           = EnergyDestroy_Divergence;
  term->ops->density           = EnergyDensity_Divergence;
  term->ops->admit             = EnergyAdmit_Divergence;
  term->ops->coarsen           = EnergyCoarsen_Divergence;
  term->ops->equation          = EnergyEquation_Divergence;
  PetscFunctionReturn(PETSC_SUCCESS);
}
