/* A fixed point of Sinkhorn by Newton steps with an elliptic approximation of the Jacobian (operator.c), carried out through the prox:

     (1 + s + c L) w = R,    beta <- T(lp - w),    T = u - lp

   w predicts how far lp will fall. Near the solution, Anderson acceleration (history.c) takes out what the approximation misses. The
   damping c is 1; when a step lets the marginal residual grow it is taken back, and tried again with four times the c. A step that
   acceleration spoilt is tried again without.

   The residual that counts is the L1 marginal residual. A guess from which damping does not help is given up for beta = 0. From there a few
   relaxed steps of the plain fixed point lead on, whatever the residual does. When that makes no progress either, the problem is left to
   weighted Anderson acceleration from the last accepted point. */
#include <petsc/private/snesimpl.h>
#include <jko/private/energyimpl.h>
#include <jko/private/sinkhornimpl.h>
#include "../../history.h"
#include "elliptic.h"

#define ELLIPTIC_DEPTH       3    /* of the history */
#define ELLIPTIC_NEAR        1e-2 /* marginal residual below which steps are accelerated */
#define ELLIPTIC_DAMPING     4.0  /* factor on c */
#define ELLIPTIC_MOST_DAMPED 16.0 /* c that makes way for relaxed steps */
#define ELLIPTIC_RELAXED     5    /* how many of them */
#define ELLIPTIC_PATIENCE    40   /* evaluations without progress */
#define ELLIPTIC_STRAIN      1e-2 /* of the mass that comes near the end of the kernel's reach, at a point that has not converged */

typedef struct {
  EllipticSystem *system;
  AndersonHistory history;
  SNES            last_resort;
  /* the accepted point */
  Vec       beta, lp, u, du, pull; /* the last of several densities, else NULL */
  PetscReal residual;
  /* work */
  Vec w;
  /* how the next step is taken */
  PetscReal damping;
  PetscBool accelerated; /* the last step was */
} Elliptic;

