/* One entropic transport problem, min over plans with marginals a and b of  eps KL(pi | K),  solved for its scalings
   (Cuturi, NeurIPS 2013; Peyre, Cuturi, Computational Optimal Transport, 2019, section 4.2):

     pi = diag(e^alpha) K diag(e^beta),   alpha = log a - log(K e^beta),   beta = log b - log(K e^alpha)

   Densities have sum 1. SNES accelerates the fixed point in the variables x = sqrt(b) beta, so that cells count by their mass. The value is
   that of the dual, <alpha, a> + <beta, b>: an error of the potentials enters squared. */
#include <math.h>
#include <jko/private/energyimpl.h>
#include <jko/private/sinkhornimpl.h>
#include <jko/private/sumimpl.h>
#include <jko/private/transportimpl.h>

#define TRANSPORT_FLOOR     1e-10 /* of the mean density: the weight of empty cells */
#define TRANSPORT_PATIENCE  60    /* evaluations without progress that end a solve */
#define TRANSPORT_STAY_TOL  1e-5  /* L1 residual of a self-transport, relative */
#define TRANSPORT_STAY_MOST 60

/* f = scale (beta - update), nothing in empty cells; L1 residual of the second marginal. */
static PetscErrorCode TransportSweep(Transport t, Vec update, Vec f)
{
  const PetscScalar *b, *beta, *next, *scale;
  PetscScalar       *y;
  PetscInt           n;
  Sum                sum = {{0}, {0}};

  PetscFunctionBegin;
  PetscCall(VecGetLocalSize(f, &n));
  PetscCall(VecGetArrayRead(t->log_b, &b));
  PetscCall(VecGetArrayRead(t->beta, &beta));
  PetscCall(VecGetArrayRead(update, &next));
  PetscCall(VecGetArrayRead(t->scale, &scale));
  PetscCall(VecGetArrayWrite(f, &y));
  for (PetscInt i = 0; i < n; i += ENERGY_CHUNK) {
    const PetscInt m                   = PetscMin(ENERGY_CHUNK, n - i);
    double         error[ENERGY_CHUNK] = {0};

    EnergyExp(m, 1, b + i, error);
    for (PetscInt j = 0; j < m; j++) {
      const PetscReal change = b[i + j] == -INFINITY ? 0 : beta[i + j] - next[i + j];

      error[j] *= error[j] > 0 ? PetscAbsReal(expm1(PetscMin(change, ENERGY_MAX_EXPONENT))) : 0;
      y[i + j] = scale[i + j] * change;
    }
    SumAdd(&sum, ENERGY_CHUNK, error);
  }
  PetscCall(VecRestoreArrayWrite(f, &y));
  PetscCall(VecRestoreArrayRead(t->scale, &scale));
  PetscCall(VecRestoreArrayRead(update, &next));
  PetscCall(VecRestoreArrayRead(t->beta, &beta));
  PetscCall(VecRestoreArrayRead(t->log_b, &b));
  PetscCall(SumAllreduce(PetscObjectComm((PetscObject)t), 1, &sum, &t->residual));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* to = from / scale or from * scale, with `empty` where there is no target. */
static PetscErrorCode TransportRescale(Transport t, Vec from, PetscBool divide, PetscReal empty, Vec to)
{
  const PetscScalar *b, *x, *s;
  PetscScalar       *y;
  PetscInt           n;

  PetscFunctionBegin;
  PetscCall(VecGetLocalSize(to, &n));
  PetscCall(VecGetArrayRead(t->log_b, &b));
  PetscCall(VecGetArrayRead(from, &x));
  PetscCall(VecGetArrayRead(t->scale, &s));
  PetscCall(VecGetArrayWrite(to, &y));
  for (PetscInt i = 0; i < n; i++) y[i] = b[i] == -INFINITY ? empty : divide ? x[i] / s[i] : x[i] * s[i];
  PetscCall(VecRestoreArrayWrite(to, &y));
  PetscCall(VecRestoreArrayRead(t->scale, &s));
  PetscCall(VecRestoreArrayRead(from, &x));
  PetscCall(VecRestoreArrayRead(t->log_b, &b));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* SNES's function: x = S beta in, S (beta - update) out. Two kernel applications. */
static PetscErrorCode TransportFunction(SNES snes, Vec x, Vec f, void *context)
{
  Transport t = (Transport)context;

  PetscFunctionBegin;
  (void)snes;
  PetscCall(TransportRescale(t, x, PETSC_TRUE, -INFINITY, t->beta));
  PetscCall(KernelApplyLog(t->kernel, t->beta, t->log_a, t->alpha));
  PetscCall(KernelApplyLog(t->kernel, t->alpha, t->log_b, t->image));
  PetscCall(TransportSweep(t, t->image, f));
  t->iterations++;
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode TransportConverged(SNES snes, PetscInt it, PetscReal xnorm, PetscReal dxnorm, PetscReal fnorm,
                                         SNESConvergedReason *why, void *context)
{
  Transport t = (Transport)context;

  PetscFunctionBegin;
  (void)snes, (void)it, (void)xnorm, (void)dxnorm, (void)fnorm;
  if (t->residual < 0.99 * t->best || t->iterations <= 1) {
    t->best           = t->residual;
    t->best_iteration = t->iterations;
  }
  *why = SNES_CONVERGED_ITERATING;
  if (t->residual <= t->residual_tol)
    *why = SNES_CONVERGED_FNORM_ABS;
  else if (!(t->residual < PETSC_MAX_REAL) || t->iterations >= t->max_it || t->iterations - t->best_iteration >= TRANSPORT_PATIENCE)
    *why = SNES_DIVERGED_FUNCTION_COUNT;
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode TransportCreateSolver(Transport t)
{
  PetscFunctionBegin;
  PetscCall(SNESCreate(PetscObjectComm((PetscObject)t), &t->snes));
  PetscCall(SNESSetType(t->snes, SNESWEIGHTEDANDERSON));
  PetscCall(SNESSetTolerances(t->snes, 0, 0, 0, PETSC_INT_MAX, PETSC_INT_MAX));
  PetscCall(SNESSetConvergenceTest(t->snes, TransportConverged, t, NULL));
  PetscCall(SNESSetFunction(t->snes, t->f, TransportFunction, t));
  PetscCall(SNESSetSolution(t->snes, t->x));
  PetscCall(SNESSetUp(t->snes));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode TransportSetScale(Transport t)
{
  PetscScalar *s;
  PetscInt     n, cells;

  PetscFunctionBegin;
  PetscCall(VecCopy(t->log_b, t->scale));
  PetscCall(VecGetLocalSize(t->scale, &n));
  PetscCall(VecGetSize(t->scale, &cells));
  PetscCall(VecGetArray(t->scale, &s));
  for (PetscInt i = 0; i < n; i++) s[i] = PetscSqrtReal(PetscExpReal(s[i]) + TRANSPORT_FLOOR / (PetscReal)cells);
  PetscCall(VecRestoreArray(t->scale, &s));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*
  TransportSolve - from the guess in t->beta to the scalings at the kernel's eps: t->alpha and t->beta, a plan whose first marginal is a and
  whose second marginal misses b by t->residual. Ends where it gets no further, too: the residual tells. Collective.
*/
PetscErrorCode TransportSolve(Transport t)
{
  PetscFunctionBegin;
  if (!t->snes) PetscCall(TransportCreateSolver(t));
  PetscCall(TransportSetScale(t));
  PetscCall(TransportRescale(t, t->beta, PETSC_FALSE, 0, t->x));
  t->iterations = 0;
  t->residual = t->best = PETSC_MAX_REAL;
  PetscCall(SNESSolve(t->snes, NULL, t->x));
  PetscCall(TransportRescale(t, t->x, PETSC_TRUE, -INFINITY, t->beta));
  PetscCall(KernelApplyLog(t->kernel, t->beta, t->log_a, t->alpha));
  t->total += t->iterations;
  PetscCall(PetscInfo(t, "residual %g after %" PetscInt_FMT " evaluations\n", (double)t->residual, t->iterations));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*
  TransportStay - half the entropic cost of carrying rho (of sum 1) to itself, in units of eps: <log c, rho> with c K c = rho. Uses image
  and x. (Symmetric Sinkhorn: Knight, Ruiz, Ucar, SIAM J. Matrix Anal. Appl. 35, 2014.) Collective.
*/
PetscErrorCode TransportStay(Transport t, Vec log_rho, PetscReal *cost)
{
  PetscReal totals[2] = {1, 0};

  PetscFunctionBegin;
  PetscCall(VecAXPBY(t->x, 0.5, 0, log_rho));
  for (PetscInt it = 0; it < TRANSPORT_STAY_MOST && totals[0] > TRANSPORT_STAY_TOL; it++) {
    PetscCall(KernelApplyLog(t->kernel, t->x, NULL, t->image));
    PetscCall(SinkhornStaySweep(log_rho, t->image, t->x, totals));
  }
  *cost = totals[1];
  PetscFunctionReturn(PETSC_SUCCESS);
}
