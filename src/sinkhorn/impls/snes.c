/* The fixed point by any nonlinear solver of PETSc that needs no Jacobian, options prefix sinkhorn_. Its function is f at x = S beta, so
   that x - f is the relaxed fixed-point step; it is ended by the marginal residual, whatever norm it minimises, and begun again with new
   weights where mass has moved to cells that hardly count in that norm. */
#include <jko/private/sinkhornimpl.h>
#include <jko/private/sysimpl.h>

typedef struct {
  SNES             snes;
  SinkhornSight    sight;
  PetscBool        reweigh;   /* what it was ended for */
  PetscObjectState evaluated; /* state of x at the last evaluation */
} SinkhornOuter;

/* Once the solve is interrupted it has no value any more, whatever SNES still asks for. */
static PetscErrorCode OuterFunction(SNES snes, Vec x, Vec f, void *context)
{
  Sinkhorn       s = (Sinkhorn)context;
  SinkhornOuter *o = (SinkhornOuter *)s->data;

  PetscFunctionBegin;
  if (s->interrupted) {
    PetscCall(SNESSetFunctionDomainError(snes));
    PetscFunctionReturn(PETSC_SUCCESS);
  }
  PetscCall(SinkhornEvaluateAt(s, x, f));
  PetscCall(PetscObjectStateGet((PetscObject)x, &o->evaluated));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode OuterConverged(SNES snes, PetscInt it, PetscReal xnorm, PetscReal dxnorm, PetscReal fnorm, SNESConvergedReason *why,
                                     void *context)
{
  Sinkhorn       s = (Sinkhorn)context;
  SinkhornOuter *o = (SinkhornOuter *)s->data;

  PetscFunctionBegin;
  (void)snes, (void)it, (void)xnorm, (void)dxnorm;
  SinkhornTest(s, fnorm);
  o->reweigh = SinkhornLosesSight(s, &o->sight, fnorm);
  *why       = s->reason < 0 ? SNES_DIVERGED_FUNCTION_COUNT : SNES_CONVERGED_ITERATING;
  if (s->reason > 0) *why = SNES_CONVERGED_FNORM_ABS;
  if (o->reweigh) *why = SNES_CONVERGED_ITS;
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode OuterMonitor(SNES snes, PetscInt it, PetscReal norm, void *context)
{
  PetscFunctionBegin;
  (void)snes;
  PetscCall(SinkhornMonitor((Sinkhorn)context, it, norm));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* From x and f. The state is to be that of the accepted x, whatever was evaluated last. */
static PetscErrorCode OuterRun(Sinkhorn s, SinkhornOuter *o)
{
  PetscObjectState state;

  PetscFunctionBegin;
  PetscCall(PetscObjectStateGet((PetscObject)s->x, &o->evaluated));
  PetscCall(SNESSetInitialFunction(o->snes, s->f));
  PetscCall(SNESSolve(o->snes, NULL, s->x));
  PetscCall(PetscObjectStateGet((PetscObject)s->x, &state));
  if (state != o->evaluated) PetscCall(OuterFunction(o->snes, s->x, s->f, s));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode SinkhornSolve_SNES(Sinkhorn s)
{
  SinkhornOuter      *o = (SinkhornOuter *)s->data;
  SNESConvergedReason why;

  PetscFunctionBegin;
  o->sight = (SinkhornSight){0};
  do {
    o->reweigh = PETSC_FALSE;
    PetscCall(OuterRun(s, o));
    if (o->reweigh) PetscCall(SinkhornReweigh(s, &o->sight));
  } while (o->reweigh);
  SinkhornTest(s, 0);
  PetscCall(SNESGetConvergedReason(o->snes, &why));
  if (!s->reason) s->reason = why == SNES_DIVERGED_FUNCTION_NANORINF ? SINKHORN_DIVERGED_NOT_FINITE : SINKHORN_DIVERGED_STAGNATION;
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode SinkhornSetUp_SNES(Sinkhorn s)
{
  SinkhornOuter *o = (SinkhornOuter *)s->data;

  PetscFunctionBegin;
  PetscCall(SNESSetFunction(o->snes, s->f, OuterFunction, s));
  PetscCall(SNESSetSolution(o->snes, s->x));
  PetscCall(SNESSetUp(o->snes)); /* its parts ask for their options here */
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode SinkhornReset_SNES(Sinkhorn s)
{
  PetscFunctionBegin;
  PetscCall(SNESReset(((SinkhornOuter *)s->data)->snes));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode SinkhornDestroy_SNES(Sinkhorn s)
{
  SinkhornOuter *o = (SinkhornOuter *)s->data;

  PetscFunctionBegin;
  PetscCall(PetscObjectComposeFunction((PetscObject)s, "SinkhornGetSNES_C", NULL));
  PetscCall(SNESDestroy(&o->snes));
  PetscCall(PetscFree(s->data));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode SinkhornSetFromOptions_SNES(Sinkhorn s, JKOOptionItems PetscOptionsObject)
{
  static const char *const views[] = {"-snes_view", "-snes_view_pre", "-snes_view_solution", "-snes_converged_reason"};
  SinkhornOuter           *o       = (SinkhornOuter *)s->data;

  PetscFunctionBegin;
  (void)PetscOptionsObject;
  PetscCall(SNESSetFromOptions(o->snes));
  PetscCall(JKOExpectOptions((PetscObject)o->snes, (PetscInt)(sizeof views / sizeof *views), views));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode SinkhornView_SNES(Sinkhorn s, PetscViewer viewer)
{
  PetscFunctionBegin;
  PetscCall(SNESView(((SinkhornOuter *)s->data)->snes, viewer));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode SinkhornGetSNES_SNES(Sinkhorn s, SNES *snes)
{
  PetscFunctionBegin;
  *snes = ((SinkhornOuter *)s->data)->snes;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*@
  SinkhornGetSNES - the nonlinear solver of a step solver of type SINKHORNSNES, prefix sinkhorn_, by default SNESANDERSON. Borrowed.

  Not collective. Errors: another type.
@*/
PetscErrorCode SinkhornGetSNES(Sinkhorn s, SNES *snes)
{
  PetscErrorCode (*get)(Sinkhorn, SNES *);

  PetscFunctionBegin;
  PetscValidHeaderSpecific(s, SINKHORN_CLASSID, 1);
  PetscCall(PetscObjectQueryFunction((PetscObject)s, "SinkhornGetSNES_C", &get));
  PetscCheck(get, PetscObjectComm((PetscObject)s), PETSC_ERR_ARG_WRONGSTATE, "the step solver %s has no SNES; call SinkhornSetType() first",
             ((PetscObject)s)->type_name);
  PetscCall((*get)(s, snes));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode SinkhornCreate_SNES(Sinkhorn s)
{
  SinkhornOuter *o;

  PetscFunctionBegin;
  PetscCall(PetscNew(&o));
  s->data                = o;
  s->coarse_type         = SINKHORNANDERSON;
  s->ops->setfromoptions = SinkhornSetFromOptions_SNES;
  s->ops->setup          = SinkhornSetUp_SNES;
  s->ops->solve          = SinkhornSolve_SNES;
  s->ops->view           = SinkhornView_SNES;
  s->ops->reset          = SinkhornReset_SNES;
  s->ops->destroy        = SinkhornDestroy_SNES;
  PetscCall(SNESCreate(PetscObjectComm((PetscObject)s), &o->snes));
  PetscCall(SNESSetOptionsPrefix(o->snes, "sinkhorn_"));
  PetscCall(SNESSetType(o->snes, SNESANDERSON));
  PetscCall(SNESSetTolerances(o->snes, 0, 0, 0, PETSC_INT_MAX, PETSC_INT_MAX));
  PetscCall(SNESSetConvergenceTest(o->snes, OuterConverged, s, NULL));
  PetscCall(SNESMonitorSet(o->snes, OuterMonitor, s, NULL));
  PetscCall(PetscObjectComposeFunction((PetscObject)s, "SinkhornGetSNES_C", SinkhornGetSNES_SNES));
  PetscFunctionReturn(PETSC_SUCCESS);
}
