/* Minimising movements (Jordan, Kinderlehrer, Otto, SIAM J. Math. Anal. 29, 1998): first order in time.

     rho_{k+1} = argmin_rho  W2^2(rho_k, rho)/(2 tau) + F(rho)                                                          */
#include <jko/private/jkoimpl.h>

static PetscErrorCode JKOStep_Euler(JKO jko, PetscReal tau)
{
  PetscReal epsilon;

  PetscFunctionBegin;
  PetscCall(JKOChooseEpsilon(jko, tau, &epsilon));
  if (JKOIsUnbiased(jko)) {
    PetscCall(JKOStageGuess(jko, &jko->stage, jko->log_rho, jko->stage.known > 0 ? jko->stage.psi : NULL));
    PetscCall(JKOSolveStage(jko, &jko->stage, tau, epsilon, jko->log_rho, jko->stage.gamma, jko->log_rho));
  } else
    PetscCall(JKOSolveStep(jko, tau, epsilon, jko->log_rho, &jko->potential, jko->log_rho));
  PetscCall(SinkhornGetW2(jko->sinkhorn, &jko->info.w2));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PETSC_INTERN PetscErrorCode JKOCreate_Euler(JKO jko)
{
  PetscFunctionBegin;
  jko->ops->setup = JKOCoarseSetUp;
  jko->ops->step  = JKOStep_Euler;
  PetscFunctionReturn(PETSC_SUCCESS);
}
