/* The state that continues a flow bit for bit. */
#include <jko/private/jkoimpl.h>

/* For the state op of a scheme: numbers are finite and not negative, vectors never NaN nor +inf. What does not fit is counted only;
   JKOGetState() refuses it. */
void JKOStateReal(JKOState *state, const char name[], PetscReal *real)
{
  const PetscInt i = state->reals++;

  if (i >= JKO_STATE_MOST) return;
  state->real_name[i] = name;
  state->real[i]      = real;
}

void JKOStateVector(JKOState *state, const char name[], Vec vector)
{
  const PetscInt i = state->vectors++;

  if (i >= JKO_STATE_MOST) return;
  state->vector_name[i] = name;
  state->vector[i]      = vector;
}

/*@
  JKOGetState - what continues the flow, by name: to be written to a checkpoint, or read from one and then JKOResume().

  Not collective; after JKOSetGrid(). Numbers and vectors belong to the flow.
@*/
PetscErrorCode JKOGetState(JKO jko, JKOState *state)
{
  PetscFunctionBegin;
  PetscValidHeaderSpecific(jko, JKO_CLASSID, 1);
  PetscCheck(jko->grid, PetscObjectComm((PetscObject)jko), PETSC_ERR_ORDER, "call JKOSetGrid() first");
  PetscCall(KernelGetTruncation(jko->kernel, &jko->truncation));
  *state = (JKOState){.step = jko->steps};
  JKOStateReal(state, "time", &jko->time);
  JKOStateReal(state, "truncation", &jko->truncation);
  JKOStateReal(state, "potential_epsilon", &jko->potential.epsilon);
  JKOStateReal(state, "potential_tau", &jko->potential.tau);
  JKOStateReal(state, "potential_before_epsilon", &jko->potential.epsilon_before);
  JKOStateReal(state, "potential_before_tau", &jko->potential.tau_before);
  JKOStateVector(state, "log_density", jko->log_rho);
  JKOStateVector(state, "log_p", jko->potential.now);
  JKOStateVector(state, "log_p_before", jko->potential.before);
  if (jko->adapt.on) {
    JKOStateReal(state, "adapt_dt", &jko->adapt.dt);
    JKOStateReal(state, "adapt_error", &jko->adapt.error);
  }
  if (JKOIsUnbiased(jko)) {
    PetscCall(JKOStageCreate(jko, &jko->potential, &jko->stage));
    JKOStateReal(state, "stage_known", &jko->stage.known);
    JKOStateReal(state, "unbiased_epsilon", &jko->unbiased.epsilon);
    JKOStateReal(state, "unbiased_ceiling", &jko->unbiased.ceiling);
    JKOStateVector(state, "psi", jko->stage.psi);
    JKOStateVector(state, "gamma", jko->stage.gamma);
  }
  PetscTryTypeMethod(jko, state, state);
  PetscCheck(PetscMax(state->reals, state->vectors) <= JKO_STATE_MOST, PetscObjectComm((PetscObject)jko), PETSC_ERR_PLIB,
             "a state of %" PetscInt_FMT " numbers and %" PetscInt_FMT " vectors: raise JKO_STATE_MOST", state->reals, state->vectors);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*@
  JKOResume - goes on from a state whose numbers and vectors have been put where JKOGetState() points.

  Collective. `step` is the number of steps that led to it.
@*/
PetscErrorCode JKOResume(JKO jko, PetscInt step)
{
  PetscFunctionBegin;
  PetscValidHeaderSpecific(jko, JKO_CLASSID, 1);
  PetscCall(KernelSetTruncation(jko->kernel, jko->truncation));
  for (Vec *v[] = {&jko->log_rho, &jko->potential.now, &jko->potential.before, NULL}, **p = v; *p; p++)
    PetscCall(PetscObjectStateIncrease((PetscObject) * *p));
  jko->steps       = step;
  jko->reason      = JKO_CONVERGED_ITERATING;
  jko->has_density = PETSC_TRUE;
  jko->setup       = PETSC_FALSE;
  PetscFunctionReturn(PETSC_SUCCESS);
}
