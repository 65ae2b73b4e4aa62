/* Power  F = g/(m-1) int rho^m,  F' = g m/(m-1) e^{(m-1) u},  u = log rho:  the porous medium equation (m > 1) and fast
   diffusion (m < 1),  d/dt rho = g Laplace(rho^m)  (Otto 2001).

   With k = m - 1 the root of  b + a u + lambda F' = 0  is u = (L - l)/k, where  l = log(lambda g m/a)  and  L + e^L = l - k b/a:
   e^L is Wright's omega. It is taken from the approximation of Iacono and Boyd (Adv. Comput. Math. 43, 2017, eq. 12) for
   W(e^z) and one step of Halley. */
#include <jko/private/energyimpl.h>
#include <jko/private/vecmath.h>

#define POWER_LEAST 1e-300 /* a smaller coefficient counts as 0 */

typedef struct {
  PetscReal coefficient; /* g */
  PetscReal exponent;    /* m */
} Power;

static void EnergyVariation_Power(EnergyTerm term, PetscInt first, PetscInt n, const PetscReal u[], PetscReal f[], PetscReal df[],
                                  PetscReal d2f[])
{
  const Power    *power = (const Power *)term->data;
  const PetscReal k = power->exponent - 1, scale = power->coefficient * power->exponent;
  EnergyArray     e;

  (void)first;
  EnergyExp(n, k, u, e);
  for (PetscInt i = 0; i < n; i++) {
    f[i] += scale / k * e[i];
    df[i] += scale * e[i];
    d2f[i] += scale * k * e[i];
  }
}

/* In: z > -20, out: L with  L + e^L = z,  to 1e-6. */
static void LogWrightOmega(PetscInt n, PetscReal z[])
{
  EnergyArray e, s, t, L;

  for (PetscInt i = 0; i < n; i++) e[i] = PetscAbsReal(z[i]);
  EnergyExp(n, -1, e, e);
  for (PetscInt i = 0; i < n; i++) s[i] = 1 + e[i];
  VecMathLogScaled(n, s, 0, s);
  for (PetscInt i = 0; i < n; i++) {
    s[i] += z[i] > 0 ? z[i] : 0; /* log(1 + e^z) */
    t[i] = 1 + s[i];
  }
  VecMathLogScaled(n, t, 0, t);
  for (PetscInt i = 0; i < n; i++) t[i] = s[i] * (1 - t[i] / (2 + s[i]));
  VecMathLogScaled(n, t, 0, L);
  for (PetscInt i = 0; i < n; i++) {
    const PetscReal w = t[i], newton = (z[i] - w - L[i]) / (1 + w);

    z[i] = L[i] + newton / (1 + newton * w / (2 * (1 + w)));
  }
}

static void EnergyRoot_Power(EnergyTerm term, PetscInt first, PetscInt n, PetscReal lambda, const PetscReal offset[],
                             const PetscReal slope[], PetscReal u[])
{
  const Power    *power = (const Power *)term->data;
  const PetscReal k = power->exponent - 1, scale = lambda * power->coefficient * power->exponent;
  EnergyArray     l = {0}, z, L;

  (void)first;
  for (PetscInt i = 0; i < n; i++) {
    u[i] = -offset[i] / slope[i]; /* without the term */
    l[i] = scale / slope[i] > POWER_LEAST ? scale / slope[i] : 0;
  }
  VecMathLogScaled(n, l, 0, l);
  for (PetscInt i = 0; i < n; i++) {
    z[i] = l[i] + k * u[i];
    L[i] = z[i] > -20 ? z[i] : -20;
  }
  LogWrightOmega(n, L);
  for (PetscInt i = 0; i < n; i++) u[i] = z[i] > -15 ? (L[i] - l[i]) / k : u[i];
}

static void EnergyDensity_Power(EnergyTerm term, PetscInt first, PetscInt n, const PetscReal u[], const PetscReal rho[], PetscReal e[])
{
  const Power    *power = (const Power *)term->data;
  const PetscReal m = power->exponent, scale = power->coefficient / (m - 1);
  EnergyArray     p;

  (void)first, (void)rho;
  EnergyExp(n, m, u, p);
  for (PetscInt i = 0; i < n; i++) e[i] += scale * p[i];
}