/* The Sinkhorn whose fixed point is asked for. */
static PetscErrorCode EllipticGetSinkhorn(SNES snes, Sinkhorn *s)
{
  PetscFunctionBegin;
  PetscCall(SinkhornOfSNES(snes, s));
  PetscCheck(*s, PetscObjectComm((PetscObject)snes), PETSC_ERR_SUP, "SNES type %s solves Sinkhorn's equations only", SNESELLIPTIC);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The state of the last evaluation becomes the accepted point, and c relaxes. */
static PetscErrorCode EllipticAccept(Elliptic *e, Sinkhorn s)
{
  PetscFunctionBegin;
  PetscCall(VecCopy(s->beta, e->beta));
  PetscCall(VecCopy(s->lp, e->lp));
  PetscCall(VecCopy(s->u, e->u));
  PetscCall(VecCopy(s->du, e->du));
  if (e->pull) PetscCall(VecCopy(s->pull, e->pull));
  e->residual = s->residual;
  e->damping  = PetscMax(1, e->damping / ELLIPTIC_DAMPING);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Back to the accepted point. */
static PetscErrorCode EllipticReject(Elliptic *e, Sinkhorn s, Vec x)
{
  PetscFunctionBegin;
  PetscCall(PetscInfo(s, "residual %g after %g: step taken back, c = %g%s\n", (double)s->residual, (double)e->residual, (double)e->damping,
                      e->accelerated ? ", accelerated" : ""));
  if (!e->accelerated) e->damping *= ELLIPTIC_DAMPING;
  AndersonHistoryRestart(&e->history);
  PetscCall(VecCopy(e->u, s->u));
  PetscCall(VecPointwiseMult(x, e->beta, s->scale));
  s->residual = e->residual;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* w = R where the kernel reaches, else 0. */
static PetscErrorCode EllipticRightHandSide(Elliptic *e)
{
  const PetscScalar *beta, *lp, *u;
  PetscScalar       *w;
  PetscInt           n;

  PetscFunctionBegin;
  PetscCall(VecGetLocalSize(e->w, &n));
  PetscCall(VecGetArrayRead(e->beta, &beta));
  PetscCall(VecGetArrayRead(e->lp, &lp));
  PetscCall(VecGetArrayRead(e->u, &u));
  PetscCall(VecGetArrayWrite(e->w, &w));
  for (PetscInt i = 0; i < n; i++) w[i] = lp[i] > -SINKHORN_LARGEST ? u[i] - lp[i] - beta[i] : 0;
  PetscCall(VecRestoreArrayWrite(e->w, &w));
  PetscCall(VecRestoreArrayRead(e->u, &u));
  PetscCall(VecRestoreArrayRead(e->lp, &lp));
  PetscCall(VecRestoreArrayRead(e->beta, &beta));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* What an update works with: the arrays of this rank, of every density one after the other. */
typedef struct {
  const PetscScalar *beta, *lp, *u, *w, *scale;
  PetscScalar       *f;
} UpdateArrays;

static void EllipticUpdateChunk(Sinkhorn s, PetscInt first, PetscInt n, const UpdateArrays *a)
{
  const PetscInt   species = EnergyDensities(s->energy);
  EnergyArrays     root, shifted;
  EnergyConstParts in;
  EnergyParts      out;

  for (PetscInt k = 0; k < species; k++) {
    const PetscInt cell = k * s->cells + first;

    for (PetscInt i = 0; i < n; i++) {
      shifted[k][i] = a->lp[cell + i] > -SINKHORN_LARGEST ? a->lp[cell + i] - a->w[cell + i] : -SINKHORN_LARGEST;
      root[k][i]    = a->u[cell + i];
    }
    in[k]  = shifted[k];
    out[k] = root[k];
  }
  EnergyProxAllChunk(s->energy, s->theta, s->lambda, first, n, in, out, NULL, NULL);
  for (PetscInt k = 0; k < species; k++) {
    const PetscInt cell = k * s->cells + first;

    for (PetscInt i = 0; i < n; i++)
      a->f[cell + i] = a->lp[cell + i] > -SINKHORN_LARGEST ? a->scale[cell + i] * (a->beta[cell + i] - (root[k][i] - shifted[k][i])) : 0;
  }
}

/* f = S (beta - T(lp - w)): the residual of the preconditioned fixed point. */
static PetscErrorCode EllipticUpdate(Elliptic *e, Sinkhorn s, Vec residual)
{
  UpdateArrays a;

  PetscFunctionBegin;
  PetscCall(PetscLogEventBegin(Sinkhorn_Prox, s, 0, 0, 0));
  PetscCall(VecGetArrayRead(e->beta, &a.beta));
  PetscCall(VecGetArrayRead(e->lp, &a.lp));
  PetscCall(VecGetArrayRead(e->u, &a.u));
  PetscCall(VecGetArrayRead(e->w, &a.w));
  PetscCall(VecGetArrayRead(s->scale, &a.scale));
  PetscCall(VecGetArrayWrite(residual, &a.f));
  for (PetscInt i = 0; i < s->cells; i += ENERGY_CHUNK) EllipticUpdateChunk(s, i, PetscMin(ENERGY_CHUNK, s->cells - i), &a);
  PetscCall(VecRestoreArrayWrite(residual, &a.f));
  PetscCall(VecRestoreArrayRead(s->scale, &a.scale));
  PetscCall(VecRestoreArrayRead(e->w, &a.w));
  PetscCall(VecRestoreArrayRead(e->u, &a.u));
  PetscCall(VecRestoreArrayRead(e->lp, &a.lp));
  PetscCall(VecRestoreArrayRead(e->beta, &a.beta));
  PetscCall(PetscLogEventEnd(Sinkhorn_Prox, s, 0, 0, 0));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The next x from the accepted point. A new history weighs the cells anew, by the mass they have now. */
static PetscErrorCode EllipticStep(Elliptic *e, Sinkhorn s, Vec x, Vec f)
{
  PetscReal gamma[ANDERSON_MAX_DEPTH] = {0}, norm;

  PetscFunctionBegin;
  PetscCall(EllipticSystemOperator(s, e->system, e->damping, e->beta, e->lp, e->du, e->pull));
  PetscCall(EllipticRightHandSide(e));
  PetscCall(EllipticSystemSolve(e->system, e->w, e->w));
  if (e->residual > ELLIPTIC_NEAR || e->damping > 1) AndersonHistoryRestart(&e->history);
  if (!e->history.started) {
    PetscCall(SinkhornSetScale(s));
    PetscCall(VecPointwiseMult(x, e->beta, s->scale));
  }
  PetscCall(EllipticUpdate(e, s, f));
  PetscCall(PetscLogEventBegin(Sinkhorn_Accelerate, s, 0, 0, 0));
  PetscCall(AndersonHistoryAdd(&e->history, x, f, &norm));
  e->accelerated = (PetscBool)(e->history.count && AndersonHistorySolve(&e->history, gamma));
  PetscCall(AndersonHistoryNext(&e->history, e->accelerated ? e->history.count : 0, gamma, 1, x));
  PetscCall(PetscLogEventEnd(Sinkhorn_Accelerate, s, 0, 0, 0));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Where even damped steps let the residual grow: relaxed steps of the plain fixed point, whose residual contracts in the maximum norm
   whatever its L1 norm does, from the point evaluated last. */
static PetscErrorCode EllipticRelax(SNES snes, Sinkhorn s)
{
  Elliptic *e = (Elliptic *)snes->data;

  PetscFunctionBegin;
  if (PetscIsInfOrNanReal(s->residual)) {
    PetscCall(VecPointwiseMult(snes->vec_sol, e->beta, s->scale));
    PetscCall(SNESComputeFunction(snes, snes->vec_sol, snes->vec_func));
  }
  for (PetscInt i = 0; i < ELLIPTIC_RELAXED; i++) {
    PetscCall(VecAXPY(snes->vec_sol, -1, snes->vec_func));
    PetscCall(SNESComputeFunction(snes, snes->vec_sol, snes->vec_func));
  }
  e->residual = PETSC_MAX_REAL;
  e->damping  = 1;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Convergence that takes long is often that to the fixed point of a kernel which is too narrow: not worth to be waited for. */
static PetscErrorCode EllipticCheckReach(SNES snes, Sinkhorn s)
{
  Elliptic *e = (Elliptic *)snes->data;
  PetscReal strain;

  PetscFunctionBegin;
  PetscCall(SinkhornGetStrain(s, e->lp, e->u, &strain));
  if (strain <= ELLIPTIC_STRAIN) PetscFunctionReturn(PETSC_SUCCESS);
  s->reason    = SINKHORN_DIVERGED_REACH;
  snes->reason = SNES_DIVERGED_INNER;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* From x and its evaluation until there is a reason, or no progress any more. Far from the solution, damping that does not help is the end
   of a guess: 0 is the better start then. */
static PetscErrorCode EllipticRun(SNES snes, Sinkhorn s, PetscBool guess)
{
  Elliptic *e = (Elliptic *)snes->data;

  PetscFunctionBegin;
  AndersonHistoryRestart(&e->history); /* that of another solve would also be missing after a restart */
  e->damping     = 1;
  e->accelerated = PETSC_FALSE;
  e->residual = s->best = PETSC_MAX_REAL;
  for (;; snes->iter++) {
    if (!(s->residual <= e->residual) && e->damping >= ELLIPTIC_MOST_DAMPED) {
      if (guess && e->residual > ELLIPTIC_NEAR) break;
      PetscCall(EllipticRelax(snes, s));
    }
    if (s->residual <= e->residual || e->residual == PETSC_MAX_REAL)
      PetscCall(EllipticAccept(e, s));
    else
      PetscCall(EllipticReject(e, s, snes->vec_sol));
    snes->norm = e->residual;
    PetscUseTypeMethod(snes, converged, snes->iter, 0, 0, snes->norm, &snes->reason, snes->cnvP);
    PetscCall(SNESLogConvergenceHistory(snes, snes->norm, 0));
    PetscCall(SNESMonitor(snes, snes->iter, snes->norm));
    if (!snes->reason && s->iterations % ELLIPTIC_PATIENCE == 0) PetscCall(EllipticCheckReach(snes, s));
    if (snes->reason || s->iterations - s->best_iteration >= ELLIPTIC_PATIENCE) break;
    PetscCall(EllipticStep(e, s, snes->vec_sol, snes->vec_func));
    PetscCall(SNESComputeFunction(snes, snes->vec_sol, snes->vec_func));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode EllipticMonitorLastResort(SNES last_resort, PetscInt it, PetscReal norm, void *context)
{
  PetscFunctionBegin;
  (void)last_resort;
  PetscCall(SNESMonitor((SNES)context, ((SNES)context)->iter + it, norm));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Weighted Anderson acceleration from the accepted point. */
static PetscErrorCode EllipticGiveUp(SNES snes, Sinkhorn s)
{
  Elliptic *e = (Elliptic *)snes->data;

  PetscFunctionBegin;
  PetscCall(PetscInfo(snes, "no progress at residual %g: left to %s\n", (double)s->residual, SNESWEIGHTEDANDERSON));
  s->best       = PETSC_MAX_REAL;
  s->norm_start = 0;
  if (!e->last_resort) {
    PetscCall(SNESCreate(PetscObjectComm((PetscObject)snes), &e->last_resort));
    PetscCall(SNESSetType(e->last_resort, SNESWEIGHTEDANDERSON));
    PetscCall(SNESSetTolerances(e->last_resort, 0, 0, 0, PETSC_INT_MAX, PETSC_INT_MAX));
    PetscCall(SNESSetFunction(e->last_resort, e->w, SinkhornFunction, s));
    PetscCall(SNESSetConvergenceTest(e->last_resort, snes->ops->converged, snes->cnvP, NULL));
    PetscCall(SNESMonitorSet(e->last_resort, EllipticMonitorLastResort, snes, NULL));
  }
  PetscCall(SNESSolve(e->last_resort, NULL, snes->vec_sol));
  PetscCall(SNESGetConvergedReason(e->last_resort, &snes->reason));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Entered again within a solve when the last resort has asked for new weights of the cells. */
static PetscErrorCode SNESSolve_Elliptic(SNES snes)
{
  Sinkhorn s;

  PetscFunctionBegin;
  PetscCall(EllipticGetSinkhorn(snes, &s));
  snes->reason = SNES_CONVERGED_ITERATING;
  snes->iter   = 0;
  if (!snes->vec_func_init_set) PetscCall(SNESComputeFunction(snes, snes->vec_sol, snes->vec_func));
  snes->vec_func_init_set = PETSC_FALSE;
  if (s->iterations <= 1) {
    PetscCall(EllipticRun(snes, s, PETSC_TRUE));
    if (!snes->reason) {
      PetscCall(PetscInfo(snes, "no progress at residual %g: again from 0\n", (double)s->residual));
      PetscCall(VecSet(snes->vec_sol, 0));
      PetscCall(SNESComputeFunction(snes, snes->vec_sol, snes->vec_func));
      PetscCall(EllipticRun(snes, s, PETSC_FALSE));
    }
  }
  if (!snes->reason) PetscCall(EllipticGiveUp(snes, s));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode SNESSetUp_Elliptic(SNES snes)
{
  Elliptic   *e = (Elliptic *)snes->data;
  Sinkhorn    s;
  const char *prefix;

  PetscFunctionBegin;
  PetscCall(EllipticGetSinkhorn(snes, &s));
  PetscCall(SNESGetOptionsPrefix(snes, &prefix));
  PetscCall(EllipticSystemCreate(s, prefix, &e->system));
  PetscCall(AndersonHistorySetUp(&e->history, snes->vec_sol));
  for (Vec *v[] = {&e->beta, &e->lp, &e->u, &e->du, &e->w, NULL}, **p = v; *p; p++) PetscCall(VecDuplicate(snes->vec_sol, *p));
  PetscCall(SinkhornNeedSlopes(s));
  if (s->pull) PetscCall(VecDuplicate(snes->vec_sol, &e->pull));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode SNESReset_Elliptic(SNES snes)
{
  Elliptic *e = (Elliptic *)snes->data;

  PetscFunctionBegin;
  PetscCall(SNESDestroy(&e->last_resort));
  PetscCall(EllipticSystemDestroy(&e->system));
  PetscCall(AndersonHistoryReset(&e->history));
  for (Vec *v[] = {&e->beta, &e->lp, &e->u, &e->du, &e->pull, &e->w, NULL}, **p = v; *p; p++) PetscCall(VecDestroy(*p));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode SNESDestroy_Elliptic(SNES snes)
{
  PetscFunctionBegin;
  PetscCall(SNESReset_Elliptic(snes));
  PetscCall(PetscFree(snes->data));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode SNESView_Elliptic(SNES snes, PetscViewer viewer)
{
  Elliptic *e = (Elliptic *)snes->data;

  PetscFunctionBegin;
  if (e->system) PetscCall(EllipticSystemView(e->system, viewer));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode SNESCreate_Elliptic(SNES snes)
{
  Elliptic *e;

  PetscFunctionBegin;
  PetscCall(PetscNew(&e));
  e->history.depth   = ELLIPTIC_DEPTH;
  snes->data         = e;
  snes->usesksp      = PETSC_FALSE;
  snes->usesnpc      = PETSC_FALSE;
  snes->ops->setup   = SNESSetUp_Elliptic;
  snes->ops->solve   = SNESSolve_Elliptic;
  snes->ops->reset   = SNESReset_Elliptic;
  snes->ops->destroy = SNESDestroy_Elliptic;
  snes->ops->view    = SNESView_Elliptic;
  PetscFunctionReturn(PETSC_SUCCESS);
}
