/* What a flow tells of itself. */
#include <jko/private/jkoimpl.h>

/*@ JKOGetGrid - borrowed. Not collective. @*/
PetscErrorCode JKOGetGrid(JKO jko, Grid *grid)
{
  PetscFunctionBegin;
  PetscValidHeaderSpecific(jko, JKO_CLASSID, 1);
  *grid = jko->grid;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*@ JKOGetEnergy - borrowed. Not collective. @*/
PetscErrorCode JKOGetEnergy(JKO jko, Energy *energy)
{
  PetscFunctionBegin;
  PetscValidHeaderSpecific(jko, JKO_CLASSID, 1);
  *energy = jko->energy;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*@ JKOGetKernel - borrowed. Not collective. @*/
PetscErrorCode JKOGetKernel(JKO jko, Kernel *kernel)
{
  PetscFunctionBegin;
  PetscValidHeaderSpecific(jko, JKO_CLASSID, 1);
  *kernel = jko->kernel;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*@ JKOGetSinkhorn - borrowed. Not collective. @*/
PetscErrorCode JKOGetSinkhorn(JKO jko, Sinkhorn *sinkhorn)
{
  PetscFunctionBegin;
  PetscValidHeaderSpecific(jko, JKO_CLASSID, 1);
  *sinkhorn = jko->sinkhorn;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*@ JKOGetLogDensity - the logarithm of the density, -inf in empty cells. Borrowed, to be read only. Not collective. @*/
PetscErrorCode JKOGetLogDensity(JKO jko, Vec *log_rho)
{
  PetscFunctionBegin;
  PetscValidHeaderSpecific(jko, JKO_CLASSID, 1);
  *log_rho = jko->log_rho;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*@ JKOGetTimeStep - tau. Not collective. @*/
PetscErrorCode JKOGetTimeStep(JKO jko, PetscReal *dt)
{
  PetscFunctionBegin;
  PetscValidHeaderSpecific(jko, JKO_CLASSID, 1);
  *dt = jko->dt;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*@ JKOGetTime - the time reached. Not collective. @*/
PetscErrorCode JKOGetTime(JKO jko, PetscReal *time)
{
  PetscFunctionBegin;
  PetscValidHeaderSpecific(jko, JKO_CLASSID, 1);
  *time = jko->time;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*@ JKOGetStepNumber - the steps accepted since time 0. Not collective. @*/
PetscErrorCode JKOGetStepNumber(JKO jko, PetscInt *steps)
{
  PetscFunctionBegin;
  PetscValidHeaderSpecific(jko, JKO_CLASSID, 1);
  *steps = jko->steps;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*@ JKOGetMaxTime - the time to end at, negative when there is none. Not collective. @*/
PetscErrorCode JKOGetMaxTime(JKO jko, PetscReal *time)
{
  PetscFunctionBegin;
  PetscValidHeaderSpecific(jko, JKO_CLASSID, 1);
  *time = jko->max_time;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*@ JKOGetMaxSteps - the steps to end after, negative when there is no such limit. Not collective. @*/
PetscErrorCode JKOGetMaxSteps(JKO jko, PetscInt *steps)
{
  PetscFunctionBegin;
  PetscValidHeaderSpecific(jko, JKO_CLASSID, 1);
  *steps = jko->max_steps;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*@ JKOGetStepInfo - the measures of the last accepted step, or of the initial state. Borrowed. Not collective; after JKOSetUp(). @*/
PetscErrorCode JKOGetStepInfo(JKO jko, const JKOStepInfo **info)
{
  PetscFunctionBegin;
  PetscValidHeaderSpecific(jko, JKO_CLASSID, 1);
  *info = &jko->info;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*@ JKOGetCompensate - whether the bias of the regularisation is removed. Not collective. @*/
PetscErrorCode JKOGetCompensate(JKO jko, PetscBool *compensate)
{
  PetscFunctionBegin;
  PetscValidHeaderSpecific(jko, JKO_CLASSID, 1);
  *compensate = (PetscBool)(jko->debias != JKO_DEBIAS_NONE);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*@ JKOGetFloorBinds - whether an automatic eps has been raised to the least that the grid resolves. Not collective. @*/
PetscErrorCode JKOGetFloorBinds(JKO jko, PetscBool *binds)
{
  PetscFunctionBegin;
  PetscValidHeaderSpecific(jko, JKO_CLASSID, 1);
  *binds = jko->floor_said;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The largest eps: a kernel as wide as the box, which is flat already, or what the type is worth. Collective. */
PetscErrorCode JKOGetEpsilonCeiling(JKO jko, PetscReal *epsilon)
{
  PetscInt  dim;
  PetscReal lower[3], upper[3], edge = 0, floor, widest;

  PetscFunctionBegin;
  PetscCall(GridGetDimension(jko->grid, &dim));
  PetscCall(GridGetBox(jko->grid, lower, upper));
  for (PetscInt a = 0; a < dim; a++) edge = PetscMax(edge, upper[a] - lower[a]);
  PetscCall(KernelGetEpsilonFloor(jko->kernel, &floor));
  PetscCall(KernelGetEpsilonCeiling(jko->kernel, &widest));
  *epsilon = PetscMax(PetscMin(2 * PetscSqr(edge), widest), floor);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*@ JKOGetConvergedReason - why the flow ended: positive at its end, negative after a failure, 0 while it can go on. Not collective. @*/
PetscErrorCode JKOGetConvergedReason(JKO jko, JKOConvergedReason *reason)
{
  PetscFunctionBegin;
  PetscValidHeaderSpecific(jko, JKO_CLASSID, 1);
  *reason = jko->reason;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*@ JKOGetFailure - one line on what failed and what to try; empty while nothing has. Borrowed. Not collective. @*/
PetscErrorCode JKOGetFailure(JKO jko, const char *text[])
{
  PetscFunctionBegin;
  PetscValidHeaderSpecific(jko, JKO_CLASSID, 1);
  *text = jko->failure;
  PetscFunctionReturn(PETSC_SUCCESS);
}
