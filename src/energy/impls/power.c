/* Power  F = g/(m-1) int rho^m,  F' = g m/(m-1) e^{(m-1) u},  u = log rho:  the porous medium equation (m > 1) and fast
   diffusion (m < 1),  d/dt rho = g Laplace(rho^m)  (Otto 2001). Where g varies in space,  d/dt rho = div(rho grad F'). */
#include <jko/private/energyimpl.h>
#include <jko/private/vecmath.h>

#define POWER_LEAST 1e-300 /* a smaller coefficient counts as 0 */

typedef struct {
  EnergyField g;
  PetscReal   exponent; /* m */
} Power;

static void EnergyVariation_Power(EnergyTerm term, PetscInt first, PetscInt n, const PetscReal u[], PetscReal f[], PetscReal df[],
                                  PetscReal d2f[])
{
  const Power    *power = (const Power *)term->data;
  const PetscReal m = power->exponent, k = m - 1, over = 1 / k;
  EnergyArray     e, g;

  EnergyFieldChunk(&power->g, first, n, g);
  EnergyExp(n, k, u, e);
  for (PetscInt i = 0; i < n; i++) {
    const PetscReal slope = g[i] * m * e[i];

    f[i] += slope * over;
    df[i] += slope;
    d2f[i] += slope * k;
  }
}

static void EnergyRoot_Power(EnergyTerm term, PetscInt first, PetscInt n, PetscReal lambda, const PetscReal offset[],
                             const PetscReal slope[], PetscReal u[])
{
  const Power *power = (const Power *)term->data;
  EnergyArray  l     = {0};

  EnergyFieldChunk(&power->g, first, n, l);
  for (PetscInt i = 0; i < n; i++) {
    const PetscReal scale = lambda * power->exponent * l[i] / slope[i];

    l[i] = scale > POWER_LEAST ? scale : 0;
  }
  VecMathLogScaled(n, l, 0, l);
  EnergyMonomialRoot(n, power->exponent - 1, l, offset, slope, u);
}

static void EnergyDensity_Power(EnergyTerm term, PetscInt first, PetscInt n, const PetscReal u[], const PetscReal rho[], PetscReal e[])
{
  const Power    *power = (const Power *)term->data;
  const PetscReal m     = power->exponent;
  EnergyArray     p, g;

  (void)rho;
  EnergyFieldChunk(&power->g, first, n, g);
  EnergyExp(n, m, u, p);
  for (PetscInt i = 0; i < n; i++) e[i] += g[i] / (m - 1) * p[i];
}

static const JKOOption PowerOptions[] = {{"-_exponent", JKO_OPTION_REAL, JKO_OPTION_DEFINES, "2", .words = "porous m",
                                          .setter = "EnergyPowerSetExponent", .help = "m in F = int g/(m-1) rho^m"},
                                         {"-_coefficient", JKO_OPTION_FIELD, JKO_OPTION_DEFINES, "1", .setter = "EnergyPowerSetCoefficient",
                                          .help = "g in F = int g/(m-1) rho^m"},
                                         ENERGY_FIELD_INTERPOLATE("-_coefficient"),
                                         {NULL}};

static PetscErrorCode EnergySetFromOptions_Power(EnergyTerm term, JKOOptionItems PetscOptionsObject)
{
  PetscReal m;
  PetscBool set;

  PetscFunctionBegin;
  PetscCall(JKOOptionsReal(PetscOptionsObject, term->options, "-_exponent", &m, &set));
  if (set) PetscCall(EnergyPowerSetExponent(term, m));
  PetscCall(EnergyFieldFromOption(term, PetscOptionsObject, "-_coefficient", EnergyPowerSetCoefficient, &((Power *)term->data)->g));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode EnergySetUp_Power(EnergyTerm term)
{
  Power    *power = (Power *)term->data;
  PetscReal most  = power->g.number;

  PetscFunctionBegin;
  PetscCall(EnergyFieldSetUp(term, "_coefficient", "coefficient", 0, &power->g));
  if (!EnergyFieldIsNumber(&power->g)) PetscCall(VecMax(power->g.field, NULL, &most));
  term->exponent = power->exponent - 1;
  term->most     = PetscLogReal(most * power->exponent * PetscMax(1, 1 / term->rate));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode EnergyView_Power(EnergyTerm term, PetscViewer viewer)
{
  const Power *power = (const Power *)term->data;
  char         text[512];

  PetscFunctionBegin;
  PetscCall(EnergyFieldText(&power->g, text, sizeof text));
  PetscCall(PetscViewerASCIIPrintf(viewer, "exponent %.6g, coefficient %s\n", (double)power->exponent, text));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode EnergyEquation_Power(EnergyTerm term, char text[], size_t length)
{
  const Power *power = (const Power *)term->data;
  char         coefficient[64];

  PetscFunctionBegin;
  PetscCall(EnergyTermCoefficientText(power->g.number, coefficient, sizeof coefficient));
  if (EnergyFieldIsNumber(&power->g))
    PetscCall(PetscSNPrintf(text, length, "%sLaplace(rho^%.6g)", coefficient, (double)power->exponent));
  else
    PetscCall(PetscSNPrintf(text, length, "div(rho grad(%.6g g(x) rho^%.6g))", (double)(power->exponent / (power->exponent - 1)),
                            (double)(power->exponent - 1)));
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
  PetscCall(EnergyFieldSetNumber(term, ENERGYPOWER, "_coefficient", coefficient, &((Power *)term->data)->g));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*@
  EnergyPowerSetCoefficientField - g(x) in F = int g/(m-1) rho^m, a vector of the energy's grid, not negative.

  Collective. The term keeps a reference: the values are not to be changed as long as it is in use. Errors: a value that is not finite.
@*/
PetscErrorCode EnergyPowerSetCoefficientField(EnergyTerm term, Vec field)
{
  PetscFunctionBegin;
  PetscCall(EnergyFieldSetVector(term, ENERGYPOWER, "coefficient", field, &((Power *)term->data)->g));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode EnergyDestroy_Power(EnergyTerm term)
{
  PetscFunctionBegin;
  PetscCall(EnergyFieldDestroy(&((Power *)term->data)->g));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode EnergyCoarsen_Power(EnergyTerm term, EnergyTerm coarse)
{
  const Power *power = (const Power *)term->data;

  PetscFunctionBegin;
  PetscCall(EnergyPowerSetExponent(coarse, power->exponent));
  PetscCall(EnergyFieldCopy(term, &power->g, coarse, &((Power *)coarse->data)->g));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PETSC_INTERN PetscErrorCode EnergyCreate_Power(EnergyTerm term)
{
  Power *power;

  PetscFunctionBegin;
  PetscCall(PetscNew(&power));
  power->g.number           = 1;
  term->data                = power;
  term->options             = PowerOptions;
  term->words               = "porous porous_medium pme fast_diffusion nonlinear_diffusion renyi tsallis";
  term->ops->setfromoptions = EnergySetFromOptions_Power;
  term->ops->setup          = EnergySetUp_Power;
  term->ops->view           = EnergyView_Power;
  term->ops->destroy        = EnergyDestroy_Power;
  term->ops->variation      = EnergyVariation_Power;
  term->ops->root           = EnergyRoot_Power;
  term->ops->density        = EnergyDensity_Power;
  term->ops->coarsen        = EnergyCoarsen_Power;
  term->ops->equation       = EnergyEquation_Power;
  PetscCall(EnergyPowerSetExponent(term, 2));
  PetscFunctionReturn(PETSC_SUCCESS);
}
