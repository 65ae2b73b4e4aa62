/* Potential  F = int V rho,  F' = V:  drift  d/dt rho = div(rho grad V). */
#include <jko/field.h>
#include <jko/private/energyimpl.h>

typedef struct {
  char              *expression, *file; /* where V comes from; at most one of them */
  Vec                field;             /* V, length^2 / time */
  const PetscScalar *value;             /* its cells of this rank */
} Potential;

static void EnergyAffine_Potential(EnergyTerm term, PetscInt first, PetscInt n, PetscReal offset[], PetscReal slope[])
{
  const PetscScalar *V = ((const Potential *)term->data)->value + first;

  (void)slope;
  for (PetscInt i = 0; i < n; i++) offset[i] += PetscRealPart(V[i]);
}

static void EnergyDensity_Potential(EnergyTerm term, PetscInt first, PetscInt n, const PetscReal u[], const PetscReal rho[], PetscReal e[])
{
  const PetscScalar *V = ((const Potential *)term->data)->value + first;

  (void)u;
  for (PetscInt i = 0; i < n; i++) e[i] += PetscRealPart(V[i]) * rho[i];
}

static PetscErrorCode PotentialDropField(Potential *potential)
{
  PetscFunctionBegin;
  if (potential->value) PetscCall(VecRestoreArrayRead(potential->field, &potential->value));
  potential->value = NULL;
  PetscCall(VecDestroy(&potential->field));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Takes the text of an option, or NULL, as the one source of V. */
static PetscErrorCode PotentialSetSource(EnergyTerm term, const char expression[], const char file[])
{
  Potential *potential = (Potential *)term->data;

  PetscFunctionBegin;
  term->energy->setup = PETSC_FALSE;
  PetscCall(PotentialDropField(potential));
  PetscCall(PetscFree(potential->expression));
  PetscCall(PetscFree(potential->file));
  PetscCall(PetscStrallocpy(expression, &potential->expression));
  PetscCall(PetscStrallocpy(file, &potential->file));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode EnergySetFromOptions_Potential(EnergyTerm term, JKOOptionItems PetscOptionsObject)
{
  char      option[256], in_full[256], expression[4096], file[PETSC_MAX_PATH_LEN];
  PetscBool by_expression, by_file;

  PetscFunctionBegin;
  PetscCall(EnergyTermOption(term, "", option, sizeof option));
  PetscCall(PetscOptionsString(option, "V in F = int V rho, an expression in x, y, z, r", "EnergyPotentialSetField", "", expression,
                               sizeof expression, &by_expression));
  PetscCall(EnergyTermOption(term, "_file", option, sizeof option));
  PetscCall(PetscOptionsString(option, "V from a file, F.h5[:dataset]", "EnergyPotentialSetField", "", file, sizeof file, &by_file));
  PetscCall(EnergyTermOptionInFull(term, "", in_full, sizeof in_full));
  PetscCheck(!by_expression || !by_file, PetscObjectComm((PetscObject)term), JKO_ERR_INPUT,
             "%s and %s_file are both given; use one of them", in_full, in_full);
  PetscCheck(!by_expression || strlen(expression) < sizeof expression - 1, PetscObjectComm((PetscObject)term), JKO_ERR_INPUT,
             "%s: an expression of more than %d characters", in_full, (int)sizeof expression - 2);
  if (by_expression || by_file) PetscCall(PotentialSetSource(term, by_expression ? expression : NULL, by_file ? file : NULL));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode PotentialReadField(EnergyTerm term)
{
  Potential *potential = (Potential *)term->data;
  const Grid grid      = term->energy->grid;
  Vec        field;
  char       option[256];

  PetscFunctionBegin;
  PetscCall(EnergyTermOptionInFull(term, potential->file ? "_file" : "", option, sizeof option));
  PetscCheck(potential->expression || potential->file, PetscObjectComm((PetscObject)term), JKO_ERR_INPUT,
             "%s is missing: give the potential as an expression, or as a file with %s_file", option, option);
  PetscCall(GridCreateVector(grid, &field));
  if (potential->file)
    PetscCall(FieldFromFile(grid, option, potential->file, "potential", field));
  else
    PetscCall(FieldFromExpression(grid, option, potential->expression, 0, field));
  potential->field = field; /* only now: a field that could not be read is not there */
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode EnergySetUp_Potential(EnergyTerm term)
{
  Potential  *potential = (Potential *)term->data;
  PetscLayout layout;
  PetscBool   same;

  PetscFunctionBegin;
  if (!potential->field) PetscCall(PotentialReadField(term));
  PetscCall(VecGetLayout(potential->field, &layout));
  PetscCall(PetscLayoutCompare(layout, term->energy->layout, &same));
  PetscCheck(same, PetscObjectComm((PetscObject)term), PETSC_ERR_ARG_INCOMP,
             "the field of the potential '%s' is not a vector of the energy's grid", ((PetscObject)term)->name);
  if (!potential->value) PetscCall(VecGetArrayRead(potential->field, &potential->value));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode EnergyView_Potential(EnergyTerm term, PetscViewer viewer)
{
  const Potential *potential = (const Potential *)term->data;
  const char      *source    = potential->expression ? potential->expression : potential->file;

  PetscFunctionBegin;
  PetscCall(PetscViewerASCIIPrintf(viewer, "V %s%s\n", potential->file ? "from " : "= ", source ? source : "a given field"));
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
  Potential *potential = (Potential *)term->data;

  PetscFunctionBegin;
  PetscCall(PotentialDropField(potential));
  PetscCall(PetscFree(potential->expression));
  PetscCall(PetscFree(potential->file));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*@
  EnergyPotentialSetField - V in F = int V rho, length^2 / time, a vector of the energy's grid.

  Collective. The term keeps a reference: the values are not to be changed as long as it is in use.
  Errors: a value that is not finite; at EnergySetUp(), a vector of another grid.
@*/
PetscErrorCode EnergyPotentialSetField(EnergyTerm term, Vec field)
{
  PetscScalar sum;

  PetscFunctionBegin;
  PetscValidHeaderSpecific(field, VEC_CLASSID, 2);
  PetscCall(EnergyTermChange(term, ENERGYPOTENTIAL));
  PetscCall(VecSum(field, &sum));
  PetscCheck(!PetscIsInfOrNanScalar(sum), PetscObjectComm((PetscObject)term), JKO_ERR_INPUT,
             "the field of the potential '%s' has values that are not finite", ((PetscObject)term)->name);
  PetscCall(PetscObjectReference((PetscObject)field));
  PetscCall(PotentialSetSource(term, NULL, NULL));
  ((Potential *)term->data)->field = field;
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode EnergyCoarsen_Potential(EnergyTerm term, EnergyTerm coarse)
{
  Potential *potential = (Potential *)term->data;
  Vec        field;

  PetscFunctionBegin;
  PetscCall(GridCreateVector(coarse->energy->grid, &field));
  PetscCall(GridRestrict(term->energy->grid, potential->field, coarse->energy->grid, field));
  PetscCall(EnergyPotentialSetField(coarse, field));
  PetscCall(VecDestroy(&field));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PETSC_INTERN PetscErrorCode EnergyCreate_Potential(EnergyTerm term)
{
  Potential *potential;

  PetscFunctionBegin;
  PetscCall(PetscNew(&potential));
  term->data                = potential;
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
