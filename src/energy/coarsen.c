/* The same energy on a coarser grid, term by term. */
#include <jko/private/energyimpl.h>

/*@
  EnergyCoarsen - the energy on the grid that GridCoarsen() made of its own, or NULL when one of its terms cannot be coarsened.

  Collective; after EnergySetUp(). The caller owns the result.
@*/
PetscErrorCode EnergyCoarsen(Energy energy, Grid grid, Energy *coarse)
{
  PetscFunctionBegin;
  PetscValidHeaderSpecific(energy, ENERGY_CLASSID, 1);
  PetscCheck(energy->setup, PetscObjectComm((PetscObject)energy), PETSC_ERR_ORDER, "call EnergySetUp() first");
  *coarse = NULL;
  for (PetscInt i = 0; i < energy->count; i++)
    if (!energy->term[i]->ops->coarsen) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(EnergyCreate(PetscObjectComm((PetscObject)energy), coarse));
  PetscCall(EnergySetGrid(*coarse, grid));
  for (PetscInt i = 0; i < energy->count; i++) {
    const EnergyTerm term = energy->term[i];
    EnergyTerm       copy;

    PetscCall(EnergyAddTerm(*coarse, ((PetscObject)term)->type_name, ((PetscObject)term)->name, &copy));
    PetscUseTypeMethod(term, coarsen, copy);
  }
  PetscCall(EnergySetUp(*coarse));
  PetscFunctionReturn(PETSC_SUCCESS);
}
