/* The end of a step: rho_{k+1} = b K^T a with the newest a, whose mass is that of rho_k to round-off at any tolerance because
   sum b K^T a = sum a K b = sum rho_k. The round-off is that of the potentials, which may be large; it is taken out, lest it add up over
   steps. */
#include <math.h>
#include <jko/private/energyimpl.h>
#include <jko/private/sinkhornimpl.h>
#include <jko/private/sumimpl.h>

#define EMIT_LEAST (32 * PETSC_MACHINE_EPSILON) /* of the mass: less is what any sum rounds to */
#define EMIT_MOST  1e-9                         /* more is not round-off, and to be seen */

static PetscErrorCode EmitWithoutRounding(Sinkhorn s, PetscReal mass, Vec log_q)
{
  const PetscScalar *lq;
  PetscInt           n;
  Sum                sum = {{0}, {0}};
  PetscReal          total, excess;

  PetscFunctionBegin;
  PetscCall(VecGetLocalSize(log_q, &n));
  PetscCall(VecGetArrayRead(log_q, &lq));
  for (PetscInt i = 0; i < n; i += ENERGY_CHUNK) {
    double q[ENERGY_CHUNK] = {0};

    EnergyExp(PetscMin(ENERGY_CHUNK, n - i), 1, lq + i, q);
    SumAdd(&sum, ENERGY_CHUNK, q);
  }
  PetscCall(VecRestoreArrayRead(log_q, &lq));
  PetscCall(SumAllreduce(PetscObjectComm((PetscObject)s), 1, &sum, &total));
  excess = log(total / mass);
  if (PetscAbsReal(excess) > EMIT_LEAST && PetscAbsReal(excess) < EMIT_MOST) PetscCall(VecShift(log_q, -excess));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* log_q may be the vector of log rho_k. Collective. */
PetscErrorCode SinkhornEmit(Sinkhorn s, Vec log_q)
{
  const PetscScalar *beta, *lp;
  PetscScalar       *lq;
  PetscInt           n;
  Grid               grid;

  PetscFunctionBegin;
  PetscCall(KernelGetGrid(s->kernel, &grid));
  PetscCall(VecGetLocalSize(log_q, &n));
  PetscCall(VecGetArrayRead(s->beta, &beta));
  PetscCall(VecGetArrayRead(s->lp, &lp));
  PetscCall(VecGetArrayWrite(log_q, &lq));
  for (PetscInt i = 0; i < n; i++) lq[i] = beta[i] + lp[i] > SINKHORN_LOG_FLOOR ? beta[i] + lp[i] : -INFINITY;
  PetscCall(VecRestoreArrayWrite(log_q, &lq));
  PetscCall(VecRestoreArrayRead(s->lp, &lp));
  PetscCall(VecRestoreArrayRead(s->beta, &beta));
  for (PetscInt k = 0; k < EnergyDensities(s->energy); k++) {
    Vec part;

    PetscCall(GridGetPart(grid, log_q, k, PETSC_TRUE, &part));
    PetscCall(EmitWithoutRounding(s, s->sum[k], part));
    PetscCall(GridRestorePart(grid, log_q, PETSC_TRUE, &part));
  }
  PetscCall(SinkhornKeepBound(s, log_q));
  PetscFunctionReturn(PETSC_SUCCESS);
}
