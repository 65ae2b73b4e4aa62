/* How far a step went, from its potentials: the Sinkhorn divergence (Feydy et al., AISTATS 2019; Genevay, Peyre, Cuturi, AISTATS 2018)

     W2^2(rho_k, q) ~ eps <alpha, rho_k> + eps <beta, q> - eps <log c(rho_k), rho_k> - eps <log c(q), q>,

   the entropic cost less the costs of staying, where c K c = rho. One sweep of c <- sqrt(c rho / K c) from sqrt(rho),

     log c = log rho / 2 + (log rho / 2 - log(K sqrt(rho))) / 2,

   leaves an error of higher order in eps than a density shows that is wide against the kernel: with a the share of eps/4 in the variance of
   a Gaussian, <log c - log rho/2, rho> is a/4, and W2 at rest a^2 of the width. Where that is more than STAY_WIDE the sweeps go on, and the
   value is that of the dual, whose error is the square of the residual: a density that has collapsed to the width of the kernel stays as
   well.

   What the compensated objective of a step is at rho_k itself, B(rho) = eps <log c - log rho / 2, rho>, comes with it. */
#include <math.h>
#include <jko/private/energyimpl.h>
#include <jko/private/sinkhornimpl.h>
#include <jko/private/sumimpl.h>

#define STAY_WIDE 0.02 /* mean of log c - log rho/2 */
#define STAY_TOL  1e-4 /* L1 residual over the mass */
#define STAY_MOST 40   /* sweeps */

/* One sweep of c <- sqrt(c rho / K c) from log(K c): the residual |c K c - rho| before it, and <log c, rho> - (sum c K c - sum rho)/2, the
   value of the dual. Collective. */
