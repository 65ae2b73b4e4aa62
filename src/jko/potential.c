/* Where a solve starts: from the potentials of the last two solves of its kind, extrapolated linearly in time. At a fixed density
   beta scales like tau/eps. The guess is written over the older of the two, which nothing needs any more. */
#include <jko/private/jkoimpl.h>

#define POTENTIAL_AHEAD  2.0  /* last steps, at most, to extrapolate over */
#define POTENTIAL_CHANGE 20.0 /* at most, extrapolated: beyond it is noise of empty cells */

/* Forgets all solves: the next one starts afresh. Not collective. */
PetscErrorCode JKOPotentialForget(JKOPotential *p)
{
  PetscFunctionBegin;
  p->epsilon = p->tau = p->epsilon_before = p->tau_before = 0;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* guess = now + clip(tau/tau_now (now - before)), all at the tau/eps of the solve; without the difference where there is no `before`.

   Every line below has one way to be contracted to multiply-adds, so that a cell's guess does not depend on its place in the array. */
static PetscErrorCode JKOPotentialExtrapolate(const JKOPotential *p, PetscReal tau, PetscReal epsilon)
{
  const PetscScalar *now;
  PetscScalar       *guess;
  PetscInt           n;
  const PetscReal    scale = p->epsilon / epsilon * (tau / p->tau), ahead = p->tau_before > 0 ? PetscMin(tau / p->tau, POTENTIAL_AHEAD) : 0;
  const PetscReal    ratio = p->tau_before > 0 ? p->epsilon_before / p->epsilon * (p->tau / p->tau_before) : 0;

  PetscFunctionBegin;
  PetscCall(VecGetLocalSize(p->now, &n));
  PetscCall(VecGetArrayRead(p->now, &now));
  PetscCall(VecGetArray(p->before, &guess));
  for (PetscInt i = 0; i < n; i++) {
    const PetscReal change = ahead * (now[i] - ratio * guess[i]);

    guess[i] = scale * (now[i] + PetscClipInterval(change, -POTENTIAL_CHANGE, POTENTIAL_CHANGE));
  }
  PetscCall(VecRestoreArray(p->before, &guess));
  PetscCall(VecRestoreArrayRead(p->now, &now));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Puts the guess of a solve into p->before; a fresh one when there is no last solve. Collective. */
PetscErrorCode JKOPotentialGuess(JKO jko, PetscReal tau, PetscReal epsilon, Vec log_rho, JKOPotential *p)
{
  PetscFunctionBegin;
  if (p->epsilon > 0)
    PetscCall(JKOPotentialExtrapolate(p, tau, epsilon));
  else
    PetscCall(SinkhornGuess(jko->sinkhorn, tau, log_rho, p->before));
  p->epsilon_before = p->tau_before = 0;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Takes what the solver made of the guess as the newest potential. Not collective. */
PetscErrorCode JKOPotentialAccept(JKOPotential *p, PetscReal tau, PetscReal epsilon)
{
  const JKOPotential old = *p;

  PetscFunctionBegin;
  *p = (JKOPotential){
      .now = old.before, .before = old.now, .epsilon = epsilon, .tau = tau, .epsilon_before = old.epsilon, .tau_before = old.tau};
  PetscFunctionReturn(PETSC_SUCCESS);
}
