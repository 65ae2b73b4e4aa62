/* Second order in time by local extrapolation (Hairer, Norsett, Wanner, Solving Ordinary Differential Equations I, 1993, section II.4) of
   the minimising movement E_tau, each with its own eps = 4 tau A, so that the error of the regularisation is extrapolated as well:

     fine = E_{tau/2} E_{tau/2} rho_k,   coarse = E_tau rho_k,   rho_{k+1} = fine + limited(fine - coarse)

   Positive and of exact mass by the limiter (limiter.c). Where the limiter would have to take most of the correction, or the corrected
   density had more energy than rho_k, the step falls back to fine.

   The correction tells how exact a step can be at all: the solves stop at a tenth of the last one, and are repeated to a smaller tolerance
   where the new one turns out much smaller. The two halves share one history of potentials, tau/2 apart; the whole step starts from the
   second half, whose tau/eps is its own. */
#include <math.h>
#include <jko/private/jkoimpl.h>
#include <jko/private/sinkhornimpl.h>

#define EXTRAPOLATED_EFFORT  0.05  /* tolerance of the solves over the last correction: from a good guess they end just below it */
#define EXTRAPOLATED_LOOSEST 1e-3  /* and at most this */
#define EXTRAPOLATED_FIRST   1e-3  /* correction that is expected before there is one */
#define EXTRAPOLATED_SLACK   3     /* factor on the tolerance within which nothing is repeated */
#define EXTRAPOLATED_LOST    0.5   /* share of the correction that the limiter may take */
#define EXTRAPOLATED_ROUND   1e-13 /* of the energy: no increase */

typedef struct {
  Vec       fine, coarse; /* log densities */
  Vec       lp;           /* room for log p of the whole step */
  PetscReal correction;   /* L1 norm over the mass, of the last step; 0 before the first */
  PetscReal fallbacks;    /* steps without correction, a whole number */
} Extrapolated;

