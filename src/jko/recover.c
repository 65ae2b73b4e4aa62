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

/* A step from log_rho to log_q that failed at *epsilon, why: once more, by way of larger ones. On success lp is the potential, *epsilon
   its eps and `works` true; else nothing changes but the kernel's eps. Collective. */
static PetscErrorCode JKOClimbLadder(JKO jko, PetscReal tau, PetscReal *epsilon, Vec log_rho, SinkhornConvergedReason why, Vec lp,
                                     Vec log_q, PetscBool *works)
{
  Ladder ladder = {.epsilon = 0};

  PetscFunctionBegin;
  PetscCall(DMGetGlobalVector(jko->dm, &ladder.lp));
  PetscCall(DMGetGlobalVector(jko->dm, &ladder.log_q));
  PetscCall(LadderClimb(jko, tau, *epsilon, log_rho, why, &ladder));
  *works = (PetscBool)(ladder.epsilon > 0 && (ladder.epsilon == *epsilon || jko->epsilon <= 0));
  if (*works) {
    *epsilon = ladder.epsilon;
    PetscCall(KernelSetEpsilon(jko->kernel, *epsilon));
    PetscCall(VecCopy(ladder.lp, lp));
    PetscCall(VecCopy(ladder.log_q, log_q));
  }
  PetscCall(DMRestoreGlobalVector(jko->dm, &ladder.log_q));
  PetscCall(DMRestoreGlobalVector(jko->dm, &ladder.lp));
  PetscFunctionReturn(PETSC_SUCCESS);
}

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
