/* Entropy  F = D int rho log rho,  F' = D (u + 1),  u = log rho:  linear diffusion  d/dt rho = D Laplace(rho)
   (Jordan, Kinderlehrer, Otto 1998). Where D varies in space,  d/dt rho = div(rho grad(D (log rho + 1))). */
#include <jko/private/energyimpl.h>

typedef struct {
  EnergyField D; /* length^2 / time */
} Entropy;

static void EnergyAffine_Entropy(EnergyTerm term, PetscInt first, PetscInt n, PetscReal offset[], PetscReal slope[])
{
  EnergyArray D;

  EnergyFieldChunk(&((const Entropy *)term->data)->D, first, n, D);
  for (PetscInt i = 0; i < n; i++) {
    offset[i] += D[i];
    slope[i] += D[i];
  }
}

static void EnergyDensity_Entropy(EnergyTerm term, PetscInt first, PetscInt n, const PetscReal u[], const PetscReal rho[], PetscReal e[])
{
  EnergyArray D;

  EnergyFieldChunk(&((const Entropy *)term->data)->D, first, n, D);
  for (PetscInt i = 0; i < n; i++) e[i] += rho[i] > 0 ? D[i] * u[i] * rho[i] : rho[i]; /* 0 log 0 = 0 */
}

static const JKOOption EntropyOptions[] = {{"-_coefficient", JKO_OPTION_FIELD, JKO_OPTION_DEFINES, "1", .unit = "length^2/time",
                                            .first = PETSC_TRUE, .words = "diffusion diffusivity temperature noise D",
                                            .setter = "EnergyEntropySetCoefficient", .help = "D in F = int D rho log rho"},
                                           ENERGY_FIELD_INTERPOLATE("-_coefficient"),
                                           {NULL}};

static PetscErrorCode EnergySetFromOptions_Entropy(EnergyTerm term, JKOOptionItems PetscOptionsObject)
{
  PetscFunctionBegin;
  PetscCall(EnergyFieldFromOption(term, PetscOptionsObject, "-_coefficient", EnergyEntropySetCoefficient, &((Entropy *)term->data)->D));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode EnergySetUp_Entropy(EnergyTerm term)
{
  PetscFunctionBegin;
  PetscCall(EnergyFieldSetUp(term, "_coefficient", "coefficient", 0, &((Entropy *)term->data)->D));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode EnergyView_Entropy(EnergyTerm term, PetscViewer viewer)
{
  char text[512];

  PetscFunctionBegin;
  PetscCall(EnergyFieldText(&((const Entropy *)term->data)->D, text, sizeof text));
  PetscCall(PetscViewerASCIIPrintf(viewer, "coefficient %s\n", text));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode EnergyEquation_Entropy(EnergyTerm term, char text[], size_t length)
{
  const EnergyField *D = &((const Entropy *)term->data)->D;
  char               coefficient[64];

  PetscFunctionBegin;
  PetscCall(EnergyTermCoefficientText(D->number, coefficient, sizeof coefficient));
  if (EnergyFieldIsNumber(D))
    PetscCall(PetscSNPrintf(text, length, "%sLaplace(rho)", coefficient));
  else
    PetscCall(PetscStrncpy(text, "div(rho grad(D(x) (log rho + 1)))", length));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*@
  EnergyEntropySetCoefficient - D in F = D int rho log rho, the coefficient of diffusion, length^2 / time (default 1).

  Logically collective. Errors: a negative or infinite value.
@*/
PetscErrorCode EnergyEntropySetCoefficient(EnergyTerm term, PetscReal coefficient)
{
  PetscFunctionBegin;
  PetscCall(EnergyFieldSetNumber(term, ENERGYENTROPY, "_coefficient", coefficient, &((Entropy *)term->data)->D));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*@
  EnergyEntropySetCoefficientField - D(x) in F = int D rho log rho, a vector of the energy's grid, not negative.

  Collective. The term keeps a reference: the values are not to be changed as long as it is in use. Errors: a value that is not finite.
@*/
PetscErrorCode EnergyEntropySetCoefficientField(EnergyTerm term, Vec field)
{
  PetscFunctionBegin;
  PetscCall(EnergyFieldSetVector(term, ENERGYENTROPY, "coefficient", field, &((Entropy *)term->data)->D));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode EnergyCoarsen_Entropy(EnergyTerm term, EnergyTerm coarse)
{
  PetscFunctionBegin;
  PetscCall(EnergyFieldCopy(term, &((Entropy *)term->data)->D, coarse, &((Entropy *)coarse->data)->D));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode EnergyDestroy_Entropy(EnergyTerm term)
{
  PetscFunctionBegin;
  PetscCall(EnergyFieldDestroy(&((Entropy *)term->data)->D));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PETSC_INTERN PetscErrorCode EnergyCreate_Entropy(EnergyTerm term)
{
  Entropy *entropy;

  PetscFunctionBegin;
  PetscCall(PetscNew(&entropy));
  entropy->D.number         = 1;
  term->data                = entropy;
  term->options             = EntropyOptions;
  term->words               = "diffusion diffuse heat laplace laplacian brownian noise boltzmann fokker_planck";
  term->ops->setfromoptions = EnergySetFromOptions_Entropy;
  term->ops->setup          = EnergySetUp_Entropy;
  term->ops->view           = EnergyView_Entropy;
  term->ops->destroy        = EnergyDestroy_Entropy;
  term->ops->affine         = EnergyAffine_Entropy;
  term->ops->density        = EnergyDensity_Entropy;
  term->ops->coarsen        = EnergyCoarsen_Entropy;
  term->ops->equation       = EnergyEquation_Entropy;
  PetscFunctionReturn(PETSC_SUCCESS);
}
