/* Where a solve starts: from the log p of the last two solves of its kind (guess.c of sinkhorn), extrapolated linearly in time. */
#include <jko/private/jkoimpl.h>
#include <jko/private/sinkhornimpl.h>

#define POTENTIAL_AHEAD  2.0  /* last steps, at most, to extrapolate over */
#define POTENTIAL_CHANGE 20.0 /* at most, extrapolated: beyond it is noise of empty cells */

/* Forgets all solves: the next one starts afresh. Not collective. */
PetscErrorCode JKOPotentialForget(JKOPotential *p)
{
  PetscFunctionBegin;
  p->epsilon = p->tau = p->epsilon_before = p->tau_before = 0;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* guess = now + clip(tau/tau_now (now - before)), of two that belong to the same lambda.

   Every line below has one way to be contracted to multiply-adds, so that a cell's guess does not depend on its place in the array. */
static PetscErrorCode PotentialExtrapolate(PetscReal ahead, Vec last, Vec last_but_one, Vec guess)
{
  const PetscScalar *now, *before;
  PetscScalar       *g;
  PetscInt           n;

  PetscFunctionBegin;
  PetscCall(VecGetLocalSize(guess, &n));
  PetscCall(VecGetArrayRead(last, &now));
  PetscCall(VecGetArrayRead(last_but_one, &before));
  PetscCall(VecGetArrayWrite(guess, &g));
  for (PetscInt i = 0; i < n; i++) {
    const PetscReal change = ahead * (now[i] - before[i]);

    g[i] = now[i] + PetscClipInterval(change, -POTENTIAL_CHANGE, POTENTIAL_CHANGE);
  }
  PetscCall(VecRestoreArrayWrite(guess, &g));
  PetscCall(VecRestoreArrayRead(last_but_one, &before));
  PetscCall(VecRestoreArrayRead(last, &now));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The last solves' log p at the lambda of a solve, extrapolated to it. */
static PetscErrorCode JKOPotentialExtrapolate(JKO jko, PetscReal tau, Vec log_rho, const JKOPotential *p, Vec guess)
{
  Vec now, before;

  PetscFunctionBegin;
  PetscCall(DMGetGlobalVector(jko->dm, &now));
  PetscCall(DMGetGlobalVector(jko->dm, &before));
  PetscCall(VecCopy(p->now, now));
  PetscCall(VecCopy(p->before, before));
  PetscCall(SinkhornRescale(jko->sinkhorn, tau, log_rho, 2 * p->tau / p->epsilon, now));
  PetscCall(SinkhornRescale(jko->sinkhorn, tau, log_rho, 2 * p->tau_before / p->epsilon_before, before));
  PetscCall(PotentialExtrapolate(PetscMin(tau / p->tau, POTENTIAL_AHEAD), now, before, guess));
  PetscCall(DMRestoreGlobalVector(jko->dm, &before));
  PetscCall(DMRestoreGlobalVector(jko->dm, &now));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The guess of a solve; a fresh one when there is no last solve, or p is NULL. Collective. */
PetscErrorCode JKOPotentialGuess(JKO jko, PetscReal tau, Vec log_rho, const JKOPotential *p, Vec guess)
{
  PetscFunctionBegin;
  if (!p || !(p->epsilon > 0))
    PetscCall(SinkhornGuess(jko->sinkhorn, tau, log_rho, guess));
  else if (p->tau_before > 0 && !jko->sinkhorn->plain_guess)
    PetscCall(JKOPotentialExtrapolate(jko, tau, log_rho, p, guess));
  else {
    PetscCall(VecCopy(p->now, guess));
    PetscCall(SinkhornRescale(jko->sinkhorn, tau, log_rho, 2 * p->tau / p->epsilon, guess));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Takes what the solver made of the guess as the newest one. Not collective. */
PetscErrorCode JKOPotentialAccept(JKOPotential *p, PetscReal tau, PetscReal epsilon, Vec lp)
{
  const JKOPotential old = *p;

  PetscFunctionBegin;
  *p = (JKOPotential){
      .now = old.before, .before = old.now, .epsilon = epsilon, .tau = tau, .epsilon_before = old.epsilon, .tau_before = old.tau};
  PetscCall(VecCopy(lp, p->now));
  PetscFunctionReturn(PETSC_SUCCESS);
}
