/* What the loops of all types are made of: the test by the L1 marginal residual, whatever norm a type minimises, and the weights of the
   cells in that norm. */
#include <jko/private/sinkhornimpl.h>

#define SINKHORN_PATIENCE 100  /* evaluations without progress that end a solve */
#define SINKHORN_LOST     1e-2 /* of the marginal residual that the weighted norm may lose sight of before cells are weighed anew */

/* Sets the reason, or none yet, from the last evaluation; `norm` is the type's, 0 where it is not known. Not collective. */
void SinkhornTest(Sinkhorn s, PetscReal norm)
{
  const PetscInt waited = ProgressWaited(&s->progress, s->iterations, s->residual);

  s->reason = SINKHORN_CONVERGED_ITERATING;
  if (s->interrupted)
    s->reason = SINKHORN_INTERRUPTED;
  else if (PetscIsInfOrNanReal(s->residual) || PetscIsInfOrNanReal(norm))
    s->reason = SINKHORN_DIVERGED_NOT_FINITE;
  else if (s->residual <= s->tol)
    s->reason = SINKHORN_CONVERGED_RESIDUAL;
  else if (s->iterations >= s->max_it)
    s->reason = SINKHORN_DIVERGED_MAX_IT;
  else if (waited >= SINKHORN_PATIENCE)
    s->reason = SINKHORN_DIVERGED_STAGNATION;
}

/* The line of an iteration, where lines are asked for. Collective. */
PetscErrorCode SinkhornMonitor(Sinkhorn s, PetscInt it, PetscReal norm)
{
  PetscViewer viewer;

  PetscFunctionBegin;
  if (!s->monitor) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(PetscViewerASCIIGetStdout(PetscObjectComm((PetscObject)s), &viewer));
  PetscCall(PetscViewerASCIIPrintf(viewer, "    %3" PetscInt_FMT " sinkhorn: marginal residual %.6e, weighted norm %.6e\n", it,
                                   (double)s->residual, (double)norm));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Weighs the cells by the present prox: x = S beta, and f, the residual of beta, with the new S. Collective. */
PetscErrorCode SinkhornWeigh(Sinkhorn s)
{
  PetscFunctionBegin;
  PetscCall(VecPointwiseDivide(s->f, s->f, s->scale));
  PetscCall(SinkhornSetScale(s));
  PetscCall(VecPointwiseMult(s->x, s->beta, s->scale));
  PetscCall(VecPointwiseMult(s->f, s->f, s->scale));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Whether there is no reason to end, but mass has moved to cells that hardly count in the norm, which has fallen without the residual. The
   first norm that is not 0 is taken for that of the weights. Not collective. */
PetscBool SinkhornLosesSight(Sinkhorn s, SinkhornSight *at, PetscReal norm)
{
  if (norm > 0 && !(at->norm > 0)) *at = (SinkhornSight){.norm = norm, .residual = s->residual};
  return (PetscBool)(!s->reason && norm / at->norm < SINKHORN_LOST * s->residual / at->residual);
}

/* Weighs the cells anew after SinkhornEvaluateAt(), with the potentials as they were balanced. Collective. */
PetscErrorCode SinkhornReweigh(Sinkhorn s, SinkhornSight *at)
{
  PetscFunctionBegin;
  PetscCall(SinkhornAddShift(s, -1, s->f));
  PetscCall(SinkhornWeigh(s));
  *at = (SinkhornSight){0};
  PetscFunctionReturn(PETSC_SUCCESS);
}
