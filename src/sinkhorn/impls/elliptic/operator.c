/* The coefficients of the elliptic problem from the state of the fixed point: of the Jacobian  -(1 + s P),  P = K diag(..) K diag(..),
   the part P, which smooths like a Gaussian within the plan, is taken for (1 + L)^-1,

     L = -(eps/2) Q^-1 div(Q D grad),   Q = b p,   D = 1 / (1 + (eps/2) lp'')  along each axis,

   since the second step of the plan starts from a conditional density of variance (eps/2)/(1 + (eps/2) lp''). Between cells Q is the
   geometric mean and D the arithmetic one. Cells that the kernel does not reach have no neighbours and reaction 1. */
#include <math.h>
#include <petscdmda.h>
#include <jko/private/energyimpl.h>
#include <jko/private/sinkhornimpl.h>
#include "elliptic.h"

#define ELLIPTIC_LEAST_LOG   (-600.0) /* log Q relative to its mean; below it Q counts as constant */
#define ELLIPTIC_LEAST_SLOPE 1e-10    /* 1 + s, so that a density without any freedom leaves a solvable problem */
#define ELLIPTIC_STEEPEST    20.0     /* 1 + (eps/2) lp'' */
#define ELLIPTIC_FLATTEST    0.2

/* S. Q is cut off where it is nothing beside its mean, and where one cell would hold all mass. Collective. */
PetscErrorCode EllipticOperatorDensity(Sinkhorn s, EllipticSolver *e, Vec beta, Vec lp)
{
  EllipticLevel     *l = e->level[0];
  const PetscScalar *b, *p;
  PetscScalar       *root;
  PetscInt           cells;
  PetscReal          mean;

  PetscFunctionBegin;
  PetscCall(VecGetSize(beta, &cells));
  mean = PetscLogReal(s->sum_rho / (PetscReal)cells);
  PetscCall(VecGetArrayRead(beta, &b));
  PetscCall(VecGetArrayRead(lp, &p));
  PetscCall(VecGetArray(l->root, &root));
  for (PetscInt k = 0, row = 0; k < l->width[2]; k++)
    for (PetscInt j = 0; j < l->width[1]; j++, row += l->width[0]) {
      const PetscInt c = EllipticLevelRow(l, j, k);

      for (PetscInt i = 0; i < l->width[0]; i++) {
        const PetscReal log_q = b[row + i] + p[row + i] - mean;

        root[c + i] = PetscClipInterval(log_q, ELLIPTIC_LEAST_LOG, PetscLogReal((PetscReal)cells));
      }
      EnergyExp(l->width[0], 0.5, root + c, root + c);
    }
  PetscCall(VecRestoreArray(l->root, &root));
  PetscCall(VecRestoreArrayRead(lp, &p));
  PetscCall(VecRestoreArrayRead(beta, &b));
  PetscCall(EllipticLevelExchange(l, l->root));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The reaction 1 + s. */
static PetscErrorCode OperatorSetReaction(EllipticLevel *l, Vec lp, Vec du)
{
  const PetscScalar *p, *d;
  PetscScalar       *reaction;

  PetscFunctionBegin;
  PetscCall(VecGetArrayRead(lp, &p));
  PetscCall(VecGetArrayRead(du, &d));
  PetscCall(VecGetArray(l->reaction, &reaction));
  for (PetscInt k = 0, row = 0; k < l->width[2]; k++)
    for (PetscInt j = 0; j < l->width[1]; j++, row += l->width[0]) {
      const PetscInt c = EllipticLevelRow(l, j, k);

      for (PetscInt i = 0; i < l->width[0]; i++)
        reaction[c + i] = p[row + i] > -SINKHORN_LARGEST ? PetscMax(d[row + i], ELLIPTIC_LEAST_SLOPE) : 1;
    }
  PetscCall(VecRestoreArray(l->reaction, &reaction));
  PetscCall(VecRestoreArrayRead(du, &d));
  PetscCall(VecRestoreArrayRead(lp, &p));
  PetscCall(EllipticLevelExchange(l, l->reaction));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* D of a cell from log p there and on either side, by reflection where there is none; 0 where the kernel does not reach. */
static inline PetscReal OperatorMobility(PetscReal half_eps, PetscReal h, PetscReal below, PetscReal here, PetscReal above)
{
  const PetscReal b = below > -SINKHORN_LARGEST ? below : here, a = above > -SINKHORN_LARGEST ? above : here;
  const PetscReal bend = 1 + half_eps * ((a - here) + (b - here)) / (h * h);

  return here > -SINKHORN_LARGEST ? 1 / PetscClipInterval(bend, ELLIPTIC_FLATTEST, ELLIPTIC_STEEPEST) : 0;
}

/* D along an axis, with ghosts, in place of the flow. */
static PetscErrorCode OperatorSetMobility(EllipticLevel *l, Vec ghosted, PetscInt a, PetscReal half_eps)
{
  const PetscScalar *lp;
  PetscScalar       *mobility;
  const PetscInt     s = l->stride[a];

  PetscFunctionBegin;
  PetscCall(VecGetArrayRead(ghosted, &lp));
  PetscCall(VecGetArray(l->flow[a], &mobility));
  for (PetscInt k = 0; k < l->width[2]; k++)
    for (PetscInt j = 0; j < l->width[1]; j++)
      for (PetscInt i = 0, c = EllipticLevelRow(l, j, k); i < l->width[0]; i++, c++)
        mobility[c] = OperatorMobility(half_eps, l->h[a], lp[c - s], lp[c], lp[c + s]);
  PetscCall(VecRestoreArray(l->flow[a], &mobility));
  PetscCall(VecRestoreArrayRead(ghosted, &lp));
  PetscCall(EllipticLevelExchange(l, l->flow[a]));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The flow on the faces to the next cells in place of D. In ascending order, so that D next door is still there. */
static PetscErrorCode OperatorSetFlow(EllipticLevel *l, PetscInt a, PetscReal strength)
{
  PetscScalar    *flow;
  const PetscInt  s     = l->stride[a];
  const PetscReal scale = strength / (2 * l->h[a] * l->h[a]);

  PetscFunctionBegin;
  PetscCall(VecGetArray(l->flow[a], &flow));
  for (PetscInt k = 0; k < l->width[2]; k++)
    for (PetscInt j = 0; j < l->width[1]; j++)
      for (PetscInt i = 0, c = EllipticLevelRow(l, j, k); i < l->width[0]; i++, c++)
        flow[c] = flow[c] > 0 && flow[c + s] > 0 ? scale * (flow[c] + flow[c + s]) : 0;
  PetscCall(VecRestoreArray(l->flow[a], &flow));
  PetscCall(EllipticLevelExchange(l, l->flow[a]));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* What algebraic multigrid interpolates from: w = 1 on the grid of the density. */
static PetscErrorCode OperatorSetNearNullSpace(EllipticSolver *e)
{
  EllipticLevel *l = e->level[0];
  MatNullSpace   constant;
  Vec            root;

  PetscFunctionBegin;
  PetscCall(VecDuplicate(l->z, &root));
  PetscCall(EllipticLevelCopyOwn(l, l->root, root));
  PetscCall(VecNormalize(root, NULL));
  PetscCall(MatNullSpaceCreate(PetscObjectComm((PetscObject)l->dm), PETSC_FALSE, 1, &root, &constant));
  PetscCall(VecDestroy(&root));
  PetscCall(MatSetNearNullSpace(e->assembled, constant));
  PetscCall(MatNullSpaceDestroy(&constant));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* What follows from root, reaction and flows of the finest level. Collective. */
PetscErrorCode EllipticOperatorFinish(EllipticSolver *e)
{
  PetscFunctionBegin;
  PetscCall(EllipticLevelSetDiagonal(e->level[0]));
  for (PetscInt i = 1; i < e->count; i++) PetscCall(EllipticLevelJoin(e->level[i]));
  PetscCall(EllipticLevelAssemble(e->level[e->count - 1], e->assembled));
  if (e->count == 1 && e->level[0]->dim > 1) PetscCall(OperatorSetNearNullSpace(e));
  for (PetscInt i = 0; i < e->count; i++) PetscCall(PetscObjectStateIncrease((PetscObject)e->level[i]->matrix));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The operator of a uniform density: for what is set up before there is another. Collective. */
PetscErrorCode EllipticOperatorUniform(EllipticSolver *e)
{
  EllipticLevel *l = e->level[0];

  PetscFunctionBegin;
  PetscCall(VecSet(l->z, 1));
  PetscCall(DMGlobalToLocal(l->dm, l->z, INSERT_VALUES, l->root));
  PetscCall(DMGlobalToLocal(l->dm, l->z, INSERT_VALUES, l->reaction));
  for (PetscInt a = 0; a < l->dim; a++) {
    PetscCall(VecSet(l->z, 1));
    PetscCall(DMGlobalToLocal(l->dm, l->z, INSERT_VALUES, l->flow[a]));
    PetscCall(OperatorSetFlow(l, a, l->h[a] * l->h[a]));
  }
  PetscCall(EllipticOperatorFinish(e));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* All levels' coefficients at the density set last and (lp, du = 1 + s), with L taken `damping` times. Collective. */
PetscErrorCode EllipticOperator(Sinkhorn s, EllipticSolver *e, PetscReal damping, Vec lp, Vec du)
{
  EllipticLevel *l = e->level[0];
  PetscReal      epsilon;

  PetscFunctionBegin;
  PetscCall(PetscLogEventBegin(Sinkhorn_EllipticAssemble, s, 0, 0, 0));
  PetscCall(KernelGetEpsilon(s->kernel, &epsilon));
  PetscCall(OperatorSetReaction(l, lp, du));
  PetscCall(DMGlobalToLocal(l->dm, lp, INSERT_VALUES, e->lp));
  for (PetscInt a = 0; a < l->dim; a++) {
    PetscCall(OperatorSetMobility(l, e->lp, a, epsilon / 2));
    PetscCall(OperatorSetFlow(l, a, damping * epsilon / 2));
  }
  PetscCall(EllipticOperatorFinish(e));
  PetscCall(PetscLogEventEnd(Sinkhorn_EllipticAssemble, s, 0, 0, 0));
  PetscFunctionReturn(PETSC_SUCCESS);
}
