/* A potential phi whose particles move by -grad phi, carried along by its own motion for a time s,

     phi + (s/2) |grad phi|^2 + O(s^2)      (Hopf, Lax: the Hamilton-Jacobi equation of straight paths),

   from central differences, which leave out neighbours that are not known. */
#include <math.h>
#include <jko/private/energyimpl.h>
#include <jko/private/jkoimpl.h>
#include <jko/private/stencilimpl.h>

#define CARRY_STEEP  4.0  /* |grad phi|^2 at most, over its largest value where there is mass */
#define CARRY_MASS   6.9  /* e-folds under the largest density: there is mass */
#define CARRY_SMOOTH 0.05 /* least change across a cell, over the largest where there is mass */

/* d phi/dx along an axis at the centre of a cell. */
static PetscReal CarrySlope(const Stencil *s, const PetscInt where[3], const PetscReal *at, int axis)
{
  const PetscInt  step = s->stride[axis];
  const PetscBool down = (PetscBool)(StencilHas(s, where, axis, -1) && isfinite(at[-step]));
  const PetscBool up   = (PetscBool)(StencilHas(s, where, axis, 1) && isfinite(at[step]));

  if (!isfinite(at[0])) return 0;
  return ((up ? at[step] : at[0]) - (down ? at[-step] : at[0])) / (2 * s->h[axis]);
}

/* |grad phi|^2 and |h grad phi| of one density's phi, and the largest of each where there is mass. Not collective but for the ghosts. */
static PetscErrorCode CarrySlopes(JKO jko, Vec phi, Vec log_q, PetscReal top, Vec square, Vec width, PetscReal most[2])
{
  const PetscScalar *l;
  PetscScalar       *v, *s;
  PetscInt           n, where[3];
  Stencil            stencil;

  PetscFunctionBegin;
  PetscCall(StencilBegin(jko->grid, phi, &stencil));
  PetscCall(VecGetLocalSize(phi, &n));
  PetscCall(VecGetArrayRead(log_q, &l));
  PetscCall(VecGetArrayWrite(square, &v));
  PetscCall(VecGetArrayWrite(width, &s));
  for (PetscInt i = 0; i < n; i++) {
    const PetscReal *at = StencilAt(&stencil, i, where);

    v[i] = s[i] = 0;
    for (int a = 0; a < 3; a++) {
      const PetscReal slope = CarrySlope(&stencil, where, at, a);

      v[i] += PetscSqr(slope);
      s[i] += PetscSqr(slope * stencil.h[a]);
    }
    s[i] = PetscSqrtReal(s[i]);
    if (l[i] > top - CARRY_MASS) {
      most[0] = PetscMax(most[0], v[i]);
      most[1] = PetscMax(most[1], s[i]);
    }
  }
  PetscCall(VecRestoreArrayWrite(width, &s));
  PetscCall(VecRestoreArrayWrite(square, &v));
  PetscCall(VecRestoreArrayRead(log_q, &l));
  PetscCall(StencilEnd(&stencil));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*
  JKOSlopes - |grad phi|^2, and by how much phi varies across a cell, |h grad phi|, both within bounds of what they are where log_q has
  mass.

  Collective. Beyond 1-D the width is half of that: a cell is crossed by a front along its diagonal as well.
*/
PetscErrorCode JKOSlopes(JKO jko, Vec phi, Vec log_q, Vec square, Vec width)
{
  PetscScalar *v, *s;
  PetscInt     n, dim, parts;
  PetscReal    top, most[2] = {0, 0};

  PetscFunctionBegin;
  PetscCall(GridGetDimension(jko->grid, &dim));
  PetscCall(EnergyGetSpeciesCount(jko->energy, &parts));
  PetscCall(VecMax(log_q, NULL, &top));
  for (PetscInt k = 0; k < parts; k++) {
    const Vec whole[4] = {phi, log_q, square, width};
    Vec       part[4];

    for (int i = 0; i < 4; i++) PetscCall(GridGetPart(jko->grid, whole[i], k, (PetscBool)(i > 1), &part[i]));
    PetscCall(CarrySlopes(jko, part[0], part[1], top, part[2], part[3], most));
    for (int i = 3; i >= 0; i--) PetscCall(GridRestorePart(jko->grid, whole[i], (PetscBool)(i > 1), &part[i]));
  }
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, most, 2, MPIU_REAL, MPI_MAX, PetscObjectComm((PetscObject)jko)));
  PetscCall(VecGetLocalSize(phi, &n));
  PetscCall(VecGetArray(square, &v));
  PetscCall(VecGetArray(width, &s));
  for (PetscInt i = 0; i < n; i++) {
    v[i] = PetscMin(v[i], CARRY_STEEP * most[0]);
    s[i] = PetscClipInterval(s[i], CARRY_SMOOTH * most[1], most[1]) / (dim > 1 ? 2 : 1);
  }
  PetscCall(VecRestoreArray(width, &s));
  PetscCall(VecRestoreArray(square, &v));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* JKOCarry - phi carried along for a time `length`; 0 where phi is not known. Collective. */
PetscErrorCode JKOCarry(JKO jko, Vec phi, Vec log_q, PetscReal length, Vec carried)
{
  const PetscScalar *p;
  PetscScalar       *c;
  PetscInt           n;
  Vec                width;

  PetscFunctionBegin;
  PetscCall(DMGetGlobalVector(jko->dm, &width));
  PetscCall(JKOSlopes(jko, phi, log_q, carried, width));
  PetscCall(DMRestoreGlobalVector(jko->dm, &width));
  PetscCall(VecGetLocalSize(phi, &n));
  PetscCall(VecGetArrayRead(phi, &p));
  PetscCall(VecGetArray(carried, &c));
  for (PetscInt i = 0; i < n; i++) c[i] = isfinite(p[i]) ? p[i] + length / 2 * c[i] : 0;
  PetscCall(VecRestoreArray(carried, &c));
  PetscCall(VecRestoreArrayRead(phi, &p));
  PetscFunctionReturn(PETSC_SUCCESS);
}
