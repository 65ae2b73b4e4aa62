/* The scaling of a density against itself, c K c = q: the potential of its transport to itself (Knight, Ruiz, Ucar, SIAM J. Matrix Anal.
   Appl. 35, 2014; Feydy et al., AISTATS 2019). With gamma = log c and w = log(K c) a sweep

     gamma <- gamma + (2/3) e,   e = log q - gamma - w,

   leaves at most a third of the error: it multiplies it by 1 - (2/3)(1 + p), p in [0, 1] an eigenvalue of the plan of q to itself. */
#include <jko/private/energyimpl.h>
#include <jko/private/sinkhornimpl.h>
#include <jko/private/sumimpl.h>

#define SELF_RELAXED ((PetscReal)2 / 3)
#define SELF_LONGEST 20.0 /* change of gamma in one sweep, at most */
#define SELF_MAX_IT  60

/* gamma moves by one sweep; *error = sum q |e| over sum q before it. Empty cells have gamma = -inf; those that the kernel does not reach
   stay. Collective. */
static PetscErrorCode SelfSweep(Vec log_q, Vec w, Vec gamma, PetscReal *error)
{
  const PetscScalar *l, *k;
  PetscScalar       *c;
  PetscInt           n;
  Sum                sums[2] = {{{0}, {0}}, {{0}, {0}}};
  PetscReal          totals[2];

  PetscFunctionBegin;
  PetscCall(VecGetLocalSize(log_q, &n));
  PetscCall(VecGetArrayRead(log_q, &l));
  PetscCall(VecGetArrayRead(w, &k));
  PetscCall(VecGetArray(gamma, &c));
  for (PetscInt i = 0; i < n; i += ENERGY_CHUNK) {
    const PetscInt m = PetscMin(ENERGY_CHUNK, n - i);
    EnergyArray    q = {0}, off = {0};

    EnergyExp(m, 1, l + i, q);
    for (PetscInt j = 0; j < m; j++) {
      const PetscBool filled = (PetscBool)(l[i + j] > -PETSC_MAX_REAL);
      const PetscReal e      = filled && SinkhornIsReached(k[i + j]) ? l[i + j] - c[i + j] - k[i + j] : 0;

      off[j]   = q[j] * PetscAbsReal(e);
      c[i + j] = filled ? c[i + j] + SELF_RELAXED * PetscClipInterval(e, -SELF_LONGEST, SELF_LONGEST) : l[i + j];
    }
    SumAdd(&sums[0], ENERGY_CHUNK, off);
    SumAdd(&sums[1], ENERGY_CHUNK, q);
  }
  PetscCall(VecRestoreArray(gamma, &c));
  PetscCall(VecRestoreArrayRead(w, &k));
  PetscCall(VecRestoreArrayRead(log_q, &l));
  PetscCall(SumAllreduce(PetscObjectComm((PetscObject)log_q), 2, sums, totals));
  *error = totals[0] / totals[1];
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*
  SinkhornSelfScale - gamma and w = log(K e^gamma) with gamma + w = log q where there is mass.

  Collective. tol: of the mean of |gamma + w - log q| over the mass. gamma: a guess in, finite where there is mass; log q / 2, say.
*/
PetscErrorCode SinkhornSelfScale(Kernel kernel, Vec log_q, PetscReal tol, Vec gamma, Vec w)
{
  PetscReal error = PETSC_MAX_REAL;

  PetscFunctionBegin;
  PetscCall(KernelApplyLog(kernel, gamma, NULL, w));
  for (PetscInt it = 0; it < SELF_MAX_IT && error > tol; it++) {
    PetscCall(SelfSweep(log_q, w, gamma, &error));
    PetscCall(KernelApplyLog(kernel, gamma, NULL, w));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}
