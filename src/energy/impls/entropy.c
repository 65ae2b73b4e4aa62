/* Entropy  F = D int rho log rho,  F' = D (u + 1),  u = log rho:  linear diffusion  d/dt rho = D Laplace(rho)
   (Jordan, Kinderlehrer, Otto 1998). */
#include <jko/private/energyimpl.h>

typedef struct {
  PetscReal coefficient; /* D, length^2 / time */
} Entropy;

static void EnergyAffine_Entropy(EnergyTerm term, PetscInt first, PetscInt n, PetscReal offset[], PetscReal slope[])
{
  const PetscReal D = ((const Entropy *)term->data)->coefficient;

  (void)first;
  for (PetscInt i = 0; i < n; i++) {
    offset[i] += D;
    slope[i] += D;
  }
}

static void EnergyDensity_Entropy(EnergyTerm term, PetscInt first, PetscInt n, const PetscReal u[], const PetscReal rho[], PetscReal e[])
{
  const PetscReal D = ((const Entropy *)term->data)->coefficient;

  (void)first;
  for (PetscInt i = 0; i < n; i++) e[i] += rho[i] > 0 ? D * u[i] * rho[i] : rho[i]; /* 0 log 0 = 0 */
}

static PetscErrorCode EnergySetFromOptions_Entropy(EnergyTerm term, JKOOptionItems PetscOptionsObject)
{
  PetscReal D = ((const Entropy *)term->data)->coefficient;
  char      option[256];
  PetscBool set;

  PetscFunctionBegin;
  PetscCall(EnergyTermOption(term, "_coefficient", option, sizeof option));
  PetscCall(PetscOptionsReal(option, "D in F = D int rho log rho", "EnergyEntropySetCoefficient", D, &D, &set));
  if (set) PetscCall(EnergyEntropySetCoefficient(term, D));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode EnergyView_Entropy(EnergyTerm term, PetscViewer viewer)
{
  PetscFunctionBegin;
  PetscCall(PetscViewerASCIIPrintf(viewer, "coefficient %.6g\n", (double)((const Entropy *)term->data)->coefficient));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode EnergyEquation_Entropy(EnergyTerm term, char text[], size_t length)
{
  char coefficient[64];

  PetscFunctionBegin;
  PetscCall(EnergyTermCoefficientText(((const Entropy *)term->data)->coefficient, coefficient, sizeof coefficient));
  PetscCall(PetscSNPrintf(text, length, "%sLaplace(rho)", coefficient));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*@
  EnergyEntropySetCoefficient - D in F = D int rho log rho, the coefficient of diffusion, length^2 / time (default 1).

  Logically collective. Errors: a negative or infinite value.
@*/
PetscErrorCode EnergyEntropySetCoefficient(EnergyTerm term, PetscReal coefficient)
{
  PetscFunctionBegin;
  PetscCall(EnergyTermSetCoefficient(term, ENERGYENTROPY, coefficient, &((Entropy *)term->data)->coefficient));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode EnergyCoarsen_Entropy(EnergyTerm term, EnergyTerm coarse)
{
  PetscFunctionBegin;
  PetscCall(EnergyEntropySetCoefficient(coarse, ((const Entropy *)term->data)->coefficient));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PETSC_INTERN PetscErrorCode EnergyCreate_Entropy(EnergyTerm term)
{
  Entropy *entropy;

  PetscFunctionBegin;
  PetscCall(PetscNew(&entropy));
  entropy->coefficient      = 1;
  term->data                = entropy;
  term->ops->setfromoptions = EnergySetFromOptions_Entropy;
  term->ops->view           = EnergyView_Entropy;
  term->ops->affine         = EnergyAffine_Entropy;
  term->ops->density        = EnergyDensity_Entropy;
  term->ops->coarsen        = EnergyCoarsen_Entropy;
  term->ops->equation       = EnergyEquation_Entropy;
  PetscFunctionReturn(PETSC_SUCCESS);
}
