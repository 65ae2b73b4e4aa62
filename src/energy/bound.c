/* Energies that are infinite somewhere: upper bounds of the density, cell by cell, and what a flow cannot start from. */
#include <math.h>
#include <jko/private/energyimpl.h>

void EnergyBoundChunk(Energy energy, PetscInt first, PetscInt n, PetscReal upper[])
{
  for (PetscInt i = 0; i < n; i++) upper[i] = (PetscReal)INFINITY;
  for (PetscInt t = 0; t < energy->count; t++)
    if (energy->term[t]->ops->bound) energy->term[t]->ops->bound(energy->term[t], first, n, upper);
  for (PetscInt i = 0; i < n; i++) upper[i] = upper[i] > ENERGY_EMPTY ? upper[i] : ENERGY_EMPTY;
}

void EnergyCutChunk(Energy energy, PetscInt first, PetscInt n, EnergyParts u)
{
  EnergyConstParts part;
  EnergyArray      upper, total;

  for (PetscInt k = 0; k < energy->species; k++) {
    EnergyBoundChunk(energy->own[k], first, n, upper);
    for (PetscInt i = 0; i < n; i++) u[k][i] = PetscMin(u[k][i], upper[i]);
  }
  if (!energy->bounds) return;
  for (PetscInt k = 0; k < EnergyDensities(energy); k++) part[k] = u[k];
  EnergyTotalChunk(energy, n, part, total);
  EnergyBoundChunk(energy, first, n, upper);
  for (PetscInt k = 0; k < EnergyDensities(energy); k++)
    for (PetscInt i = 0; i < n; i++)
      if (total[i] > upper[i]) u[k][i] = energy->species ? u[k][i] - (total[i] - upper[i]) : upper[i];
}

/*@
  EnergyIsBounded - whether the energy bounds the density, of species one or their sum: it is infinite where that is exceeded.

  Not collective; after EnergySetUp().
@*/
PetscErrorCode EnergyIsBounded(Energy energy, PetscBool *bounded)
{
  PetscFunctionBegin;
  PetscValidHeaderSpecific(energy, ENERGY_CLASSID, 1);
  PetscAssertPointer(bounded, 2);
  *bounded = (PetscBool)(energy->bounds > 0);
  for (PetscInt k = 0; k < energy->species; k++) *bounded = (PetscBool)(*bounded || energy->own[k]->bounds > 0);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*@
  EnergyIsCongested - whether a term does nothing but bound the density, as congestion does: the energy need not have any diffusivity then,
  and at the bound it is infinite.

  Not collective; after EnergySetUp().
@*/
PetscErrorCode EnergyIsCongested(Energy energy, PetscBool *congested)
{
  PetscFunctionBegin;
  PetscValidHeaderSpecific(energy, ENERGY_CLASSID, 1);
  PetscAssertPointer(congested, 2);
  *congested = PETSC_FALSE;
  for (PetscInt t = 0; t < energy->count; t++) {
    const struct _EnergyTermOps *ops = energy->term[t]->ops;

    if (ops->bound && !ops->affine && !ops->variation) *congested = PETSC_TRUE;
  }
  for (PetscInt k = 0; k < energy->species && !*congested; k++) PetscCall(EnergyIsCongested(energy->own[k], congested));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*@
  EnergyAdmit - refuses a density at which the energy is infinite: no flow can start there.

  Collective; after EnergySetUp(). u: logarithm of the density, or of those of the species. Errors (JKO_ERR_INPUT): one line that names the
  term's option and what it forbids.
@*/
PetscErrorCode EnergyAdmit(Energy energy, Vec u)
{
  Vec total;

  PetscFunctionBegin;
  PetscValidHeaderSpecific(energy, ENERGY_CLASSID, 1);
  PetscCall(EnergyCheckVector(energy, u, "u"));
  PetscCall(EnergyGetTotal(energy, u, &total));
  for (PetscInt t = 0; t < energy->count; t++) PetscTryTypeMethod(energy->term[t], admit, total);
  for (PetscInt k = 0; k < energy->species; k++) {
    Vec part;

    PetscCall(GridGetPart(energy->grid, u, k, PETSC_FALSE, &part));
    PetscCall(EnergyAdmit(energy->own[k], part));
    PetscCall(GridRestorePart(energy->grid, u, PETSC_FALSE, &part));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}