static PetscErrorCode EnergySetFromOptions_Power(EnergyTerm term, JKOOptionItems PetscOptionsObject)
{
  PetscReal g = ((const Power *)term->data)->coefficient, m = ((const Power *)term->data)->exponent;
  char      option[256];
  PetscBool set;

  PetscFunctionBegin;
  PetscCall(EnergyTermOption(term, "_exponent", option, sizeof option));
  PetscCall(PetscOptionsReal(option, "m in F = g/(m-1) int rho^m", "EnergyPowerSetExponent", m, &m, &set));
  if (set) PetscCall(EnergyPowerSetExponent(term, m));
  PetscCall(EnergyTermOption(term, "_coefficient", option, sizeof option));
  PetscCall(PetscOptionsReal(option, "g in F = g/(m-1) int rho^m", "EnergyPowerSetCoefficient", g, &g, &set));
  if (set) PetscCall(EnergyPowerSetCoefficient(term, g));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode EnergyView_Power(EnergyTerm term, PetscViewer viewer)
{
  const Power *power = (const Power *)term->data;

  PetscFunctionBegin;
  PetscCall(PetscViewerASCIIPrintf(viewer, "exponent %.6g, coefficient %.6g\n", (double)power->exponent, (double)power->coefficient));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode EnergyEquation_Power(EnergyTerm term, char text[], size_t length)
{
  const Power *power = (const Power *)term->data;
  char         coefficient[64];

  PetscFunctionBegin;
  PetscCall(EnergyTermCoefficientText(power->coefficient, coefficient, sizeof coefficient));
  PetscCall(PetscSNPrintf(text, length, "%sLaplace(rho^%.6g)", coefficient, (double)power->exponent));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*@
  EnergyPowerSetExponent - m in F = g/(m-1) int rho^m (default 2).

  Logically collective. Errors: a value that is not positive, and 1, which is the entropy.
@*/
PetscErrorCode EnergyPowerSetExponent(EnergyTerm term, PetscReal exponent)
{
  char option[256];

  PetscFunctionBegin;
  PetscCall(EnergyTermChange(term, ENERGYPOWER));
  PetscCall(EnergyTermOptionInFull(term, "_exponent", option, sizeof option));
  PetscCheck(exponent > 0 && !PetscIsInfOrNanReal(exponent), PetscObjectComm((PetscObject)term), JKO_ERR_INPUT,
             "%s: %.6g given; an exponent is positive and finite", option, (double)exponent);
  PetscCheck(exponent != 1, PetscObjectComm((PetscObject)term), JKO_ERR_INPUT, "%s: 1 given; for linear diffusion use a term of type %s",
             option, ENERGYENTROPY);
  ((Power *)term->data)->exponent = exponent;
  term->rate                      = PetscAbsReal(exponent - 1);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*@
  EnergyPowerSetCoefficient - g in F = g/(m-1) int rho^m (default 1).

  Logically collective. Errors: a negative or infinite value.
@*/
PetscErrorCode EnergyPowerSetCoefficient(EnergyTerm term, PetscReal coefficient)
{
  PetscFunctionBegin;
  PetscCall(EnergyTermSetCoefficient(term, ENERGYPOWER, coefficient, &((Power *)term->data)->coefficient));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode EnergyCoarsen_Power(EnergyTerm term, EnergyTerm coarse)
{
  const Power *power = (const Power *)term->data;

  PetscFunctionBegin;
  PetscCall(EnergyPowerSetExponent(coarse, power->exponent));
  PetscCall(EnergyPowerSetCoefficient(coarse, power->coefficient));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PETSC_INTERN PetscErrorCode EnergyCreate_Power(EnergyTerm term)
{
  Power *power;

  PetscFunctionBegin;
  PetscCall(PetscNew(&power));
  power->coefficient        = 1;
  term->data                = power;
  term->ops->setfromoptions = EnergySetFromOptions_Power;
  term->ops->view           = EnergyView_Power;
  term->ops->variation      = EnergyVariation_Power;
  term->ops->root           = EnergyRoot_Power;
  term->ops->density        = EnergyDensity_Power;
  term->ops->coarsen        = EnergyCoarsen_Power;
  term->ops->equation       = EnergyEquation_Power;
  PetscCall(EnergyPowerSetExponent(term, 2));
  PetscFunctionReturn(PETSC_SUCCESS);
}
