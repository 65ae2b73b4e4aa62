/* Second order in time by two minimising movements: the L-stable SDIRK2 (Alexander, SIAM J. Numer. Anal. 14, 1977) of the particles'
   motion.

   A step without bias moves particles by x_1 - x_0 = -tau grad phi(x_1), phi its pressure, which is smooth across fronts and known beyond
   them. What a Runge-Kutta formula takes of earlier stages is a potential in the next, phi carried along by its own motion (carry.c):

     stage 1   from rho_k, length gm tau, energy F                                          -> rho', phi'
     stage 2   from rho', length (1 - gm) tau, energy th F + G, G = (1 - th) (phi' carried along for (1 - gm) tau)  -> rho_{k+1}

   with gm = 1 - 1/sqrt 2 and th = gm/(1 - gm). Stage 2 is solved as F + G/th in a stage of length gm tau. At rest grad phi' = 0: steady
   states stay. Beyond 3 sigma of where stage 1 has mass phi' is not to be trusted; an energy that is content with vacuum leaves it. */
#include <math.h>
#include <jko/private/energyimpl.h>
#include <jko/private/jkoimpl.h>

#define SDIRK_GAMMA  0.29289321881345247560 /* 1 - 1/sqrt 2 */
#define SDIRK_THETA  0.41421356237309504880 /* gamma / (1 - gamma) */
#define SDIRK_MASS   6.9                    /* e-folds under the largest density: there is mass */
#define SDIRK_NEAR   (-6.6)                 /* log of the share that the kernel has of a half space 3 sigma away */
#define SDIRK_BARRED 300.0                  /* e-folds of pressure against filling a cell */

typedef struct {
  JKOStage     second;
  JKOPotential potential;     /* of stage 2, where it is deferred */
  Vec          middle, drive; /* log density after stage 1; G/th */
  Vec          beyond;        /* what the pressure may be outside the density: the guess of stage 1 */
} Sdirk;

