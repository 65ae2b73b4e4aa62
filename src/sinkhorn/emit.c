/* The end of a step: rho_{k+1} = b K^T a with the newest a, whose mass is that of rho_k to round-off at any tolerance because
   sum b K^T a = sum a K b = sum rho_k; and how far the step went,

     W2^2(rho_k, rho_{k+1}) ~ eps <alpha, rho_k> + eps <beta, rho_{k+1}> - (eps/2) (Ent(rho_k) + Ent(rho_{k+1})),

   Ent(rho) = int rho log rho: the entropic cost less its bias to leading order (docs/sinkhorn.md). */
#include <math.h>
#include <jko/private/energyimpl.h>
#include <jko/private/sinkhornimpl.h>
#include <jko/private/sumimpl.h>

/* rho (potential - log rho / 2), 0 in empty cells */
static double SinkhornCost(double log_rho, double potential)
{
  return log_rho > SINKHORN_LOG_FLOOR ? exp(log_rho) * (potential - log_rho / 2) : 0;
}

/* log_q may be the vector of log rho_k: every cell is read before it is written. Collective. */
PetscErrorCode SinkhornEmit(Sinkhorn s, Vec log_q)
{
  const PetscScalar *alpha, *beta, *lp, *lr;
  PetscScalar       *lq;
  PetscInt           n;
  PetscReal          epsilon, total;
  Sum                sum = {{0}, {0}};

  PetscFunctionBegin;
  PetscCall(VecGetLocalSize(log_q, &n));
  PetscCall(VecGetArrayRead(s->alpha, &alpha));
  PetscCall(VecGetArrayRead(s->beta, &beta));
  PetscCall(VecGetArrayRead(s->lp, &lp));
  PetscCall(VecGetArray(log_q, &lq));
  if (s->log_rho == log_q)
    lr = lq;
  else
    PetscCall(VecGetArrayRead(s->log_rho, &lr));
  for (PetscInt i = 0; i < n; i += ENERGY_CHUNK) {
    double cost[ENERGY_CHUNK] = {0};

    for (PetscInt j = 0; j < PetscMin(ENERGY_CHUNK, n - i); j++) {
      const double new = beta[i + j] + lp[i + j];

      cost[j]   = SinkhornCost(lr[i + j], alpha[i + j]) + SinkhornCost(new, beta[i + j]);
      lq[i + j] = new > SINKHORN_LOG_FLOOR ? new : -INFINITY;
    }
    SumAdd(&sum, ENERGY_CHUNK, cost);
  }
  if (s->log_rho != log_q) PetscCall(VecRestoreArrayRead(s->log_rho, &lr));
  PetscCall(VecRestoreArray(log_q, &lq));
  PetscCall(VecRestoreArrayRead(s->lp, &lp));
  PetscCall(VecRestoreArrayRead(s->beta, &beta));
  PetscCall(VecRestoreArrayRead(s->alpha, &alpha));
  PetscCall(SumAllreduce(PetscObjectComm((PetscObject)s), 1, &sum, &total));
  PetscCall(KernelGetEpsilon(s->kernel, &epsilon));
  s->w2 = PetscSqrtReal(PetscMax(0, epsilon * s->volume * total));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*@ SinkhornGetW2 - estimate of W2(rho_k, rho_{k+1}) of the last converged solve, length times square root of mass. Not collective. @*/
PetscErrorCode SinkhornGetW2(Sinkhorn s, PetscReal *w2)
{
  PetscFunctionBegin;
  PetscValidHeaderSpecific(s, SINKHORN_CLASSID, 1);
  *w2 = s->w2;
  PetscFunctionReturn(PETSC_SUCCESS);
}
