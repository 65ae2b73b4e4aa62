/* The end of a step: rho_{k+1} = b K^T a with the newest a, whose mass is that of rho_k to round-off at any tolerance because
   sum b K^T a = sum a K b = sum rho_k. */
#include <math.h>
#include <jko/private/energyimpl.h>
#include <jko/private/sinkhornimpl.h>

/* log_q may be the vector of log rho_k. Collective. */
PetscErrorCode SinkhornEmit(Sinkhorn s, Vec log_q)
{
  const PetscScalar *beta, *lp;
  PetscScalar       *lq;
  PetscInt           n;

  PetscFunctionBegin;
  PetscCall(VecGetLocalSize(log_q, &n));
  PetscCall(VecGetArrayRead(s->beta, &beta));
  PetscCall(VecGetArrayRead(s->lp, &lp));
  PetscCall(VecGetArrayWrite(log_q, &lq));
  for (PetscInt i = 0; i < n; i++) lq[i] = beta[i] + lp[i] > SINKHORN_LOG_FLOOR ? beta[i] + lp[i] : -INFINITY;
  PetscCall(VecRestoreArrayWrite(log_q, &lq));
  PetscCall(VecRestoreArrayRead(s->lp, &lp));
  PetscCall(VecRestoreArrayRead(s->beta, &beta));
  PetscFunctionReturn(PETSC_SUCCESS);
}
