/* The step without bias, solved for the total pressure psi:

     minimise  OT_eps(rho_k, q) - OT_eps(q, q)/2 + 2 tau F(q),     q = Q(psi),   lambda psi = lp - w,   lambda = 2 tau/eps,

   with c K c = q, gamma = log c, w = log(K c) and lp = log p as everywhere (the Sinkhorn divergence: Feydy et al., AISTATS 2019). psi, a
   difference of logarithms of convolutions, is smooth across fronts and defined beyond them, and needs no proximal operator. A pass:

     q     = Q(psi),   gamma, w: one sweep of the self-transport
     beta  = log q - lambda psi - w,   alpha = log rho_k - log(K e^beta),   lp = log(K e^alpha)
     psi  <- psi + ((lp - w)/lambda - psi) / (1 + gain),   gain = K(c dlogQ/dpsi) / (e^w lambda)

   The gain is the sum of a row of dw/dpsi, large at a front: without it the plain iteration diverges there. Anderson's acceleration makes
   some ten passes of it.

   What keeps it safe: acceleration puts no mass where the plain iteration puts none. Mass appears only within 3 sigma of where there is
   some: in far vacuum psi hangs on single cells of the front. A pass that is much worse than the best goes back to it, and on by a shorter
   plain step. */
#include <math.h>
#include "pressure.h"

#define PRESSURE_DEPTH    6
#define PRESSURE_REGULAR  1e-10 /* of the diffusivity */
#define PRESSURE_WORSE    3.0   /* residual over the least that sends back to it */
#define PRESSURE_GROWS    1.5   /* of the step after a success */
#define PRESSURE_SHORTEST 1e-3  /* of a step: it is given up */
#define PRESSURE_PATIENCE 60    /* passes without progress that end a solve */
#define PRESSURE_PROGRESS 0.99  /* of the least residual */
#define PRESSURE_LIGHT    1e-8  /* least weight of a cell in the history */
#define PRESSURE_BELOW    1e-9  /* of F'(0): below it */
#define PRESSURE_SWEEPS   3     /* of the self-transport in the first pass */
#define PRESSURE_STRAIN   1e-3  /* of the mass that may come near the end of the kernel's reach */

