/* The vectors of all densities, one after the other on each rank, and the sum of what they hold. */
#include <math.h>
#include <jko/private/energyimpl.h>
#include <jko/private/vecmath.h>
#include "prox.h"

/* A vector of all densities of an energy that is set up; the outcome is the same on all ranks. */
PetscErrorCode EnergyCheckVector(Energy energy, Vec v, const char what[])
{
  PetscLayout layout;
  PetscBool   same;

  PetscFunctionBegin;
  PetscCheck(energy->setup, PetscObjectComm((PetscObject)energy), PETSC_ERR_ORDER, "call EnergySetUp() first");
  PetscValidHeaderSpecific(v, VEC_CLASSID, 2);
  PetscCall(VecGetLayout(v, &layout));
  PetscCall(PetscLayoutCompare(layout, energy->state, &same));
  PetscCheck(same, PetscObjectComm((PetscObject)energy), PETSC_ERR_ARG_INCOMP, "%s is not a vector of the energy's %s", what,
             energy->species ? "species" : "grid");
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*@ EnergyGetDM - a DM whose vectors hold all densities, GridCreatePartsDM(). Borrowed. Collective; after EnergySetGrid(). @*/
PetscErrorCode EnergyGetDM(Energy energy, DM *dm)
{
  PetscFunctionBegin;
  PetscValidHeaderSpecific(energy, ENERGY_CLASSID, 1);
  PetscCheck(energy->grid, PetscObjectComm((PetscObject)energy), PETSC_ERR_ORDER, "call EnergySetGrid() first");
  if (!energy->dm) PetscCall(GridCreatePartsDM(energy->grid, EnergyDensities(energy), &energy->dm));
  *dm = energy->dm;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*@ EnergyCreateVector - a vector of all densities. The caller owns it. Collective; after EnergySetGrid(). @*/
PetscErrorCode EnergyCreateVector(Energy energy, Vec *v)
{
  DM dm;

  PetscFunctionBegin;
  PetscCall(EnergyGetDM(energy, &dm));
  PetscCall(DMCreateGlobalVector(dm, v));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode EnergyGetTotal(Energy energy, Vec u, Vec *total)
{
  const PetscScalar *x;
  PetscScalar       *s;

  PetscFunctionBegin;
  *total = energy->species ? energy->total : u;
  if (!energy->species || !energy->count) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(VecGetArrayRead(u, &x));
  PetscCall(VecGetArrayWrite(*total, &s));
  for (PetscInt first = 0; first < energy->n; first += ENERGY_CHUNK) {
    EnergyConstParts part;

    EnergyPointConst(energy, first, x, part);
    EnergyTotalChunk(energy, PetscMin(ENERGY_CHUNK, energy->n - first), part, s + first);
  }
  PetscCall(VecRestoreArrayWrite(*total, &s));
  PetscCall(VecRestoreArrayRead(u, &x));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* log sum exp of the densities of a chunk, -inf where all are; w their shares, NULL if not asked for. */
void EnergyLogSum(PetscInt species, PetscInt n, const PetscReal *const u[], PetscReal total[], EnergyArrays w)
{
  EnergyArray highest, sum = {0}, part;

  for (PetscInt i = 0; i < n; i++) highest[i] = -PETSC_MAX_REAL;
  for (PetscInt k = 0; k < species; k++)
    for (PetscInt i = 0; i < n; i++) highest[i] = u[k][i] > highest[i] ? u[k][i] : highest[i];
  for (PetscInt k = 0; k < species; k++) {
    for (PetscInt i = 0; i < n; i++) part[i] = u[k][i] - highest[i];
    EnergyExp(n, 1, part, part);
    for (PetscInt i = 0; i < n; i++) sum[i] += part[i];
    for (PetscInt i = 0; w && i < n; i++) w[k][i] = part[i];
  }
  for (PetscInt k = 0; w && k < species; k++)
    for (PetscInt i = 0; i < n; i++) w[k][i] = sum[i] > 0 ? w[k][i] / sum[i] : 0;
  VecMathLogScaled(n, sum, 0, part);
  for (PetscInt i = 0; i < n; i++) total[i] = highest[i] + part[i];
}

void EnergyTotalChunk(Energy energy, PetscInt n, EnergyConstParts u, PetscReal total[])
{
  if (energy->species)
    EnergyLogSum(energy->species, n, u, total, NULL);
  else
    for (PetscInt i = 0; i < n; i++) total[i] = u[0][i];
}
