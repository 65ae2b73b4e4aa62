/* Minimising movements (Jordan, Kinderlehrer, Otto, SIAM J. Math. Anal. 29, 1998): first order in time.

     rho_{k+1} = argmin_rho  W2^2(rho_k, rho)/(2 tau) + F(rho)                                                          */
#include <jko/private/jkoimpl.h>

static PetscErrorCode JKOStep_Euler(JKO jko, PetscReal tau)
{
  PetscFunctionBegin;
  PetscCall(JKOSolveStep(jko, tau, jko->log_rho, &jko->potential, jko->log_rho));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PETSC_INTERN PetscErrorCode JKOCreate_Euler(JKO jko)
{
  PetscFunctionBegin;
  jko->ops->step = JKOStep_Euler;
  PetscFunctionReturn(PETSC_SUCCESS);
}
