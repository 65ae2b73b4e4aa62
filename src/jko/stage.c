/* One stage of a scheme without bias: a minimising movement of the Sinkhorn divergence from log_rho to log_q, accepted only where it is
   one.

   Attempts, in this order, until one is accepted:

     pressure   psi by Anderson's acceleration (src/sinkhorn/pressure), where the energy has a conjugate; from the guess, then afresh
     deferred   the compensated step, its self-transport corrected (deferred.c), from eps up its ladder

   A stage is accepted when its solver has converged and S/(2 tau) + F has fallen, but for the noise that the tolerance leaves, as it does
   for every exact one; S itself is not negative. */
#include <math.h>
#include <jko/private/energyimpl.h>
#include <jko/private/jkoimpl.h>
#include <jko/private/sysimpl.h>

#define STAGE_EXACT    1e-9  /* error of self-transports, e-folds on average */
#define STAGE_NOISE    20.0  /* tolerances times eps/(2 tau) and mass that S/(2 tau) may be off */
#define STAGE_BIASED   0.1   /* by what share dilations may be too fast without a word */
#define STAGE_ROUND    1e-11 /* of the energy */
#define STAGE_RESHAPED 3     /* largest change of the pressure across a cell, after over before */
#define STAGE_SHAPES   3

PetscErrorCode JKOStageCreate(JKO jko, JKOPotential *potential, JKOStage *stage)
{
  PetscFunctionBegin;
  stage->potential = potential;
  if (stage->psi) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(VecDuplicate(jko->log_rho, &stage->psi));
  PetscCall(VecDuplicate(jko->log_rho, &stage->gamma));
  PetscCall(VecDuplicate(jko->log_rho, &stage->shape));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode JKOStageDestroy(JKOStage *stage)
{
  PetscFunctionBegin;
  PetscCall(VecDestroy(&stage->psi));
  PetscCall(VecDestroy(&stage->gamma));
  PetscCall(VecDestroy(&stage->shape));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* JKOStageGuess - psi of a stage from log_rho: F' where there is mass, elsewhere `beyond`, or F'(0) when it is NULL; gamma is that of the
   stage before, or log rho / 2. Collective. */
PetscErrorCode JKOStageGuess(JKO jko, JKOStage *stage, Vec log_rho, Vec beyond)
{
  const PetscScalar *l, *f, *b = NULL;
  PetscScalar       *psi;
  PetscInt           n;
  Vec                variation;

  PetscFunctionBegin;
  if (stage->known > 0) PetscCall(VecCopy(stage->psi, stage->shape));
  PetscCall(DMGetGlobalVector(jko->dm, &variation));
  PetscCall(EnergyGetFirstVariation(jko->energy, log_rho, variation));
  PetscCall(VecGetLocalSize(variation, &n));
  PetscCall(VecGetArrayRead(log_rho, &l));
  PetscCall(VecGetArrayRead(variation, &f));
  if (beyond && beyond != stage->psi) PetscCall(VecGetArrayRead(beyond, &b));
  PetscCall(VecGetArray(stage->psi, &psi));
  for (PetscInt i = 0; i < n; i++) {
    const PetscReal outside = b ? b[i] : beyond ? psi[i] : f[i];

    psi[i] = l[i] > -PETSC_MAX_REAL ? f[i] : outside;
    if (!isfinite(psi[i])) psi[i] = isfinite(f[i]) ? f[i] : 0;
  }
  PetscCall(VecRestoreArray(stage->psi, &psi));
  if (b) PetscCall(VecRestoreArrayRead(beyond, &b));
  PetscCall(VecRestoreArrayRead(variation, &f));
  PetscCall(VecRestoreArrayRead(log_rho, &l));
  PetscCall(DMRestoreGlobalVector(jko->dm, &variation));
  if (stage->known > 0) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(VecCopy(stage->psi, stage->shape));
  PetscCall(VecAXPBY(stage->gamma, 0.5, 0, log_rho));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* What an attempt works on. */
typedef struct {
  JKOStage *stage;
  PetscReal tau, epsilon;
  Vec       log_rho, log_q;
  Vec       gamma_rho; /* log c of the transport of rho to itself */
  Vec       guess[2];  /* psi and gamma as they were given */
  PetscReal length;    /* S, where an attempt measures it */
  PetscBool measured;
} StageProblem;

/* The pressure solver from the guess, at wider kernels while the stage strains the width. Collective. */
static PetscErrorCode StageSolveWide(JKO jko, StageProblem *p, Vec width, SinkhornConvergedReason *why)
{
  PetscInt  iterations;
  PetscBool again;

  PetscFunctionBegin;
  do {
    PetscCall(VecCopy(p->guess[0], p->stage->psi));
    PetscCall(VecCopy(p->guess[1], p->stage->gamma));
    PetscCall(PressureSolve(jko->unbiased.pressure, p->tau, p->log_rho, width, p->stage->psi, p->stage->gamma, p->log_q));
    PetscCall(SinkhornGetConvergedReason(jko->sinkhorn, why));
    PetscCall(SinkhornGetIterationNumber(jko->sinkhorn, &iterations));
    jko->info.iterations += iterations;
    again = (PetscBool)(*why == SINKHORN_DIVERGED_REACH);
    if (again) PetscCall(JKOWidenKernel(jko, &again));
  } while (again);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Whether fronts cross cells otherwise than the stage was solved for: it is then solved again, from where it is. Collective. */
static PetscErrorCode StageIsReshaped(JKO jko, StageProblem *p, Vec width, PetscBool *again)
{
  PetscReal before, after;
  Vec       square;

  PetscFunctionBegin;
  PetscCall(VecMax(width, NULL, &before));
  PetscCall(DMGetGlobalVector(jko->dm, &square));
  PetscCall(VecCopy(p->stage->psi, p->stage->shape));
  if (jko->unbiased.drive) PetscCall(VecAXPY(p->stage->shape, -1, jko->unbiased.drive));
  PetscCall(JKOSlopes(jko, p->stage->shape, p->log_q, square, width));
  PetscCall(DMRestoreGlobalVector(jko->dm, &square));
  PetscCall(VecMax(width, NULL, &after));
  *again = (PetscBool)(PetscMax(before, after) > STAGE_RESHAPED * PetscMin(before, after));
  if (!*again) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(VecCopy(p->stage->psi, p->guess[0]));
  PetscCall(VecCopy(p->stage->gamma, p->guess[1]));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* By the pressure solver. Collective. */
static PetscErrorCode StageByPressure(JKO jko, StageProblem *p, PetscBool *works)
{
  const PetscBool         kink = EnergyHasKink(jko->energy);
  SinkhornConvergedReason why;
  PetscBool               again = kink;
  Vec                     width, square;

  PetscFunctionBegin;
  *works = PETSC_FALSE;
  if (!EnergyHasConjugate(jko->energy)) PetscFunctionReturn(PETSC_SUCCESS);
  if (!jko->unbiased.pressure) PetscCall(PressureCreate(jko->sinkhorn, &jko->unbiased.pressure));
  PetscCall(DMGetGlobalVector(jko->dm, &width));
  PetscCall(DMGetGlobalVector(jko->dm, &square));
  if (kink) PetscCall(JKOSlopes(jko, p->stage->shape, p->log_rho, square, width));
  PetscCall(DMRestoreGlobalVector(jko->dm, &square));
  PetscCall(StageSolveWide(jko, p, kink ? width : NULL, &why));
  for (PetscInt round = 0; round < STAGE_SHAPES && why > 0 && again; round++) {
    PetscCall(StageIsReshaped(jko, p, width, &again));
    if (again) PetscCall(StageSolveWide(jko, p, width, &why));
  }
  PetscCall(DMRestoreGlobalVector(jko->dm, &width));
  if (why == SINKHORN_INTERRUPTED) jko->reason = JKO_INTERRUPTED;
  *works = (PetscBool)(why > 0);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* By the pressure solver, from no guess but rho. Collective. */
static PetscErrorCode StageAfresh(JKO jko, StageProblem *p, PetscBool *works)
{
  PetscFunctionBegin;
  p->stage->known = 0;
  PetscCall(JKOStageGuess(jko, p->stage, p->log_rho, NULL));
  PetscCall(VecCopy(p->stage->psi, p->guess[0]));
  PetscCall(VecCopy(p->stage->gamma, p->guess[1]));
  PetscCall(StageByPressure(jko, p, works));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* By deferred correction of the compensated step. Collective. */
static PetscErrorCode StageByDeferral(JKO jko, StageProblem *p, PetscBool *works)
{
  Vec lp;

  PetscFunctionBegin;
  *works = PETSC_FALSE;
  PetscCall(JKOSolveStep(jko, p->tau, p->epsilon, p->log_rho, p->stage->potential, p->log_q));
  if (jko->reason < 0) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(DMGetGlobalVector(jko->dm, &lp));
  PetscCall(VecCopy(p->stage->potential->now, lp));
  PetscCall(JKODeferred(jko, p->tau, p->log_rho, lp, p->log_q, p->stage->psi, p->stage->gamma, &p->length));
  PetscCall(DMRestoreGlobalVector(jko->dm, &lp));
  p->measured = *works = PETSC_TRUE;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* In the order in which they are tried. */
static const struct {
  const char *name;
  PetscErrorCode (*solve)(JKO, StageProblem *, PetscBool *works);
} StageAttempt[] = {{"pressure", StageByPressure}, {"pressure afresh", StageAfresh}, {"deferred", StageByDeferral}};

/* Tells once where the regularisation is too wide for the density. Collective. */
static PetscErrorCode StageWarn(JKO jko)
{
  JKOUnbiased *u = &jko->unbiased;

  PetscFunctionBegin;
  if (u->said || !(u->bias > STAGE_BIASED)) PetscFunctionReturn(PETSC_SUCCESS);
  u->said = PETSC_TRUE;
  PetscCall(JKOWarn(PetscObjectComm((PetscObject)jko), "bias", u->bias, STAGE_BIASED,
                    "the regularisation lets densities spread too fast by a share of %.2g, first in step %" PetscInt_FMT
                    ": it is wider than they are; a finer grid, a smaller -jko_epsilon_ratio or -jko_epsilon auto cures it",
                    (double)u->bias, jko->steps + 1));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Whether the objective has fallen. Sets length and bias of the stage. Collective. */
static PetscErrorCode StageJudge(JKO jko, StageProblem *p, PetscBool *accepted)
{
  PetscReal length = p->length, before, after, noise, tol, epsilon, bias[2];
  Vec       w;

  PetscFunctionBegin;
  PetscCall(DMGetGlobalVector(jko->dm, &w));
  PetscCall(KernelGetEpsilon(jko->kernel, &epsilon));
  PetscCall(SinkhornGetTolerance(jko->sinkhorn, &tol));
  PetscCall(SinkhornSelfScale(jko->kernel, p->log_rho, STAGE_EXACT, p->gamma_rho, w));
  PetscCall(JKOMeasureBias(jko, epsilon, w, p->log_rho, &bias[0]));
  PetscCall(SinkhornSelfScale(jko->kernel, p->log_q, STAGE_EXACT, p->stage->gamma, w));
  PetscCall(JKOMeasureBias(jko, epsilon, w, p->log_q, &bias[1]));
  if (!p->measured) PetscCall(SinkhornGetDivergence(jko->sinkhorn, p->log_rho, p->gamma_rho, p->log_q, p->stage->gamma, &length));
  PetscCall(DMRestoreGlobalVector(jko->dm, &w));
  PetscCall(EnergyGetValue(jko->energy, p->log_rho, &before));
  PetscCall(EnergyGetValue(jko->energy, p->log_q, &after));
  noise              = STAGE_NOISE * tol * epsilon / (2 * p->tau) * jko->info.mass + STAGE_ROUND * PetscAbsReal(before);
  *accepted          = (PetscBool)(length / (2 * p->tau) + after <= before + noise && length >= -2 * p->tau * noise);
  jko->sinkhorn->w2  = PetscSqrtReal(PetscMax(0, length));
  jko->unbiased.bias = PetscMax(jko->unbiased.bias, PetscSqrtReal(bias[0] * bias[1]));
  if (*accepted) PetscCall(StageWarn(jko));
  jko->unbiased.ceiling = JKOGetBiasCeiling(epsilon, bias[1]);
  PetscCall(PetscInfo(jko, "stage of %g: S/(2 tau) = %.6g, F %.12g -> %.12g, noise %.1e, bias %.3g\n", (double)p->tau,
                      (double)(length / (2 * p->tau)), (double)before, (double)after, (double)noise,
                      (double)PetscSqrtReal(bias[0] * bias[1])));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*
  JKOSolveStage - one stage of length tau from log_rho to log_q, which may be the same vector.

  Collective. The stage holds the guess, see JKOStageGuess(), and then what the next one starts from. gamma_rho: log c of the transport of
  rho to itself, about; may be that of the stage, or NULL when it is not known. On failure sets jko->reason, and
  leaves log_q as it was. Iterations, eps and the worst residual go to the step's info, the length to the Sinkhorn's.
*/
PetscErrorCode JKOSolveStage(JKO jko, JKOStage *stage, PetscReal tau, PetscReal epsilon, Vec log_rho, Vec gamma_rho, Vec log_q)
{
  StageProblem p        = {.stage = stage, .tau = tau, .epsilon = epsilon, .log_rho = log_rho};
  PetscBool    accepted = PETSC_FALSE;
  PetscReal    residual;

  PetscFunctionBegin;
  for (int i = 0; i < 2; i++) PetscCall(DMGetGlobalVector(jko->dm, &p.guess[i]));
  PetscCall(DMGetGlobalVector(jko->dm, &p.log_q));
  PetscCall(DMGetGlobalVector(jko->dm, &p.gamma_rho));
  if (gamma_rho)
    PetscCall(VecCopy(gamma_rho, p.gamma_rho));
  else
    PetscCall(VecAXPBY(p.gamma_rho, 0.5, 0, log_rho));
  PetscCall(VecCopy(stage->psi, p.guess[0]));
  PetscCall(VecCopy(stage->gamma, p.guess[1]));
  for (size_t i = 0; i < sizeof StageAttempt / sizeof *StageAttempt && !accepted && jko->reason >= 0; i++) {
    PetscCall(KernelSetEpsilon(jko->kernel, epsilon));
    PetscCall((*StageAttempt[i].solve)(jko, &p, &accepted));
    if (accepted) PetscCall(StageJudge(jko, &p, &accepted));
    if (!accepted) PetscCall(PetscInfo(jko, "stage of %g by %s is not accepted\n", (double)tau, StageAttempt[i].name));
  }
  if (accepted) {
    PetscCall(VecCopy(p.log_q, log_q));
    PetscCall(SinkhornGetResidual(jko->sinkhorn, &residual));
    PetscCall(KernelGetEpsilon(jko->kernel, &jko->info.epsilon));
    jko->info.residual = PetscMax(jko->info.residual, residual);
    stage->known       = 1;
  } else if (jko->reason >= 0) {
    PetscCall(PetscSNPrintf(jko->failure, sizeof jko->failure,
                            "step %" PetscInt_FMT ": no solver lowers W2^2/(2 tau) + F in a stage of length %g; try a smaller -jko_dt or "
                            "-sinkhorn_tol",
                            jko->steps + 1, (double)tau));
    jko->reason = JKO_DIVERGED_STEP;
  }
  PetscCall(DMRestoreGlobalVector(jko->dm, &p.gamma_rho));
  PetscCall(DMRestoreGlobalVector(jko->dm, &p.log_q));
  for (int i = 1; i >= 0; i--) PetscCall(DMRestoreGlobalVector(jko->dm, &p.guess[i]));
  PetscFunctionReturn(PETSC_SUCCESS);
}