/* psi below F'(0) where no mass may come to, and where neither psi nor the plain iteration from `plain` puts any. Not collective. */
static PetscErrorCode PressureGuard(Pressure p, Vec plain)
{
  const PetscScalar *near, *vacuum, *width = NULL, *x = NULL, *f;
  PetscScalar       *psi;

  PetscFunctionBegin;
  if (!p->fronts) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(VecGetArrayRead(p->near, &near));
  PetscCall(VecGetArrayRead(p->vacuum, &vacuum));
  PetscCall(VecGetArrayRead(p->now.change, &f));
  if (p->width) PetscCall(VecGetArrayRead(p->width, &width));
  if (plain) PetscCall(VecGetArrayRead(plain, &x));
  PetscCall(VecGetArray(p->now.psi, &psi));
  for (PetscInt i = 0; i < p->s->cells; i++) {
    const PetscReal least = vacuum[i] - (width ? width[i] / 2 : 0);

    if (near[i] < PRESSURE_NEAR) psi[i] = PetscMin(psi[i], least - PRESSURE_BELOW * (1 + PetscAbsReal(least)));
    if (x && x[i] <= least && x[i] + f[i] <= least) psi[i] = PetscMin(psi[i], least);
  }
  PetscCall(VecRestoreArray(p->now.psi, &psi));
  if (plain) PetscCall(VecRestoreArrayRead(plain, &x));
  if (p->width) PetscCall(VecRestoreArrayRead(p->width, &width));
  PetscCall(VecRestoreArrayRead(p->now.change, &f));
  PetscCall(VecRestoreArrayRead(p->vacuum, &vacuum));
  PetscCall(VecRestoreArrayRead(p->near, &near));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Cells weigh e^w in the history: smooth, and a few sigma wider than the density. Collective. */
static PetscErrorCode PressureWeigh(Pressure p)
{
  const PetscScalar *w;
  PetscScalar       *x;
  PetscReal          top;

  PetscFunctionBegin;
  PetscCall(VecMax(p->now.w, NULL, &top));
  PetscCall(VecGetArrayRead(p->now.w, &w));
  PetscCall(VecGetArrayWrite(p->weight, &x));
  for (PetscInt i = 0; i < p->s->cells; i++) x[i] = PetscMax(exp(w[i] - top), PRESSURE_LIGHT);
  PetscCall(VecRestoreArrayWrite(p->weight, &x));
  PetscCall(VecRestoreArrayRead(p->now.w, &w));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The next psi. Collective. */
static PetscErrorCode PressureAccelerate(Pressure p)
{
  PetscReal norm, coefficient[ANDERSON_MAX_DEPTH] = {0};

  PetscFunctionBegin;
  PetscCall(PetscLogEventBegin(Sinkhorn_Accelerate, p->s, 0, 0, 0));
  PetscCall(VecPointwiseMult(p->x, p->now.psi, p->weight));
  PetscCall(VecPointwiseMult(p->f, p->now.change, p->weight));
  PetscCall(VecScale(p->f, -1));
  PetscCall(AndersonHistoryAdd(&p->history, p->x, p->f, &norm));
  if (p->history.count && AndersonHistorySolve(&p->history, coefficient)) {
    PetscCall(VecCopy(p->now.psi, p->f));
    PetscCall(AndersonHistoryNext(&p->history, p->history.count, coefficient, 1, p->x));
    PetscCall(VecPointwiseDivide(p->now.psi, p->x, p->weight));
    PetscCall(PressureGuard(p, p->f));
  } else {
    PetscCall(VecAXPY(p->now.psi, p->step, p->now.change));
    PetscCall(PressureGuard(p, NULL));
  }
  PetscCall(PetscLogEventEnd(Sinkhorn_Accelerate, p->s, 0, 0, 0));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode PressureCopy(const PressurePass *from, PressurePass *to)
{
  PetscFunctionBegin;
  PetscCall(VecCopy(from->psi, to->psi));
  PetscCall(VecCopy(from->gamma, to->gamma));
  PetscCall(VecCopy(from->w, to->w));
  PetscCall(VecCopy(from->change, to->change));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Keeps a pass that is better than all before. */
static PetscErrorCode PressureKeep(Pressure p)
{
  const PetscReal residual = p->s->residual;

  PetscFunctionBegin;
  if (!(residual < p->least)) PetscFunctionReturn(PETSC_SUCCESS);
  if (residual < PRESSURE_PROGRESS * p->least) p->improved = p->s->iterations;
  p->least = residual;
  p->step  = PetscMin(1, PRESSURE_GROWS * p->step);
  PetscCall(PressureCopy(&p->now, &p->best));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Back to the best pass, and on by a shorter plain step. */
static PetscErrorCode PressureBack(Pressure p)
{
  PetscFunctionBegin;
  p->step /= 2;
  AndersonHistoryRestart(&p->history);
  PetscCall(PressureCopy(&p->best, &p->now));
  PetscCall(VecAXPY(p->now.psi, p->step, p->now.change));
  PetscCall(PressureGuard(p, NULL));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Why the iteration ends here, or that it goes on. */
static SinkhornConvergedReason PressureVerdict(Pressure p)
{
  const Sinkhorn s = p->s;

  if (s->interrupted) return SINKHORN_INTERRUPTED;
  if (s->residual <= s->tol) return SINKHORN_CONVERGED_RESIDUAL;
  if (PetscIsInfOrNanReal(s->residual) && s->iterations == 1) return SINKHORN_DIVERGED_NOT_FINITE;
  if (s->iterations >= s->max_it) return SINKHORN_DIVERGED_MAX_IT;
  if (p->step < PRESSURE_SHORTEST || s->iterations - p->improved >= PRESSURE_PATIENCE) return SINKHORN_DIVERGED_STAGNATION;
  return SINKHORN_CONVERGED_ITERATING;
}

/* The iteration: evaluate, test, go back or keep, accelerate. Collective. */
static PetscErrorCode PressureIterate(Pressure p)
{
  const Sinkhorn s = p->s;

  PetscFunctionBegin;
  p->least    = PETSC_MAX_REAL;
  p->step     = 1;
  p->improved = 0;
  AndersonHistoryRestart(&p->history);
  for (PetscInt it = 0;; it++) {
    if (it < 3 || it % 4 == 0) PetscCall(PressureMeasureNear(p, (PetscBool)(it == 0)));
    if (it == 0) PetscCall(PressureGuard(p, NULL));
    PetscCall(PressureEvaluate(p, it ? 1 : PRESSURE_SWEEPS));
    s->reason = PressureVerdict(p);
    if (s->reason) break;
    if (it > 0 && !(s->residual < PRESSURE_WORSE * p->least)) {
      PetscCall(PressureBack(p));
      continue;
    }
    if (it == 0) PetscCall(PressureWeigh(p));
    if (it == 0 || it == 4) PetscCall(PressureMeasureGain(p));
    PetscCall(PressureMeasureChange(p));
    PetscCall(PressureKeep(p));
    PetscCall(PressureAccelerate(p));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* What the solve works with, beside the unknowns. Collective. */
static PetscErrorCode PressureBegin(Pressure p, PetscReal tau, Vec log_rho)
{
  PetscReal diffusivity, sigma, h[3];
  PetscInt  dim;
  Grid      grid;

  PetscFunctionBegin;
  PetscCall(SinkhornBegin(p->s, tau, log_rho));
  PetscCall(EnergyGetVacuum(p->s->energy, p->vacuum, &p->fronts));
  PetscCall(EnergyGetDiffusivity(p->s->energy, log_rho, &diffusivity));
  PetscCall(KernelGetGrid(p->s->kernel, &grid));
  PetscCall(KernelGetSigma(p->s->kernel, &sigma));
  PetscCall(GridGetDimension(grid, &dim));
  PetscCall(GridGetSpacing(grid, h));
  p->regular  = PRESSURE_REGULAR * diffusivity;
  p->diagonal = 1;
  for (PetscInt a = 0; a < dim; a++) p->diagonal *= PetscMin(1, h[a] / (sigma * PetscSqrtReal(2 * PETSC_PI)));
  PetscCall(VecCopy(log_rho, p->log_q));
  PetscCall(VecSet(p->now.change, 0));
  PetscCall(KernelApplyLog(p->s->kernel, p->now.gamma, NULL, p->now.w));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* psi = (lp - w)/lambda of the last pass; where the kernel reaches nothing it stays below F'(0), or is that of the guess. Not collective.
 */
static PetscErrorCode PressureFinish(Pressure p)
{
  const PetscScalar *w, *lp;
  PetscScalar       *psi;

  PetscFunctionBegin;
  PetscCall(VecGetArrayRead(p->now.w, &w));
  PetscCall(VecGetArrayRead(p->s->lp, &lp));
  PetscCall(VecGetArray(p->now.psi, &psi));
  for (PetscInt i = 0; i < p->s->cells; i++) {
    const PetscReal own = (lp[i] - w[i]) / p->s->lambda;

    if (isfinite(own)) psi[i] = own;
  }
  PetscCall(VecRestoreArray(p->now.psi, &psi));
  PetscCall(VecRestoreArrayRead(p->s->lp, &lp));
  PetscCall(VecRestoreArrayRead(p->now.w, &w));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*
  PressureSolve - one step of length tau without bias, of an energy that EnergyHasConjugate().

  Collective.

  Input:
+ log_rho - log rho_k
. width   - by how much psi varies across a cell where Q has a kink, or NULL
. psi     - guess of the pressure, finite
- gamma   - guess of log c, -inf where there is no mass

  Output:
+ psi, gamma - those of the solution
- log_q      - log rho_{k+1}, exactly -inf in vacuum, of the mass of rho_k

  Notes: ask SinkhornGetConvergedReason(); after a failure log_q is as it was. Tolerance, limit of passes and poll are those of the
Sinkhorn.
*/
PetscErrorCode PressureSolve(Pressure p, PetscReal tau, Vec log_rho, Vec width, Vec psi, Vec gamma, Vec log_q)
{
  const Sinkhorn s = p->s;
  PetscReal      strain;

  PetscFunctionBegin;
  PetscCall(PetscLogEventBegin(Sinkhorn_Solve, s, 0, 0, 0));
  p->now.psi   = psi;
  p->now.gamma = gamma;
  p->width     = width;
  PetscCall(PressureBegin(p, tau, log_rho));
  PetscCall(PressureIterate(p));
  if (s->reason > 0) {
    PetscCall(SinkhornGetStrain(s, s->lp, p->log_q, &strain));
    if (strain > PRESSURE_STRAIN) s->reason = SINKHORN_DIVERGED_REACH;
  }
  if (s->reason > 0) {
    PetscCall(PressureFinish(p));
    PetscCall(SinkhornEmit(s, log_q));
  }
  PetscCall(PetscInfo(s, "pressure: %s after %" PetscInt_FMT " passes, residual %g\n", SinkhornConvergedReasons[s->reason], s->iterations,
                      (double)s->residual));
  PetscCall(PetscLogEventEnd(Sinkhorn_Solve, s, 0, 0, 0));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* All vectors of the solver's own, in turn; NULL after the last. */
static Vec *PressureVector(Pressure p, PetscInt i)
{
  Vec *const all[] = {&p->now.w, &p->now.change, &p->best.psi, &p->best.gamma, &p->best.w, &p->best.change, &p->log_q, &p->slope,
                      &p->gain,  &p->vacuum,     &p->near,     &p->weight,     &p->x,      &p->f,           NULL};

  return all[i];
}

/* PressureCreate - a solver that works with kernel, energy and scalings of s, which outlives it. Collective; the caller owns the result. */
PetscErrorCode PressureCreate(Sinkhorn s, Pressure *pressure)
{
  Pressure p;

  PetscFunctionBegin;
  PetscCall(PetscNew(&p));
  PetscCall(SinkhornSetUp(s));
  p->s             = s;
  p->history.depth = PRESSURE_DEPTH;
  for (PetscInt i = 0; PressureVector(p, i); i++) PetscCall(VecDuplicate(s->beta, PressureVector(p, i)));
  PetscCall(AndersonHistorySetUp(&p->history, s->beta));
  *pressure = p;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode PressureDestroy(Pressure *pressure)
{
  Pressure p = *pressure;

  PetscFunctionBegin;
  if (!p) PetscFunctionReturn(PETSC_SUCCESS);
  for (PetscInt i = 0; PressureVector(p, i); i++) PetscCall(VecDestroy(PressureVector(p, i)));
  PetscCall(AndersonHistoryReset(&p->history));
  PetscCall(PetscFree(*pressure));
  PetscFunctionReturn(PETSC_SUCCESS);
}
