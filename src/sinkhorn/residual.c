/* One pass through the fixed point of a JKO step (docs/sinkhorn.md; Peyre, SIAM J. Imaging Sci. 8, 2015, section 3):

     alpha = log rho_k - log(K e^beta)
     lp    = log(K e^alpha)
     g     = variation of the non-local part of F, for an energy that has one, at q = b p or, in between, at an earlier iterate
     u     : theta u - lp + lambda F'(e^u) = 0          log of the proximal point q, cell by cell
     R     = T(lp) - beta,   T = u - lp

   Cells move by omega R, omega = 2/(2 + s), with the slope s = dT/dlp = du/dlp - 1 in (-1, 1]. Of species that are coupled s is a matrix,
   in each cell a diagonal less a product of two vectors, and 2 (2 + s)^{-1} R is as easily had (Sherman and Morrison, Ann. Math. Stat. 21,
   1950). Cells that the kernel does not reach (lp = -inf) can hold no mass and do not move. */
#include <math.h>
#include <jko/private/energyimpl.h>
#include <jko/private/sinkhornimpl.h>
#include <jko/private/sumimpl.h>

#define SINKHORN_LAG   0.1 /* of the residual with a new variation: where one with an old variation asks for the next */
#define SINKHORN_GAINS 0.5 /* of the residual that a new variation has to leave, or lagging is no good */

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

/* What a sweep works with: the arrays of this rank, of every species one after the other. */
typedef struct {
  const PetscScalar *beta, *lp, *scale;
  PetscScalar       *u, *f, *du, *pull; /* the last two where asked for */
} SweepArrays;

/* f: the relaxed residual of species that are coupled, on top of that of each alone,

     (1 + du) x - du (pull . x) = 2 r,   x = y + z (pull . y)/(1 - pull . z),   y = 2 r/(1 + du),   z = du/(1 + du). */
static void SinkhornRelaxTogether(Sinkhorn s, PetscInt first, PetscInt n, EnergyArrays du, EnergyArrays pull, const SweepArrays *a)
{
  const PetscInt species = EnergyDensities(s->energy);
  EnergyArray    along = {0}, across = {0};

  for (PetscInt k = 0; k < species; k++) {
    const PetscScalar *scale = a->scale + k * s->cells + first, *f = a->f + k * s->cells + first;

    for (PetscInt i = 0; i < n; i++) {
      along[i] -= scale[i] > 0 ? pull[k][i] * f[i] / scale[i] : 0;
      across[i] += pull[k][i] * du[k][i] / (1 + du[k][i]);
    }
  }
  for (PetscInt k = 0; k < species; k++) {
    const PetscScalar *scale = a->scale + k * s->cells + first, *lp = a->lp + k * s->cells + first;
    PetscScalar       *f = a->f + k * s->cells + first;

    for (PetscInt i = 0; i < n; i++)
      if (SinkhornIsReached(lp[i])) f[i] -= scale[i] * du[k][i] / (1 + du[k][i]) * along[i] / (1 - across[i]);
  }
}

/* A chunk of cells: the prox u, the scaled residual f, and where asked for du = 1 + s. */
static void SinkhornSweepChunk(Sinkhorn s, PetscInt first, PetscInt n, const SweepArrays *a)
{
  const PetscInt   species = EnergyDensities(s->energy);
  EnergyArrays     floored, du, pull;
  EnergyConstParts in;
  EnergyParts      u, slope, pulls;

  for (PetscInt k = 0; k < species; k++) {
    const PetscScalar *lp = a->lp + k * s->cells + first;

    for (PetscInt i = 0; i < n; i++) floored[k][i] = SinkhornIsReached(lp[i]) ? lp[i] : -SINKHORN_LARGEST;
    in[k]    = floored[k];
    u[k]     = a->u + k * s->cells + first;
    slope[k] = du[k];
    pulls[k] = pull[k];
  }
  EnergyProxAllChunk(s->energy, s->theta, s->lambda, first, n, in, u, slope, species > 1 ? pulls : NULL);
  for (PetscInt k = 0; k < species; k++) {
    const PetscInt     cell = k * s->cells + first;
    const PetscScalar *lp = a->lp + cell, *beta = a->beta + cell, *scale = a->scale + cell, *root = a->u + cell;
    PetscScalar       *f = a->f + cell;

    for (PetscInt i = 0; a->du && i < n; i++) a->du[cell + i] = du[k][i];
    for (PetscInt i = 0; species > 1 && a->pull && i < n; i++) a->pull[cell + i] = pull[k][i];
    for (PetscInt i = 0; i < n; i++) {
      const double r = root[i] - floored[k][i] - beta[i];

      f[i] = SinkhornIsReached(lp[i]) ? -2 * scale[i] * r / (1 + du[k][i]) : 0;
    }
  }
  if (species > 1) SinkhornRelaxTogether(s, first, n, du, pull, a);
}

