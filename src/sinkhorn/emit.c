/* The end of a step: rho_{k+1} = b K^T a with the newest a, whose mass is that of rho_k to round-off at any tolerance because
   sum b K^T a = sum a K b = sum rho_k; and how far the step went,

     W2^2(rho_k, rho_{k+1}) ~ eps <alpha, rho_k> + eps <beta, rho_{k+1}> - (eps/2) (Ent(rho_k) + Ent(rho_{k+1})),

   Ent(rho) = int rho log rho: the entropic cost less its bias to leading order (docs/sinkhorn.md). */
#include <math.h>
#include <jko/private/energyimpl.h>
#include <jko/private/sinkhornimpl.h>
#include <jko/private/sumimpl.h>

/* Adds rho (potential - log rho / 2) of a chunk, nothing for empty cells. */
static void SinkhornAddCost(Sum *sum, PetscInt n, const double log_rho[], const double potential[])
{
  double cost[ENERGY_CHUNK];

  EnergyExp(n, 1, log_rho, cost);
  for (PetscInt i = 0; i < n; i++) cost[i] = log_rho[i] > SINKHORN_LOG_FLOOR ? cost[i] * (potential[i] - log_rho[i] / 2) : 0;
  for (PetscInt i = n; i < ENERGY_CHUNK; i++) cost[i] = 0;
  SumAdd(sum, ENERGY_CHUNK, cost);
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
    const PetscInt m = PetscMin(ENERGY_CHUNK, n - i);
    double         emitted[ENERGY_CHUNK];

    for (PetscInt j = 0; j < m; j++) emitted[j] = beta[i + j] + lp[i + j];
    SinkhornAddCost(&sum, m, lr + i, alpha + i);
    SinkhornAddCost(&sum, m, emitted, beta + i);
    for (PetscInt j = 0; j < m; j++) lq[i + j] = emitted[j] > SINKHORN_LOG_FLOOR ? emitted[j] : -INFINITY;
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
