/* How far a step went, from its potentials: the Sinkhorn divergence (Feydy et al., AISTATS 2019; Genevay, Peyre, Cuturi, AISTATS 2018)

     W2^2(rho_k, q) ~ eps <alpha, rho_k> + eps <beta, q> - eps <log c(rho_k), rho_k> - eps <log c(q), q>,

   the entropic cost less the costs of staying, where c K c = rho. One sweep of c <- sqrt(c rho / K c) from sqrt(rho),

     log c = log rho / 2 + (log rho / 2 - log(K sqrt(rho))) / 2,

   leaves an error of higher order in eps than any density that the kernel resolves can show.

   What the compensated objective of a step is at rho_k itself, B(rho) = eps <log c - log rho / 2, rho>, comes with it. */
#include <jko/private/energyimpl.h>
#include <jko/private/sinkhornimpl.h>

/* *value = <f, rho>, and what staying at rho costs: s->stay = <log c(rho), rho>, and s->drift. Those of the last density are kept, since
   the next step starts from it. One kernel application or none. */
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
  *value          = total[0];
  s->stay         = 0.75 * total[1] - 0.5 * total[2];
  s->drift        = s->stay - total[1] / 2;
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
