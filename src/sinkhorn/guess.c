/* What a solve starts from: a guess of log p, p = K^T a, not of log b. At the solution each gives the other,

     u : theta u - lp + lambda F'(e^u) = 0,    beta = T(lp) = u - lp,

   but log p, a convolution, is smooth in space and time where beta has the kinks of the density, at a front or a bound. A guess made from
   it by extrapolation in time or by interpolation between grids has its kinks put in by the prox, where they belong.

   Of a non-local energy, with the variation g = W * q, say, it is log p - lambda g that is kept: the prox of it by the rest of F is q
   whatever g is, where the prox of log p would take an error of g for one of q, lambda times as large. */
#include <math.h>
#include <jko/private/energyimpl.h>
#include <jko/private/sinkhornimpl.h>

/* A chunk of cells of GuessProx(). */
static void GuessProxChunk(Sinkhorn s, PetscReal lambda, PetscInt first, PetscInt n, const PetscScalar lp[], PetscScalar u[])
{
  EnergyArrays     finite;
  EnergyConstParts in;
  EnergyParts      root;

  EnergyPoint(s->energy, first, u, root);
  for (PetscInt k = 0; k < EnergyDensities(s->energy); k++) {
    const PetscScalar *given = lp + k * s->cells + first;

    for (PetscInt i = 0; i < n; i++) finite[k][i] = PetscClipInterval(given[i], -SINKHORN_LARGEST, SINKHORN_LARGEST);
    in[k] = finite[k];
  }
  EnergyProxAllChunk(s->energy, s->theta, lambda, first, n, in, root, NULL, NULL);
}

