/* Potential  F = int V rho,  F' = V:  drift  d/dt rho = div(rho grad V). */
#include <jko/private/energyimpl.h>

typedef struct {
  EnergyField V; /* length^2 / time */
} Potential;

static void EnergyAffine_Potential(EnergyTerm term, PetscInt first, PetscInt n, PetscReal offset[], PetscReal slope[])
{
  const PetscScalar *V = ((const Potential *)term->data)->V.value + first;

  (void)slope;
  for (PetscInt i = 0; i < n; i++) offset[i] += PetscRealPart(V[i]);
}

static void EnergyDensity_Potential(EnergyTerm term, PetscInt first, PetscInt n, const PetscReal u[], const PetscReal rho[], PetscReal e[])
{
  const PetscScalar *V = ((const Potential *)term->data)->V.value + first;

  (void)u;
  for (PetscInt i = 0; i < n; i++) e[i] += PetscRealPart(V[i]) * rho[i];
}

static const JKOOption PotentialOptions[] = {
    {"-", JKO_OPTION_EXPRESSION, JKO_OPTION_DEFINES, NULL, .unit = "energy/mass", .first = PETSC_TRUE, .words = "drift force confinement V",
     .setter = "EnergyPotentialSetField", .help = "V in F = int V rho, an expression in x, y, z, r"},
    {"-_file", JKO_OPTION_FILE, JKO_OPTION_FREE, NULL, .unit = "energy/mass", .setter = "EnergyPotentialSetField",
     .help = "V in F = int V rho from a file, F.h5[:dataset]"},
    ENERGY_FIELD_INTERPOLATE("-"),
    {NULL}};

static PetscErrorCode EnergySetFromOptions_Potential(EnergyTerm term, JKOOptionItems PetscOptionsObject)
{
  PetscFunctionBegin;
  PetscCall(EnergyFieldFromOptionPair(term, PetscOptionsObject, "-", &((Potential *)term->data)->V));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode EnergySetUp_Potential(EnergyTerm term)
{
  Potential *potential = (Potential *)term->data;
  char       option[256];

  PetscFunctionBegin;
  PetscCall(EnergyTermOptionInFull(term, "", option, sizeof option));
  PetscCheck(!EnergyFieldIsNumber(&potential->V), PetscObjectComm((PetscObject)term), JKO_ERR_INPUT,
             "%s is missing: give the potential as an expression, or as a file with %s_file", option, option);
  PetscCall(EnergyFieldSetUp(term, potential->V.file ? "_file" : "", "potential", -PETSC_MAX_REAL, &potential->V));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode EnergyView_Potential(EnergyTerm term, PetscViewer viewer)
{
  const Potential *potential = (const Potential *)term->data;
  char             text[512];

  PetscFunctionBegin;
  PetscCall(EnergyFieldText(&potential->V, text, sizeof text));
  PetscCall(PetscViewerASCIIPrintf(viewer, "V %s%s\n", potential->V.file ? "" : "= ", text));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* A term with a name of its own lends it to its potential. */
static PetscErrorCode EnergyEquation_Potential(EnergyTerm term, char text[], size_t length)
{
  PetscBool unnamed;

  PetscFunctionBegin;
  PetscCall(PetscStrcmp(((PetscObject)term)->name, ENERGYPOTENTIAL, &unnamed));
  PetscCall(PetscSNPrintf(text, length, "div(rho grad %s)", unnamed ? "V" : ((PetscObject)term)->name));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode EnergyDestroy_Potential(EnergyTerm term)
{
  PetscFunctionBegin;
  PetscCall(EnergyFieldDestroy(&((Potential *)term->data)->V));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*@
  EnergyPotentialSetField - V in F = int V rho, length^2 / time, a vector of the energy's grid.

  Collective. The term keeps a reference: the values are not to be changed as long as it is in use.
  Errors: a value that is not finite; at EnergySetUp(), a vector of another grid.
@*/
PetscErrorCode EnergyPotentialSetField(EnergyTerm term, Vec field)
{
  PetscFunctionBegin;
  PetscCall(EnergyFieldSetVector(term, ENERGYPOTENTIAL, "potential", field, &((Potential *)term->data)->V));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode EnergyCoarsen_Potential(EnergyTerm term, EnergyTerm coarse)
{
  PetscFunctionBegin;
  PetscCall(EnergyFieldCopy(term, &((Potential *)term->data)->V, coarse, &((Potential *)coarse->data)->V));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PETSC_INTERN PetscErrorCode EnergyCreate_Potential(EnergyTerm term)
{
  Potential *potential;

  PetscFunctionBegin;
  PetscCall(PetscNew(&potential));
  term->data                = potential;
  term->options             = PotentialOptions;
  term->words               = "drift confinement external force advection field";
  term->ops->setfromoptions = EnergySetFromOptions_Potential;
  term->ops->setup          = EnergySetUp_Potential;
  term->ops->view           = EnergyView_Potential;
  term->ops->destroy        = EnergyDestroy_Potential;
  term->ops->affine         = EnergyAffine_Potential;
  term->ops->density        = EnergyDensity_Potential;
  term->ops->coarsen        = EnergyCoarsen_Potential;
  term->ops->equation       = EnergyEquation_Potential;
  PetscFunctionReturn(PETSC_SUCCESS);
}
