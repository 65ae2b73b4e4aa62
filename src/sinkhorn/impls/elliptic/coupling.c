/* The coefficients of the coupled problem of system.c from the state of the fixed point: what couples the densities in each cell, and the
   Galerkin problem of a w that all have in common, with

     Q = sum_k Q_k,   reaction = (1 - sum_j pull_j) sum_k Q_k du_k / Q,   flow = sum_k flow_k

   in the w of level.c; in x = S w flows are weighed by S_k/S on either side. */
#include <jko/private/energyimpl.h>
#include <jko/private/sinkhornimpl.h>
#include <jko/private/sumimpl.h>
#include "elliptic.h"

#define COUPLING_MOST (1 - 1e-10) /* sum_j pull_j, so that a sum without any freedom leaves a solvable problem */
#define COUPLING_FREE 1e-8        /* mean reaction below which all cells count as at the bound */

/* What couples the densities in a row of cells, and what the common problem has there. */
typedef struct {
  const PetscScalar *root[ENERGY_MAX_SPECIES], *du, *pull;
  PetscScalar       *coupling, *share, *reaction, *root_c, *reaction_c;
} CouplingArrays;

/* Of cell i of this rank, at place c in arrays with ghosts. pull is taken in proportion to Q du, which it is at the solution. */
static void CouplingOfCell(EllipticSystem *y, PetscInt n, PetscInt i, PetscInt c, const CouplingArrays *a)
{
  PetscReal mass = 0, give = 0, pull = 0, kept;

  for (PetscInt k = 0; k < y->count; k++) {
    mass += PetscSqr(a->root[k][c]);
    give += PetscSqr(a->root[k][c]) * a->du[k * n + i];
    pull += a->pull[k * n + i];
  }
  pull = give > 0 ? PetscClipInterval(pull, 0, COUPLING_MOST) : 0;
  kept = 1 - pull;
  for (PetscInt k = 0; k < y->count; k++) {
    const PetscReal du = a->du[k * n + i], part = give > 0 ? pull * PetscSqr(a->root[k][c]) * du / give : 0;

    a->coupling[k * n + i] = PetscSqrtReal(part * du);
    a->reaction[k * n + i] = du * (1 - part);
    a->share[k * n + i]    = a->root[k][c] / PetscSqrtReal(mass);
  }
  a->root_c[c]     = PetscSqrtReal(mass);
  a->reaction_c[c] = PetscMax(kept * give / mass, 1 - COUPLING_MOST);
}

