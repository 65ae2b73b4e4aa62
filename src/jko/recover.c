/* A step that is solved somehow: from the last potentials, from a fresh guess, and as the last resort by eps-scaling (Kosowsky and Yuille,
   Neural Networks 7, 1994; Schmitzer, SIAM J. Sci. Comput. 41, 2019). At a larger eps the kernel reaches further and the fixed point is
   better conditioned; the density found there is then the guess for a smaller one.

   Up in factors until the solver converges, down again from rung to rung. Where eps is chosen automatically the lowest rung that
   converges is the step, and a rung whose kernel does not reach is not tried again: no guess makes it reach further. Where the user gave
   eps, only the step at that eps is one.

   The factor is that which doubles the kernel's reach: 4 for the Gaussian's, which is some sigma, 2 for that of a random walk, some
   sigma^2. */
#include <jko/private/jkoimpl.h>

#define LADDER_RUNGS   10
#define LADDER_HIGHEST 1024 /* over the eps that fails */

typedef struct {
  Vec       lp, log_q; /* of the lowest rung that converged, and that rung's eps */
  PetscReal epsilon;
} Ladder;

/* A solve at eps from the ladder's potential, or from a fresh guess when there is none; its result is kept. */
static PetscErrorCode LadderTry(JKO jko, PetscReal tau, PetscReal epsilon, Vec log_rho, Ladder *ladder, SinkhornConvergedReason *why)
{
  Vec                lp;
  const JKOPotential last = {.now = ladder->lp, .epsilon = ladder->epsilon, .tau = tau};

  PetscFunctionBegin;
  PetscCall(DMGetGlobalVector(jko->dm, &lp));
  PetscCall(JKOSolveWide(jko, tau, epsilon, log_rho, &last, lp, ladder->log_q, why));
  PetscCall(PetscInfo(jko, "at eps = %g: %s\n", (double)epsilon, SinkhornConvergedReasons[*why]));
  if (*why > 0) {
    PetscCall(VecCopy(lp, ladder->lp));
    ladder->epsilon = epsilon;
  }
  PetscCall(DMRestoreGlobalVector(jko->dm, &lp));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* From the reason why the lowest rung failed. */
static PetscErrorCode LadderClimb(JKO jko, PetscReal tau, PetscReal epsilon, Vec log_rho, SinkhornConvergedReason first, Ladder *ladder)
{
  SinkhornConvergedReason why[LADDER_RUNGS + 1] = {first};
  PetscReal               widest, factor;
  PetscBool               truncated;
  PetscInt                rung = 0;

  PetscFunctionBegin;
  PetscCall(KernelIsTruncated(jko->kernel, &truncated));
  factor = truncated ? 4 : 2;
  PetscCall(JKOGetEpsilonCeiling(jko, &widest));
  widest = PetscMin(widest, LADDER_HIGHEST * epsilon);
  while (rung < LADDER_RUNGS && why[rung] < 0 && epsilon * PetscPowRealInt(factor, rung + 1) <= widest) {
    rung++;
    PetscCall(LadderTry(jko, tau, epsilon * PetscPowRealInt(factor, rung), log_rho, ladder, &why[rung]));
  }
  while (why[rung] > 0 && rung-- > 0) {
    if (why[rung] == SINKHORN_DIVERGED_REACH && jko->epsilon <= 0) break;
    PetscCall(LadderTry(jko, tau, epsilon * PetscPowRealInt(factor, rung), log_rho, ladder, &why[rung]));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* A step and what has become of it. */
typedef struct {
  PetscReal               tau, epsilon; /* eps becomes that of the attempt that works */
  Vec                     log_rho, lp, log_q;
  const JKOPotential     *last;
  SinkhornConvergedReason why; /* of the last attempt; 0 before the first */
  PetscReal               residual;
} Step;

static PetscErrorCode StepSolve(JKO jko, Step *s, const JKOPotential *last)
{
  PetscFunctionBegin;
  PetscCall(JKOSolveWide(jko, s->tau, s->epsilon, s->log_rho, last, s->lp, s->log_q, &s->why));
  PetscCall(SinkhornGetResidual(jko->sinkhorn, &s->residual));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscBool StepIsNew(JKO jko, const Step *s)
{
  (void)jko;
  return (PetscBool)!s->why;
}

static PetscErrorCode StepFromLast(JKO jko, Step *s)
{
  PetscFunctionBegin;
  PetscCall(StepSolve(jko, s, s->last));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* No guess makes a kernel reach further. */
static PetscBool StepWasMisled(JKO jko, const Step *s)
{
  (void)jko;
  return (PetscBool)(s->why > SINKHORN_DIVERGED_REACH && s->last->epsilon > 0);
}

static PetscErrorCode StepFromAfresh(JKO jko, Step *s)
{
  PetscFunctionBegin;
  PetscCall(StepSolve(jko, s, NULL));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscBool StepMayClimb(JKO jko, const Step *s)
{
  return (PetscBool)(s->why > SINKHORN_DIVERGED_REACH || (s->why == SINKHORN_DIVERGED_REACH && jko->epsilon <= 0));
}

/* By way of larger eps. On success lp is the potential of the lowest rung; else nothing changes but the kernel's eps. */
static PetscErrorCode StepByLadder(JKO jko, Step *s)
{
  Ladder                  ladder = {.epsilon = 0};
  SinkhornConvergedReason last;

  PetscFunctionBegin;
  PetscCall(DMGetGlobalVector(jko->dm, &ladder.lp));
  PetscCall(DMGetGlobalVector(jko->dm, &ladder.log_q));
  PetscCall(LadderClimb(jko, s->tau, s->epsilon, s->log_rho, s->why, &ladder));
  PetscCall(SinkhornGetConvergedReason(jko->sinkhorn, &last));
  if (ladder.epsilon > 0 && (ladder.epsilon == s->epsilon || jko->epsilon <= 0)) {
    s->why     = SINKHORN_CONVERGED_RESIDUAL;
    s->epsilon = ladder.epsilon;
    PetscCall(KernelSetEpsilon(jko->kernel, s->epsilon));
    PetscCall(VecCopy(ladder.lp, s->lp));
    PetscCall(VecCopy(ladder.log_q, s->log_q));
  }
  if (last == SINKHORN_INTERRUPTED) s->why = SINKHORN_INTERRUPTED;
  PetscCall(DMRestoreGlobalVector(jko->dm, &ladder.log_q));
  PetscCall(DMRestoreGlobalVector(jko->dm, &ladder.lp));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The ways to solve a step, in order: each is tried where it applies to the failure before it. */
static const struct {
  PetscBool (*applies)(JKO, const Step *);
  PetscErrorCode (*solve)(JKO, Step *);
} StepAttempts[] = {{StepIsNew, StepFromLast}, {StepWasMisled, StepFromAfresh}, {StepMayClimb, StepByLadder}};

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

/* *epsilon becomes that of the attempt that works, or the reason is set. */
static PetscErrorCode JKOSolveSomehow(JKO jko, PetscReal tau, PetscReal *epsilon, Vec log_rho, const JKOPotential *last, Vec lp, Vec log_q)
{
  Step s = {.tau = tau, .epsilon = *epsilon, .log_rho = log_rho, .lp = lp, .log_q = log_q, .last = last};

  PetscFunctionBegin;
  for (size_t i = 0; i < sizeof StepAttempts / sizeof *StepAttempts; i++) {
    if (s.why > 0) break;
    if ((*StepAttempts[i].applies)(jko, &s)) PetscCall((*StepAttempts[i].solve)(jko, &s));
  }
  if (s.why < 0) PetscCall(JKOFail(jko, tau, s.why, s.residual));
  *epsilon = s.epsilon;
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
