/* Terms whose variation in a cell depends on the density in all others, as W * rho of an interaction does. What works cell by cell sees
   them through a stored field, F' at the density of the last refresh: affine in u, with the field as offset.

   In a step the field is that of the density of the present iterate, so that the step is implicit, or (lagged) that of rho_k. */
#include <jko/private/energyimpl.h>

PetscErrorCode EnergyRefresh(Energy energy, EnergyRefreshed which, Vec u)
{
  const PetscInt lagged = energy->lagged, implicit = energy->nonlocal - lagged;

  PetscFunctionBegin;
  if ((which != ENERGY_REFRESH_IMPLICIT ? lagged : 0) + (which != ENERGY_REFRESH_LAGGED ? implicit : 0) == 0)
    PetscFunctionReturn(PETSC_SUCCESS);
  for (PetscInt t = 0; t < energy->count; t++) {
    const EnergyTerm term = energy->term[t];

    if (!term->ops->refresh || which == (term->lagged ? ENERGY_REFRESH_IMPLICIT : ENERGY_REFRESH_LAGGED)) continue;
    PetscUseTypeMethod(term, refresh, u);
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*@ EnergyIsLocal - whether F' in every cell is a function of the density there. Not collective; after EnergySetUp(). @*/
PetscErrorCode EnergyIsLocal(Energy energy, PetscBool *local)
{
  PetscFunctionBegin;
  PetscValidHeaderSpecific(energy, ENERGY_CLASSID, 1);
  PetscValidBoolPointer(local, 2);
  PetscCheck(energy->setup, PetscObjectComm((PetscObject)energy), PETSC_ERR_ORDER, "call EnergySetUp() first");
  *local = (PetscBool)!energy->nonlocal;
  PetscFunctionReturn(PETSC_SUCCESS);
}
