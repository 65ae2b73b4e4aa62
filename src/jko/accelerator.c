/* Which accelerator a solve gets when the user has not said: the one that a fixed model of its cost prefers, so that a run goes the same
   way again. Anderson's iterations grow as the artificial diffusivity A = eps/(4 tau) falls below that of the energy, D, the mass-weighted
   mean of rho F''(rho), roughly like sqrt(D/A); the elliptic accelerator takes three to ten at any A, each with a linear solve on top,
   which costs a tridiagonal system in 1-D and some multigrid cycles beyond. Measured on porous media with m from 1.5 to 4 and tau over a
   decade (docs/sinkhorn.md), the two cost the same near A/D = 0.06 and 0.02. Where the density is at its bound, D is infinite.
   Several species have that as well in 1-D; beyond, their coupled problem costs as much as some twenty evaluations, and Anderson's they
   get. */
#include <jko/private/jkoimpl.h>

static const PetscReal AcceleratorBreakEven[4] = {0, 0.06, 0.02, 0.02}; /* A/D by dimension */

/* Sets the type of the SNES unless it is one that this function did not choose. Collective. */
PetscErrorCode JKOPickAccelerator(JKO jko, PetscReal tau, PetscReal epsilon, Vec log_rho)
{
  SNES      snes;
  PetscReal diffusivity;
  PetscInt  dim, species;
  PetscBool mine, congested;

  PetscFunctionBegin;
  if (!jko->accelerator) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(SinkhornGetSNES(jko->sinkhorn, &snes));
  PetscCall(PetscObjectTypeCompare((PetscObject)snes, jko->accelerator, &mine));
  PetscCall(EnergyGetSpeciesCount(jko->energy, &species));
  PetscCall(GridGetDimension(jko->grid, &dim));
  if (!mine || (species > 1 && dim > 1)) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(EnergyGetDiffusivity(jko->energy, log_rho, &diffusivity));
  PetscCall(EnergyIsCongested(jko->energy, &congested));
  jko->accelerator = congested || epsilon / (4 * tau) < AcceleratorBreakEven[dim] * diffusivity ? SNESELLIPTIC : SNESWEIGHTEDANDERSON;
  PetscCall(SNESSetType(snes, jko->accelerator));
  PetscFunctionReturn(PETSC_SUCCESS);
}
