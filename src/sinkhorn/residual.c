/* One pass through the fixed point of a JKO step (docs/sinkhorn.md; Peyre, SIAM J. Imaging Sci. 8, 2015, section 3):

     alpha = log rho_k - log(K e^beta)
     lp    = log(K e^alpha)
     g     = variation of the non-local part of F at b p, for an energy that has one
     u     : theta u - lp + lambda F'(e^u) = 0          log of the proximal point q, cell by cell
     R     = T(lp) - beta,   T = u - lp

   Cells move by omega R, omega = 2/(2 + s), with the slope s = dT/dlp = du/dlp - 1 in (-1, 1]. Cells that the kernel does not reach
   (lp = -inf) can hold no mass and do not move. */
#include <math.h>
#include <jko/private/energyimpl.h>
#include <jko/private/sinkhornimpl.h>
#include <jko/private/sumimpl.h>

#define SINKHORN_IMBALANCE 0.5 /* of the marginal residual, which bounds how far the mass of the prox is from that of rho_k */

/* |q - b p| of a chunk, 0 where the kernel does not reach, padded to full lanes with zeros. A chunk with less than `empty` everywhere adds
   nothing that a sum in double precision could see. */
static void SinkhornGap(PetscInt n, PetscReal empty, const PetscScalar u[], const PetscScalar beta[], const PetscScalar lp[], double gap[])
{
  double q[ENERGY_CHUNK], bp[ENERGY_CHUNK];
  int    vacuum = 1; /* not so where something is NaN */

  for (PetscInt i = 0; i < n; i++) {
    q[i]  = SinkhornIsReached(lp[i]) ? u[i] : -INFINITY;
    bp[i] = beta[i] + lp[i];
    vacuum &= (q[i] < empty) & (bp[i] < empty);
  }
  for (PetscInt i = 0; i < ENERGY_CHUNK; i++) gap[i] = 0;
  if (vacuum) return;
  EnergyExp(n, 1, q, q);
  EnergyExp(n, 1, bp, bp);
  for (PetscInt i = 0; i < n; i++) gap[i] = fabs(q[i] - bp[i]);
}

/* A chunk of cells: the prox u, the scaled residual f, and where asked for du = 1 + s. */
static void SinkhornSweepChunk(Sinkhorn s, PetscInt first, PetscInt n, const PetscScalar beta[], const PetscScalar lp[],
                               const PetscScalar scale[], PetscScalar u[], PetscScalar f[], PetscScalar slope[])
{
  PetscReal floored[ENERGY_CHUNK], du[ENERGY_CHUNK];

  for (PetscInt i = 0; i < n; i++) floored[i] = SinkhornIsReached(lp[i]) ? lp[i] : -SINKHORN_LARGEST;
  EnergyProxChunk(s->energy, s->theta, s->lambda, first, n, floored, u, du);
  for (PetscInt i = 0; slope && i < n; i++) slope[i] = du[i];
  for (PetscInt i = 0; i < n; i++) {
    const double r = u[i] - floored[i] - beta[i];

    f[i] = SinkhornIsReached(lp[i]) ? -2 * scale[i] * r / (1 + du[i]) : 0;
  }
}

