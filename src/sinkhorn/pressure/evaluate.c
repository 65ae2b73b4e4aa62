/* A pass of the pressure solver: the density of a pressure, one sweep of its self-transport, the transport from rho_k, and what follows for
   the pressure (pressure.c has the equations). */
#include <math.h>
#include <jko/private/sumimpl.h>
#include "pressure.h"

#define PRESSURE_FAR   1.5  /* e-folds from c K c = q: a cell solves its own quadratic */
#define PRESSURE_GAIN  50.0 /* logarithm of lambda gain, at most */
#define PRESSURE_TRACE 18.4 /* e-folds under the largest density */

/* log_q and slope at psi. Not collective. */
static PetscErrorCode PressureConjugate(Pressure p)
{
  const PetscScalar *psi, *vacuum, *width = NULL;
  PetscScalar       *u, *du;

  PetscFunctionBegin;
  PetscCall(PetscLogEventBegin(Sinkhorn_Prox, p->s, 0, 0, 0));
  PetscCall(VecGetArrayRead(p->now.psi, &psi));
  PetscCall(VecGetArrayRead(p->vacuum, &vacuum));
  if (p->width) PetscCall(VecGetArrayRead(p->width, &width));
  PetscCall(VecGetArray(p->log_q, &u));
  PetscCall(VecGetArrayWrite(p->slope, &du));
  for (PetscInt i = 0; i < p->s->cells; i += ENERGY_CHUNK)
    EnergyConjugateChunk(p->s->energy, p->regular, i, PetscMin(ENERGY_CHUNK, p->s->cells - i), psi + i, width ? width + i : NULL,
                         vacuum + i, u + i, du + i);
  PetscCall(VecRestoreArrayWrite(p->slope, &du));
  PetscCall(VecRestoreArray(p->log_q, &u));
  if (p->width) PetscCall(VecRestoreArrayRead(p->width, &width));
  PetscCall(VecRestoreArrayRead(p->vacuum, &vacuum));
  PetscCall(VecRestoreArrayRead(p->now.psi, &psi));
  PetscCall(PetscLogEventEnd(Sinkhorn_Prox, p->s, 0, 0, 0));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Adds |e^u - e^(a + b)| over the cells of this rank that have mass. Not collective. */
static PetscErrorCode PressureGap(Vec log_q, Vec left, Vec right, Sum *sum)
{
  const PetscScalar *u, *a, *b;
  PetscInt           n;

  PetscFunctionBegin;
  PetscCall(VecGetLocalSize(log_q, &n));
  PetscCall(VecGetArrayRead(log_q, &u));
  PetscCall(VecGetArrayRead(left, &a));
  PetscCall(VecGetArrayRead(right, &b));
  for (PetscInt i = 0; i < n; i += ENERGY_CHUNK) {
    const PetscInt m = PetscMin(ENERGY_CHUNK, n - i);
    EnergyArray    q = {0}, has = {0};

    EnergyExp(m, 1, u + i, q);
    for (PetscInt j = 0; j < m; j++) has[j] = q[j] > 0 ? a[i + j] + b[i + j] : -(PetscReal)INFINITY;
    EnergyExp(m, 1, has, has);
    for (PetscInt j = 0; j < m; j++) q[j] = PetscAbsReal(q[j] - has[j]);
    SumAdd(sum, ENERGY_CHUNK, q);
  }
  PetscCall(VecRestoreArrayRead(right, &b));
  PetscCall(VecRestoreArrayRead(left, &a));
  PetscCall(VecRestoreArrayRead(log_q, &u));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* log c after a sweep of c K c = q: two thirds of the way in logarithms. A cell that is new, or far off, solves its quadratic with all
   others frozen. */
static PetscReal PressureScaled(PetscReal diagonal, PetscReal u, PetscReal c, PetscReal w)
{
  const PetscReal e = u - c - w;
  PetscReal       q, others;

  if (u == -(PetscReal)INFINITY) return u;
  if (e < PRESSURE_FAR) return c + 2 * e / 3;
  q      = exp(u);
  others = PetscMax(exp(w) - diagonal * exp(c), 0);
  return log(2 * q / (others + sqrt(others * others + 4 * diagonal * q)));
}

/* One sweep of the self-transport. Collective. */
static PetscErrorCode PressureScale(Pressure p)
{
  const PetscScalar *u, *w;
  PetscScalar       *c;

  PetscFunctionBegin;
  PetscCall(VecGetArrayRead(p->log_q, &u));
  PetscCall(VecGetArrayRead(p->now.w, &w));
  PetscCall(VecGetArray(p->now.gamma, &c));
  for (PetscInt i = 0; i < p->s->cells; i++) c[i] = PressureScaled(p->diagonal, u[i], c[i], w[i]);
  PetscCall(VecRestoreArray(p->now.gamma, &c));
  PetscCall(VecRestoreArrayRead(p->now.w, &w));
  PetscCall(VecRestoreArrayRead(p->log_q, &u));
  PetscCall(KernelApplyLog(p->s->kernel, p->now.gamma, NULL, p->now.w));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* beta, alpha and lp of q. Collective. */
static PetscErrorCode PressureTransport(Pressure p)
{
  const PetscScalar *u, *w, *psi;
  PetscScalar       *beta;

  PetscFunctionBegin;
  PetscCall(VecGetArrayRead(p->log_q, &u));
  PetscCall(VecGetArrayRead(p->now.w, &w));
  PetscCall(VecGetArrayRead(p->now.psi, &psi));
  PetscCall(VecGetArrayWrite(p->s->beta, &beta));
  for (PetscInt i = 0; i < p->s->cells; i++) beta[i] = u[i] == -(PetscReal)INFINITY ? u[i] : u[i] - p->s->lambda * psi[i] - w[i];
  PetscCall(VecRestoreArrayWrite(p->s->beta, &beta));
  PetscCall(VecRestoreArrayRead(p->now.psi, &psi));
  PetscCall(VecRestoreArrayRead(p->now.w, &w));
  PetscCall(VecRestoreArrayRead(p->log_q, &u));
  PetscCall(KernelApplyLog(p->s->kernel, p->s->beta, p->s->log_rho, p->s->alpha));
  PetscCall(KernelApplyLog(p->s->kernel, p->s->alpha, NULL, p->s->lp));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The whole pass; the residual is what both transports lack of q, over the mass. Collective. */
PetscErrorCode PressureEvaluate(Pressure p, PetscInt sweeps)
{
  const Sinkhorn s       = p->s;
  Sum            sums[2] = {{{0}, {0}}, {{0}, {0}}};
  PetscReal      totals[2];

  PetscFunctionBegin;
  PetscCall(PressureConjugate(p));
  for (PetscInt k = 0; k < sweeps; k++) PetscCall(PressureScale(p));
  PetscCall(PressureTransport(p));
  PetscCall(PressureGap(p->log_q, p->now.gamma, p->now.w, &sums[0]));
  PetscCall(PressureGap(p->log_q, s->beta, s->lp, &sums[0]));
  if (s->pending && (*s->pending)(s->poll_context)) SumAddOne(&sums[1], 1);
  PetscCall(SumAllreduce(PetscObjectComm((PetscObject)s), 2, sums, totals));
  s->residual = totals[0] / s->sum_rho;
  s->iterations++;
  if (totals[1] > 0 && !s->interrupted) PetscCall((*s->attend)(s->poll_context, &s->interrupted));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* change = ((lp - w)/lambda - psi) / (1 + gain), nothing where no mass may come to. Not collective. */
PetscErrorCode PressureMeasureChange(Pressure p)
{
  const PetscScalar *psi, *w, *lp, *gain, *near;
  PetscScalar       *f;

  PetscFunctionBegin;
  PetscCall(VecGetArrayRead(p->now.psi, &psi));
  PetscCall(VecGetArrayRead(p->now.w, &w));
  PetscCall(VecGetArrayRead(p->s->lp, &lp));
  PetscCall(VecGetArrayRead(p->gain, &gain));
  PetscCall(VecGetArrayRead(p->near, &near));
  PetscCall(VecGetArrayWrite(p->now.change, &f));
  for (PetscInt i = 0; i < p->s->cells; i++) {
    const PetscReal r = (lp[i] - w[i]) / p->s->lambda - psi[i];

    f[i] = p->fronts && near[i] < PRESSURE_NEAR ? 0 : (isfinite(r) ? r : -1) / (1 + gain[i]);
  }
  PetscCall(VecRestoreArrayWrite(p->now.change, &f));
  PetscCall(VecRestoreArrayRead(p->near, &near));
  PetscCall(VecRestoreArrayRead(p->gain, &gain));
  PetscCall(VecRestoreArrayRead(p->s->lp, &lp));
  PetscCall(VecRestoreArrayRead(p->now.w, &w));
  PetscCall(VecRestoreArrayRead(p->now.psi, &psi));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* gain = K(c dlogQ/dpsi) / (e^w lambda). Collective. */
PetscErrorCode PressureMeasureGain(Pressure p)
{
  const PetscScalar *slope, *gamma, *w;
  PetscScalar       *x, *g;

  PetscFunctionBegin;
  PetscCall(VecGetArrayRead(p->slope, &slope));
  PetscCall(VecGetArrayRead(p->now.gamma, &gamma));
  PetscCall(VecGetArrayWrite(p->x, &x));
  for (PetscInt i = 0; i < p->s->cells; i++) x[i] = slope[i] > 0 ? log(slope[i]) + gamma[i] : -(PetscReal)INFINITY;
  PetscCall(VecRestoreArrayWrite(p->x, &x));
  PetscCall(VecRestoreArrayRead(p->now.gamma, &gamma));
  PetscCall(VecRestoreArrayRead(p->slope, &slope));
  PetscCall(KernelApplyLog(p->s->kernel, p->x, NULL, p->gain));
  PetscCall(VecGetArrayRead(p->now.w, &w));
  PetscCall(VecGetArray(p->gain, &g));
  for (PetscInt i = 0; i < p->s->cells; i++) {
    const PetscReal scaled = g[i] - w[i];

    g[i] = isfinite(scaled) ? exp(PetscClipInterval(scaled, -PRESSURE_GAIN, PRESSURE_GAIN)) / p->s->lambda : 0;
  }
  PetscCall(VecRestoreArray(p->gain, &g));
  PetscCall(VecRestoreArrayRead(p->now.w, &w));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* near = log K 1_S, S where rho_k has more than a trace of mass and, unless this is the first pass, q. Collective. */
PetscErrorCode PressureMeasureNear(Pressure p, PetscBool first)
{
  const PetscScalar *u, *l;
  PetscScalar       *x;
  PetscReal          top;

  PetscFunctionBegin;
  if (!p->fronts) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(VecMax(p->s->log_rho, NULL, &top));
  PetscCall(VecGetArrayRead(p->log_q, &u));
  PetscCall(VecGetArrayRead(p->s->log_rho, &l));
  PetscCall(VecGetArrayWrite(p->x, &x));
  for (PetscInt i = 0; i < p->s->cells; i++)
    x[i] = l[i] > top - PRESSURE_TRACE || (!first && u[i] > -PETSC_MAX_REAL) ? 0 : -(PetscReal)INFINITY;
  PetscCall(VecRestoreArrayWrite(p->x, &x));
  PetscCall(VecRestoreArrayRead(p->s->log_rho, &l));
  PetscCall(VecRestoreArrayRead(p->log_q, &u));
  PetscCall(KernelApplyLog(p->s->kernel, p->x, NULL, p->near));
  PetscFunctionReturn(PETSC_SUCCESS);
}
