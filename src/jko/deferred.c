/* The step without bias by deferred correction: for every energy that the proximal operator takes. With gamma = log c of the self-transport
   c K c = q, w = log(K c), its optimality is

     u/2 - lp + lambda F'(e^u) + g = 0,   g = (w - gamma)/2:

   the compensated step with one potential more. That potential is frozen at the density found before and corrected J times, a
   majorise-minimise method: the compensated objective less the one without bias is convex. Every exact correction lowers the objective
   S + 2 tau F; started from g of rho_k it never exceeds 2 tau F(rho_k), and where F' is constant the state is at rest at any eps.

   Started from g = 0, the compensated step, it is nearer to its end while the density moves, but may rest where it should not: the first
   correction is taken from whichever of the two has the lower objective.

   In vacuum the density counts as e^-60 of its maximum. Cells that ought to fill, but are all but empty, are frozen at the density that the
   kernel spreads to them: at their own they would fill by a factor each time. Where there are fronts no mass may come to where there is
   none within 3 sigma. */
#include <math.h>
#include <jko/private/energyimpl.h>
#include <jko/private/jkoimpl.h>

#define DEFERRED_FLOOR  60.0   /* e-folds under the largest density: no density is less for the self-transport */
#define DEFERRED_MOST   300.0  /* of g */
#define DEFERRED_EXACT  1e-9   /* error of the self-transport's scaling, e-folds on average */
#define DEFERRED_ROOM   20.0   /* e-folds that a cell may be under what the kernel spreads to it, where vacuum pulls */
#define DEFERRED_NEAR   (-6.6) /* log of the share that the kernel has of a half space 3 sigma away */
#define DEFERRED_BEFORE 18.4   /* e-folds under the largest density: mass before, */
#define DEFERRED_AFTER  6.9    /* and after */
#define DEFERRED_TRACE  45.0   /* a share of e^-45 for each of many cells is below round-off */

/* A density that a solve found, its log p, the scaling and w of its self-transport, its pressure (lp - w)/lambda, S, and
   S + 2 tau F. */
typedef struct {
  Vec       log_q, lp, gamma, w, psi;
  PetscReal length, objective;
} Candidate;

/* What the corrections work with. */
typedef struct {
  Vec       log_rho, gamma_rho; /* where the step starts */
  Vec       floored;            /* of the density that was scaled last */
  Vec       tilt, spread, near; /* g/lambda and the drive; log(K q); log of the share that K has of where there is mass */
  Vec       vacuum;             /* F'(0) */
  PetscReal tau, lambda;
  PetscBool fronts; /* F'(0) is finite */
} Deferred;

