/* From one accepted state to the next: the length of the step, its solve, its measures. */
#include <math.h>
#include <jko/private/energyimpl.h>
#include <jko/private/jkoimpl.h>
#include <jko/private/sinkhornimpl.h>
#include <jko/private/sumimpl.h>

#define JKO_WIDER   1.5  /* factor on the kernel's truncation where a step strains it */
#define JKO_JOINED  1e-6 /* of a step: a rest that is joined to it */
#define JKO_NOTICED 16   /* round-offs of the time in a step, at least */

static PetscErrorCode JKOFail(JKO jko, PetscReal tau, SinkhornConvergedReason why, PetscReal residual)
{
  PetscFunctionBegin;
  PetscCall(PetscSNPrintf(
      jko->failure, sizeof jko->failure,
      "step %" PetscInt_FMT
      " of length %g did not converge (%s), residual %.2e; try a smaller -jko_dt, a larger -jko_epsilon_ratio or more -sinkhorn_max_it",
      jko->steps + 1, (double)tau, SinkhornConvergedReasons[why], (double)residual));
  jko->reason = why == SINKHORN_INTERRUPTED ? JKO_INTERRUPTED : JKO_DIVERGED_STEP;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Whether there is a wider truncation. */
static PetscErrorCode JKOKernelMayWiden(JKO jko, PetscBool *wider)
{
  PetscReal truncation;

  PetscFunctionBegin;
  PetscCall(KernelGetTruncation(jko->kernel, &truncation));
  PetscCall(KernelIsTruncated(jko->kernel, wider));
  *wider = (PetscBool)(*wider && truncation < JKO_WIDEST);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* A solve from the last potentials, or from a fresh guess when they are NULL; the solution is left in lp. A kernel that is too narrow on
   the coarser grid already is not tried on this one as long as there is a wider one. */
static PetscErrorCode JKOSolveFrom(JKO jko, PetscReal tau, PetscReal epsilon, Vec log_rho, const JKOPotential *last, Vec lp, Vec log_q,
                                   SinkhornConvergedReason *why)
{
  PetscInt  iterations;
  PetscBool strains;

  PetscFunctionBegin;
  PetscCall(SinkhornChooseType(jko->sinkhorn, tau, log_rho));
  PetscCall(JKOPotentialGuess(jko, tau, log_rho, last, lp));
  PetscCall(JKOCoarseGuess(jko, tau, epsilon, log_rho, lp, &strains));
  if (strains) PetscCall(JKOKernelMayWiden(jko, &strains));
  if (strains) {
    *why = SINKHORN_DIVERGED_REACH;
    PetscFunctionReturn(PETSC_SUCCESS);
  }
  PetscCall(SinkhornSolve(jko->sinkhorn, tau, log_rho, lp, log_q));
  PetscCall(SinkhornGetConvergedReason(jko->sinkhorn, why));
  PetscCall(SinkhornGetIterationNumber(jko->sinkhorn, &iterations));
  jko->info.iterations += iterations;
  if (*why > 0) PetscCall(SinkhornGetResidual(jko->sinkhorn, &jko->solved));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Where a step moves mass further than the kernel reaches: a wider truncation, if there is one. */
PetscErrorCode JKOWidenKernel(JKO jko, PetscBool *wider)
{
  PetscReal truncation;

  PetscFunctionBegin;
  PetscCall(KernelGetTruncation(jko->kernel, &truncation));
  PetscCall(JKOKernelMayWiden(jko, wider));
  if (!*wider) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(KernelSetTruncation(jko->kernel, PetscMin(JKO_WIDER * truncation, JKO_WIDEST)));
  PetscCall(PetscInfo(jko, "kernel widened from %g sigma to half as much again, where the step moves mass that far\n", (double)truncation));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The same at wider and wider kernels, as long as the step strains the width. */
PetscErrorCode JKOSolveWide(JKO jko, PetscReal tau, PetscReal epsilon, Vec log_rho, const JKOPotential *last, Vec lp, Vec log_q,
                            SinkhornConvergedReason *why)
{
  PetscBool again;

  PetscFunctionBegin;
  PetscCall(KernelSetEpsilon(jko->kernel, epsilon));
  do {
    PetscCall(JKOSolveFrom(jko, tau, epsilon, log_rho, last, lp, log_q, why));
    again = (PetscBool)(*why == SINKHORN_DIVERGED_REACH);
    if (again) PetscCall(JKOWidenKernel(jko, &again));
  } while (again);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Tries every way: from the last potentials, from a fresh guess, up and down the ladder. *epsilon becomes that of the one that works, or
   the reason is set. */
static PetscErrorCode JKOSolveSomehow(JKO jko, PetscReal tau, PetscReal *epsilon, Vec log_rho, const JKOPotential *last, Vec lp, Vec log_q)
{
  SinkhornConvergedReason why;
  PetscReal               residual;
  PetscBool               works = PETSC_FALSE;

  PetscFunctionBegin;
  PetscCall(JKOSolveWide(jko, tau, *epsilon, log_rho, last, lp, log_q, &why));
  if (why < 0 && why > SINKHORN_DIVERGED_REACH && last->epsilon > 0)
    PetscCall(JKOSolveWide(jko, tau, *epsilon, log_rho, NULL, lp, log_q, &why));
  if (why > 0) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(SinkhornGetResidual(jko->sinkhorn, &residual));
  if (why > SINKHORN_DIVERGED_REACH || (why == SINKHORN_DIVERGED_REACH && jko->epsilon <= 0)) {
    SinkhornConvergedReason last_why;

    PetscCall(JKOClimbLadder(jko, tau, epsilon, log_rho, why, lp, log_q, &works));
    PetscCall(SinkhornGetConvergedReason(jko->sinkhorn, &last_why));
    if (last_why == SINKHORN_INTERRUPTED) why = SINKHORN_INTERRUPTED;
  }
  if (!works || why == SINKHORN_INTERRUPTED) PetscCall(JKOFail(jko, tau, why, residual));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* One entropic JKO step from log_rho to log_q. A kernel that is too narrow for the step is widened, and stays so. Residual and gap of
   info are the worst of a step's solves. On failure sets jko->reason; the potential, log_q and the kernel's width are as they were. */
PetscErrorCode JKOSolveStep(JKO jko, PetscReal tau, PetscReal epsilon, Vec log_rho, JKOPotential *potential, Vec log_q)
{
  Vec             lp;
  PetscReal       truncation, gap;
  const PetscReal chosen = epsilon;

  PetscFunctionBegin;
  PetscCall(KernelGetTruncation(jko->kernel, &truncation));
  PetscCall(DMGetGlobalVector(jko->dm, &lp));
  PetscCall(JKOSolveSomehow(jko, tau, &epsilon, log_rho, potential, lp, log_q));
  if (jko->reason < 0)
    PetscCall(KernelSetTruncation(jko->kernel, truncation));
  else {
    PetscCall(JKOPotentialAccept(potential, tau, epsilon, lp));
    PetscCall(SinkhornGetGap(jko->sinkhorn, &gap));
    jko->info.epsilon  = epsilon;
    jko->info.raised   = PetscMax(jko->info.raised, epsilon / chosen);
    jko->info.residual = PetscMax(jko->info.residual, jko->solved);
    jko->info.gap      = PetscMax(jko->info.gap, gap);
  }
  PetscCall(DMRestoreGlobalVector(jko->dm, &lp));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Adds a density of this rank to mass and entropy, and to the extremes, largest and minus the smallest, walls left out. */
static void JKOMeasureDensity(PetscInt n, const PetscScalar l[], const char wall[], Sum sums[2], PetscReal extreme[2])
{
  for (PetscInt i = 0; i < n; i += ENERGY_CHUNK) {
    const PetscInt m                 = PetscMin(ENERGY_CHUNK, n - i);
    double         rho[ENERGY_CHUNK] = {0}, entropy[ENERGY_CHUNK] = {0};

    EnergyExp(m, 1, l + i, rho);
    for (PetscInt j = 0; j < m; j++) {
      entropy[j] = rho[j] > 0 ? rho[j] * l[i + j] : 0;
      extreme[0] = PetscMax(extreme[0], rho[j]);
      if (!wall || !wall[i + j]) extreme[1] = PetscMax(extreme[1], -rho[j]);
    }
    SumAdd(&sums[0], ENERGY_CHUNK, rho);
    SumAdd(&sums[1], ENERGY_CHUNK, entropy);
  }
}

/* Mass, entropy and extremes of the state in one sweep, of species over all of them, and its energy. */
PetscErrorCode JKOMeasure(JKO jko)
{
  const PetscScalar *l;
  const char        *wall;
  PetscInt           n, species;
  Sum                sums[2] = {{{0}, {0}}, {{0}, {0}}};
  PetscReal          totals[2], volume, extreme[2] = {-PETSC_MAX_REAL, -PETSC_MAX_REAL}, all[2];

  PetscFunctionBegin;
  PetscCall(PetscLogEventBegin(JKO_Measure, jko, 0, 0, 0));
  PetscCall(GridGetWalls(jko->grid, &wall));
  PetscCall(EnergyGetSpeciesCount(jko->energy, &species));
  PetscCall(VecGetLocalSize(jko->log_rho, &n));
  n /= species;
  PetscCall(VecGetArrayRead(jko->log_rho, &l));
  for (PetscInt k = 0; k < species; k++) JKOMeasureDensity(n, l + k * n, wall, sums, extreme);
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
    jko->info.residual = jko->info.gap = 0;
    jko->info.raised                   = 1;
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
