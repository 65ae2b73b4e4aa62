/* The energy  F(rho) = sum_i F_i(rho)  of the flow  d/dt rho = div(rho grad F'(rho)),  F' the first variation
   (Jordan, Kinderlehrer, Otto 1998). Terms are types of their own, in impls/; here they are collected and set up. */
#include <jko/private/energyimpl.h>

/*@
  EnergyCreate - an energy without terms; give it a grid and terms, then EnergySetUp().

  Collective on comm. The caller owns the result.
@*/
PetscErrorCode EnergyCreate(MPI_Comm comm, Energy *energy)
{
  PetscFunctionBegin;
  PetscAssertPointer(energy, 2);
  PetscCall(EnergyInitializePackage());
  PetscCall(PetscHeaderCreate(*energy, ENERGY_CLASSID, "Energy", "Energy of the flow", "Energy", comm, EnergyDestroy, EnergyView));
  PetscCall(EnergySetOptionsPrefix(*energy, NULL, "energy_"));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*@
  EnergySetGrid - the cells the densities live on. The energy keeps a reference.

  Logically collective. Errors: an energy that is already set up on another grid.
@*/
PetscErrorCode EnergySetGrid(Energy energy, Grid grid)
{
  PetscFunctionBegin;
  PetscValidHeaderSpecific(energy, ENERGY_CLASSID, 1);
  PetscValidHeader(grid, 2);
  PetscCheck(!energy->layout || grid == energy->grid, PetscObjectComm((PetscObject)energy), PETSC_ERR_ORDER,
             "set the grid of an energy before EnergySetUp()");
  PetscCall(PetscObjectReference((PetscObject)grid));
  if (grid != energy->grid) PetscCall(DMDestroy(&energy->dm));
  PetscCall(GridDestroy(&energy->grid));
  energy->grid = grid;
  for (PetscInt k = 0; k < energy->species; k++) PetscCall(EnergySetGrid(energy->own[k], grid));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*@ EnergyGetGrid - the grid, NULL before EnergySetGrid(). Borrowed. Not collective. @*/
PetscErrorCode EnergyGetGrid(Energy energy, Grid *grid)
{
  PetscFunctionBegin;
  PetscValidHeaderSpecific(energy, ENERGY_CLASSID, 1);
  PetscAssertPointer(grid, 2);
  *grid = energy->grid;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*@
  EnergyDestroy - drops a reference; the last one frees the energy with its terms.

  Collective.
@*/
PetscErrorCode EnergyDestroy(Energy *energy)
{
  PetscFunctionBegin;
  if (!*energy) PetscFunctionReturn(PETSC_SUCCESS);
  PetscValidHeaderSpecific(*energy, ENERGY_CLASSID, 1);
  if (--((PetscObject)*energy)->refct > 0) {
    *energy = NULL;
    PetscFunctionReturn(PETSC_SUCCESS);
  }
  for (PetscInt i = 0; i < (*energy)->count; i++) PetscCall(EnergyTermDestroy(&(*energy)->term[i]));
  for (PetscInt k = 0; k < (*energy)->species; k++) PetscCall(EnergyDestroy(&(*energy)->own[k]));
  PetscCall(PetscLayoutDestroy(&(*energy)->layout));
  PetscCall(PetscLayoutDestroy(&(*energy)->state));
  PetscCall(VecDestroy(&(*energy)->total));
  PetscCall(DMDestroy(&(*energy)->dm));
  PetscCall(GridDestroy(&(*energy)->grid));
  PetscCall(PetscHeaderDestroy(energy));
  PetscFunctionReturn(PETSC_SUCCESS);
}
