/* A fixed point of Sinkhorn by Newton steps with an elliptic approximation of the Jacobian (operator.c), carried out through the prox:

     (1 + s + c L) w = R,    beta <- T(lp - w),    T = u - lp

   w predicts how far lp will fall. Near the solution, Anderson acceleration (history.c) takes out what the approximation misses. The
   damping c is 1; when a step lets the marginal residual grow it is taken back, and tried again with four times the c. A step that
   acceleration spoilt is tried again without.

   The residual that counts is the L1 marginal residual. A guess from which damping does not help is given up for beta = 0. From there a few
   relaxed steps of the plain fixed point lead on, whatever the residual does. When that makes no progress either, the problem is left to
   Anderson acceleration (anderson.c) from the last accepted point. */
#include <math.h>
#include <jko/private/energyimpl.h>
#include <jko/private/sinkhornimpl.h>
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
  Anderson        last_resort;
  /* the accepted point */
  Vec       beta, lp, u, du, pull; /* the last of several densities, else NULL */
  PetscReal residual;
  /* work */
  Vec w;
  /* how the next step is taken */
  PetscInt  iteration;
  PetscReal damping;
  PetscBool accelerated; /* the last step was */
  PetscBool taken_back;  /* as well */
} Elliptic;

/* The state of the last evaluation becomes the accepted point, and c relaxes. */
static PetscErrorCode EllipticAccept(Elliptic *e, Sinkhorn s)
{
  PetscFunctionBegin;
  PetscCall(VecCopy(s->beta, e->beta));
  PetscCall(VecCopy(s->lp, e->lp));
  PetscCall(VecCopy(s->u, e->u));
  PetscCall(VecCopy(s->du, e->du));
  if (e->pull) PetscCall(VecCopy(s->pull, e->pull));
  e->residual   = s->residual;
  e->damping    = PetscMax(1, e->damping / ELLIPTIC_DAMPING);
  e->taken_back = PETSC_FALSE;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Back to the accepted point. */
static PetscErrorCode EllipticReject(Elliptic *e, Sinkhorn s)
{
  PetscFunctionBegin;
  PetscCall(PetscInfo(s, "residual %g after %g: step taken back, c = %g%s\n", (double)s->residual, (double)e->residual, (double)e->damping,
                      e->accelerated ? ", accelerated" : ""));
  if (!e->accelerated) e->damping *= ELLIPTIC_DAMPING;
  AndersonHistoryRestart(&e->history);
  PetscCall(VecCopy(e->u, s->u));
  PetscCall(VecPointwiseMult(s->x, e->beta, s->scale));
  s->residual   = e->residual;
  e->taken_back = PETSC_TRUE;
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
static PetscErrorCode EllipticUpdate(Elliptic *e, Sinkhorn s)
{
  UpdateArrays a;

  PetscFunctionBegin;
  PetscCall(PetscLogEventBegin(Sinkhorn_Prox, s, 0, 0, 0));
  PetscCall(VecGetArrayRead(e->beta, &a.beta));
  PetscCall(VecGetArrayRead(e->lp, &a.lp));
  PetscCall(VecGetArrayRead(e->u, &a.u));
  PetscCall(VecGetArrayRead(e->w, &a.w));
  PetscCall(VecGetArrayRead(s->scale, &a.scale));
  PetscCall(VecGetArrayWrite(s->f, &a.f));
  for (PetscInt i = 0; i < s->cells; i += ENERGY_CHUNK) EllipticUpdateChunk(s, i, PetscMin(ENERGY_CHUNK, s->cells - i), &a);
  PetscCall(VecRestoreArrayWrite(s->f, &a.f));
  PetscCall(VecRestoreArrayRead(s->scale, &a.scale));
  PetscCall(VecRestoreArrayRead(e->w, &a.w));
  PetscCall(VecRestoreArrayRead(e->u, &a.u));
  PetscCall(VecRestoreArrayRead(e->lp, &a.lp));
  PetscCall(VecRestoreArrayRead(e->beta, &a.beta));
  PetscCall(PetscLogEventEnd(Sinkhorn_Prox, s, 0, 0, 0));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The next x from the accepted point. A new history weighs the cells anew, by the mass they have now. */
static PetscErrorCode EllipticStep(Elliptic *e, Sinkhorn s)
{
  PetscReal gamma[ANDERSON_MAX_DEPTH] = {0}, norm;

  PetscFunctionBegin;
  PetscCall(EllipticSystemOperator(s, e->system, e->damping, e->beta, e->lp, e->du, e->pull));
  PetscCall(EllipticRightHandSide(e));
  PetscCall(EllipticSystemSolve(e->system, e->w, e->w));
  if (e->residual > ELLIPTIC_NEAR || e->damping > 1) AndersonHistoryRestart(&e->history);
  if (!e->history.started) {
    PetscCall(SinkhornSetScale(s));
    PetscCall(VecPointwiseMult(s->x, e->beta, s->scale));
  }
  PetscCall(EllipticUpdate(e, s));
  PetscCall(PetscLogEventBegin(Sinkhorn_Accelerate, s, 0, 0, 0));
  PetscCall(AndersonHistoryAdd(&e->history, s->x, s->f, &norm));
  e->accelerated = (PetscBool)(e->history.count && AndersonHistorySolve(&e->history, gamma));
  PetscCall(AndersonHistoryNext(&e->history, e->accelerated ? e->history.count : 0, gamma, 1, s->x));
  PetscCall(PetscLogEventEnd(Sinkhorn_Accelerate, s, 0, 0, 0));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Where even damped steps let the residual grow: relaxed steps of the plain fixed point, whose residual contracts in the maximum norm
   whatever its L1 norm does, from the point evaluated last. */
static PetscErrorCode EllipticRelax(Elliptic *e, Sinkhorn s)
{
  PetscFunctionBegin;
  if (PetscIsInfOrNanReal(s->residual)) {
    PetscCall(VecPointwiseMult(s->x, e->beta, s->scale));
    PetscCall(SinkhornEvaluateAt(s, s->x, s->f));
  }
  for (PetscInt i = 0; i < ELLIPTIC_RELAXED; i++) {
    PetscCall(VecAXPY(s->x, -1, s->f));
    PetscCall(SinkhornEvaluateAt(s, s->x, s->f));
  }
  e->residual = PETSC_MAX_REAL;
  e->damping  = 1;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Convergence that takes long is often that to the fixed point of a kernel which is too narrow: not worth to be waited for. */
static PetscErrorCode EllipticCheckReach(Elliptic *e, Sinkhorn s)
{
  PetscReal strain;

  PetscFunctionBegin;
  PetscCall(SinkhornGetStrain(s, e->lp, e->u, &strain));
  if (strain > ELLIPTIC_STRAIN) s->reason = SINKHORN_DIVERGED_REACH;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Nothing of an earlier run: that of another solve would also be missing after a restart. */
static void EllipticBegin(Elliptic *e, Sinkhorn s)
{
  AndersonHistoryRestart(&e->history);
  ProgressBegin(&s->progress);
  e->damping     = 1;
  e->accelerated = PETSC_FALSE;
  e->residual    = PETSC_MAX_REAL;
}

/* From x and its evaluation until there is a reason, or no progress any more. Far from the solution, damping that does not help is the end
   of a guess: 0 is the better start then. */
static PetscErrorCode EllipticRun(Elliptic *e, Sinkhorn s, PetscBool guess)
{
  PetscFunctionBegin;
  EllipticBegin(e, s);
  for (;; e->iteration++) {
    if (!(s->residual <= e->residual) && e->damping >= ELLIPTIC_MOST_DAMPED) {
      if (guess && e->residual > ELLIPTIC_NEAR) break;
      PetscCall(EllipticRelax(e, s));
    }
    if (s->residual <= e->residual || e->residual == PETSC_MAX_REAL)
      PetscCall(EllipticAccept(e, s));
    else
      PetscCall(EllipticReject(e, s));
    SinkhornTest(s, e->residual);
    PetscCall(SinkhornMonitor(s, e->iteration, e->residual));
    if (!s->reason && s->iterations % ELLIPTIC_PATIENCE == 0) PetscCall(EllipticCheckReach(e, s));
    if (s->reason || s->iterations - s->progress.iteration >= ELLIPTIC_PATIENCE) break;
    PetscCall(EllipticStep(e, s));
    PetscCall(SinkhornEvaluateAt(s, s->x, s->f));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Anderson acceleration from the accepted point. */
static PetscErrorCode EllipticGiveUp(Elliptic *e, Sinkhorn s)
{
  PetscFunctionBegin;
  PetscCall(PetscInfo(s, "no progress at residual %g: left to %s\n", (double)s->residual, SINKHORNANDERSON));
  ProgressBegin(&s->progress);
  if (!e->last_resort.history.f_old) PetscCall(AndersonHistorySetUp(&e->last_resort.history, s->x));
  PetscCall(SinkhornEvaluateAt(s, s->x, s->f));
  PetscCall(SinkhornAccelerate(s, &e->last_resort));
  e->taken_back = PETSC_FALSE;
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode SinkhornSolve_Elliptic(Sinkhorn s)
{
  Elliptic *e = (Elliptic *)s->data;

  PetscFunctionBegin;
  e->iteration = 0;
  PetscCall(EllipticRun(e, s, PETSC_TRUE));
  if (!s->reason) {
    PetscCall(PetscInfo(s, "no progress at residual %g: again from 0\n", (double)s->residual));
    PetscCall(VecSet(s->x, 0));
    PetscCall(SinkhornEvaluateAt(s, s->x, s->f));
    PetscCall(EllipticRun(e, s, PETSC_FALSE));
  }
  if (!s->reason) PetscCall(EllipticGiveUp(e, s));
  if (e->taken_back) PetscCall(SinkhornEvaluateAt(s, s->x, s->f)); /* the state is to be that of x */
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode SinkhornSetUp_Elliptic(Sinkhorn s)
{
  Elliptic *e = (Elliptic *)s->data;

  PetscFunctionBegin;
  PetscCall(EllipticSystemCreate(s, "sinkhorn_", &e->system));
  PetscCall(AndersonHistorySetUp(&e->history, s->x));
  for (Vec *v[] = {&e->beta, &e->lp, &e->u, &e->du, &e->w, NULL}, **p = v; *p; p++) PetscCall(VecDuplicate(s->x, *p));
  PetscCall(SinkhornNeedSlopes(s));
  if (s->pull) PetscCall(VecDuplicate(s->x, &e->pull));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode SinkhornReset_Elliptic(Sinkhorn s)
{
  Elliptic *e = (Elliptic *)s->data;

  PetscFunctionBegin;
  PetscCall(EllipticSystemDestroy(&e->system));
  PetscCall(AndersonHistoryReset(&e->last_resort.history));
  PetscCall(AndersonHistoryReset(&e->history));
  for (Vec *v[] = {&e->beta, &e->lp, &e->u, &e->du, &e->pull, &e->w, NULL}, **p = v; *p; p++) PetscCall(VecDestroy(*p));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode SinkhornDestroy_Elliptic(Sinkhorn s)
{
  PetscFunctionBegin;
  PetscCall(PetscFree(s->data));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode SinkhornView_Elliptic(Sinkhorn s, PetscViewer viewer)
{
  Elliptic *e = (Elliptic *)s->data;

  PetscFunctionBegin;
  if (e->system) PetscCall(EllipticSystemView(e->system, viewer));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Three to ten evaluations whatever the stiffness, each with a linear solve on top, which costs a tridiagonal system in 1-D and some
   multigrid cycles beyond: measured on porous media with m from 1.5 to 4 and tau over a decade (docs/sinkhorn.md), as much as Anderson's
   where the regularisation has that share of the diffusivity. The coupled problem of several species beyond 1-D costs as much as some
   twenty evaluations, too much. */
PetscReal SinkhornCost_Elliptic(const SinkhornTask *task)
{
  static const PetscReal break_even[4] = {0, 0.06, 0.02, 0.02}; /* by dimension */

  return task->species > 1 && task->dim > 1 ? (PetscReal)INFINITY : 1 / break_even[task->dim];
}

PetscErrorCode SinkhornCreate_Elliptic(Sinkhorn s)
{
  Elliptic *e;

  PetscFunctionBegin;
  PetscCall(PetscNew(&e));
  e->history.depth             = ELLIPTIC_DEPTH;
  e->last_resort.history.depth = ANDERSON_USUAL_DEPTH;
  s->data                      = e;
  s->coarse_type               = SINKHORNELLIPTIC;
  s->plain_guess  = PETSC_TRUE; /* extrapolation in time costs it an evaluation or two at a front, whose place it need not know */
  s->ops->setup   = SinkhornSetUp_Elliptic;
  s->ops->solve   = SinkhornSolve_Elliptic;
  s->ops->view    = SinkhornView_Elliptic;
  s->ops->reset   = SinkhornReset_Elliptic;
  s->ops->destroy = SinkhornDestroy_Elliptic;
  PetscFunctionReturn(PETSC_SUCCESS);
}
