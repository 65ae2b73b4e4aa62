/* The fixed point by Anderson acceleration (anderson.c) of x = S beta, whose norm weighs cells by their mass. Where mass has moved to cells
   that hardly count, they are weighed anew.

   Its evaluations grow as the diffusivity of the regularisation falls below that of the energy, like the square root of their ratio. */
#include <jko/private/sinkhornimpl.h>

/* From the evaluated x and f until there is a reason. */
PetscErrorCode SinkhornAccelerate(Sinkhorn s, Anderson *a)
{
  const PetscBool adapts = (PetscBool) !!s->log_q;
  SinkhornSight   sight  = {0};

  PetscFunctionBegin;
  AndersonBegin(a, adapts);
  for (PetscInt it = 0;; it++) {
    SinkhornTest(s, a->norm);
    if (SinkhornLosesSight(s, &sight, a->norm)) {
      PetscCall(SinkhornReweigh(s, &sight));
      AndersonBegin(a, adapts);
    }
    if (!s->reason || s->monitor) PetscCall(AndersonMeasure(a, s->x, s->f));
    PetscCall(SinkhornMonitor(s, it, a->norm));
    if (s->reason) break;
    PetscCall(AndersonAdvance(a, s->x));
    PetscCall(SinkhornEvaluateAt(s, s->x, s->f));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode SinkhornSolve_Anderson(Sinkhorn s)
{
  PetscFunctionBegin;
  PetscCall(SinkhornAccelerate(s, (Anderson *)s->data));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode SinkhornSetUp_Anderson(Sinkhorn s)
{
  PetscFunctionBegin;
  PetscCall(AndersonHistorySetUp(&((Anderson *)s->data)->history, s->x));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode SinkhornReset_Anderson(Sinkhorn s)
{
  PetscFunctionBegin;
  PetscCall(AndersonHistoryReset(&((Anderson *)s->data)->history));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode SinkhornDestroy_Anderson(Sinkhorn s)
{
  PetscFunctionBegin;
  PetscCall(PetscFree(s->data));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static const JKOOption AndersonOptions[] = {{"-sinkhorn_anderson_depth", JKO_OPTION_INT, JKO_OPTION_TUNES, "10",
                                             .needs = "-sinkhorn_type anderson", .setter = "SinkhornSetFromOptions",
                                             .help = "Differences kept, 1 to 20"},
                                            {NULL}};

/* -sinkhorn_snes_anderson_depth is the name it had as an accelerator of SNES. */
static PetscErrorCode SinkhornSetFromOptions_Anderson(Sinkhorn s, JKOOptionItems PetscOptionsObject)
{
  AndersonHistory *h     = &((Anderson *)s->data)->history;
  PetscInt         depth = h->depth;

  PetscFunctionBegin;
  PetscCall(PetscOptionsGetInt(((PetscObject)s)->options, NULL, "-sinkhorn_snes_anderson_depth", &depth, NULL));
  PetscCall(JKOOptionsInt(PetscOptionsObject, AndersonOptions, "-sinkhorn_anderson_depth", &depth, NULL));
  PetscCheck(depth >= 1 && depth <= ANDERSON_MAX_DEPTH, PetscObjectComm((PetscObject)s), JKO_ERR_INPUT,
             "-sinkhorn_anderson_depth: %" PetscInt_FMT " is not between 1 and %d", depth, ANDERSON_MAX_DEPTH);
  h->depth = depth;
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode SinkhornView_Anderson(Sinkhorn s, PetscViewer viewer)
{
  PetscFunctionBegin;
  PetscCall(PetscViewerASCIIPrintf(viewer, "  depth %" PetscInt_FMT "\n", ((Anderson *)s->data)->history.depth));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscReal SinkhornCost_Anderson(const SinkhornTask *task)
{
  return task->stiffness;
}

PetscErrorCode SinkhornCreate_Anderson(Sinkhorn s)
{
  Anderson *a;

  PetscFunctionBegin;
  PetscCall(PetscNew(&a));
  a->history.depth       = ANDERSON_USUAL_DEPTH;
  s->data                = a;
  s->coarse_type         = SINKHORNANDERSON;
  s->bears_lag           = PETSC_TRUE;
  s->options             = AndersonOptions;
  s->ops->setfromoptions = SinkhornSetFromOptions_Anderson;
  s->ops->setup          = SinkhornSetUp_Anderson;
  s->ops->solve          = SinkhornSolve_Anderson;
  s->ops->view           = SinkhornView_Anderson;
  s->ops->reset          = SinkhornReset_Anderson;
  s->ops->destroy        = SinkhornDestroy_Anderson;
  PetscFunctionReturn(PETSC_SUCCESS);
}