/* s->u becomes the prox of lp at this lambda, cell by cell, from the guess that is there. Not collective. */
static PetscErrorCode GuessProx(Sinkhorn s, PetscReal lambda, Vec lp)
{
  const PetscScalar *p;
  PetscScalar       *u;

  PetscFunctionBegin;
  PetscCall(PetscLogEventBegin(Sinkhorn_Prox, s, 0, 0, 0));
  PetscCall(VecGetArrayRead(lp, &p));
  PetscCall(VecGetArray(s->u, &u));
  for (PetscInt i = 0; i < s->cells; i += ENERGY_CHUNK) GuessProxChunk(s, lambda, i, PetscMin(ENERGY_CHUNK, s->cells - i), p, u);
  PetscCall(VecRestoreArray(s->u, &u));
  PetscCall(VecRestoreArrayRead(lp, &p));
  PetscCall(PetscLogEventEnd(Sinkhorn_Prox, s, 0, 0, 0));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Adds a weight times the variation of the non-local terms, as it is. Not collective. */
static PetscErrorCode GuessAddNonlocal(Sinkhorn s, PetscReal weight, Vec lp)
{
  PetscScalar *l;
  EnergyParts  part;

  PetscFunctionBegin;
  if (!s->log_q) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(VecGetArray(lp, &l));
  for (PetscInt i = 0; i < s->cells; i += ENERGY_CHUNK) {
    EnergyPoint(s->energy, i, l, part);
    EnergyNonlocalChunk(s->energy, i, PetscMin(ENERGY_CHUNK, s->cells - i), weight, part);
  }
  PetscCall(VecRestoreArray(lp, &l));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* *sum = lp with a weight times the variation of the non-local terms: lp itself where there are none, else in `work`. Not collective. */
static PetscErrorCode GuessWithNonlocal(Sinkhorn s, PetscReal weight, Vec lp, Vec work, Vec *sum)
{
  PetscFunctionBegin;
  *sum = s->log_q ? work : lp;
  if (!s->log_q) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(VecCopy(lp, work));
  PetscCall(GuessAddNonlocal(s, weight, work));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* s->beta = T(lp) within bounds, and s->u the density of the guess, whose variation a non-local energy takes; after SinkhornBegin().
   Collective. */
PetscErrorCode SinkhornStart(Sinkhorn s, Vec lp)
{
  const PetscScalar *p, *u;
  PetscScalar       *b;
  PetscInt           n;
  Vec                full;

  PetscFunctionBegin;
  PetscCall(GuessWithNonlocal(s, s->lambda, lp, s->lp, &full));
  PetscCall(GuessProx(s, s->lambda, full));
  if (s->log_q) PetscCall(EnergyRefresh(s->energy, ENERGY_REFRESH_IMPLICIT, s->u));
  PetscCall(GuessWithNonlocal(s, s->lambda, lp, s->lp, &full));
  PetscCall(VecGetLocalSize(s->beta, &n));
  PetscCall(VecGetArrayRead(full, &p));
  PetscCall(VecGetArrayRead(s->u, &u));
  PetscCall(VecGetArrayWrite(s->beta, &b));
  for (PetscInt i = 0; i < n; i++) b[i] = PetscClipInterval(u[i] - p[i], -SINKHORN_LARGEST, SINKHORN_LARGEST);
  PetscCall(VecRestoreArrayWrite(s->beta, &b));
  PetscCall(VecRestoreArrayRead(s->u, &u));
  PetscCall(VecRestoreArrayRead(full, &p));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* lp becomes that of the last evaluation; cells that the kernel does not reach keep their guess. Not collective. */
PetscErrorCode SinkhornKeepGuess(Sinkhorn s, Vec lp)
{
  const PetscScalar *p;
  PetscScalar       *l;
  PetscInt           n;
  Vec                kept;

  PetscFunctionBegin;
  PetscCall(GuessWithNonlocal(s, -s->lambda, s->lp, s->f, &kept));
  PetscCall(VecGetLocalSize(lp, &n));
  PetscCall(VecGetArrayRead(kept, &p));
  PetscCall(VecGetArray(lp, &l));
  for (PetscInt i = 0; i < n; i++) l[i] = SinkhornIsReached(p[i]) ? p[i] : l[i];
  PetscCall(VecRestoreArray(lp, &l));
  PetscCall(VecRestoreArrayRead(kept, &p));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Makes the log p of a solve at another lambda one that has the same prox at that of tau: theta u + lambda F'(e^u), with F' from what it
   was. Collective. */
PetscErrorCode SinkhornRescale(Sinkhorn s, PetscReal tau, Vec log_rho, PetscReal lambda, Vec lp)
{
  PetscReal epsilon;
  Vec       full;

  PetscFunctionBegin;
  PetscCall(KernelGetEpsilon(s->kernel, &epsilon));
  if (lambda == 2 * tau / epsilon) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(SinkhornBegin(s, tau, log_rho));
  PetscCall(GuessWithNonlocal(s, lambda, lp, s->lp, &full));
  PetscCall(GuessProx(s, lambda, full));
  PetscCall(VecAXPBY(lp, s->theta * (1 - s->lambda / lambda), s->lambda / lambda, s->u));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*@
  SinkhornGuess - log p of a density: what the solution satisfies exactly, taken at q = K rho_k. For the first step.

  Collective.

  Input:
+ tau     - time step
- log_rho - log rho_k

  Output:
. lp - theta log q + lambda F'(q), finite
@*/
PetscErrorCode SinkhornGuess(Sinkhorn s, PetscReal tau, Vec log_rho, Vec lp)
{
  PetscScalar *l, *q;
  PetscInt     n;

  PetscFunctionBegin;
  PetscValidHeaderSpecific(s, SINKHORN_CLASSID, 1);
  PetscCall(SinkhornBegin(s, tau, log_rho));
  PetscCall(KernelApplyLog(s->kernel, log_rho, NULL, s->lp));
  PetscCall(VecGetLocalSize(lp, &n));
  PetscCall(VecGetArray(s->lp, &q));
  for (PetscInt i = 0; i < n; i++) q[i] = PetscMax(q[i], SINKHORN_LOG_FLOOR);
  PetscCall(VecRestoreArray(s->lp, &q));
  PetscCall(EnergyGetFirstVariation(s->energy, s->lp, s->alpha));
  PetscCall(VecAXPBYPCZ(lp, s->theta, s->lambda, 0, s->lp, s->alpha));
  PetscCall(GuessAddNonlocal(s, -s->lambda, lp));
  PetscCall(VecGetArray(lp, &l));
  for (PetscInt i = 0; i < n; i++) l[i] = PetscClipInterval(l[i], -SINKHORN_LARGEST, SINKHORN_LARGEST);
  PetscCall(VecRestoreArray(lp, &l));
  PetscFunctionReturn(PETSC_SUCCESS);
}
