/* How fast an energy drives mass at most:  |grad_x F'(1, x)|,  F'(1, x) the first variation at density 1 everywhere, of non-local terms
   at the density that there is: the drift of potentials, interactions and coefficients that vary, without the diffusion that the
   density's own shape makes. */
#include <math.h>
#include <petscdmda.h>
#include <jko/private/energyimpl.h>

#define DRIFT_SEEN ((PetscReal)-4.6) /* log of the share of the highest density that counts: a hundredth */

/* F'(1, x) with a ring of ghosts, NaN where there can be no mass. */
static PetscErrorCode DriftVariation(Energy energy, Vec density, Vec *ghosted)
{
  DM           dm;
  Vec          u, f;
  PetscScalar *y;

  PetscFunctionBegin;
  PetscCall(GridGetDM(energy->grid, &dm));
  PetscCall(DMGetGlobalVector(dm, &u));
  PetscCall(DMGetGlobalVector(dm, &f));
  PetscCall(DMGetLocalVector(dm, ghosted));
  PetscCall(VecSet(u, 0));
  PetscCall(EnergyRefreshTerms(energy, ENERGY_REFRESH_ALL, density));
  PetscCall(EnergyGetTermsVariation(energy, u, f));
  PetscCall(VecGetArray(f, &y));
  for (PetscInt first = 0; first < energy->n; first += ENERGY_CHUNK) {
    const PetscInt n = PetscMin(ENERGY_CHUNK, energy->n - first);
    EnergyArray    upper;

    EnergyBoundChunk(energy, first, n, upper);
    for (PetscInt i = 0; i < n; i++) y[first + i] = upper[i] > ENERGY_EMPTY ? y[first + i] : NAN;
  }
  PetscCall(VecRestoreArray(f, &y));
  PetscCall(GridFillWalls(energy->grid, f, NAN));
  PetscCall(DMGlobalToLocal(dm, f, INSERT_VALUES, *ghosted));
  PetscCall(DMRestoreGlobalVector(dm, &f));
  PetscCall(DMRestoreGlobalVector(dm, &u));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* |grad f|^2 in cell c, whose row of ghosted values starts at f, by central differences, one-sided at a wall or where mass has no place. */
static PetscReal DriftSquared(const PetscScalar *f, const PetscInt c[3], const PetscInt from[3], const PetscInt span[3],
                              const PetscReal h[3])
{
  const PetscInt stride[3] = {1, span[0], span[0] * span[1]};
  PetscInt       at        = 0;
  PetscReal      square    = 0;

  for (PetscInt a = 0; a < 3; a++) at += stride[a] * (c[a] - from[a]);
  for (PetscInt a = 0; a < 3; a++) {
    const PetscInt down = c[a] > from[a] && !PetscIsNanReal(f[at - stride[a]]);
    const PetscInt up   = c[a] + 1 < from[a] + span[a] && !PetscIsNanReal(f[at + stride[a]]);

    if (down + up) square += PetscSqr((f[at + up * stride[a]] - f[at - down * stride[a]]) / (h[a] * (PetscReal)(down + up)));
  }
  return square;
}

/* That of the terms at one density. Collective. */
static PetscErrorCode DriftOfTerms(Energy energy, Vec u, PetscReal *drift)
{
  DM                 dm;
  Vec                ghosted;
  const PetscScalar *x, *f;
  PetscInt           c[3], start[3], width[3], from[3], span[3], cell = 0;
  PetscReal          h[3], highest, most = 0;

  PetscFunctionBegin;
  PetscCall(VecMax(u, NULL, &highest));
  PetscCall(DriftVariation(energy, u, &ghosted));
  PetscCall(GridGetDM(energy->grid, &dm));
  PetscCall(GridGetSpacing(energy->grid, h));
  PetscCall(GridGetCorners(energy->grid, start, width));
  PetscCall(DMDAGetGhostCorners(dm, &from[0], &from[1], &from[2], &span[0], &span[1], &span[2]));
  PetscCall(VecGetArrayRead(u, &x));
  PetscCall(VecGetArrayRead(ghosted, &f));
  for (c[2] = start[2]; c[2] < start[2] + width[2]; c[2]++)
    for (c[1] = start[1]; c[1] < start[1] + width[1]; c[1]++)
      for (c[0] = start[0]; c[0] < start[0] + width[0]; c[0]++)
        if (PetscRealPart(x[cell++]) >= highest + DRIFT_SEEN) most = PetscMax(most, DriftSquared(f, c, from, span, h));
  PetscCall(VecRestoreArrayRead(ghosted, &f));
  PetscCall(VecRestoreArrayRead(u, &x));
  PetscCall(DMRestoreLocalVector(dm, &ghosted));
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, &most, 1, MPIU_REAL, MPIU_MAX, PetscObjectComm((PetscObject)energy)));
  *drift = PetscSqrtReal(most);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*@
  EnergyGetDrift - the largest |grad_x F'(1, x)| where there is mass to speak of, length / time, the same on any number of ranks; with
species the largest of theirs and that of the coupling together.

  Collective. u: logarithm of the density, or of those of the species. Cells below a hundredth of the highest density do not count.
@*/
PetscErrorCode EnergyGetDrift(Energy energy, Vec u, PetscReal *drift)
{
  Vec       total;
  PetscReal most = 0;

  PetscFunctionBegin;
  PetscValidHeaderSpecific(energy, ENERGY_CLASSID, 1);
  PetscCall(EnergyCheckVector(energy, u, "u"));
  PetscCall(EnergyGetTotal(energy, u, &total));
  *drift = 0;
  if (energy->count) PetscCall(DriftOfTerms(energy, total, drift));
  for (PetscInt k = 0; k < energy->species; k++) {
    PetscReal own;
    Vec       part;

    PetscCall(GridGetPart(energy->grid, u, k, PETSC_FALSE, &part));
    PetscCall(DriftOfTerms(energy->own[k], part, &own));
    PetscCall(GridRestorePart(energy->grid, u, PETSC_FALSE, &part));
    most = PetscMax(most, own);
  }
  *drift += most;
  PetscFunctionReturn(PETSC_SUCCESS);
}
