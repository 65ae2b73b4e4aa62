/* One entropic transport problem, min over plans with marginals a and b of  eps KL(pi | K),  solved for its scalings
   (Cuturi, NeurIPS 2013; Peyre, Cuturi, Computational Optimal Transport, 2019, section 4.2):

     pi = diag(e^alpha) K diag(e^beta),   alpha = log a - log(K e^beta),   beta = log b - log(K e^alpha)

   Densities have sum 1. The fixed point is accelerated in the variables x = sqrt(b) beta, so that cells count by their mass. The value is
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

/* From x = S beta: beta, alpha, the residual, and f = S (beta - update). Two kernel applications. */
static PetscErrorCode TransportEvaluate(Transport t)
{
  PetscFunctionBegin;
  PetscCall(TransportRescale(t, t->x, PETSC_TRUE, -INFINITY, t->beta));
  PetscCall(KernelApplyLog(t->kernel, t->beta, t->log_a, t->alpha));
  PetscCall(KernelApplyLog(t->kernel, t->alpha, t->log_b, t->image));
  PetscCall(TransportSweep(t, t->image, t->f));
  t->iterations++;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Whether a solve is at its end, well or not. */
static PetscBool TransportEnds(Transport t, Progress *progress)
{
  const PetscInt waited = ProgressWaited(progress, t->iterations, t->residual);

  return (PetscBool)(t->residual <= t->residual_tol || !(t->residual < PETSC_MAX_REAL) || t->iterations >= t->max_it ||
                     waited >= TRANSPORT_PATIENCE);
}

/* The fixed point in the variables x = S beta, accelerated. */
static PetscErrorCode TransportIterate(Transport t)
{
  Progress progress = {0};

  PetscFunctionBegin;
  AndersonBegin(&t->anderson, PETSC_FALSE);
  ProgressBegin(&progress);
  t->iterations = 0;
  for (;;) {
    PetscCall(TransportEvaluate(t));
    if (TransportEnds(t, &progress)) break;
    PetscCall(AndersonMeasure(&t->anderson, t->x, t->f));
    PetscCall(AndersonAdvance(&t->anderson, t->x));
  }
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
  if (!t->anderson.history.f_old) PetscCall(AndersonHistorySetUp(&t->anderson.history, t->x));
  PetscCall(TransportSetScale(t));
  PetscCall(TransportRescale(t, t->beta, PETSC_FALSE, 0, t->x));
  PetscCall(TransportIterate(t));
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
