/* A solve of a step at one eps, with a kernel that reaches as far as the step moves mass. */
#include <jko/private/jkoimpl.h>
#include <jko/private/sinkhornimpl.h>

#define JKO_WIDER 1.5 /* factor on the kernel's truncation where a step strains it */

/* Whether there is a wider truncation. */
static PetscErrorCode JKOKernelMayWiden(JKO jko, PetscBool *wider)
{
  PetscReal truncation;

  PetscFunctionBegin;
  PetscCall(KernelGetTruncation(jko->kernel, &truncation));
  PetscCall(KernelIsTruncated(jko->kernel, wider));
  *wider = (PetscBool)(*wider && truncation < JKO_WIDEST);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* A solve from the last potentials, or from a fresh guess when they are NULL; the solution is left in lp. A kernel that is too narrow on
   the coarser grid already is not tried on this one as long as there is a wider one. */
static PetscErrorCode JKOSolveFrom(JKO jko, PetscReal tau, PetscReal epsilon, Vec log_rho, const JKOPotential *last, Vec lp, Vec log_q,
                                   SinkhornConvergedReason *why)
{
  PetscInt  iterations;
  PetscBool strains;

  PetscFunctionBegin;
  PetscCall(SinkhornChooseType(jko->sinkhorn, tau, log_rho));
  PetscCall(JKOPotentialGuess(jko, tau, log_rho, last, lp));
  strains = PETSC_FALSE;
  if (!jko->unbiased.drive) PetscCall(JKOCoarseGuess(jko, tau, epsilon, log_rho, lp, &strains));
  if (strains) PetscCall(JKOKernelMayWiden(jko, &strains));
  if (strains) {
    *why = SINKHORN_DIVERGED_REACH;
    PetscFunctionReturn(PETSC_SUCCESS);
  }
  PetscCall(SinkhornSolve(jko->sinkhorn, tau, log_rho, lp, log_q));
  PetscCall(SinkhornGetConvergedReason(jko->sinkhorn, why));
  PetscCall(SinkhornGetIterationNumber(jko->sinkhorn, &iterations));
  jko->info.iterations += iterations;
  if (*why > 0) PetscCall(SinkhornGetResidual(jko->sinkhorn, &jko->solved));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Where a step moves mass further than the kernel reaches: a wider truncation, if there is one. */
PetscErrorCode JKOWidenKernel(JKO jko, PetscBool *wider)
{
  PetscReal truncation;

  PetscFunctionBegin;
  PetscCall(KernelGetTruncation(jko->kernel, &truncation));
  PetscCall(JKOKernelMayWiden(jko, wider));
  if (!*wider) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(KernelSetTruncation(jko->kernel, PetscMin(JKO_WIDER * truncation, JKO_WIDEST)));
  PetscCall(PetscInfo(jko, "kernel widened from %g sigma to half as much again, where the step moves mass that far\n", (double)truncation));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The same at wider and wider kernels, as long as the step strains the width. */
PetscErrorCode JKOSolveWide(JKO jko, PetscReal tau, PetscReal epsilon, Vec log_rho, const JKOPotential *last, Vec lp, Vec log_q,
                            SinkhornConvergedReason *why)
{
  PetscBool again;

  PetscFunctionBegin;
  PetscCall(KernelSetEpsilon(jko->kernel, epsilon));
  do {
    PetscCall(JKOSolveFrom(jko, tau, epsilon, log_rho, last, lp, log_q, why));
    again = (PetscBool)(*why == SINKHORN_DIVERGED_REACH);
    if (again) PetscCall(JKOWidenKernel(jko, &again));
  } while (again);
  PetscFunctionReturn(PETSC_SUCCESS);
}
