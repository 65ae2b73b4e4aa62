/* Terms whose variation in a cell depends on the density in all others, as W * rho of an interaction does. What works cell by cell sees
   them through a stored field, F' at the density of the last refresh: affine in u, with the field as offset.

   In a step the field is that of the density of the present iterate, so that the step is implicit, or (lagged) that of rho_k. */
#include <jko/private/energyimpl.h>

/* EnergyRefreshTerms - the terms of this energy alone, at the vector of one density that they are functions of. Collective. */
PetscErrorCode EnergyRefreshTerms(Energy energy, EnergyRefreshed which, Vec u)
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

/* The terms of a species: of its own density, or of another's where a term is between two species. */
static PetscErrorCode RefreshSpecies(Energy energy, EnergyRefreshed which, PetscInt self, Vec u)
{
  const Energy own = energy->own[self];

  PetscFunctionBegin;
  for (PetscInt t = 0; t < own->count; t++) {
    const EnergyTerm term = own->term[t];
    Vec              part;

    if (!term->ops->refresh || which == (term->lagged ? ENERGY_REFRESH_IMPLICIT : ENERGY_REFRESH_LAGGED)) continue;
    PetscCall(GridGetPart(energy->grid, u, term->partner >= 0 ? term->partner : self, PETSC_FALSE, &part));
    PetscUseTypeMethod(term, refresh, part);
    PetscCall(GridRestorePart(energy->grid, u, PETSC_FALSE, &part));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode EnergyRefresh(Energy energy, EnergyRefreshed which, Vec u)
{
  Vec total = u;

  PetscFunctionBegin;
  if (energy->nonlocal) PetscCall(EnergyGetTotal(energy, u, &total));
  PetscCall(EnergyRefreshTerms(energy, which, total));
  for (PetscInt k = 0; k < energy->species; k++) PetscCall(RefreshSpecies(energy, which, k, u));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode EnergyForget(Energy energy)
{
  PetscFunctionBegin;
  for (PetscInt t = 0; t < energy->count; t++)
    if (energy->term[t]->ops->refresh && !energy->term[t]->lagged) PetscUseTypeMethod(energy->term[t], refresh, NULL);
  for (PetscInt k = 0; k < energy->species; k++) PetscCall(EnergyForget(energy->own[k]));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Adds `weight` times the stored variations of an energy's own terms. */
static void NonlocalOfTerms(Energy energy, PetscInt first, PetscInt n, PetscReal weight, PetscReal y[])
{
  EnergyArray offset = {0}, slope = {0};

  for (PetscInt t = 0; t < energy->count; t++)
    if (energy->term[t]->ops->refresh) energy->term[t]->ops->affine(energy->term[t], first, n, offset, slope);
  for (PetscInt i = 0; i < n; i++) y[i] += weight * offset[i];
}

void EnergyNonlocalChunk(Energy energy, PetscInt first, PetscInt n, PetscReal weight, const EnergyParts y)
{
  for (PetscInt k = 0; k < EnergyDensities(energy); k++) {
    NonlocalOfTerms(energy, first, n, weight, y[k]);
    if (energy->species) NonlocalOfTerms(energy->own[k], first, n, weight, y[k]);
  }
}

PetscBool EnergyIsCostly(Energy energy)
{
  PetscBool costly = PETSC_FALSE;

  for (PetscInt t = 0; t < energy->count; t++) costly = (PetscBool)(costly || (energy->term[t]->costly && !energy->term[t]->lagged));
  for (PetscInt k = 0; k < energy->species; k++) costly = (PetscBool)(costly || EnergyIsCostly(energy->own[k]));
  return costly;
}

/*@ EnergyIsLocal - whether F' in every cell is a function of the density there. Not collective; after EnergySetUp(). @*/
PetscErrorCode EnergyIsLocal(Energy energy, PetscBool *local)
{
  PetscFunctionBegin;
  PetscValidHeaderSpecific(energy, ENERGY_CLASSID, 1);
  PetscAssertPointer(local, 2);
  PetscCheck(energy->setup, PetscObjectComm((PetscObject)energy), PETSC_ERR_ORDER, "call EnergySetUp() first");
  *local = (PetscBool)!energy->nonlocal;
  for (PetscInt k = 0; k < energy->species; k++) *local = (PetscBool)(*local && !energy->own[k]->nonlocal);
  PetscFunctionReturn(PETSC_SUCCESS);
}
