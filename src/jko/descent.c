/* Whether a step has descended. With the entropic cost OT and what compensation leaves of it at rest,

     B(rho) = OT(rho, rho)/2 - eps/2 Ent(rho),   of the order of eps^2 (SinkhornGetBias()),

   the minimality of q = rho_{k+1} against rho = rho_k gives

     F(q) + W2^2(rho, q)/(2 tau) <= F(rho) + (B(rho) - B(q))/(2 tau) + gap.

   A step that is explicit in a non-local term, or extrapolated, or ends at a stationary point that is no minimum may not have it. So with
   non-local terms every step is held to it, without W2^2 >= 0, whose estimate is not as exact. One that has not descended, or has not
   converged, is undone and taken again at half the length. Local energies pay nothing. */
#include <jko/private/energyimpl.h>
#include <jko/private/jkoimpl.h>

#define DESCENT_ROUND 1e-12 /* of the energy: no increase */
#define DESCENT_CUTS  10    /* halvings of a step, at most */

/* The state that an attempt starts from, as named by JKOGetState(). */
static PetscErrorCode JKODescentCopy(JKO jko, PetscBool back)
{
  JKODescent *d = &jko->descent;
  JKOState    state;

  PetscFunctionBegin;
  PetscCall(JKOGetState(jko, &state));
  for (PetscInt i = 0; i < state.reals; i++) {
    if (back)
      *state.real[i] = d->real[i];
    else
      d->real[i] = *state.real[i];
  }
  for (PetscInt i = 0; i < state.vectors; i++) {
    if (!d->vector[i]) PetscCall(VecDuplicate(state.vector[i], &d->vector[i]));
    PetscCall(VecCopy(back ? d->vector[i] : state.vector[i], back ? state.vector[i] : d->vector[i]));
  }
  if (back) PetscCall(KernelSetTruncation(jko->kernel, jko->truncation));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Before an attempt at a step. Collective. */
PetscErrorCode JKODescentStart(JKO jko)
{
  PetscBool local;

  PetscFunctionBegin;
  PetscCall(EnergyIsLocal(jko->energy, &local));
  jko->descent.on = (PetscBool)((!local || JKOIsUnbiased(jko)) && jko->reaction.metric == JKO_METRIC_WASSERSTEIN);
  if (jko->descent.on) PetscCall(JKODescentCopy(jko, PETSC_FALSE));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* By how much the energy has risen beyond what the regularisation and the gap explain; at most 0 when it has not. */
static PetscErrorCode JKODescentRise(JKO jko, PetscReal tau, PetscReal *rise)
{
  PetscReal energy, bias;

  PetscFunctionBegin;
  PetscCall(EnergyGetValue(jko->energy, jko->log_rho, &energy));
  PetscCall(SinkhornGetBias(jko->sinkhorn, &bias));
  *rise = energy - jko->info.energy - PetscMax(0, bias) / (2 * tau) - jko->info.gap - DESCENT_ROUND * PetscAbsReal(jko->info.energy);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* After an attempt that is otherwise final: whether there is to be another, of half the length; the state is then as it was. Sets the
   reason when there have been too many. Collective. */
PetscErrorCode JKODescentAgain(JKO jko, PetscReal tau, PetscBool *again)
{
  PetscReal       rise   = 0;
  const PetscBool failed = (PetscBool)(jko->reason == JKO_DIVERGED_STEP);

  PetscFunctionBegin;
  *again = PETSC_FALSE;
  if (!jko->descent.on || (jko->reason < 0 && !failed)) PetscFunctionReturn(PETSC_SUCCESS);
  if (!failed && JKOIsUnbiased(jko)) PetscFunctionReturn(PETSC_SUCCESS); /* its stages have been judged */
  if (!failed) {
    PetscCall(JKODescentRise(jko, tau, &rise));
    if (!(rise > 0)) PetscFunctionReturn(PETSC_SUCCESS);
  }
  PetscCall(
      PetscInfo(jko, "step of %g %s: taken again at half the length\n", (double)tau, failed ? "did not converge" : "raises the energy"));
  PetscCall(JKODescentCopy(jko, PETSC_TRUE));
  if (jko->descent.cuts < DESCENT_CUTS) {
    jko->descent.cuts++;
    jko->info.rejected++;
    jko->reason     = JKO_CONVERGED_ITERATING;
    jko->failure[0] = 0;
    *again          = PETSC_TRUE;
  } else if (!failed) {
    PetscCall(PetscSNPrintf(jko->failure, sizeof jko->failure,
                            "step %" PetscInt_FMT " of length %g, cut %d times, still raises the energy, by %.2e; try -sinkhorn_tol 1e-9, "
                            "a finer grid or -energy_interaction_treatment implicit",
                            jko->steps + 1, (double)tau, DESCENT_CUTS, (double)rise));
    jko->reason = JKO_DIVERGED_STEP;
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode JKODescentReset(JKO jko)
{
  PetscFunctionBegin;
  for (PetscInt i = 0; i < JKO_STATE_MOST; i++) PetscCall(VecDestroy(&jko->descent.vector[i]));
  PetscFunctionReturn(PETSC_SUCCESS);
}
