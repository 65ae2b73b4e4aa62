/* JKO: the time stepper. Children and life. */
#include <jko/private/jkoimpl.h>

/*@
  JKOCreate - a flow without grid, energy or density; scheme euler, eps chosen automatically, bias compensated.

  Collective on comm. The caller owns the result.
@*/
PetscErrorCode JKOCreate(MPI_Comm comm, JKO *jko)
{
  JKO j;

  PetscFunctionBegin;
  PetscAssertPointer(jko, 2);
  PetscCall(JKOInitializePackage());
  PetscCall(PetscHeaderCreate(j, JKO_CLASSID, "JKO", "Wasserstein gradient flow", "JKO", comm, JKODestroy, JKOView));
  j->max_time      = JKO_AUTO;
  j->max_steps     = -1;
  j->epsilon       = JKO_AUTO;
  j->epsilon_ratio = 0.1;
  j->coarse_first  = PETSC_TRUE;
  j->adapt.tol     = 1e-3;
  PetscCall(KernelCreate(comm, &j->kernel));
  PetscCall(SinkhornCreate(comm, &j->sinkhorn));
  PetscCall(SinkhornSetKernel(j->sinkhorn, j->kernel));
  PetscCall(JKOSetType(j, JKOEULER));
  *jko = j;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*@ JKODestroy - drops a reference; the last one frees the flow. Collective. @*/
PetscErrorCode JKODestroy(JKO *jko)
{
  JKO j = *jko;

  PetscFunctionBegin;
  *jko = NULL;
  if (!j) PetscFunctionReturn(PETSC_SUCCESS);
  PetscValidHeaderSpecific(j, JKO_CLASSID, 1);
  if (--((PetscObject)j)->refct > 0) PetscFunctionReturn(PETSC_SUCCESS);
  PetscTryTypeMethod(j, destroy);
  PetscCall(VecDestroy(&j->log_rho));
  PetscCall(VecDestroy(&j->potential.now));
  PetscCall(VecDestroy(&j->potential.before));
  PetscCall(JKOReactionDestroy(j));
  PetscCall(JKOCoarseDestroy(&j->coarse));
  PetscCall(JKOStageDestroy(&j->stage));
  PetscCall(PressureDestroy(&j->unbiased.pressure));
  PetscCall(JKODescentReset(j));
  PetscCall(DMDestroy(&j->dm));
  PetscCall(SinkhornDestroy(&j->sinkhorn));
  PetscCall(KernelDestroy(&j->kernel));
  PetscCall(EnergyDestroy(&j->energy));
  PetscCall(GridDestroy(&j->grid));
  PetscCall(PetscFree(j->stop));
  PetscCall(PetscHeaderDestroy(&j));
  PetscFunctionReturn(PETSC_SUCCESS);
}
