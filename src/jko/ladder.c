/* The last resort for a step whose solver fails: eps-scaling (Kosowsky and Yuille, Neural Networks 7, 1994; Schmitzer, SIAM J. Sci.
   Comput. 41, 2019). At a larger eps the kernel reaches further and the fixed point is better conditioned; its potential, times the ratio
   of the two eps, is then the guess for a smaller one.

   Up in factors until the solver converges, down again from rung to rung. Where eps is chosen automatically the lowest rung that
   converges is the step; where the user gave it, only the step at that eps is. */
#include <jko/private/jkoimpl.h>

#define LADDER_FACTOR 4.0
#define LADDER_RUNGS  5

typedef struct {
  Vec       beta, log_q; /* of the lowest rung that converged, and that rung's eps */
  PetscReal epsilon;
} Ladder;

/* A solve at eps from the ladder's potential, or from a fresh guess when there is none; its result is kept. */
static PetscErrorCode LadderTry(JKO jko, PetscReal tau, PetscReal epsilon, Vec log_rho, Ladder *ladder, PetscBool *works)
{
  DM                      dm;
  Vec                     beta;
  SinkhornConvergedReason why;
  const JKOPotential      last = {.now = ladder->beta, .epsilon = ladder->epsilon};

  PetscFunctionBegin;
  PetscCall(GridGetDM(jko->grid, &dm));
  PetscCall(DMGetGlobalVector(dm, &beta));
  PetscCall(JKOSolveWide(jko, tau, epsilon, log_rho, &last, beta, ladder->log_q, &why));
  PetscCall(PetscInfo(jko, "at eps = %g: %s\n", (double)epsilon, SinkhornConvergedReasons[why]));
  *works = (PetscBool)(why > 0);
  if (*works) {
    PetscCall(VecCopy(beta, ladder->beta));
    ladder->epsilon = epsilon;
  }
  PetscCall(DMRestoreGlobalVector(dm, &beta));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode LadderClimb(JKO jko, PetscReal tau, PetscReal epsilon, Vec log_rho, Ladder *ladder)
{
  PetscReal widest;
  PetscBool works = PETSC_FALSE;
  PetscInt  rung;

  PetscFunctionBegin;
  PetscCall(JKOGetEpsilonCeiling(jko, &widest));
  for (rung = 1; rung <= LADDER_RUNGS && !works && epsilon * PetscPowRealInt(LADDER_FACTOR, rung) <= widest; rung++)
    PetscCall(LadderTry(jko, tau, epsilon * PetscPowRealInt(LADDER_FACTOR, rung), log_rho, ladder, &works));
  for (rung -= 2; rung >= 0 && works; rung--)
    PetscCall(LadderTry(jko, tau, epsilon * PetscPowRealInt(LADDER_FACTOR, rung), log_rho, ladder, &works));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* A step from log_rho to log_q that failed at *epsilon: once more, by way of larger ones. On success beta is the potential, *epsilon
   its eps and `works` true; else nothing changes but the kernel's eps. Collective. */
PetscErrorCode JKOClimbLadder(JKO jko, PetscReal tau, PetscReal *epsilon, Vec log_rho, Vec beta, Vec log_q, PetscBool *works)
{
  DM     dm;
  Ladder ladder = {.epsilon = 0};

  PetscFunctionBegin;
  PetscCall(GridGetDM(jko->grid, &dm));
  PetscCall(DMGetGlobalVector(dm, &ladder.beta));
  PetscCall(DMGetGlobalVector(dm, &ladder.log_q));
  PetscCall(LadderClimb(jko, tau, *epsilon, log_rho, &ladder));
  *works = (PetscBool)(ladder.epsilon > 0 && (ladder.epsilon == *epsilon || jko->epsilon <= 0));
  if (*works) {
    *epsilon = ladder.epsilon;
    PetscCall(KernelSetEpsilon(jko->kernel, *epsilon));
    PetscCall(VecCopy(ladder.beta, beta));
    PetscCall(VecCopy(ladder.log_q, log_q));
  }
  PetscCall(DMRestoreGlobalVector(dm, &ladder.log_q));
  PetscCall(DMRestoreGlobalVector(dm, &ladder.beta));
  PetscFunctionReturn(PETSC_SUCCESS);
}
