/* One grid of the elliptic problem

     reaction w - Q^-1 div(c (eps/2) Q D grad w) = r

   in cells, symmetric in the variables x = S w, S = sqrt(Q), whose plain norm weighs by mass:

     (A x)_i = diagonal_i x_i - sum_j flow_ij x_j,    diagonal_i = reaction_i + sum_j flow_ij S_j / S_i

   over the neighbours j of i. A coarse cell joins up to two fine cells per axis, those with narrow cells first. With cell-wise constant
   interpolation of w the Galerkin operator adds masses, reactions and flows of the fine cells; the flows are halved, since the distance
   between centres has doubled (Wesseling, An Introduction to Multigrid Methods, 1992, section 5.4). Powers of Q between e^-600
   and the mean occur; every coefficient is relative to the cells at hand, so that they do no harm. */
#include <petscdmda.h>
#include "elliptic.h"

#define LEVEL_ISOTROPY 1.5 /* axes with cells up to this much wider than the narrowest are coarsened with it */

/* Places of an axis in arrays with ghosts; a missing axis has one cell. */
static PetscErrorCode LevelSetPlaces(EllipticLevel *l)
{
  PetscInt ghost[3], span[3];

  PetscFunctionBegin;
  PetscCall(DMDAGetInfo(l->dm, &l->dim, &l->n[0], &l->n[1], &l->n[2], NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL));
  PetscCall(DMDAGetCorners(l->dm, &l->start[0], &l->start[1], &l->start[2], &l->width[0], &l->width[1], &l->width[2]));
  PetscCall(DMDAGetGhostCorners(l->dm, &ghost[0], &ghost[1], &ghost[2], &span[0], &span[1], &span[2]));
  l->stride[0] = 1;
  l->stride[1] = span[0];
  l->stride[2] = span[0] * span[1];
  l->first     = 0;
  for (PetscInt a = 0; a < 3; a++) l->first += (l->start[a] - ghost[a]) * l->stride[a];
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* A level on cells spread as given. The array of the DM with ghosts goes round the whole box; ghosts outside it stay 0. */
static PetscErrorCode LevelCreate(DM like, const PetscInt n[3], const PetscInt *const owned[3], const PetscReal h[3], EllipticLevel **level)
{
  EllipticLevel *l;
  PetscInt       dim, ranks[3];
  DMBoundaryType boundary[3];

  PetscFunctionBegin;
  PetscCall(PetscNew(&l));
  PetscCall(DMDAGetInfo(like, &dim, NULL, NULL, NULL, &ranks[0], &ranks[1], &ranks[2], NULL, NULL, &boundary[0], &boundary[1], &boundary[2],
                        NULL));
  for (PetscInt a = 0; a < 3; a++) {
    if (a < dim && boundary[a] != DM_BOUNDARY_PERIODIC) boundary[a] = DM_BOUNDARY_GHOSTED;
    l->h[a] = h[a];
  }
  PetscCall(DMDACreate(PetscObjectComm((PetscObject)like), &l->dm));
  PetscCall(DMSetDimension(l->dm, dim));
  PetscCall(DMDASetSizes(l->dm, n[0], n[1], n[2]));
  PetscCall(DMDASetNumProcs(l->dm, ranks[0], ranks[1], ranks[2]));
  PetscCall(DMDASetOwnershipRanges(l->dm, owned[0], owned[1], owned[2]));
  PetscCall(DMDASetBoundaryType(l->dm, boundary[0], boundary[1], boundary[2]));
  PetscCall(DMDASetDof(l->dm, 1));
  PetscCall(DMDASetStencilType(l->dm, DMDA_STENCIL_BOX));
  PetscCall(DMDASetStencilWidth(l->dm, 1));
  PetscCall(DMSetUp(l->dm));
  PetscCall(LevelSetPlaces(l));
  PetscCall(DMCreateGlobalVector(l->dm, &l->z));
  PetscCall(VecDuplicate(l->z, &l->diagonal));
  PetscCall(DMCreateLocalVector(l->dm, &l->x));
  PetscCall(VecDuplicate(l->x, &l->root));
  PetscCall(VecDuplicate(l->x, &l->reaction));
  PetscCall(VecDuplicate(l->x, &l->share));
  for (PetscInt a = 0; a < dim; a++) PetscCall(VecDuplicate(l->x, &l->flow[a]));
  *level = l;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The finest level: the cells of a DMDA, of widths h. Collective. */
PetscErrorCode EllipticLevelCreate(DM dm, const PetscReal h[3], EllipticLevel **level)
{
  const PetscInt *owned[3];
  PetscInt        n[3];

  PetscFunctionBegin;
  PetscCall(DMDAGetInfo(dm, NULL, &n[0], &n[1], &n[2], NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL));
  PetscCall(DMDAGetOwnershipRanges(dm, &owned[0], &owned[1], &owned[2]));
  PetscCall(LevelCreate(dm, n, owned, h, level));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Which axes are coarsened: those that have cells to join, the narrowest and those like it. */
static PetscBool LevelChooseAxes(const EllipticLevel *l, PetscInt shift[3])
{
  PetscReal narrowest = PETSC_MAX_REAL;
  PetscBool any       = PETSC_FALSE;

  for (PetscInt a = 0; a < l->dim; a++)
    if (l->n[a] >= 4) narrowest = PetscMin(narrowest, l->h[a]);
  for (PetscInt a = 0; a < 3; a++) {
    shift[a] = a < l->dim && l->n[a] >= 4 && l->h[a] <= LEVEL_ISOTROPY * narrowest;
    if (shift[a]) any = PETSC_TRUE;
  }
  return any;
}

/* The coarse cells of every rank along an axis: those whose first fine cell it owns. False when a rank has none. */
static PetscBool LevelSplit(PetscInt ranks, const PetscInt fine[], PetscInt shift, PetscInt coarse[])
{
  PetscBool all = PETSC_TRUE;

  for (PetscInt r = 0, start = 0; r < ranks; r++) {
    const PetscInt end = start + fine[r];

    coarse[r] = ((end + shift) >> shift) - ((start + shift) >> shift);
    all       = (PetscBool)(all && coarse[r]);
    start     = end;
  }
  return all;
}

/* The next coarser level, without coefficients; NULL when there is none. Collective. */
PetscErrorCode EllipticLevelCoarsen(EllipticLevel *fine, EllipticLevel **level)
{
  const PetscInt *owned[3], one = 1;
  PetscInt        ranks[3], shift[3], n[3], *split[3];
  PetscReal       h[3];
  PetscBool       possible = LevelChooseAxes(fine, shift);

  PetscFunctionBegin;
  *level = NULL;
  PetscCall(DMDAGetInfo(fine->dm, NULL, NULL, NULL, NULL, &ranks[0], &ranks[1], &ranks[2], NULL, NULL, NULL, NULL, NULL, NULL));
  PetscCall(DMDAGetOwnershipRanges(fine->dm, &owned[0], &owned[1], &owned[2]));
  for (PetscInt a = 0; a < 3; a++) {
    PetscCall(PetscMalloc1(ranks[a], &split[a]));
    if (!LevelSplit(ranks[a], a < fine->dim ? owned[a] : &one, shift[a], split[a])) possible = PETSC_FALSE;
    n[a] = (fine->n[a] + shift[a]) >> shift[a];
    h[a] = fine->h[a] * (PetscReal)(1 << shift[a]);
  }
  if (possible) {
    PetscCall(LevelCreate(fine->dm, n, (const PetscInt *const *)split, h, level));
    PetscCall(PetscArraycpy((*level)->shift, shift, 3));
    (*level)->finer = fine;
  }
  for (PetscInt a = 0; a < 3; a++) PetscCall(PetscFree(split[a]));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode EllipticLevelDestroy(EllipticLevel **level)
{
  EllipticLevel *l = *level;

  PetscFunctionBegin;
  if (!l) PetscFunctionReturn(PETSC_SUCCESS);
  for (Vec *v[] = {&l->root, &l->reaction, &l->diagonal, &l->share, &l->x, &l->z, &l->flow[0], &l->flow[1], &l->flow[2], NULL}, **p = v; *p;
       p++)
    PetscCall(VecDestroy(*p));
  PetscCall(MatDestroy(&l->matrix));
  PetscCall(MatDestroy(&l->prolongation));
  PetscCall(DMDestroy(&l->dm));
  PetscCall(PetscFree(*level));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* This rank's cells of a vector with ghosts; DMLocalToGlobal() refuses periodic axes on one rank. */
PetscErrorCode EllipticLevelCopyOwn(EllipticLevel *l, Vec ghosted, Vec own)
{
  const PetscScalar *x;
  PetscScalar       *y;

  PetscFunctionBegin;
  PetscCall(VecGetArrayRead(ghosted, &x));
  PetscCall(VecGetArrayWrite(own, &y));
  for (PetscInt k = 0; k < l->width[2]; k++)
    for (PetscInt j = 0; j < l->width[1]; j++)
      PetscCall(PetscArraycpy(y + l->width[0] * (j + l->width[1] * k), x + EllipticLevelRow(l, j, k), l->width[0]));
  PetscCall(VecRestoreArrayWrite(own, &y));
  PetscCall(VecRestoreArrayRead(ghosted, &x));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Fills the ghosts of a vector from the ranks that own them. Collective. */
PetscErrorCode EllipticLevelExchange(EllipticLevel *l, Vec v)
{
  PetscFunctionBegin;
  PetscCall(EllipticLevelCopyOwn(l, v, l->z));
  PetscCall(DMGlobalToLocal(l->dm, l->z, INSERT_VALUES, v));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The diagonal, from the other coefficients. */
PetscErrorCode EllipticLevelSetDiagonal(EllipticLevel *l)
{
  const PetscScalar *root, *reaction, *flow;
  PetscScalar       *diagonal;

  PetscFunctionBegin;
  PetscCall(VecGetArrayRead(l->root, &root));
  PetscCall(VecGetArrayRead(l->reaction, &reaction));
  PetscCall(VecGetArrayWrite(l->diagonal, &diagonal));
  for (PetscInt a = -1; a < l->dim; a++) {
    const PetscInt s = a < 0 ? 0 : l->stride[a];

    if (a >= 0) PetscCall(VecGetArrayRead(l->flow[a], &flow));
    for (PetscInt k = 0; k < l->width[2]; k++)
      for (PetscInt j = 0; j < l->width[1]; j++) {
        PetscScalar   *d = diagonal + l->width[0] * (j + l->width[1] * k);
        const PetscInt c = EllipticLevelRow(l, j, k);

        if (a < 0)
          for (PetscInt i = 0; i < l->width[0]; i++) d[i] = reaction[c + i];
        else
          for (PetscInt i = 0; i < l->width[0]; i++)
            d[i] += (flow[c + i] * root[c + i + s] + flow[c + i - s] * root[c + i - s]) / root[c + i];
      }
    if (a >= 0) PetscCall(VecRestoreArrayRead(l->flow[a], &flow));
  }
  PetscCall(VecRestoreArrayWrite(l->diagonal, &diagonal));
  PetscCall(VecRestoreArrayRead(l->reaction, &reaction));
  PetscCall(VecRestoreArrayRead(l->root, &root));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Where the fine cells of this rank's coarse cell begin, and how many there are along each axis. */
static inline PetscInt LevelBlock(const EllipticLevel *l, PetscInt i, PetscInt j, PetscInt k, PetscInt count[3])
{
  const EllipticLevel *fine = l->finer;

  return fine->first + EllipticLevelBlock(l, 0, i, &count[0]) * fine->stride[0] + EllipticLevelBlock(l, 1, j, &count[1]) * fine->stride[1] +
         EllipticLevelBlock(l, 2, k, &count[2]) * fine->stride[2];
}

/* Roots and reactions: the masses of the fine cells add up. */
static PetscErrorCode LevelJoinCells(EllipticLevel *l)
{
  EllipticLevel     *fine = l->finer;
  const PetscScalar *root, *reaction;
  PetscScalar       *root_c, *reaction_c;
  PetscInt           count[3];

  PetscFunctionBegin;
  PetscCall(VecGetArrayRead(fine->root, &root));
  PetscCall(VecGetArrayRead(fine->reaction, &reaction));
  PetscCall(VecGetArray(l->root, &root_c));
  PetscCall(VecGetArray(l->reaction, &reaction_c));
  for (PetscInt k = 0; k < l->width[2]; k++)
    for (PetscInt j = 0; j < l->width[1]; j++)
      for (PetscInt i = 0, c = EllipticLevelRow(l, j, k); i < l->width[0]; i++, c++) {
        const PetscInt corner = LevelBlock(l, i, j, k, count);
        PetscReal      mass = 0, react = 0;

        for (PetscInt kk = 0; kk < count[2]; kk++)
          for (PetscInt jj = 0; jj < count[1]; jj++)
            for (PetscInt ii = 0, f = corner + jj * fine->stride[1] + kk * fine->stride[2]; ii < count[0]; ii++, f++) {
              mass += root[f] * root[f];
              react += root[f] * root[f] * reaction[f];
            }
        root_c[c]     = PetscSqrtReal(mass);
        reaction_c[c] = react / mass;
      }
  PetscCall(VecRestoreArray(l->reaction, &reaction_c));
  PetscCall(VecRestoreArray(l->root, &root_c));
  PetscCall(VecRestoreArrayRead(fine->reaction, &reaction));
  PetscCall(VecRestoreArrayRead(fine->root, &root));
  PetscCall(EllipticLevelExchange(l, l->root));
  PetscCall(EllipticLevelExchange(l, l->reaction));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The flow along an axis without its division by the roots, into l->x: the last cell of a block may lie on the next rank, and the root of
   its neighbour beyond the ghosts. */
static PetscErrorCode LevelWeighFlow(EllipticLevel *l, PetscInt a)
{
  const PetscScalar *root, *flow;
  PetscScalar       *weighed;

  PetscFunctionBegin;
  PetscCall(VecGetArrayRead(l->root, &root));
  PetscCall(VecGetArrayRead(l->flow[a], &flow));
  PetscCall(VecGetArray(l->x, &weighed));
  for (PetscInt k = 0; k < l->width[2]; k++)
    for (PetscInt j = 0; j < l->width[1]; j++)
      for (PetscInt i = 0, c = EllipticLevelRow(l, j, k); i < l->width[0]; i++, c++)
        weighed[c] = flow[c] * root[c] * root[c + l->stride[a]];
  PetscCall(VecRestoreArray(l->x, &weighed));
  PetscCall(VecRestoreArrayRead(l->flow[a], &flow));
  PetscCall(VecRestoreArrayRead(l->root, &root));
  PetscCall(EllipticLevelExchange(l, l->x));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The flows along an axis out of blocks of fine cells, through the last of them, without their division by the roots. */
static PetscErrorCode LevelJoinFlow(EllipticLevel *l, PetscInt a)
{
  EllipticLevel     *fine = l->finer;
  const PetscScalar *weighed;
  PetscScalar       *flow;
  PetscInt           count[3];

  PetscFunctionBegin;
  PetscCall(LevelWeighFlow(fine, a));
  PetscCall(VecGetArrayRead(fine->x, &weighed));
  PetscCall(VecGetArray(l->flow[a], &flow));
  for (PetscInt k = 0; k < l->width[2]; k++)
    for (PetscInt j = 0; j < l->width[1]; j++)
      for (PetscInt i = 0, c = EllipticLevelRow(l, j, k); i < l->width[0]; i++, c++) {
        PetscInt  corner = LevelBlock(l, i, j, k, count);
        PetscReal sum    = 0;

        corner += (count[a] - 1) * fine->stride[a];
        count[a] = 1;
        for (PetscInt kk = 0; kk < count[2]; kk++)
          for (PetscInt jj = 0; jj < count[1]; jj++)
            for (PetscInt ii = 0; ii < count[0]; ii++) sum += weighed[corner + ii + jj * fine->stride[1] + kk * fine->stride[2]];
        flow[c] = sum / (PetscReal)(1 << l->shift[a]);
      }
  PetscCall(VecRestoreArray(l->flow[a], &flow));
  PetscCall(VecRestoreArrayRead(fine->x, &weighed));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* flow /= root root, once the roots next door are known. */
static PetscErrorCode LevelScaleFlow(EllipticLevel *l, PetscInt a)
{
  const PetscScalar *root;
  PetscScalar       *flow;
  const PetscInt     s = l->stride[a];

  PetscFunctionBegin;
  PetscCall(VecGetArrayRead(l->root, &root));
  PetscCall(VecGetArray(l->flow[a], &flow));
  for (PetscInt k = 0; k < l->width[2]; k++)
    for (PetscInt j = 0; j < l->width[1]; j++)
      for (PetscInt i = 0, c = EllipticLevelRow(l, j, k); i < l->width[0]; i++, c++)
        if (flow[c] > 0) flow[c] /= root[c] * root[c + s];
  PetscCall(VecRestoreArray(l->flow[a], &flow));
  PetscCall(VecRestoreArrayRead(l->root, &root));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Each fine cell's share in the norm of its coarse cell. */
static PetscErrorCode LevelSetShare(EllipticLevel *l)
{
  EllipticLevel     *fine = l->finer;
  const PetscScalar *root, *root_c;
  PetscScalar       *share;

  PetscFunctionBegin;
  PetscCall(VecGetArrayRead(l->root, &root_c));
  PetscCall(VecGetArrayRead(fine->root, &root));
  PetscCall(VecGetArray(fine->share, &share));
  for (PetscInt k = 0; k < fine->width[2]; k++)
    for (PetscInt j = 0; j < fine->width[1]; j++) {
      const PetscInt parent = EllipticLevelRow(l, EllipticLevelParent(l, 1, j), EllipticLevelParent(l, 2, k));

      for (PetscInt i = 0, c = EllipticLevelRow(fine, j, k); i < fine->width[0]; i++, c++)
        share[c] = root[c] / root_c[parent + EllipticLevelParent(l, 0, i)];
    }
  PetscCall(VecRestoreArray(fine->share, &share));
  PetscCall(VecRestoreArrayRead(fine->root, &root));
  PetscCall(VecRestoreArrayRead(l->root, &root_c));
  PetscCall(EllipticLevelExchange(fine, fine->share));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* All coefficients of a coarse level from those of the finer one. Collective. */
PetscErrorCode EllipticLevelJoin(EllipticLevel *l)
{
  PetscFunctionBegin;
  PetscCall(LevelJoinCells(l));
  PetscCall(LevelSetShare(l));
  for (PetscInt a = 0; a < l->dim; a++) {
    PetscCall(LevelJoinFlow(l, a));
    PetscCall(LevelScaleFlow(l, a));
    PetscCall(EllipticLevelExchange(l, l->flow[a]));
  }
  PetscCall(EllipticLevelSetDiagonal(l));
  PetscFunctionReturn(PETSC_SUCCESS);
}
