/* From one accepted state to the next: the length of the step, and attempts at it. */
#include <jko/private/jkoimpl.h>

#define JKO_JOINED  1e-6 /* of a step: a rest that is joined to it */
#define JKO_NOTICED 16   /* round-offs of the time in a step, at least */

/* The next time to end at: the first stop ahead, or the end. */
static PetscReal JKONextTime(JKO jko)
{
  PetscReal next = jko->max_time > 0 ? jko->max_time : PETSC_MAX_REAL;

  for (PetscInt i = jko->stops - 1; i >= 0; i--)
    if (jko->stop[i] > jko->time && jko->stop[i] < next) next = jko->stop[i];
  return next;
}

/* The longest step of at most dt, give or take a millionth, of which a whole number makes the rest. */
PetscReal JKOEvenStep(PetscReal rest, PetscReal dt)
{
  const PetscReal steps = PetscCeilReal(rest / dt * (1 - JKO_JOINED));

  return rest >= PETSC_MAX_REAL / 2 ? dt : rest / PetscMax(steps, 1);
}

/* The length of the next step, and the time it hits exactly, or JKO_AUTO. */
static void JKOPlanStep(JKO jko, PetscReal *tau, PetscReal *hit)
{
  const PetscReal next = JKONextTime(jko), rest = next - jko->time;
  const PetscReal dt = (jko->adapt.on ? jko->adapt.dt : jko->dt) / PetscPowRealInt(2, jko->descent.cuts);

  *tau = jko->even || jko->adapt.on ? JKOEvenStep(rest, dt) : dt;
  *hit = rest <= *tau * (1 + JKO_JOINED) ? next : JKO_AUTO;
  if (*hit > 0) *tau = rest;
}

/* A step that the time does not notice would be taken for ever. */
static PetscErrorCode JKOCheckLength(JKO jko, PetscReal tau)
{
  PetscFunctionBegin;
  if (tau >= JKO_NOTICED * PETSC_MACHINE_EPSILON * jko->time && PetscIsNormalReal(tau)) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(PetscSNPrintf(jko->failure, sizeof jko->failure,
                          "step %" PetscInt_FMT " of length %g is lost in the round-off of the time %g; try a larger %s", jko->steps + 1,
                          (double)tau, (double)jko->time, jko->adapt.on ? "-jko_adapt_tol" : "-jko_dt"));
  jko->reason = JKO_DIVERGED_STEP;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Attempts at a step until one is accepted, or none can be. */
static PetscErrorCode JKOAttempt(JKO jko, PetscReal *tau, PetscReal *hit)
{
  PetscBool again;

  PetscFunctionBegin;
  jko->info.iterations = jko->info.rejected = jko->descent.cuts = 0;
  do {
    jko->info.residual = jko->info.gap = jko->unbiased.bias = 0;
    jko->info.raised                                        = 1;
    JKOPlanStep(jko, tau, hit);
    if (*hit < 0) PetscCall(JKOCheckLength(jko, *tau));
    if (jko->reason < 0) break;
    PetscCall(JKODescentStart(jko));
    PetscCall(JKOTakeStep(jko, *tau));
    PetscCall(JKOAdaptAgain(jko, *tau, &again));
    if (!again) PetscCall(JKODescentAgain(jko, *tau, &again));
  } while (again);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*@
  JKOStep - one accepted time step, then the monitors. The last step before the end, or before a stop time, is shortened to hit
  it exactly (reversible or adaptive: all steps before it are, equally); a rest below a millionth of a step is joined to the step before it.

  Collective. After a failure the state is that of the last accepted step: ask JKOGetConvergedReason().
@*/
PetscErrorCode JKOStep(JKO jko)
{
  PetscReal      tau, hit, energy;
  PetscLogDouble start, end;

  PetscFunctionBegin;
  PetscValidHeaderSpecific(jko, JKO_CLASSID, 1);
  PetscCall(JKOSetUp(jko));
  PetscCall(PetscLogEventBegin(JKO_Step, jko, 0, 0, 0));
  PetscCall(PetscTime(&start));
  energy = jko->info.energy;
  PetscCall(JKOAttempt(jko, &tau, &hit));
  PetscCall(PetscLogEventEnd(JKO_Step, jko, 0, 0, 0));
  if (jko->reason < 0) PetscFunctionReturn(PETSC_SUCCESS);
  jko->time = hit > 0 ? hit : jko->time + tau;
  jko->steps++;
  PetscCall(JKOMeasure(jko));
  PetscCall(PetscTime(&end));
  jko->info.step        = jko->steps;
  jko->info.time        = jko->time;
  jko->info.dt          = tau;
  jko->info.dissipation = (energy - jko->info.energy) / tau;
  jko->info.wall        = end - start;
  if (jko->reaction.metric == JKO_METRIC_WASSERSTEIN) PetscTryTypeMethod(jko, length);
  if (jko->max_steps >= 0 && jko->steps >= jko->max_steps) jko->reason = JKO_CONVERGED_STEPS;
  if (jko->max_time > 0 && jko->time >= jko->max_time) jko->reason = JKO_CONVERGED_TIME;
  for (PetscInt i = 0; i < jko->monitors; i++) PetscCall((*jko->monitor[i])(jko, &jko->info, jko->monitor_context[i]));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*@
  JKOSolve - calls the monitors for the state at hand when it is the initial one, then steps until the end time, the last step or a failure.

  Collective.
@*/
PetscErrorCode JKOSolve(JKO jko)
{
  PetscFunctionBegin;
  PetscValidHeaderSpecific(jko, JKO_CLASSID, 1);
  PetscCall(JKOSetUp(jko));
  if (!jko->steps)
    for (PetscInt i = 0; i < jko->monitors; i++) PetscCall((*jko->monitor[i])(jko, &jko->info, jko->monitor_context[i]));
  while (jko->reason == JKO_CONVERGED_ITERATING) PetscCall(JKOStep(jko));
  PetscFunctionReturn(PETSC_SUCCESS);
}
