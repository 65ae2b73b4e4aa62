/* Where a solve starts: from the potentials of the last two solves of its kind, extrapolated linearly in time. At a fixed density
   beta scales like tau/eps. */
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

/* guess = now + clip(tau/tau_now (now - before)), all at the tau/eps of the solve.

   Every line below has one way to be contracted to multiply-adds, so that a cell's guess does not depend on its place in the array. */
static PetscErrorCode JKOPotentialExtrapolate(const JKOPotential *p, PetscReal tau, PetscReal epsilon, Vec guess)
{
  const PetscScalar *now, *before;
  PetscScalar       *g;
  PetscInt           n;
  const PetscReal    scale = p->epsilon / epsilon * (tau / p->tau), ahead = PetscMin(tau / p->tau, POTENTIAL_AHEAD);
  const PetscReal    ratio = p->epsilon_before / p->epsilon * (p->tau / p->tau_before);

  PetscFunctionBegin;
  PetscCall(VecGetLocalSize(p->now, &n));
  PetscCall(VecGetArrayRead(p->now, &now));
  PetscCall(VecGetArrayRead(p->before, &before));
  PetscCall(VecGetArrayWrite(guess, &g));
  for (PetscInt i = 0; i < n; i++) {
    const PetscReal change = ahead * (now[i] - ratio * before[i]);

    g[i] = scale * (now[i] + PetscClipInterval(change, -POTENTIAL_CHANGE, POTENTIAL_CHANGE));
  }
  PetscCall(VecRestoreArrayWrite(guess, &g));
  PetscCall(VecRestoreArrayRead(p->before, &before));
  PetscCall(VecRestoreArrayRead(p->now, &now));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Whether solves start from the last potential as it is. The elliptic accelerator does: its counts depend neither on the grid nor on a good
   guess, and the noise that extrapolation or interpolation brings at a front costs it more than they save. Not collective. */
PetscErrorCode JKOStartsPlain(JKO jko, PetscBool *plain)
{
  SNES snes;

  PetscFunctionBegin;
  PetscCall(SinkhornGetSNES(jko->sinkhorn, &snes));
  PetscCall(PetscObjectTypeCompare((PetscObject)snes, SNESELLIPTIC, plain));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The guess of a solve; a fresh one when there is no last solve, or p is NULL. Collective. */
PetscErrorCode JKOPotentialGuess(JKO jko, PetscReal tau, PetscReal epsilon, Vec log_rho, const JKOPotential *p, Vec guess)
{
  PetscBool plain;

  PetscFunctionBegin;
  PetscCall(JKOStartsPlain(jko, &plain));
  if (!p || !(p->epsilon > 0))
    PetscCall(SinkhornGuess(jko->sinkhorn, tau, log_rho, guess));
  else if (p->tau_before > 0 && !plain)
    PetscCall(JKOPotentialExtrapolate(p, tau, epsilon, guess));
  else
    PetscCall(VecAXPBY(guess, p->epsilon / epsilon * (p->tau > 0 ? tau / p->tau : 1), 0, p->now));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Takes what the solver made of the guess as the newest potential. Not collective. */
PetscErrorCode JKOPotentialAccept(JKOPotential *p, PetscReal tau, PetscReal epsilon, Vec beta)
{
  const JKOPotential old = *p;

  PetscFunctionBegin;
  *p = (JKOPotential){
      .now = old.before, .before = old.now, .epsilon = epsilon, .tau = tau, .epsilon_before = old.epsilon, .tau_before = old.tau};
  PetscCall(VecCopy(beta, p->now));
  PetscFunctionReturn(PETSC_SUCCESS);
}