static PetscErrorCode JKOSetUp_Extrapolated(JKO jko)
{
  Extrapolated *x = (Extrapolated *)jko->data;

  PetscFunctionBegin;
  PetscCall(JKOCoarseSetUp(jko));
  if (jko->steps == 0) x->correction = x->fallbacks = 0;
  if (x->fine) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(VecDuplicate(jko->log_rho, &x->fine));
  PetscCall(VecDuplicate(jko->log_rho, &x->coarse));
  PetscCall(VecDuplicate(jko->log_rho, &x->lp));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The three solves, the halves first; jko->reason tells when one fails. Leaves the length of the whole step begun. */
static PetscErrorCode JKOSolves_Extrapolated(JKO jko, PetscReal tau, PetscReal epsilon)
{
  Extrapolated *x     = (Extrapolated *)jko->data;
  JKOPotential *half  = &jko->potential;
  JKOPotential  whole = {.before = x->lp, .epsilon = epsilon / 2, .tau = tau / 2};

  PetscFunctionBegin;
  jko->sinkhorn->measure = PETSC_FALSE;
  PetscCall(JKOSolveStep(jko, tau / 2, epsilon / 2, jko->log_rho, half, x->fine));
  if (jko->reason >= 0) PetscCall(JKOSolveStep(jko, tau / 2, epsilon / 2, x->fine, half, x->fine));
  whole.now = half->now;
  if (jko->reason >= 0) PetscCall(JKOSolveStep(jko, tau, epsilon, jko->log_rho, &whole, x->coarse));
  jko->sinkhorn->measure = PETSC_TRUE;
  if (jko->reason >= 0) PetscCall(SinkhornDepart(jko->sinkhorn));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Tolerance of solves whose correction is expected to be of this size. */
static PetscReal JKOEffort_Extrapolated(PetscReal correction, PetscReal tol)
{
  return PetscMax(tol, EXTRAPOLATED_EFFORT * PetscMin(correction, EXTRAPOLATED_LOOSEST / EXTRAPOLATED_EFFORT));
}

/* Solves and extrapolates, the result over coarse, with an effort that fits the correction; tol is the user's, the least. */
static PetscErrorCode JKOAttempt_Extrapolated(JKO jko, PetscReal tau, PetscReal tol, PetscReal expects, PetscReal *lost)
{
  Extrapolated *x = (Extrapolated *)jko->data;
  PetscReal     epsilon, effort;

  PetscFunctionBegin;
  PetscCall(JKOChooseEpsilon(jko, tau, &epsilon));
  do {
    effort             = JKOEffort_Extrapolated(expects, tol);
    jko->info.residual = jko->info.gap = 0;
    PetscCall(SinkhornSetTolerance(jko->sinkhorn, effort));
    PetscCall(JKOSolves_Extrapolated(jko, tau, epsilon));
    PetscCall(SinkhornSetTolerance(jko->sinkhorn, tol));
    if (jko->reason < 0) PetscFunctionReturn(PETSC_SUCCESS);
    PetscCall(JKOExtrapolate(jko->energy, x->fine, x->coarse, &expects, lost));
    PetscCall(PetscInfo(jko, "step of %g solved to %g: correction %g of the mass, %g of it lost to positivity\n", (double)tau,
                        (double)effort, (double)expects, (double)*lost));
  } while (effort > EXTRAPOLATED_SLACK * JKOEffort_Extrapolated(expects, tol));
  x->correction = expects;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The extrapolated density is in coarse: puts fine in its place where the limiter or the energy says no. `rises` when the energy says
   no to fine as well. */
static PetscErrorCode JKOJudge_Extrapolated(JKO jko, PetscReal lost, PetscBool *rises)
{
  Extrapolated   *x     = (Extrapolated *)jko->data;
  const PetscReal limit = jko->info.energy + EXTRAPOLATED_ROUND * PetscAbsReal(jko->info.energy);
  PetscReal       energy;

  PetscFunctionBegin;
  *rises = PETSC_FALSE;
  PetscCall(EnergyGetValue(jko->energy, x->coarse, &energy));
  if (lost <= EXTRAPOLATED_LOST && energy <= limit) PetscFunctionReturn(PETSC_SUCCESS);
  x->fallbacks++;
  PetscCall(PetscInfo(jko, "falls back to the two half steps, number %g: %g of the correction lost, energy %.16g after %.16g\n",
                      (double)x->fallbacks, (double)lost, (double)energy, (double)jko->info.energy));
  PetscCall(VecCopy(x->fine, x->coarse));
  PetscCall(EnergyGetValue(jko->energy, x->coarse, &energy));
  *rises = (PetscBool)(energy > limit);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Where the energy rises although every exact step lowers it, the solves were too loose: they are repeated to the user's tolerance. */
static PetscErrorCode JKOStep_Extrapolated(JKO jko, PetscReal tau)
{
  Extrapolated *x = (Extrapolated *)jko->data;
  PetscReal     tol, lost, expects = x->correction > 0 ? x->correction : EXTRAPOLATED_FIRST;
  PetscBool     accepted, rises;

  PetscFunctionBegin;
  PetscCall(SinkhornGetTolerance(jko->sinkhorn, &tol));
  do {
    const PetscBool loose = (PetscBool)(JKOEffort_Extrapolated(expects, tol) > tol);

    PetscCall(JKOAttempt_Extrapolated(jko, tau, tol, expects, &lost));
    if (jko->reason < 0) PetscFunctionReturn(PETSC_SUCCESS);
    PetscCall(JKOAdaptAccept(jko, tau, x->correction, &accepted));
    if (!accepted) PetscFunctionReturn(PETSC_SUCCESS);
    PetscCall(JKOJudge_Extrapolated(jko, lost, &rises));
    rises   = (PetscBool)(rises && loose);
    expects = 0;
  } while (rises);
  PetscCall(VecCopy(x->coarse, jko->log_rho));
  PetscCall(SinkhornArrive(jko->sinkhorn, jko->log_rho));
  PetscCall(SinkhornGetW2(jko->sinkhorn, &jko->info.w2));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode JKOState_Extrapolated(JKO jko, JKOState *state)
{
  Extrapolated *x = (Extrapolated *)jko->data;

  PetscFunctionBegin;
  JKOStateReal(state, "extrapolated_correction", &x->correction);
  JKOStateReal(state, "extrapolated_fallbacks", &x->fallbacks);
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode JKOView_Extrapolated(JKO jko, PetscViewer viewer)
{
  Extrapolated *x = (Extrapolated *)jko->data;

  PetscFunctionBegin;
  PetscCall(
      PetscViewerASCIIPrintf(viewer,
                             "extrapolated: two steps of tau/2 with eps/2 and one of tau; their solves stop at %g of the last correction, "
                             "between -sinkhorn_tol and %g of the mass; %g steps of %" PetscInt_FMT " without correction\n",
                             EXTRAPOLATED_EFFORT, EXTRAPOLATED_LOOSEST, (double)x->fallbacks, jko->steps));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode JKODestroy_Extrapolated(JKO jko)
{
  Extrapolated *x = (Extrapolated *)jko->data;

  PetscFunctionBegin;
  PetscCall(VecDestroy(&x->fine));
  PetscCall(VecDestroy(&x->coarse));
  PetscCall(VecDestroy(&x->lp));
  PetscCall(PetscFree(jko->data));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PETSC_INTERN PetscErrorCode JKOCreate_Extrapolated(JKO jko)
{
  Extrapolated *x;

  PetscFunctionBegin;
  PetscCall(PetscNew(&x));
  jko->data         = x;
  jko->substeps     = 2;
  jko->order        = 2;
  jko->estimates    = PETSC_TRUE;
  jko->ops->setup   = JKOSetUp_Extrapolated;
  jko->ops->step    = JKOStep_Extrapolated;
  jko->ops->state   = JKOState_Extrapolated;
  jko->ops->view    = JKOView_Extrapolated;
  jko->ops->destroy = JKODestroy_Extrapolated;
  PetscFunctionReturn(PETSC_SUCCESS);
}
