/* The elliptic problem of all densities. One density has that of solver.c. Of several, each has its own, and in every cell they are coupled
   through their sum: with du_k (1 if j = k) - du_k pull_j for the derivatives du_k/dlp_j of the prox,

     du_k w_k - du_k sum_j pull_j w_j + L_k w_k = R_k.

   Times Q_k that is symmetric, since pull_j is proportional to Q_j du_j where Q is the prox, and sum_j pull_j <= 1 makes it positive. In
   the variables x_k = S_k w_k of level.c the matrix is that of each density with the reaction du_k (1 - pull_k), less r_k r_j between
   them, r_k = (pull_k du_k)^{1/2}.

   What is slow is a w that is the same for all, the pressure: where the sum is at its bound, sum_j pull_j = 1, its reaction is 0. So
   conjugate gradients are preconditioned by each density's own problem and, on top, by the Galerkin problem of a common w: masses,
   reactions and flows of the densities added up. Both are solved as that of one density is, by LU in 1-D and a V-cycle beyond. Where the
   sum is at its bound everywhere a constant w does nothing, and is taken out. */
#include <jko/private/energyimpl.h>
#include <jko/private/sinkhornimpl.h>
#include "elliptic.h"

/* out_k = A_k in_k - r_k sum_{j != k} r_j in_j. */
static PetscErrorCode SystemMult(Mat matrix, Vec in, Vec out)
{
  EllipticSystem    *y;
  PetscInt           n;
  const PetscScalar *x, *r;
  PetscScalar       *z;

  PetscFunctionBegin;
  PetscCall(MatShellGetContext(matrix, &y));
  n = EllipticSystemCells(y);
  for (PetscInt k = 0; k < y->count; k++) {
    Vec from, to;

    PetscCall(GridGetPart(y->grid, in, k, PETSC_FALSE, &from));
    PetscCall(GridGetPart(y->grid, out, k, PETSC_TRUE, &to));
    PetscCall(MatMult(y->own[k]->level[0]->matrix, from, to));
    PetscCall(GridRestorePart(y->grid, out, PETSC_TRUE, &to));
    PetscCall(GridRestorePart(y->grid, in, PETSC_FALSE, &from));
  }
  PetscCall(VecGetArrayRead(in, &x));
  PetscCall(VecGetArrayRead(y->coupling, &r));
  PetscCall(VecGetArray(out, &z));
  for (PetscInt i = 0; i < n; i++) {
    PetscReal sum = 0;

    for (PetscInt k = 0; k < y->count; k++) sum += r[k * n + i] * x[k * n + i];
    for (PetscInt k = 0; k < y->count; k++) z[k * n + i] -= r[k * n + i] * (sum - r[k * n + i] * x[k * n + i]);
  }
  PetscCall(VecRestoreArray(out, &z));
  PetscCall(VecRestoreArrayRead(y->coupling, &r));
  PetscCall(VecRestoreArrayRead(in, &x));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* x_c = sum_k share_k x_k, share_k = S_k/S_c: the residual that a common w sees. */
static PetscErrorCode SystemRestrict(EllipticSystem *y, Vec in)
{
  const PetscInt     n = EllipticSystemCells(y);
  const PetscScalar *x, *share;
  PetscScalar       *b;

  PetscFunctionBegin;
  PetscCall(VecGetArrayRead(in, &x));
  PetscCall(VecGetArrayRead(y->share, &share));
  PetscCall(VecGetArrayWrite(y->common->b, &b));
  for (PetscInt i = 0; i < n; i++) {
    b[i] = 0;
    for (PetscInt k = 0; k < y->count; k++) b[i] += share[k * n + i] * x[k * n + i];
  }
  PetscCall(VecRestoreArrayWrite(y->common->b, &b));
  PetscCall(VecRestoreArrayRead(y->share, &share));
  PetscCall(VecRestoreArrayRead(in, &x));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Its transpose, added. */
static PetscErrorCode SystemProlongAdd(EllipticSystem *y, Vec out)
{
  const PetscInt     n = EllipticSystemCells(y);
  const PetscScalar *x, *share;
  PetscScalar       *z;

  PetscFunctionBegin;
  PetscCall(VecGetArrayRead(y->common->x, &x));
  PetscCall(VecGetArrayRead(y->share, &share));
  PetscCall(VecGetArray(out, &z));
  for (PetscInt k = 0; k < y->count; k++)
    for (PetscInt i = 0; i < n; i++) z[k * n + i] += share[k * n + i] * x[i];
  PetscCall(VecRestoreArray(out, &z));
  PetscCall(VecRestoreArrayRead(y->share, &share));
  PetscCall(VecRestoreArrayRead(y->common->x, &x));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Each density's own problem, and that of a common w on top. */
static PetscErrorCode SystemPrecondition(PC pc, Vec in, Vec out)
{
  EllipticSystem *y;

  PetscFunctionBegin;
  PetscCall(PCShellGetContext(pc, &y));
  for (PetscInt k = 0; k < y->count; k++) {
    Vec from, to;

    PetscCall(GridGetPart(y->grid, in, k, PETSC_FALSE, &from));
    PetscCall(GridGetPart(y->grid, out, k, PETSC_TRUE, &to));
    PetscCall(KSPSolve(y->own[k]->ksp, from, to));
    PetscCall(GridRestorePart(y->grid, out, PETSC_TRUE, &to));
    PetscCall(GridRestorePart(y->grid, in, PETSC_FALSE, &from));
  }
  PetscCall(SystemRestrict(y, in));
  PetscCall(KSPSolve(y->common->ksp, y->common->b, y->common->x));
  PetscCall(SystemProlongAdd(y, out));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Conjugate gradients on all of them; the options sinkhorn_elliptic_ksp_ are theirs. */
static PetscErrorCode SystemCreateKSP(EllipticSystem *y, const char prefix[])
{
  const MPI_Comm comm = PetscObjectComm((PetscObject)y->coupling);
  PetscInt       n;
  PC             pc;

  PetscFunctionBegin;
  PetscCall(VecGetLocalSize(y->coupling, &n));
  PetscCall(MatCreateShell(comm, n, n, PETSC_DETERMINE, PETSC_DETERMINE, y, &y->matrix));
  PetscCall(MatShellSetOperation(y->matrix, MATOP_MULT, (void (*)(void))SystemMult));
  PetscCall(MatSetOption(y->matrix, MAT_SPD, PETSC_TRUE));
  PetscCall(KSPCreate(comm, &y->ksp));
  PetscCall(KSPSetOptionsPrefix(y->ksp, prefix));
  PetscCall(KSPAppendOptionsPrefix(y->ksp, "elliptic_"));
  PetscCall(KSPSetType(y->ksp, KSPCG));
  PetscCall(KSPSetNormType(y->ksp, KSP_NORM_UNPRECONDITIONED));
  PetscCall(KSPSetTolerances(y->ksp, ELLIPTIC_TOL, 0, PETSC_DEFAULT, ELLIPTIC_MAX_IT));
  PetscCall(KSPSetOperators(y->ksp, y->matrix, y->matrix));
  PetscCall(KSPGetPC(y->ksp, &pc));
  PetscCall(PCSetType(pc, PCSHELL));
  PetscCall(PCShellSetContext(pc, y));
  PetscCall(PCShellSetApply(pc, SystemPrecondition));
  PetscCall(PCShellSetName(pc, "each density, and a common w"));
  PetscCall(EllipticSolverSetFromOptions(y->ksp));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The solvers of a step solver's densities, options prefix sinkhorn_elliptic_, of several sinkhorn_elliptic_own_ and
   sinkhorn_elliptic_common_ below it. Collective. */
PetscErrorCode EllipticSystemCreate(Sinkhorn s, const char prefix[], EllipticSystem **system)
{
  EllipticSystem *y;

  PetscFunctionBegin;
  PetscCall(PetscNew(system));
  y = *system;
  PetscCall(KernelGetGrid(s->kernel, &y->grid));
  PetscCall(EnergyGetSpeciesCount(s->energy, &y->count));
  for (PetscInt k = 0; k < y->count; k++) PetscCall(EllipticSolverCreate(s, prefix, y->count > 1 ? "own_" : NULL, &y->own[k]));
  if (y->count == 1) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(EllipticSolverCreate(s, prefix, "common_", &y->common));
  for (Vec *v[] = {&y->coupling, &y->share, &y->reaction, &y->x, &y->b, NULL}, **p = v; *p; p++) PetscCall(VecDuplicate(s->beta, *p));
  PetscCall(SystemCreateKSP(y, prefix));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode EllipticSystemDestroy(EllipticSystem **system)
{
  EllipticSystem *y = *system;

  PetscFunctionBegin;
  if (!y) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(KSPDestroy(&y->ksp));
  PetscCall(MatDestroy(&y->matrix));
  for (Vec *v[] = {&y->coupling, &y->share, &y->reaction, &y->x, &y->b, NULL}, **p = v; *p; p++) PetscCall(VecDestroy(*p));
  PetscCall(EllipticSolverDestroy(&y->common));
  for (PetscInt k = 0; k < y->count; k++) PetscCall(EllipticSolverDestroy(&y->own[k]));
  PetscCall(PetscFree(*system));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode EllipticSystemView(EllipticSystem *y, PetscViewer viewer)
{
  PetscFunctionBegin;
  PetscCall(KSPView(y->count > 1 ? y->ksp : y->own[0]->ksp, viewer));
  if (y->count > 1) PetscCall(KSPView(y->common->ksp, viewer));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* out = S in, or in / S, of all densities. */
PetscErrorCode EllipticSystemScale(EllipticSystem *y, PetscBool divide, Vec in, Vec out)
{
  PetscFunctionBegin;
  for (PetscInt k = 0; k < y->count; k++) {
    Vec from, to;

    PetscCall(GridGetPart(y->grid, in, k, PETSC_FALSE, &from));
    PetscCall(GridGetPart(y->grid, out, k, PETSC_TRUE, &to));
    PetscCall(EllipticScale(y->own[k], divide, from, to));
    PetscCall(GridRestorePart(y->grid, out, PETSC_TRUE, &to));
    PetscCall(GridRestorePart(y->grid, in, PETSC_FALSE, &from));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* w for the right-hand side r, with the operator set last; 0 when the linear solver breaks down. Collective. */
PetscErrorCode EllipticSystemSolve(EllipticSystem *y, Vec r, Vec w)
{
  KSP                ksp = y->count > 1 ? y->ksp : y->own[0]->ksp;
  Vec                x = y->count > 1 ? y->x : y->own[0]->x, b = y->count > 1 ? y->b : y->own[0]->b;
  KSPConvergedReason reason;
  MatNullSpace       constant = NULL;

  PetscFunctionBegin;
  PetscCall(PetscLogEventBegin(Sinkhorn_EllipticSolve, ksp, 0, 0, 0));
  PetscCall(EllipticSystemScale(y, PETSC_FALSE, r, b));
  if (y->count > 1) PetscCall(MatGetNullSpace(y->matrix, &constant));
  if (constant) PetscCall(MatNullSpaceRemove(constant, b));
  PetscCall(KSPSolve(ksp, b, x));
  PetscCall(KSPGetConvergedReason(ksp, &reason));
  if (reason < 0 && reason != KSP_DIVERGED_ITS) {
    PetscCall(PetscInfo(ksp, "no elliptic correction: %s\n", KSPConvergedReasons[reason]));
    PetscCall(VecSet(x, 0));
  }
  PetscCall(EllipticSystemScale(y, PETSC_TRUE, x, w));
  PetscCall(PetscLogEventEnd(Sinkhorn_EllipticSolve, ksp, 0, 0, 0));
  PetscFunctionReturn(PETSC_SUCCESS);
}