/* near = log K 1_S, S where stage 1 has mass. Collective. */
static PetscErrorCode SdirkNear(JKO jko, Vec log_q, Vec near)
{
  const PetscScalar *l;
  PetscScalar       *s;
  PetscInt           n;
  PetscReal          top;
  Vec                support;

  PetscFunctionBegin;
  PetscCall(DMGetGlobalVector(jko->dm, &support));
  PetscCall(VecMax(log_q, NULL, &top));
  PetscCall(VecGetLocalSize(log_q, &n));
  PetscCall(VecGetArrayRead(log_q, &l));
  PetscCall(VecGetArrayWrite(support, &s));
  for (PetscInt i = 0; i < n; i++) s[i] = l[i] > top - SDIRK_MASS ? 0 : -(PetscReal)INFINITY;
  PetscCall(VecRestoreArrayWrite(support, &s));
  PetscCall(VecRestoreArrayRead(log_q, &l));
  PetscCall(KernelApplyLog(jko->kernel, support, NULL, near));
  PetscCall(DMRestoreGlobalVector(jko->dm, &support));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The drive of stage 2. Collective. */
static PetscErrorCode SdirkDrive(JKO jko, PetscReal tau)
{
  Sdirk             *x     = (Sdirk *)jko->data;
  const PetscReal    share = (1 - SDIRK_THETA) / SDIRK_THETA, barred = SDIRK_BARRED * jko->info.epsilon / (2 * SDIRK_GAMMA * tau);
  const PetscScalar *near;
  PetscScalar       *g;
  PetscInt           n;
  PetscBool          fronts;
  Vec                close;

  PetscFunctionBegin;
  PetscCall(JKOCarry(jko, jko->stage.psi, x->middle, (1 - SDIRK_GAMMA) * tau, x->drive));
  PetscCall(VecScale(x->drive, share));
  PetscCall(DMGetGlobalVector(jko->dm, &close));
  PetscCall(EnergyGetVacuum(jko->energy, close, &fronts));
  if (fronts) {
    PetscCall(SdirkNear(jko, x->middle, close));
    PetscCall(VecGetLocalSize(x->drive, &n));
    PetscCall(VecGetArrayRead(close, &near));
    PetscCall(VecGetArray(x->drive, &g));
    for (PetscInt i = 0; i < n; i++)
      if (near[i] < SDIRK_NEAR) g[i] = barred;
    PetscCall(VecRestoreArray(x->drive, &g));
    PetscCall(VecRestoreArrayRead(close, &near));
  }
  PetscCall(DMRestoreGlobalVector(jko->dm, &close));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Stage 2 from `middle`: guessed to have the pressure of stage 1. What the pressure is beyond the density, by both stages, is kept. */
static PetscErrorCode SdirkSecond(JKO jko, PetscReal tau, PetscReal epsilon)
{
  Sdirk *x = (Sdirk *)jko->data;

  PetscFunctionBegin;
  PetscCall(SdirkDrive(jko, tau));
  PetscCall(VecWAXPY(x->second.psi, 1, x->drive, jko->stage.psi));
  PetscCall(VecCopy(jko->stage.psi, x->second.shape));
  if (!(x->second.known > 0)) PetscCall(VecCopy(jko->stage.gamma, x->second.gamma));
  PetscCall(EnergySetTilt(jko->energy, x->drive));
  jko->unbiased.drive = x->drive;
  PetscCall(JKOPotentialForget(&x->potential));
  PetscCall(JKOSolveStage(jko, &x->second, SDIRK_GAMMA * tau, epsilon, x->middle, jko->stage.gamma, x->middle));
  jko->unbiased.drive = NULL;
  PetscCall(EnergySetTilt(jko->energy, NULL));
  if (jko->reason < 0) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(VecWAXPY(x->beyond, -1, x->drive, x->second.psi));
  PetscCall(VecPointwiseMin(x->beyond, x->beyond, jko->stage.psi));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode JKOStep_Sdirk(JKO jko, PetscReal tau)
{
  Sdirk    *x = (Sdirk *)jko->data;
  PetscReal epsilon, first, second;

  PetscFunctionBegin;
  PetscCall(JKOChooseEpsilon(jko, tau, &epsilon));
  epsilon /= jko->substeps;
  PetscCall(JKOStageGuess(jko, &jko->stage, jko->log_rho, jko->stage.known > 0 ? x->beyond : NULL));
  PetscCall(
      JKOSolveStage(jko, &jko->stage, SDIRK_GAMMA * tau, epsilon, jko->log_rho, x->second.known > 0 ? x->second.gamma : NULL, x->middle));
  if (jko->reason < 0) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(SinkhornGetW2(jko->sinkhorn, &first));
  PetscCall(SdirkSecond(jko, tau, jko->info.epsilon));
  if (jko->reason < 0) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(SinkhornGetW2(jko->sinkhorn, &second));
  PetscCall(VecCopy(x->middle, jko->log_rho));
  jko->info.w2 = first + second;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* All vectors: before the first step, or before a state is read into them. Collective. */
static PetscErrorCode SdirkCreateVectors(JKO jko)
{
  Sdirk     *x     = (Sdirk *)jko->data;
  Vec *const all[] = {&x->middle, &x->drive, &x->beyond, &x->potential.now, &x->potential.before};

  PetscFunctionBegin;
  PetscCall(JKOStageCreate(jko, &x->potential, &x->second));
  for (size_t i = 0; i < sizeof all / sizeof *all && !x->potential.before; i++) PetscCall(VecDuplicate(jko->log_rho, all[i]));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode JKOSetUp_Sdirk(JKO jko)
{
  Sdirk *x = (Sdirk *)jko->data;

  PetscFunctionBegin;
  PetscCall(JKOCoarseSetUp(jko));
  PetscCall(SdirkCreateVectors(jko));
  if (jko->steps == 0) x->second.known = 0;
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode JKOState_Sdirk(JKO jko, JKOState *state)
{
  Sdirk *x = (Sdirk *)jko->data;

  PetscFunctionBegin;
  PetscCall(SdirkCreateVectors(jko));
  JKOStateReal(state, "second_known", &x->second.known);
  JKOStateVector(state, "second_gamma", x->second.gamma);
  JKOStateVector(state, "beyond", x->beyond);
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode JKOView_Sdirk(JKO jko, PetscViewer viewer)
{
  PetscFunctionBegin;
  (void)jko;
  PetscCall(PetscViewerASCIIPrintf(viewer, "sdirk: two steps without bias, second order, L-stable; w2_step is the sum of their lengths\n"));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode JKODestroy_Sdirk(JKO jko)
{
  Sdirk *x = (Sdirk *)jko->data;

  PetscFunctionBegin;
  PetscCall(JKOStageDestroy(&x->second));
  PetscCall(VecDestroy(&x->middle));
  PetscCall(VecDestroy(&x->drive));
  PetscCall(VecDestroy(&x->beyond));
  PetscCall(VecDestroy(&x->potential.now));
  PetscCall(VecDestroy(&x->potential.before));
  PetscCall(PetscFree(jko->data));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PETSC_INTERN PetscErrorCode JKOCreate_Sdirk(JKO jko)
{
  Sdirk *x;

  PetscFunctionBegin;
  PetscCall(PetscNew(&x));
  jko->data         = x;
  jko->substeps     = 1 / SDIRK_GAMMA;
  jko->pressure     = PETSC_TRUE;
  jko->ops->setup   = JKOSetUp_Sdirk;
  jko->ops->step    = JKOStep_Sdirk;
  jko->ops->state   = JKOState_Sdirk;
  jko->ops->view    = JKOView_Sdirk;
  jko->ops->destroy = JKODestroy_Sdirk;
  PetscFunctionReturn(PETSC_SUCCESS);
}