/* Coupling, shares and reactions from the densities, and of the common problem root and reaction. */
static PetscErrorCode CouplingSetCells(EllipticSystem *y, Vec du, Vec pull)
{
  EllipticLevel *l = y->common->level[0];
  const PetscInt n = EllipticSystemCells(y);
  CouplingArrays a;

  PetscFunctionBegin;
  for (PetscInt k = 0; k < y->count; k++) PetscCall(VecGetArrayRead(y->own[k]->level[0]->root, &a.root[k]));
  PetscCall(VecGetArrayRead(du, &a.du));
  PetscCall(VecGetArrayRead(pull, &a.pull));
  PetscCall(VecGetArrayWrite(y->coupling, &a.coupling));
  PetscCall(VecGetArrayWrite(y->share, &a.share));
  PetscCall(VecGetArrayWrite(y->reaction, &a.reaction));
  PetscCall(VecGetArray(l->root, &a.root_c));
  PetscCall(VecGetArray(l->reaction, &a.reaction_c));
  for (PetscInt k = 0, i = 0; k < l->width[2]; k++)
    for (PetscInt j = 0; j < l->width[1]; j++)
      for (PetscInt c = EllipticLevelRow(l, j, k), end = c + l->width[0]; c < end; c++, i++) CouplingOfCell(y, n, i, c, &a);
  PetscCall(VecRestoreArray(l->reaction, &a.reaction_c));
  PetscCall(VecRestoreArray(l->root, &a.root_c));
  PetscCall(VecRestoreArrayWrite(y->reaction, &a.reaction));
  PetscCall(VecRestoreArrayWrite(y->share, &a.share));
  PetscCall(VecRestoreArrayWrite(y->coupling, &a.coupling));
  PetscCall(VecRestoreArrayRead(pull, &a.pull));
  PetscCall(VecRestoreArrayRead(du, &a.du));
  for (PetscInt k = 0; k < y->count; k++) PetscCall(VecRestoreArrayRead(y->own[k]->level[0]->root, &a.root[k]));
  PetscCall(EllipticLevelExchange(l, l->root));
  PetscCall(EllipticLevelExchange(l, l->reaction));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The common flow along an axis: the flows of the densities, weighed by their shares on either side. */
static PetscErrorCode CouplingAddFlow(EllipticSystem *y, PetscInt axis, PetscInt density)
{
  EllipticLevel     *l = y->common->level[0], *own = y->own[density]->level[0];
  const PetscInt     s = l->stride[axis];
  const PetscScalar *root, *root_c, *flow;
  PetscScalar       *sum;

  PetscFunctionBegin;
  PetscCall(VecGetArrayRead(own->root, &root));
  PetscCall(VecGetArrayRead(own->flow[axis], &flow));
  PetscCall(VecGetArrayRead(l->root, &root_c));
  PetscCall(VecGetArray(l->flow[axis], &sum));
  for (PetscInt k = 0; k < l->width[2]; k++)
    for (PetscInt j = 0; j < l->width[1]; j++)
      for (PetscInt c = EllipticLevelRow(l, j, k), end = c + l->width[0]; c < end; c++)
        if (flow[c] > 0) sum[c] += flow[c] * (root[c] / root_c[c]) * (root[c + s] / root_c[c + s]);
  PetscCall(VecRestoreArray(l->flow[axis], &sum));
  PetscCall(VecRestoreArrayRead(l->root, &root_c));
  PetscCall(VecRestoreArrayRead(own->flow[axis], &flow));
  PetscCall(VecRestoreArrayRead(own->root, &root));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode CouplingSetCommon(EllipticSystem *y)
{
  EllipticLevel *l = y->common->level[0];

  PetscFunctionBegin;
  for (PetscInt a = 0; a < l->dim; a++) {
    PetscCall(VecSet(l->flow[a], 0));
    for (PetscInt k = 0; k < y->count; k++) PetscCall(CouplingAddFlow(y, a, k));
    PetscCall(EllipticLevelExchange(l, l->flow[a]));
  }
  PetscCall(EllipticOperatorFinish(y->common));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The constant w of a system that does not feel it, or none. */
static PetscErrorCode CouplingSetNullSpace(EllipticSystem *y)
{
  EllipticLevel     *l    = y->common->level[0];
  const MPI_Comm     comm = PetscObjectComm((PetscObject)y->ksp);
  const PetscScalar *root, *reaction;
  Sum                sums[2] = {{{0}, {0}}, {{0}, {0}}}; /* of Q, and of Q times its reaction */
  PetscReal          totals[2];
  MatNullSpace       constant = NULL;
  Vec                w;

  PetscFunctionBegin;
  PetscCall(VecGetArrayRead(l->root, &root));
  PetscCall(VecGetArrayRead(l->reaction, &reaction));
  for (PetscInt k = 0; k < l->width[2]; k++)
    for (PetscInt j = 0; j < l->width[1]; j++)
      for (PetscInt c = EllipticLevelRow(l, j, k), end = c + l->width[0]; c < end; c++) {
        SumAddOne(&sums[0], PetscSqr(root[c]));
        SumAddOne(&sums[1], PetscSqr(root[c]) * reaction[c]);
      }
  PetscCall(VecRestoreArrayRead(l->reaction, &reaction));
  PetscCall(VecRestoreArrayRead(l->root, &root));
  PetscCall(SumAllreduce(comm, 2, sums, totals));
  if (totals[1] < COUPLING_FREE * totals[0]) {
    PetscCall(VecDuplicate(y->x, &w));
    PetscCall(VecSet(y->b, 1));
    PetscCall(EllipticSystemScale(y, PETSC_FALSE, y->b, w));
    PetscCall(VecNormalize(w, NULL));
    PetscCall(MatNullSpaceCreate(comm, PETSC_FALSE, 1, &w, &constant));
    PetscCall(VecDestroy(&w));
  }
  PetscCall(MatSetNullSpace(y->matrix, constant));
  PetscCall(MatNullSpaceDestroy(&constant));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The operator at (beta, lp, du, pull) of all densities, with L taken `damping` times. Collective. */
PetscErrorCode EllipticSystemOperator(Sinkhorn s, EllipticSystem *y, PetscReal damping, Vec beta, Vec lp, Vec du, Vec pull)
{
  Vec b, p, d;

  PetscFunctionBegin;
  for (PetscInt k = 0; k < y->count; k++) {
    PetscCall(GridGetPart(y->grid, beta, k, PETSC_FALSE, &b));
    PetscCall(GridGetPart(y->grid, lp, k, PETSC_FALSE, &p));
    PetscCall(EllipticOperatorDensity(s, y->own[k], b, p));
    PetscCall(GridRestorePart(y->grid, lp, PETSC_FALSE, &p));
    PetscCall(GridRestorePart(y->grid, beta, PETSC_FALSE, &b));
  }
  if (y->count > 1) PetscCall(CouplingSetCells(y, du, pull));
  for (PetscInt k = 0; k < y->count; k++) {
    Vec reaction = y->count > 1 ? y->reaction : du;

    PetscCall(GridGetPart(y->grid, lp, k, PETSC_FALSE, &p));
    PetscCall(GridGetPart(y->grid, reaction, k, PETSC_FALSE, &d));
    PetscCall(EllipticOperator(s, y->own[k], damping, p, d));
    PetscCall(GridRestorePart(y->grid, reaction, PETSC_FALSE, &d));
    PetscCall(GridRestorePart(y->grid, lp, PETSC_FALSE, &p));
  }
  if (y->count > 1) {
    PetscCall(CouplingSetCommon(y));
    PetscCall(CouplingSetNullSpace(y));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}
