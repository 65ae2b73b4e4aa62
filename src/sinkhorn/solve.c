/* One JKO step from rho_k and a guess of log p to rho_{k+1}: the solve by the type, its reach, its certificate. */
#include <jko/private/sinkhornimpl.h>

#define SINKHORN_STRAIN 1e-3 /* of the mass that may come near the end of the kernel's reach */

/* From a guess of log p until there is a reason. */
static PetscErrorCode SinkhornIterate(Sinkhorn s, Vec lp)
{
  PetscFunctionBegin;
  PetscCall(SinkhornSetUpType(s)); /* it may ask for du from the first evaluation on */
  s->lags = (PetscBool)(s->bears_lag && EnergyIsCostly(s->energy));
  PetscCall(SinkhornStart(s, lp));
  PetscCall(VecSet(s->scale, 1));
  PetscCall(SinkhornEvaluate(s, s->f));
  PetscCall(SinkhornWeigh(s));
  PetscUseTypeMethod(s, solve);
  if (s->interrupted) s->reason = SINKHORN_INTERRUPTED;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The share of the mass, of the species for which it is most, that a plan moves to near the end of the kernel's reach. Collective. */
PetscErrorCode SinkhornGetStrain(Sinkhorn s, Vec lp, Vec u, PetscReal *most)
{
  PetscReal strain;
  PetscInt  parts;
  Grid      grid;
  Vec       p, q;

  PetscFunctionBegin;
  *most = 0;
  PetscCall(KernelGetGrid(s->kernel, &grid));
  PetscCall(EnergyGetSpeciesCount(s->energy, &parts));
  for (PetscInt k = 0; k < parts; k++) {
    PetscCall(GridGetPart(grid, lp, k, PETSC_FALSE, &p));
    PetscCall(GridGetPart(grid, u, k, PETSC_FALSE, &q));
    PetscCall(KernelGetStrain(s->kernel, p, q, &strain));
    PetscCall(GridRestorePart(grid, u, PETSC_FALSE, &q));
    PetscCall(GridRestorePart(grid, lp, PETSC_FALSE, &p));
    *most = PetscMax(*most, strain / s->sum[k]);
  }
  PetscCall(PetscInfo(s, "%g of the mass strains the kernel's reach\n", (double)*most));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* A fixed point whose plan runs into the kernel's truncation is that of another problem. */
static PetscErrorCode SinkhornCheckReach(Sinkhorn s)
{
  PetscReal strain;

  PetscFunctionBegin;
  PetscCall(SinkhornGetStrain(s, s->lp, s->u, &strain));
  if (strain > SINKHORN_STRAIN) s->reason = SINKHORN_DIVERGED_REACH;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* What a solve leaves; lp and log_q change on success only. */
static PetscErrorCode SinkhornFinish(Sinkhorn s, Vec lp, Vec log_q)
{
  PetscFunctionBegin;
  if (s->reason > 0) PetscCall(SinkhornCheckReach(s));
  if (s->reason < 0) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(SinkhornKeepGuess(s, lp));
  if (s->certify) {
    PetscCall(SinkhornCertify(s));
    PetscCall(SinkhornAdvance(s, log_q));
  } else
    PetscCall(SinkhornEmit(s, log_q));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*@
  SinkhornSolve - one JKO step of length tau.

  Collective.

  Input:
+ tau     - time step
. log_rho - log rho_k, -inf in empty cells; of all species, in a vector of EnergyCreateVector()
- lp      - guess of log p, p = K^T a, finite; SinkhornGuess() makes one

  Output:
+ lp    - log p of the solution: a guess for the next step
- log_q - log rho_{k+1}, of the mass of rho_k; may be log_rho

  Notes: ask SinkhornGetConvergedReason(): after a failure lp and log_q are as they were.
@*/
PetscErrorCode SinkhornSolve(Sinkhorn s, PetscReal tau, Vec log_rho, Vec lp, Vec log_q)
{
  PetscFunctionBegin;
  PetscValidHeaderSpecific(s, SINKHORN_CLASSID, 1);
  PetscCall(PetscLogEventBegin(Sinkhorn_Solve, s, 0, 0, 0));
  PetscCall(SinkhornBegin(s, tau, log_rho));
  PetscCall(SinkhornIterate(s, lp));
  PetscCall(SinkhornFinish(s, lp, log_q));
  PetscCall(PetscLogEventEnd(Sinkhorn_Solve, s, 0, 0, 0));
  PetscFunctionReturn(PETSC_SUCCESS);
}