PetscErrorCode SinkhornStaySweep(Vec log_rho, Vec log_kc, Vec log_c, PetscReal totals[2])
{
  const PetscScalar *l, *kc;
  PetscScalar       *c;
  PetscInt           n;
  Sum                sums[2] = {{{0}, {0}}, {{0}, {0}}};

  PetscFunctionBegin;
  PetscCall(VecGetLocalSize(log_c, &n));
  PetscCall(VecGetArrayRead(log_rho, &l));
  PetscCall(VecGetArrayRead(log_kc, &kc));
  PetscCall(VecGetArray(log_c, &c));
  for (PetscInt i = 0; i < n; i += ENERGY_CHUNK) {
    const PetscInt m                 = PetscMin(ENERGY_CHUNK, n - i);
    double         rho[ENERGY_CHUNK] = {0}, error[ENERGY_CHUNK] = {0}, value[ENERGY_CHUNK] = {0};

    EnergyExp(m, 1, l + i, rho);
    for (PetscInt j = 0; j < m; j++) {
      const double change = rho[j] > 0 ? l[i + j] - c[i + j] - kc[i + j] : 0, excess = expm1(-change);

      error[j] = rho[j] * fabs(excess);
      value[j] = rho[j] > 0 ? rho[j] * (c[i + j] - excess / 2) : 0;
      if (l[i + j] > -INFINITY) c[i + j] += (l[i + j] - c[i + j] - kc[i + j]) / 2;
    }
    SumAdd(&sums[0], ENERGY_CHUNK, error);
    SumAdd(&sums[1], ENERGY_CHUNK, value);
  }
  PetscCall(VecRestoreArray(log_c, &c));
  PetscCall(VecRestoreArrayRead(log_kc, &kc));
  PetscCall(VecRestoreArrayRead(log_rho, &l));
  PetscCall(SumAllreduce(PetscObjectComm((PetscObject)log_rho), 2, sums, totals));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Goes on with the sweeps from log(K sqrt(rho)) in s->x; s->stay. */
static PetscErrorCode SinkhornStayLonger(Sinkhorn s, Vec log_rho)
{
  PetscReal totals[2];

  PetscFunctionBegin;
  PetscCall(VecAXPBY(s->f, 0.5, 0, log_rho));
  for (PetscInt it = 0; it < STAY_MOST; it++) {
    PetscCall(SinkhornStaySweep(log_rho, s->x, s->f, totals));
    s->stay = totals[1];
    if (totals[0] <= STAY_TOL * s->sum_rho) break;
    PetscCall(KernelApplyLog(s->kernel, s->f, NULL, s->x));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* *value = <f, rho>, and what staying at rho costs: s->stay = <log c(rho), rho>, and s->drift. Those of the last density are kept, since
   the next step starts from it. One kernel application or none; more in a density that is no wider than the kernel. */
static PetscErrorCode SinkhornStay(Sinkhorn s, Vec log_rho, Vec f, PetscReal *value)
{
  const Vec        with[] = {f, log_rho, s->x};
  PetscReal        total[3], epsilon;
  PetscObjectId    id;
  PetscObjectState state;

  PetscFunctionBegin;
  PetscCall(KernelGetEpsilon(s->kernel, &epsilon));
  PetscCall(PetscObjectGetId((PetscObject)log_rho, &id));
  PetscCall(PetscObjectStateGet((PetscObject)log_rho, &state));
  if (id == s->stay_id && state == s->stay_state && epsilon == s->stay_epsilon) {
    PetscCall(EnergyPairing(log_rho, f, value));
    PetscFunctionReturn(PETSC_SUCCESS);
  }
  PetscCall(VecAXPBY(s->f, 0.5, 0, log_rho));
  PetscCall(KernelApplyLog(s->kernel, s->f, NULL, s->x));
  PetscCall(EnergyPairings(log_rho, 3, with, total));
  *value   = total[0];
  s->stay  = 0.75 * total[1] - 0.5 * total[2];
  s->drift = s->stay - total[1] / 2;
  if (s->drift > STAY_WIDE * s->sum_rho) PetscCall(SinkhornStayLonger(s, log_rho));
  s->stay_id      = id;
  s->stay_epsilon = epsilon;
  s->stay_state   = state;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The part of rho_k in the length of a step, while rho_k is still there. Collective. */
PetscErrorCode SinkhornDepart(Sinkhorn s)
{
  PetscReal from;

  PetscFunctionBegin;
  PetscCall(SinkhornStay(s, s->log_rho, s->alpha, &from));
  s->departure = from - s->stay;
  s->rest      = s->drift;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The length of the step from rho_k to log_q, the solution or a density near it: the potentials are the gradient of the cost, so that its
   error is quadratic in how near. Collective; after SinkhornDepart(), with the potentials of the solve. */
PetscErrorCode SinkhornArrive(Sinkhorn s, Vec log_q)
{
  PetscReal epsilon, to;

  PetscFunctionBegin;
  PetscCall(SinkhornStay(s, log_q, s->beta, &to));
  PetscCall(KernelGetEpsilon(s->kernel, &epsilon));
  s->bias = epsilon * s->volume * (s->rest - s->drift);
  s->w2   = PetscSqrtReal(PetscMax(0, epsilon * s->volume * (s->departure + to - s->stay)));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Takes the step from log rho_k to log_q, which may be the same vector, and measures its length where that is asked for. Collective. */
PetscErrorCode SinkhornAdvance(Sinkhorn s, Vec log_q)
{
  PetscFunctionBegin;
  if (s->measure) PetscCall(SinkhornDepart(s));
  PetscCall(SinkhornEmit(s, log_q));
  if (s->measure) PetscCall(SinkhornArrive(s, log_q));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*@ SinkhornGetW2 - estimate of W2(rho_k, rho_{k+1}) of the last converged solve, length times square root of mass. Not collective. @*/
PetscErrorCode SinkhornGetW2(Sinkhorn s, PetscReal *w2)
{
  PetscFunctionBegin;
  PetscValidHeaderSpecific(s, SINKHORN_CLASSID, 1);
  *w2 = s->w2;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*@
  SinkhornGetBias - B(rho_k) - B(rho_{k+1}), length^2 times mass: what the regularisation lets 2 tau F rise by in the last converged solve.

  Not collective.
@*/
PetscErrorCode SinkhornGetBias(Sinkhorn s, PetscReal *bias)
{
  PetscFunctionBegin;
  PetscValidHeaderSpecific(s, SINKHORN_CLASSID, 1);
  *bias = s->bias;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*
  SinkhornGetDivergence - S = eps (<alpha - gamma_rho, rho> + <beta - gamma_q, q>), the Sinkhorn divergence of rho and q, W2^2 but for its
  bias: length^2 times mass. From the potentials of the last solve, and log c of the transports of both densities to themselves.

  Collective. An error of the potentials enters squared.
*/
PetscErrorCode SinkhornGetDivergence(Sinkhorn s, Vec log_rho, Vec gamma_rho, Vec log_q, Vec gamma_q, PetscReal *divergence)
{
  const Vec from[] = {s->alpha, gamma_rho}, to[] = {s->beta, gamma_q};
  PetscReal left[2], arrived[2], epsilon;

  PetscFunctionBegin;
  PetscCall(KernelGetEpsilon(s->kernel, &epsilon));
  PetscCall(EnergyPairings(log_rho, 2, from, left));
  PetscCall(EnergyPairings(log_q, 2, to, arrived));
  *divergence = epsilon * s->volume * ((left[0] - left[1]) + (arrived[0] - arrived[1]));
  PetscFunctionReturn(PETSC_SUCCESS);
}
