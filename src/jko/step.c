/* From one accepted state to the next: the length of the step, its solve, its measures. */
#include <math.h>
#include <jko/private/energyimpl.h>
#include <jko/private/jkoimpl.h>
#include <jko/private/sumimpl.h>

#define JKO_WIDER  1.5  /* factor on the kernel's truncation where a step strains it */
#define JKO_WIDEST 20.0 /* sigma */

static PetscErrorCode JKOFail(JKO jko, PetscReal tau)
{
  SinkhornConvergedReason why;
  PetscReal               residual;

  PetscFunctionBegin;
  PetscCall(SinkhornGetConvergedReason(jko->sinkhorn, &why));
  PetscCall(SinkhornGetResidual(jko->sinkhorn, &residual));
  PetscCall(PetscSNPrintf(
      jko->failure, sizeof jko->failure,
      "step %" PetscInt_FMT
      " of length %g did not converge (%s), residual %.2e; try a smaller -jko_dt, a larger -jko_epsilon_ratio or more -sinkhorn_max_it",
      jko->steps + 1, (double)tau, SinkhornConvergedReasons[why], (double)residual));
  jko->reason = why == SINKHORN_INTERRUPTED ? JKO_INTERRUPTED : JKO_DIVERGED_STEP;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Solves from the last potentials, then once more from a fresh one if that fails. The solution is left in potential->before. */
static PetscErrorCode JKOTrySolve(JKO jko, PetscReal tau, PetscReal epsilon, Vec log_rho, JKOPotential *potential, Vec log_q,
                                  SinkhornConvergedReason *why)
{
  PetscInt iterations, tries = potential->epsilon > 0 ? 2 : 1;

  PetscFunctionBegin;
  *why = SINKHORN_CONVERGED_ITERATING;
  for (; tries > 0 && *why <= 0 && *why > SINKHORN_DIVERGED_REACH; tries--) {
    if (*why < 0) PetscCall(JKOPotentialForget(potential));
    PetscCall(JKOPotentialGuess(jko, tau, epsilon, log_rho, potential));
    PetscCall(JKOCoarseGuess(jko, tau, epsilon, log_rho, potential->before));
    PetscCall(SinkhornSolve(jko->sinkhorn, tau, log_rho, potential->before, log_q));
    PetscCall(SinkhornGetConvergedReason(jko->sinkhorn, why));
    PetscCall(SinkhornGetIterationNumber(jko->sinkhorn, &iterations));
    jko->info.iterations += iterations;
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* One entropic JKO step from log_rho to log_q. A kernel that is too narrow for the step is widened, and stays so. Sets jko->reason on
   failure. */
PetscErrorCode JKOSolveStep(JKO jko, PetscReal tau, Vec log_rho, JKOPotential *potential, Vec log_q)
{
  PetscReal               epsilon, truncation;
  SinkhornConvergedReason why;

  PetscFunctionBegin;
  PetscCall(JKOChooseEpsilon(jko, tau, &epsilon));
  PetscCall(KernelSetEpsilon(jko->kernel, epsilon));
  PetscCall(JKOTrySolve(jko, tau, epsilon, log_rho, potential, log_q, &why));
  PetscCall(KernelGetTruncation(jko->kernel, &truncation));
  while (why == SINKHORN_DIVERGED_REACH && truncation < JKO_WIDEST) {
    const PetscReal wider = PetscMin(JKO_WIDER * truncation, JKO_WIDEST);

    PetscCall(
        PetscInfo(jko, "kernel widened from %g to %g sigma, where the step moves mass that far\n", (double)truncation, (double)wider));
    PetscCall(KernelSetTruncation(jko->kernel, truncation = wider));
    PetscCall(JKOPotentialForget(potential));
    PetscCall(JKOTrySolve(jko, tau, epsilon, log_rho, potential, log_q, &why));
  }
  if (why < 0) {
    PetscCall(JKOFail(jko, tau));
    PetscFunctionReturn(PETSC_SUCCESS);
  }
  PetscCall(JKOPotentialAccept(potential, tau, epsilon));
  jko->info.epsilon = epsilon;
  PetscCall(SinkhornGetResidual(jko->sinkhorn, &jko->info.residual));
  PetscCall(SinkhornGetGap(jko->sinkhorn, &jko->info.gap));
  PetscCall(SinkhornGetW2(jko->sinkhorn, &jko->info.w2));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Mass, entropy and extremes of the state in one sweep, and its energy. */
PetscErrorCode JKOMeasure(JKO jko)
{
  const PetscScalar *l;
  PetscInt           n;
  Sum                sums[2] = {{{0}, {0}}, {{0}, {0}}};
  PetscReal          totals[2], volume, extreme[2] = {-PETSC_MAX_REAL, -PETSC_MAX_REAL}, all[2];

  PetscFunctionBegin;
  PetscCall(PetscLogEventBegin(JKO_Measure, jko, 0, 0, 0));
  PetscCall(VecGetLocalSize(jko->log_rho, &n));
  PetscCall(VecGetArrayRead(jko->log_rho, &l));
  for (PetscInt i = 0; i < n; i += ENERGY_CHUNK) {
    const PetscInt m                 = PetscMin(ENERGY_CHUNK, n - i);
    double         rho[ENERGY_CHUNK] = {0}, entropy[ENERGY_CHUNK] = {0};

    EnergyExp(m, 1, l + i, rho);
    for (PetscInt j = 0; j < m; j++) {
      entropy[j] = rho[j] > 0 ? rho[j] * l[i + j] : 0;
      extreme[0] = PetscMax(extreme[0], rho[j]);
      extreme[1] = PetscMax(extreme[1], -rho[j]);
    }
    SumAdd(&sums[0], ENERGY_CHUNK, rho);
    SumAdd(&sums[1], ENERGY_CHUNK, entropy);
  }
  PetscCall(VecRestoreArrayRead(jko->log_rho, &l));
  PetscCall(SumAllreduce(PetscObjectComm((PetscObject)jko), 2, sums, totals));
  PetscCallMPI(MPI_Allreduce(extreme, all, 2, MPIU_REAL, MPI_MAX, PetscObjectComm((PetscObject)jko)));
  PetscCall(GridGetCellVolume(jko->grid, &volume));
  jko->info.mass    = totals[0] * volume;
  jko->info.entropy = totals[1] * volume;
  jko->info.max     = all[0];
  jko->info.min     = -all[1];
  PetscCall(EnergyGetValue(jko->energy, jko->log_rho, &jko->info.energy));
  PetscCall(PetscLogEventEnd(JKO_Measure, jko, 0, 0, 0));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The next time to end at: the first stop ahead, or the end. */
static PetscReal JKONextTime(JKO jko)
{
  PetscReal next = jko->max_time > 0 ? jko->max_time : PETSC_MAX_REAL;

  for (PetscInt i = jko->stops - 1; i >= 0; i--)
    if (jko->stop[i] > jko->time && jko->stop[i] < next) next = jko->stop[i];
  return next;
}

/*@
  JKOStep - one accepted time step, then the monitors. The last step before the end, or before a stop time, is shortened to hit
  it exactly; a rest below a millionth of a step is joined to the step before it.

  Collective. After a failure the state is that of the last accepted step: ask JKOGetConvergedReason().
@*/
PetscErrorCode JKOStep(JKO jko)
{
  PetscReal      next, tau, energy;
  PetscBool      hits;
  PetscLogDouble start, end;

  PetscFunctionBegin;
  PetscValidHeaderSpecific(jko, JKO_CLASSID, 1);
  PetscCall(JKOSetUp(jko));
  PetscCall(PetscLogEventBegin(JKO_Step, jko, 0, 0, 0));
  PetscCall(PetscTime(&start));
  next                 = JKONextTime(jko);
  hits                 = (PetscBool)(next - jko->time <= jko->dt * (1 + 1e-6));
  tau                  = hits ? next - jko->time : jko->dt;
  jko->info.iterations = 0;
  PetscUseTypeMethod(jko, step, tau);
  PetscCall(PetscLogEventEnd(JKO_Step, jko, 0, 0, 0));
  if (jko->reason < 0) PetscFunctionReturn(PETSC_SUCCESS);
  jko->time = hits ? next : jko->time + tau;
  jko->steps++;
  energy = jko->info.energy;
  PetscCall(JKOMeasure(jko));
  PetscCall(PetscTime(&end));
  jko->info.step        = jko->steps;
  jko->info.time        = jko->time;
  jko->info.dt          = tau;
  jko->info.dissipation = (energy - jko->info.energy) / tau;
  jko->info.wall        = end - start;
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
