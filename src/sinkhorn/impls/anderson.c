/* Anderson acceleration of the fixed point x <- G(x) = x - f(x) (history.c). In the variables of Sinkhorn, x = sqrt(q) beta, the
   norm weighs cells by their mass.

   What differs from SNESANDERSON: the history is in single precision, its path does not depend on the number of ranks, an
   iterate whose residual has grown is left by a plain step with a new history, and the mixing is found on the way: the relaxed fixed
   point contracts for energies whose variation is local, but W * q answers to changes of q elsewhere, by many times what the relaxation
   allows for where eps is small. How much a plain step changes the residual tells by how many times. */
#include <petsc/private/snesimpl.h>
#include <jko/private/sinkhornimpl.h>
#include "../history.h"

#define ANDERSON_GROWTH 2.5 /* over the best residual, that ends a history */
#define ANDERSON_STIFF  1.5 /* change of the residual over that of a plain step which makes the next steps shorter */

/* The way through a solve. */
typedef struct {
  PetscReal best;   /* residual of this history */
  PetscReal mixing; /* share of the residual that steps take */
  PetscReal moved;  /* length of the last step, if it was a plain one, else 0 */
  PetscBool adapts; /* mixing may become less than 1 */
} AndersonPath;

/* Takes x and f into the history: the norm of f. */
static PetscErrorCode AndersonMeasure(SNES snes)
{
  PetscFunctionBegin;
  PetscCall(PetscLogEventBegin(Sinkhorn_Accelerate, snes, 0, 0, 0));
  PetscCall(AndersonHistoryAdd((AndersonHistory *)snes->data, snes->vec_sol, snes->vec_func, &snes->norm));
  PetscCall(PetscLogEventEnd(Sinkhorn_Accelerate, snes, 0, 0, 0));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* After a plain step: shorter ones, where the residual has changed by more than the step. */
static void AndersonMix(const AndersonHistory *a, AndersonPath *path)
{
  const PetscReal changed = a->count ? PetscSqrtReal(a->gram[a->newest][a->newest]) : 0;

  if (changed > 0 && path->mixing * changed > ANDERSON_STIFF * path->moved) path->mixing = path->moved / changed;
}

/* The next x. A residual that has grown beyond the best, or a history without information, starts a new one by a plain step. */
static PetscErrorCode AndersonAdvance(SNES snes, AndersonPath *path)
{
  AndersonHistory *a                         = (AndersonHistory *)snes->data;
  PetscReal        gamma[ANDERSON_MAX_DEPTH] = {0};
  PetscBool        accelerate                = (PetscBool)(snes->norm <= ANDERSON_GROWTH * path->best && AndersonHistorySolve(a, gamma));

  PetscFunctionBegin;
  PetscCall(PetscLogEventBegin(Sinkhorn_Accelerate, snes, 0, 0, 0));
  if (path->adapts && path->moved > 0) AndersonMix(a, path);
  if (!accelerate) a->count = a->next = 0;
  path->best  = accelerate ? PetscMin(path->best, snes->norm) : snes->norm;
  path->moved = a->count ? 0 : path->mixing * snes->norm;
  PetscCall(AndersonHistoryNext(a, a->count, gamma, path->mixing, snes->vec_sol));
  PetscCall(PetscLogEventEnd(Sinkhorn_Accelerate, snes, 0, 0, 0));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode SNESSolve_WeightedAnderson(SNES snes)
{
  AndersonPath path = {.best = PETSC_MAX_REAL, .mixing = 1};

  Sinkhorn s;

  PetscFunctionBegin;
  PetscCall(SinkhornOfSNES(snes, &s));
  path.adapts = (PetscBool)(s && s->log_q);
  AndersonHistoryRestart((AndersonHistory *)snes->data);
  snes->reason = SNES_CONVERGED_ITERATING;
  snes->norm   = 0;
  if (!snes->vec_func_init_set) PetscCall(SNESComputeFunction(snes, snes->vec_sol, snes->vec_func));
  snes->vec_func_init_set = PETSC_FALSE;
  for (snes->iter = 0;; snes->iter++) {
    PetscUseTypeMethod(snes, converged, snes->iter, 0, 0, snes->norm, &snes->reason, snes->cnvP);
    if (!snes->reason || snes->numbermonitors) PetscCall(AndersonMeasure(snes));
    PetscCall(SNESLogConvergenceHistory(snes, snes->norm, 0));
    PetscCall(SNESMonitor(snes, snes->iter, snes->norm));
    if (snes->reason) break;
    PetscCall(AndersonAdvance(snes, &path));
    PetscCall(SNESComputeFunction(snes, snes->vec_sol, snes->vec_func));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode SNESSetUp_WeightedAnderson(SNES snes)
{
  PetscFunctionBegin;
  PetscCall(AndersonHistorySetUp((AndersonHistory *)snes->data, snes->vec_sol));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode SNESReset_WeightedAnderson(SNES snes)
{
  PetscFunctionBegin;
  PetscCall(AndersonHistoryReset((AndersonHistory *)snes->data));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode SNESDestroy_WeightedAnderson(SNES snes)
{
  PetscFunctionBegin;
  PetscCall(SNESReset_WeightedAnderson(snes));
  PetscCall(PetscFree(snes->data));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode SNESSetFromOptions_WeightedAnderson(SNES snes, JKOOptionItems PetscOptionsObject)
{
  AndersonHistory *a = (AndersonHistory *)snes->data;

  PetscFunctionBegin;
  PetscOptionsHeadBegin(PetscOptionsObject, "Weighted Anderson acceleration");
  PetscCall(PetscOptionsInt("-snes_anderson_depth", "Differences kept, 1 to 20", "SNESWEIGHTEDANDERSON", a->depth, &a->depth, NULL));
  PetscCheck(a->depth >= 1 && a->depth <= ANDERSON_MAX_DEPTH, PetscObjectComm((PetscObject)snes), JKO_ERR_INPUT,
             "-sinkhorn_snes_anderson_depth: %" PetscInt_FMT " is not between 1 and %d", a->depth, ANDERSON_MAX_DEPTH);
  PetscOptionsHeadEnd();
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode SNESView_WeightedAnderson(SNES snes, PetscViewer viewer)
{
  PetscFunctionBegin;
  PetscCall(PetscViewerASCIIPrintf(viewer, "  depth %" PetscInt_FMT "\n", ((AndersonHistory *)snes->data)->depth));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode SNESCreate_WeightedAnderson(SNES snes)
{
  AndersonHistory *a;

  PetscFunctionBegin;
  PetscCall(PetscNew(&a));
  a->depth                  = 10;
  snes->data                = a;
  snes->usesksp             = PETSC_FALSE;
  snes->usesnpc             = PETSC_FALSE;
  snes->ops->setup          = SNESSetUp_WeightedAnderson;
  snes->ops->solve          = SNESSolve_WeightedAnderson;
  snes->ops->reset          = SNESReset_WeightedAnderson;
  snes->ops->destroy        = SNESDestroy_WeightedAnderson;
  snes->ops->setfromoptions = SNESSetFromOptions_WeightedAnderson;
  snes->ops->view           = SNESView_WeightedAnderson;
  PetscFunctionReturn(PETSC_SUCCESS);
}