static PetscErrorCode SinkhornSweep(Sinkhorn s, Vec residual)
{
  const PetscScalar *beta, *lp, *scale;
  PetscScalar       *u, *f, *du = NULL;
  PetscInt           n, cells;
  Sum                sums[2] = {{{0}, {0}}, {{0}, {0}}}; /* of the gap; of the ranks that have something to agree on */
  PetscReal          totals[2], empty;
  double             gap[ENERGY_CHUNK];

  PetscFunctionBegin;
  PetscCall(PetscLogEventBegin(Sinkhorn_Prox, s, 0, 0, 0));
  PetscCall(VecGetLocalSize(s->beta, &n));
  PetscCall(VecGetSize(s->beta, &cells));
  empty = PetscLogReal(s->sum_rho / (PetscReal)cells) - SINKHORN_EMPTY;
  PetscCall(VecGetArrayRead(s->beta, &beta));
  PetscCall(VecGetArrayRead(s->lp, &lp));
  PetscCall(VecGetArrayRead(s->scale, &scale));
  PetscCall(VecGetArray(s->u, &u));
  PetscCall(VecGetArray(residual, &f));
  if (s->du) PetscCall(VecGetArrayWrite(s->du, &du));
  for (PetscInt i = 0; i < n; i += ENERGY_CHUNK) {
    const PetscInt m = PetscMin(ENERGY_CHUNK, n - i);

    SinkhornSweepChunk(s, i, m, beta + i, lp + i, scale + i, u + i, f + i, du ? du + i : NULL);
    SinkhornGap(m, empty, u + i, beta + i, lp + i, gap);
    SumAdd(&sums[0], ENERGY_CHUNK, gap);
  }
  if (s->du) PetscCall(VecRestoreArrayWrite(s->du, &du));
  PetscCall(VecRestoreArray(residual, &f));
  PetscCall(VecRestoreArray(s->u, &u));
  PetscCall(VecRestoreArrayRead(s->scale, &scale));
  PetscCall(VecRestoreArrayRead(s->lp, &lp));
  PetscCall(VecRestoreArrayRead(s->beta, &beta));
  if (s->pending && (*s->pending)(s->poll_context)) SumAddOne(&sums[1], 1);
  PetscCall(SumAllreduce(PetscObjectComm((PetscObject)s), 2, sums, totals));
  s->residual = totals[0] / s->sum_rho;
  PetscCall(PetscLogEventEnd(Sinkhorn_Prox, s, 0, 0, 0));
  if (totals[1] > 0 && !s->interrupted) PetscCall((*s->attend)(s->poll_context, &s->interrupted));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* A non-local energy takes its variation at the present density q = b p, whose mass is that of rho_k: a function of beta, like all else. */
static PetscErrorCode SinkhornRefresh(Sinkhorn s)
{
  PetscFunctionBegin;
  if (!s->log_q) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(VecWAXPY(s->log_q, 1, s->beta, s->lp));
  PetscCall(EnergyRefresh(s->energy, ENERGY_REFRESH_IMPLICIT, s->log_q));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* From s->beta: alpha, lp, u, the scaled residual f and the L1 marginal residual. Two kernel applications. Potentials whose prox is
   far from having the mass of rho_k are given another zero: s->shift. Collective. */
PetscErrorCode SinkhornEvaluate(Sinkhorn s, Vec f)
{
  PetscFunctionBegin;
  PetscCall(KernelApplyLog(s->kernel, s->beta, s->log_rho, s->alpha));
  PetscCall(KernelApplyLog(s->kernel, s->alpha, NULL, s->lp));
  PetscCall(SinkhornRefresh(s));
  PetscCall(SinkhornSweep(s, f));
  s->shift = 0;
  if (s->residual > SINKHORN_IMBALANCE) PetscCall(SinkhornBalance(s));
  if (s->shift != 0) PetscCall(SinkhornSweep(s, f));
  s->iterations++;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The weights of the cells, from the present prox, at most all the mass in one cell. Cells without mass to speak of hardly count, but
   they count. */
PetscErrorCode SinkhornSetScale(Sinkhorn s)
{
  const PetscScalar *u;
  PetscScalar       *scale;
  PetscInt           n, cells;
  PetscReal          floor;

  PetscFunctionBegin;
  PetscCall(VecGetLocalSize(s->u, &n));
  PetscCall(VecGetSize(s->u, &cells));
  floor = 1e-10 * s->sum_rho / (PetscReal)cells;
  PetscCall(VecGetArrayRead(s->u, &u));
  PetscCall(VecGetArray(s->scale, &scale));
  for (PetscInt i = 0; i < n; i += ENERGY_CHUNK) {
    const PetscInt m = PetscMin(ENERGY_CHUNK, n - i);

    EnergyExp(m, 1, u + i, scale + i);
    for (PetscInt j = i; j < i + m; j++) scale[j] = PetscSqrtReal(PetscMin(scale[j], s->sum_rho) + floor);
  }
  PetscCall(VecRestoreArray(s->scale, &scale));
  PetscCall(VecRestoreArrayRead(s->u, &u));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* SNES's function: x = S beta in, S omega (beta - T) out, so that x - f is the relaxed fixed-point step. */
PetscErrorCode SinkhornFunction(SNES snes, Vec x, Vec f, void *context)
{
  Sinkhorn s = (Sinkhorn)context;

  PetscFunctionBegin;
  (void)snes;
  PetscCall(VecPointwiseDivide(s->beta, x, s->scale));
  PetscCall(SinkhornEvaluate(s, f));
  if (s->shift != 0) PetscCall(VecAXPY(f, s->shift, s->scale));
  PetscCall(PetscObjectStateGet((PetscObject)x, &s->evaluated));
  PetscFunctionReturn(PETSC_SUCCESS);
}