/* floored, and gamma and w of it, from the gamma there is or, if it is new, from its root. Collective. */
static PetscErrorCode DeferredScale(JKO jko, Deferred *d, Vec log_q, PetscBool anew, Vec gamma, Vec w)
{
  const PetscScalar *l;
  PetscScalar       *f;
  PetscInt           n;
  PetscReal          top;

  PetscFunctionBegin;
  PetscCall(VecMax(log_q, NULL, &top));
  PetscCall(VecGetLocalSize(log_q, &n));
  PetscCall(VecGetArrayRead(log_q, &l));
  PetscCall(VecGetArrayWrite(d->floored, &f));
  for (PetscInt i = 0; i < n; i++) f[i] = PetscMax(l[i], top - DEFERRED_FLOOR);
  PetscCall(VecRestoreArrayWrite(d->floored, &f));
  PetscCall(VecRestoreArrayRead(log_q, &l));
  if (anew) PetscCall(VecAXPBY(gamma, 0.5, 0, d->floored));
  PetscCall(SinkhornSelfScale(jko->kernel, d->floored, DEFERRED_EXACT, gamma, w));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* near = log K 1_S, S where there is mass before or after. Collective. */
static PetscErrorCode DeferredNear(JKO jko, Deferred *d, Vec log_q)
{
  const PetscScalar *l, *r;
  PetscScalar       *s;
  PetscInt           n;
  PetscReal          before, after;

  PetscFunctionBegin;
  PetscCall(VecMax(d->log_rho, NULL, &before));
  PetscCall(VecMax(log_q, NULL, &after));
  PetscCall(VecGetLocalSize(log_q, &n));
  PetscCall(VecGetArrayRead(d->log_rho, &r));
  PetscCall(VecGetArrayRead(log_q, &l));
  PetscCall(VecGetArrayWrite(d->spread, &s));
  for (PetscInt i = 0; i < n; i++) s[i] = r[i] > before - DEFERRED_BEFORE || l[i] > after - DEFERRED_AFTER ? 0 : -(PetscReal)INFINITY;
  PetscCall(VecRestoreArrayWrite(d->spread, &s));
  PetscCall(VecRestoreArrayRead(log_q, &l));
  PetscCall(VecRestoreArrayRead(d->log_rho, &r));
  PetscCall(KernelApplyLog(jko->kernel, d->spread, NULL, d->near));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* g of a cell; where it wants more mass than it has, not more than that of the density `least`. */
static PetscReal DeferredPotential(PetscReal u, PetscReal gamma, PetscReal w, PetscBool wants, PetscReal least)
{
  const PetscReal own = (w - gamma) / 2, g = wants && least > u ? PetscMin(own, w - least / 2) : own;

  return SinkhornIsReached(w) ? PetscClipInterval(g, -DEFERRED_MOST, DEFERRED_MOST) : 0;
}

/* The tilt of the candidate, scaled just now; `driven` tells whether its pressure counts. Collective. */
static PetscErrorCode DeferredTilt(JKO jko, Deferred *d, const Candidate *c, PetscBool driven)
{
  const PetscReal    room = d->fronts ? 0 : DEFERRED_ROOM;
  const PetscScalar *u, *gamma, *w, *psi, *spread, *near;
  PetscScalar       *t;
  PetscInt           n;

  PetscFunctionBegin;
  PetscCall(EnergyGetFirstVariation(jko->energy, d->floored, d->tilt));
  PetscCall(DeferredNear(jko, d, c->log_q));
  PetscCall(KernelApplyLog(jko->kernel, c->log_q, NULL, d->spread));
  PetscCall(VecGetLocalSize(d->tilt, &n));
  PetscCall(VecGetArrayRead(d->floored, &u));
  PetscCall(VecGetArrayRead(c->gamma, &gamma));
  PetscCall(VecGetArrayRead(c->w, &w));
  PetscCall(VecGetArrayRead(c->psi, &psi));
  PetscCall(VecGetArrayRead(d->spread, &spread));
  PetscCall(VecGetArrayRead(d->near, &near));
  PetscCall(VecGetArray(d->tilt, &t));
  for (PetscInt i = 0; i < n; i++) {
    const PetscReal pressure = t[i];

    t[i] = DeferredPotential(u[i], gamma[i], w[i], (PetscBool)(driven && psi[i] > pressure), spread[i] - room) / d->lambda;
    if (d->fronts && near[i] < DEFERRED_NEAR) t[i] = DEFERRED_MOST / d->lambda + PetscMax(0, -pressure);
  }
  PetscCall(VecRestoreArray(d->tilt, &t));
  PetscCall(VecRestoreArrayRead(d->near, &near));
  PetscCall(VecRestoreArrayRead(d->spread, &spread));
  PetscCall(VecRestoreArrayRead(c->psi, &psi));
  PetscCall(VecRestoreArrayRead(c->w, &w));
  PetscCall(VecRestoreArrayRead(c->gamma, &gamma));
  PetscCall(VecRestoreArrayRead(d->floored, &u));
  if (jko->unbiased.drive) PetscCall(VecAXPY(d->tilt, 1, jko->unbiased.drive));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Scaling, pressure and objective of the candidate that was solved last. Collective. */
static PetscErrorCode DeferredMeasure(JKO jko, Deferred *d, Candidate *c)
{
  PetscReal energy;

  PetscFunctionBegin;
  PetscCall(DeferredScale(jko, d, c->log_q, PETSC_TRUE, c->gamma, c->w));
  PetscCall(VecWAXPY(c->psi, -1, c->w, jko->sinkhorn->lp));
  PetscCall(VecScale(c->psi, 1 / d->lambda));
  PetscCall(SinkhornGetDivergence(jko->sinkhorn, d->log_rho, d->gamma_rho, c->log_q, c->gamma, &c->length));
  PetscCall(EnergyGetValue(jko->energy, c->log_q, &energy));
  c->objective = c->length + 2 * d->tau * energy;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The compensated step with the tilt, from the guess c->lp. Collective. */
static PetscErrorCode DeferredSolve(JKO jko, Deferred *d, Candidate *c, PetscBool *works)
{
  SinkhornConvergedReason why;
  PetscInt                iterations;
  PetscBool               again;

  PetscFunctionBegin;
  PetscCall(EnergySetTilt(jko->energy, d->tilt));
  do {
    PetscCall(SinkhornSolve(jko->sinkhorn, d->tau, d->log_rho, c->lp, c->log_q));
    PetscCall(SinkhornGetConvergedReason(jko->sinkhorn, &why));
    PetscCall(SinkhornGetIterationNumber(jko->sinkhorn, &iterations));
    jko->info.iterations += iterations;
    again = (PetscBool)(why == SINKHORN_DIVERGED_REACH);
    if (again) PetscCall(JKOWidenKernel(jko, &again));
  } while (again);
  PetscCall(EnergySetTilt(jko->energy, jko->unbiased.drive));
  *works = (PetscBool)(why > 0);
  if (*works) PetscCall(DeferredMeasure(jko, d, c));
  PetscCall(PetscInfo(jko, "correction: %s after %" PetscInt_FMT " iterations, S + 2 tau F = %.12g\n", SinkhornConvergedReasons[why],
                      iterations, (double)c->objective));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode CandidateCopy(const Candidate *from, Candidate *to)
{
  PetscFunctionBegin;
  PetscCall(VecCopy(from->log_q, to->log_q));
  PetscCall(VecCopy(from->lp, to->lp));
  PetscCall(VecCopy(from->gamma, to->gamma));
  PetscCall(VecCopy(from->w, to->w));
  PetscCall(VecCopy(from->psi, to->psi));
  to->length    = from->length;
  to->objective = from->objective;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The step from g of rho_k, in place of the best one so far where its objective is lower. Collective. */
static PetscErrorCode DeferredFromRest(JKO jko, Deferred *d, Candidate *c, Candidate *best)
{
  const Candidate rest = {.log_q = d->log_rho, .gamma = d->gamma_rho, .w = c->w, .psi = c->psi};
  PetscBool       works;

  PetscFunctionBegin;
  PetscCall(DeferredScale(jko, d, d->log_rho, PETSC_FALSE, d->gamma_rho, c->w));
  PetscCall(DeferredTilt(jko, d, &rest, PETSC_FALSE));
  PetscCall(EnergySetTilt(jko->energy, d->tilt));
  PetscCall(SinkhornGuess(jko->sinkhorn, d->tau, d->log_rho, c->lp));
  PetscCall(DeferredSolve(jko, d, c, &works));
  if (works && c->objective < best->objective) PetscCall(CandidateCopy(c, best));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* One correction of the best candidate, in its place where it lowers the objective. Collective. */
static PetscErrorCode DeferredOnce(JKO jko, Deferred *d, PetscBool driven, Candidate *c, Candidate *best, PetscBool *lower)
{
  PetscBool works;

  PetscFunctionBegin;
  PetscCall(DeferredScale(jko, d, best->log_q, PETSC_FALSE, best->gamma, best->w));
  PetscCall(DeferredTilt(jko, d, best, driven));
  PetscCall(VecCopy(best->lp, c->lp));
  PetscCall(DeferredSolve(jko, d, c, &works));
  *lower = (PetscBool)(works && c->objective < best->objective);
  if (*lower) PetscCall(CandidateCopy(c, best));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Corrects the best candidate at most so many times. What is done for cells that ought to fill may raise the objective: then the correction
   is taken without, which lowers it, or there is nothing left to lower. Collective. */
static PetscErrorCode DeferredCorrect(JKO jko, Deferred *d, PetscInt corrections, Candidate *c, Candidate *best)
{
  PetscBool lower = PETSC_TRUE, driven = PETSC_TRUE;

  PetscFunctionBegin;
  for (PetscInt j = 0; j < corrections && lower; j++) {
    PetscCall(DeferredOnce(jko, d, driven, c, best, &lower));
    if (!lower && driven) {
      driven = PETSC_FALSE;
      PetscCall(DeferredOnce(jko, d, driven, c, best, &lower));
    }
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Empties cells with less than any sum shows, so that fronts stay where they are. Collective. */
static PetscErrorCode DeferredTrim(Vec log_q)
{
  PetscScalar *l;
  PetscInt     n;
  PetscReal    top;

  PetscFunctionBegin;
  PetscCall(VecMax(log_q, NULL, &top));
  PetscCall(VecGetLocalSize(log_q, &n));
  PetscCall(VecGetArray(log_q, &l));
  for (PetscInt i = 0; i < n; i++)
    if (l[i] < top - DEFERRED_TRACE) l[i] = -(PetscReal)INFINITY;
  PetscCall(VecRestoreArray(log_q, &l));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*
  JKODeferred - corrects the compensated step from log_rho to log_q, just solved, with its lp.

  Collective. psi, gamma, length: pressure, scaling and S of the density that comes out in log_q.
*/
PetscErrorCode JKODeferred(JKO jko, PetscReal tau, Vec log_rho, Vec lp, Vec log_q, Vec psi, Vec gamma, PetscReal *length)
{
  Candidate  best = {.log_q = log_q, .lp = lp, .gamma = gamma, .psi = psi}, next = {.log_q = NULL};
  Deferred   d      = {.log_rho = log_rho, .tau = tau};
  Vec *const work[] = {&best.w,      &next.log_q, &next.lp, &next.gamma, &next.w, &next.psi,
                       &d.gamma_rho, &d.floored,  &d.tilt,  &d.spread,   &d.near, &d.vacuum};
  const int  count  = (int)(sizeof work / sizeof *work);
  PetscReal  epsilon;

  PetscFunctionBegin;
  PetscCall(KernelGetEpsilon(jko->kernel, &epsilon));
  d.lambda = 2 * tau / epsilon;
  for (int i = 0; i < count; i++) PetscCall(DMGetGlobalVector(jko->dm, work[i]));
  PetscCall(EnergyGetVacuum(jko->energy, d.vacuum, &d.fronts));
  PetscCall(DeferredScale(jko, &d, log_rho, PETSC_TRUE, d.gamma_rho, best.w));
  PetscCall(DeferredMeasure(jko, &d, &best));
  PetscCall(DeferredFromRest(jko, &d, &next, &best));
  PetscCall(DeferredCorrect(jko, &d, jko->unbiased.corrections, &next, &best));
  *length = best.length;
  if (d.fronts) PetscCall(DeferredTrim(log_q));
  for (int i = 0; i < count; i++) PetscCall(DMRestoreGlobalVector(jko->dm, work[i]));
  PetscFunctionReturn(PETSC_SUCCESS);
}
