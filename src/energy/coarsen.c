/* The same energy on a coarser grid, term by term. */
#include <jko/private/energyimpl.h>

/* Whether there are no terms that have to stay on their grid. */
static PetscBool CanCoarsen(Energy energy)
{
  for (PetscInt i = 0; i < energy->count; i++)
    if (!energy->term[i]->ops->coarsen) return PETSC_FALSE;
  for (PetscInt k = 0; k < energy->species; k++)
    if (!CanCoarsen(energy->own[k])) return PETSC_FALSE;
  return PETSC_TRUE;
}

/* Copies of all terms but those that mirror another species', which come with it. */
static PetscErrorCode CoarsenTerms(Energy energy, Energy coarse)
{
  PetscFunctionBegin;
  for (PetscInt i = 0; i < energy->count; i++) {
    const EnergyTerm term = energy->term[i];
    EnergyTerm       copy;

    if (term->mirror) continue;
    PetscCall(EnergyAddTerm(coarse, ((PetscObject)term)->type_name, ((PetscObject)term)->name, &copy));
    PetscUseTypeMethod(term, coarsen, copy);
    PetscCall(PetscStrncpy(copy->with, term->with, sizeof copy->with));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*@
  EnergyCoarsen - the energy on the grid that GridCoarsen() made of its own, or NULL when one of its terms cannot be coarsened.

  Collective; after EnergySetUp(). The caller owns the result.
@*/
PetscErrorCode EnergyCoarsen(Energy energy, Grid grid, Energy *coarse)
{
  const char *name[ENERGY_MAX_SPECIES];

  PetscFunctionBegin;
  PetscValidHeaderSpecific(energy, ENERGY_CLASSID, 1);
  PetscCheck(energy->setup, PetscObjectComm((PetscObject)energy), PETSC_ERR_ORDER, "call EnergySetUp() first");
  *coarse = NULL;
  if (!CanCoarsen(energy)) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(EnergyCreate(PetscObjectComm((PetscObject)energy), coarse));
  PetscCall(EnergySetGrid(*coarse, grid));
  for (PetscInt k = 0; k < energy->species; k++) name[k] = ((PetscObject)energy->own[k])->name;
  if (energy->species) PetscCall(EnergySetSpecies(*coarse, energy->species, name));
  PetscCall(CoarsenTerms(energy, *coarse));
  for (PetscInt k = 0; k < energy->species; k++) PetscCall(CoarsenTerms(energy->own[k], (*coarse)->own[k]));
  PetscCall(EnergySetUp(*coarse));
  PetscFunctionReturn(PETSC_SUCCESS);
}