static PetscErrorCode SinkhornSweep(Sinkhorn s, Vec residual)
{
  const PetscInt species = EnergyDensities(s->energy);
  PetscInt       cells;
  SweepArrays    a       = {.du = NULL};
  Sum            sums[2] = {{{0}, {0}}, {{0}, {0}}}; /* of the gap; of the ranks that have something to agree on */
  PetscReal      totals[2], empty;
  double         gap[ENERGY_CHUNK];

  PetscFunctionBegin;
  PetscCall(PetscLogEventBegin(Sinkhorn_Prox, s, 0, 0, 0));
  PetscCall(VecGetSize(s->beta, &cells));
  empty = PetscLogReal(s->sum_rho / (PetscReal)cells) - SINKHORN_EMPTY;
  PetscCall(VecGetArrayRead(s->beta, &a.beta));
  PetscCall(VecGetArrayRead(s->lp, &a.lp));
  PetscCall(VecGetArrayRead(s->scale, &a.scale));
  PetscCall(VecGetArray(s->u, &a.u));
  PetscCall(VecGetArray(residual, &a.f));
  if (s->du) PetscCall(VecGetArrayWrite(s->du, &a.du));
  if (s->pull) PetscCall(VecGetArrayWrite(s->pull, &a.pull));
  for (PetscInt i = 0; i < s->cells; i += ENERGY_CHUNK) {
    const PetscInt m = PetscMin(ENERGY_CHUNK, s->cells - i);

    SinkhornSweepChunk(s, i, m, &a);
    for (PetscInt k = 0; k < species; k++) {
      const PetscInt cell = k * s->cells + i;

      SinkhornGap(m, empty, a.u + cell, a.beta + cell, a.lp + cell, gap);
      SumAdd(&sums[0], ENERGY_CHUNK, gap);
    }
  }
  if (s->pull) PetscCall(VecRestoreArrayWrite(s->pull, &a.pull));
  if (s->du) PetscCall(VecRestoreArrayWrite(s->du, &a.du));
  PetscCall(VecRestoreArray(residual, &a.f));
  PetscCall(VecRestoreArray(s->u, &a.u));
  PetscCall(VecRestoreArrayRead(s->scale, &a.scale));
  PetscCall(VecRestoreArrayRead(s->lp, &a.lp));
  PetscCall(VecRestoreArrayRead(s->beta, &a.beta));
  if (s->pending && (*s->pending)(s->poll_context)) SumAddOne(&sums[1], 1);
  PetscCall(SumAllreduce(PetscObjectComm((PetscObject)s), 2, sums, totals));
  s->residual = totals[0] / s->sum_rho;
  PetscCall(PetscLogEventEnd(Sinkhorn_Prox, s, 0, 0, 0));
  if (totals[1] > 0 && !s->interrupted) PetscCall((*s->attend)(s->poll_context, &s->interrupted));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* A non-local energy takes its variation at the present density q = b p, whose mass is that of rho_k. */
static PetscErrorCode SinkhornRefresh(Sinkhorn s, Vec f)
{
  PetscFunctionBegin;
  PetscCall(VecWAXPY(s->log_q, 1, s->beta, s->lp));
  PetscCall(EnergyRefresh(s->energy, ENERGY_REFRESH_IMPLICIT, s->log_q));
  PetscCall(SinkhornSweep(s, f));
  s->refreshed = s->residual;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The sweep, at a new variation of a non-local energy or at that of an earlier iterate: W * q changes little from one to the next, and
   costs as much as the kernel. No residual is taken for converged, nor for a tenth of the last, before it is that of its own variation.
   Where a new variation brings back what the iterates have gained, each has its own from then on. */
static PetscErrorCode SinkhornSweepRefreshed(Sinkhorn s, Vec f)
{
  PetscReal before;

  PetscFunctionBegin;
  if (s->lags) {
    PetscCall(SinkhornSweep(s, f));
    if (!s->iterations) s->refreshed = s->residual; /* the variation is that of the guess */
    if (s->residual > PetscMax(s->tol, SINKHORN_LAG * s->refreshed)) PetscFunctionReturn(PETSC_SUCCESS);
  }
  before = s->refreshed;
  PetscCall(SinkhornRefresh(s, f));
  if (s->iterations && !(s->residual < SINKHORN_GAINS * before)) s->lags = PETSC_FALSE;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* From s->beta: alpha, lp, u, the scaled residual f and the L1 marginal residual. Two kernel applications. Potentials whose prox is
   far from having the mass of rho_k are given another zero: s->shift, one per species. Collective. */
PetscErrorCode SinkhornEvaluate(Sinkhorn s, Vec f)
{
  PetscBool moved = PETSC_FALSE;

  PetscFunctionBegin;
  PetscCall(PetscArrayzero(s->shift, ENERGY_MAX_SPECIES));
  PetscCall(KernelApplyLog(s->kernel, s->beta, s->log_rho, s->alpha));
  PetscCall(KernelApplyLog(s->kernel, s->alpha, NULL, s->lp));
  PetscCall(s->log_q ? SinkhornSweepRefreshed(s, f) : SinkhornSweep(s, f));
  if (s->residual > SINKHORN_IMBALANCE) PetscCall(SinkhornBalance(s, &moved));
  if (moved) PetscCall(SinkhornSweep(s, f));
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

/* From the next evaluation on, du and for species pull are kept. Collective the first time. */
PetscErrorCode SinkhornNeedSlopes(Sinkhorn s)
{
  PetscFunctionBegin;
  if (!s->du) PetscCall(VecDuplicate(s->beta, &s->du));
  if (!s->pull && EnergyDensities(s->energy) > 1) PetscCall(VecDuplicate(s->beta, &s->pull));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* x = S beta in, f = S omega (beta - T) out, so that x - f is the relaxed fixed-point step; beta is what came in, before it was given
   another zero. Collective. */
PetscErrorCode SinkhornEvaluateAt(Sinkhorn s, Vec x, Vec f)
{
  PetscFunctionBegin;
  PetscCall(VecPointwiseDivide(s->beta, x, s->scale));
  PetscCall(SinkhornEvaluate(s, f));
  PetscCall(SinkhornAddShift(s, 1, f));
  PetscFunctionReturn(PETSC_SUCCESS);
}
