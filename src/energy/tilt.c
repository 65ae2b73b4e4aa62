/* A linear functional <tilt, rho> that is added to the energy for a while: what a step solver freezes of another part of its objective. */
#include <jko/private/energyimpl.h>

/*
  EnergySetTilt - F(rho) + <tilt, rho> stands for F in proximal operators, first variations and densities, until it is set to NULL.

  Collective. tilt: length^2/time, finite, of all densities, in a vector of EnergyCreateVector(); borrowed, not to be changed while it is
  set.
*/
PetscErrorCode EnergySetTilt(Energy energy, Vec tilt)
{
  PetscFunctionBegin;
  if (energy->tilt) PetscCall(VecRestoreArrayRead(energy->tilt, &energy->tilt_value));
  energy->tilt       = tilt;
  energy->tilt_value = NULL;
  if (tilt) {
    PetscCall(EnergyCheckVector(energy, tilt, "tilt"));
    PetscCall(VecGetArrayRead(tilt, &energy->tilt_value));
  }
  for (PetscInt k = 0; k < energy->species; k++) energy->own[k]->tilt_value = tilt ? energy->tilt_value + k * energy->n : NULL;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Adds the tilt to the variation of a chunk of the one density that the terms are functions of. Not collective. */
void EnergyTiltChunk(Energy energy, PetscInt first, PetscInt n, PetscReal offset[])
{
  if (!energy->tilt_value || energy->species) return;
  for (PetscInt i = 0; i < n; i++) offset[i] += PetscRealPart(energy->tilt_value[first + i]);
}

/* Adds tilt times rho to the energy density of a chunk. Not collective. */
void EnergyTiltDensityChunk(Energy energy, PetscInt first, PetscInt n, const PetscReal rho[], PetscReal e[])
{
  if (!energy->tilt_value || energy->species) return;
  for (PetscInt i = 0; i < n; i++) e[i] += PetscRealPart(energy->tilt_value[first + i]) * rho[i];
}
