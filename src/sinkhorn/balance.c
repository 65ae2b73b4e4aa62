/* The mass of the prox as a function of a constant c added to log p,

     m(c) = sum of e^u(lp + c) / sum of rho_k,

   and the c that makes it 1: the maximum of the dual objective along constant potentials. The fixed point itself finds it only in
   steps of log m per sweep, while a large tau asks for c of the order of tau F'; one c costs a few sweeps without the kernel. */
#include <math.h>
#include <jko/private/energyimpl.h>
#include <jko/private/sinkhornimpl.h>
#include <jko/private/sumimpl.h>

#define BALANCE_MAX_IT 60
#define BALANCE_TOL    0.1  /* of log m */
#define BALANCE_BOUND  1e14 /* of c, what the kernel takes */

/* log m(c) and its derivative. Collective. */
static PetscErrorCode BalanceMass(Sinkhorn s, PetscReal c, PetscReal *log_mass, PetscReal *slope)
{
  const PetscScalar *lp, *guess;
  PetscInt           n;
  Sum                sums[2] = {{{0}, {0}}, {{0}, {0}}};
  PetscReal          totals[2];

  PetscFunctionBegin;
  PetscCall(VecGetLocalSize(s->lp, &n));
  PetscCall(VecGetArrayRead(s->lp, &lp));
  PetscCall(VecGetArrayRead(s->u, &guess));
  for (PetscInt first = 0; first < n; first += ENERGY_CHUNK) {
    const PetscInt m = PetscMin(ENERGY_CHUNK, n - first);
    EnergyArray    shifted, u, du, q = {0};

    for (PetscInt i = 0; i < m; i++) {
      shifted[i] = SinkhornIsReached(lp[first + i]) ? lp[first + i] + c : -SINKHORN_LARGEST;
      u[i]       = guess[first + i];
    }
    EnergyProxChunk(s->energy, s->theta, s->lambda, first, m, shifted, u, du);
    EnergyExp(m, 1, u, q);
    for (PetscInt i = 0; i < m; i++) q[i] = SinkhornIsReached(lp[first + i]) ? q[i] : 0;
    SumAdd(&sums[0], ENERGY_CHUNK, q);
    for (PetscInt i = 0; i < m; i++) q[i] *= du[i];
    SumAdd(&sums[1], ENERGY_CHUNK, q);
  }
  PetscCall(VecRestoreArrayRead(s->u, &guess));
  PetscCall(VecRestoreArrayRead(s->lp, &lp));
  PetscCall(SumAllreduce(PetscObjectComm((PetscObject)s), 2, sums, totals));
  *log_mass = log(totals[0] / s->sum_rho);
  *slope    = totals[1] / totals[0];
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Newton's step, within the bracket; where that tells nothing, a longer step every time. */
static PetscReal BalanceNext(PetscInt it, PetscReal c, PetscReal log_mass, PetscReal slope, PetscReal lower, PetscReal upper)
{
  const PetscReal newton = c - log_mass / slope, away = c - (log_mass > 0 ? 1 : -1) * PetscPowRealInt(2, it);

  if (newton > lower && newton < upper) return newton;
  if (lower > -BALANCE_BOUND && upper < BALANCE_BOUND) return (lower + upper) / 2;
  return PetscClipInterval(away, -BALANCE_BOUND, BALANCE_BOUND);
}

/* Moves the zero of the potentials to where the prox of the last sweep has the mass of rho_k; by how much, in s->shift: beta - c,
   alpha + c, lp + c. Leaves them alone when it has it roughly, or never does. Collective. */
PetscErrorCode SinkhornBalance(Sinkhorn s)
{
  PetscReal c = 0, lower = -BALANCE_BOUND, upper = BALANCE_BOUND, log_mass, slope;

  PetscFunctionBegin;
  PetscCall(BalanceMass(s, 0, &log_mass, &slope));
  for (PetscInt it = 0; it < BALANCE_MAX_IT && PetscAbsReal(log_mass) > BALANCE_TOL; it++) {
    if (log_mass > 0)
      upper = c;
    else
      lower = c;
    c = BalanceNext(it, c, log_mass, slope, lower, upper);
    PetscCall(BalanceMass(s, c, &log_mass, &slope));
  }
  if (!(PetscAbsReal(log_mass) <= BALANCE_TOL) || c == 0) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(VecShift(s->beta, -c));
  PetscCall(VecShift(s->alpha, c));
  PetscCall(VecShift(s->lp, c));
  s->shift = c;
  PetscFunctionReturn(PETSC_SUCCESS);
}
