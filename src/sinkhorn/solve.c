/* One JKO step from rho_k and a guess of log p to rho_{k+1}: set-up, the solve by SNES, and its verdict. */
#include <math.h>
#include <jko/private/sinkhornimpl.h>
#include <jko/private/energyimpl.h>
#include <jko/private/sumimpl.h>

#define SINKHORN_PATIENCE 100  /* evaluations without progress that end a solve */
#define SINKHORN_LOST     1e-2 /* of the marginal residual that the weighted norm may lose sight of before cells are weighed anew */
#define SINKHORN_STRAIN   1e-3 /* of the mass that may come near the end of the kernel's reach */

/* Ends SNES by the L1 marginal residual of the last evaluation, whatever norm the accelerator minimises; or for now, where mass has
   moved to cells that hardly count in that norm. */
static PetscErrorCode SinkhornConverged(SNES snes, PetscInt it, PetscReal xnorm, PetscReal dxnorm, PetscReal fnorm,
                                        SNESConvergedReason *why, void *context)
{
  Sinkhorn s = (Sinkhorn)context;

  PetscFunctionBegin;
  (void)snes, (void)it, (void)xnorm, (void)dxnorm;
  if (s->residual < 0.99 * s->best || s->iterations <= 1) {
    s->best           = s->residual;
    s->best_iteration = s->iterations;
  }
  s->reason = SINKHORN_CONVERGED_ITERATING;
  if (s->interrupted)
    s->reason = SINKHORN_INTERRUPTED;
  else if (PetscIsInfOrNanReal(s->residual) || PetscIsInfOrNanReal(fnorm))
    s->reason = SINKHORN_DIVERGED_NOT_FINITE;
  else if (s->residual <= s->tol)
    s->reason = SINKHORN_CONVERGED_RESIDUAL;
  else if (s->iterations >= s->max_it)
    s->reason = SINKHORN_DIVERGED_MAX_IT;
  else if (s->iterations - s->best_iteration >= SINKHORN_PATIENCE)
    s->reason = SINKHORN_DIVERGED_STAGNATION;
  if (fnorm > 0 && !(s->norm_start > 0)) {
    s->norm_start     = fnorm;
    s->residual_start = s->residual;
  }
  s->reweigh = (PetscBool)(!s->reason && fnorm / s->norm_start < SINKHORN_LOST * s->residual / s->residual_start);
  *why       = s->reweigh      ? SNES_CONVERGED_ITS
               : s->reason > 0 ? SNES_CONVERGED_FNORM_ABS
               : s->reason < 0 ? SNES_DIVERGED_FUNCTION_COUNT
                               : SNES_CONVERGED_ITERATING;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*@
  SinkhornGetSNES - the nonlinear solver below, prefix sinkhorn_, whose function is the relaxed fixed-point residual. Borrowed.

  Collective the first time.
@*/
PetscErrorCode SinkhornGetSNES(Sinkhorn s, SNES *snes)
{
  PetscFunctionBegin;
  PetscValidHeaderSpecific(s, SINKHORN_CLASSID, 1);
  if (!s->snes) {
    PetscCall(SNESCreate(PetscObjectComm((PetscObject)s), &s->snes));
    PetscCall(SNESSetOptionsPrefix(s->snes, "sinkhorn_"));
    PetscCall(SNESSetType(s->snes, SNESWEIGHTEDANDERSON));
    PetscCall(SNESSetTolerances(s->snes, 0, 0, 0, PETSC_INT_MAX, PETSC_INT_MAX));
    PetscCall(SNESSetConvergenceTest(s->snes, SinkhornConverged, s, NULL));
  }
  *snes = s->snes;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*@
  SinkhornSetUp - creates the work vectors. Collective. Errors: no kernel, no energy, or different grids.
@*/
PetscErrorCode SinkhornSetUp(Sinkhorn s)
{
  MPI_Comm  comm;
  Grid      grid, other;
  PetscInt  width[3];
  PetscBool local;

  PetscFunctionBegin;
  PetscValidHeaderSpecific(s, SINKHORN_CLASSID, 1);
  if (s->setup) PetscFunctionReturn(PETSC_SUCCESS);
  comm = PetscObjectComm((PetscObject)s);
  PetscCheck(s->kernel, comm, PETSC_ERR_ORDER, "call SinkhornSetKernel() first");
  PetscCheck(s->energy, comm, PETSC_ERR_ORDER, "call SinkhornSetEnergy() first");
  PetscCall(KernelGetGrid(s->kernel, &grid));
  PetscCall(EnergyGetGrid(s->energy, &other));
  PetscCheck(grid == other, comm, PETSC_ERR_ARG_INCOMP, "kernel and energy live on different grids");
  PetscCall(EnergySetUp(s->energy));
  PetscCall(GridGetCellVolume(grid, &s->volume));
  PetscCall(GridGetCorners(grid, NULL, width));
  s->cells = width[0] * width[1] * width[2];
  PetscCall(EnergyCreateVector(s->energy, &s->beta));
  for (Vec *v[] = {&s->alpha, &s->lp, &s->u, &s->scale, &s->x, &s->f, NULL}, **p = v; *p; p++) PetscCall(VecDuplicate(s->beta, *p));
  PetscCall(EnergyIsLocal(s->energy, &local));
  if (!local) PetscCall(VecDuplicate(s->beta, &s->log_q));
  PetscCall(SinkhornGetSNES(s, &s->snes));
  PetscCall(SNESSetFunction(s->snes, s->f, SinkhornFunction, s));
  PetscCall(SNESSetSolution(s->snes, s->x));
  PetscCall(SNESSetUp(s->snes)); /* accelerators ask for their options here */
  s->setup = PETSC_TRUE;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* u of a species, and the sum of its density over the cells of this rank. */
static void SinkhornBeginPart(PetscInt n, const PetscScalar l[], PetscScalar u[], Sum *sum)
{
  for (PetscInt i = 0; i < n; i += ENERGY_CHUNK) {
    const PetscInt m                 = PetscMin(ENERGY_CHUNK, n - i);
    double         rho[ENERGY_CHUNK] = {0};

    EnergyExp(m, 1, l + i, rho);
    for (PetscInt j = i; j < i + m; j++) u[j] = PetscMax(l[j], SINKHORN_LOG_FLOOR);
    SumAdd(sum, ENERGY_CHUNK, rho);
  }
}

/* What this solve works with: lambda, theta, the mass, and rho_k as the guess of the prox: nothing of the solve before, so that a step
   depends on its arguments alone. Refuses what cannot be solved. */
PetscErrorCode SinkhornBegin(Sinkhorn s, PetscReal tau, Vec log_rho)
{
  const PetscScalar *l;
  PetscScalar       *u;
  PetscReal          epsilon;
  Sum                sums[ENERGY_MAX_SPECIES] = {{{0}, {0}}};
  PetscInt           parts;

  PetscFunctionBegin;
  PetscCall(SinkhornSetUp(s));
  PetscCheck(tau > 0, PetscObjectComm((PetscObject)s), PETSC_ERR_ARG_OUTOFRANGE, "time step %g is not positive", (double)tau);
  PetscCall(KernelGetEpsilon(s->kernel, &epsilon));
  s->lambda      = 2 * tau / epsilon;
  s->theta       = s->compensate ? 0.5 : 1;
  s->log_rho     = log_rho;
  s->iterations  = 0;
  s->interrupted = PETSC_FALSE;
  PetscCall(EnergyGetSpeciesCount(s->energy, &parts));
  PetscCall(VecGetArrayRead(log_rho, &l));
  PetscCall(VecGetArrayWrite(s->u, &u));
  for (PetscInt k = 0; k < parts; k++) SinkhornBeginPart(s->cells, l + k * s->cells, u + k * s->cells, &sums[k]);
  PetscCall(VecRestoreArrayWrite(s->u, &u));
  PetscCall(VecRestoreArrayRead(log_rho, &l));
  PetscCall(EnergyRefresh(s->energy, ENERGY_REFRESH_LAGGED, log_rho));
  PetscCall(EnergyForget(s->energy));
  PetscCall(SumAllreduce(PetscObjectComm((PetscObject)s), parts, sums, s->sum));
  s->sum_rho = 0;
  for (PetscInt k = 0; k < parts; k++) {
    PetscCheck(PetscIsNormalReal(s->sum[k]), PetscObjectComm((PetscObject)s), PETSC_ERR_ARG_WRONG, "the density has mass %g",
               (double)s->sum[k]);
    s->sum_rho += s->sum[k];
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The scalings must be those of the accepted x, whatever SNES evaluated last. */
static PetscErrorCode SinkhornSynchronise(Sinkhorn s)
{
  PetscObjectState state;

  PetscFunctionBegin;
  PetscCall(PetscObjectStateGet((PetscObject)s->x, &state));
  if (state != s->evaluated) PetscCall(SinkhornFunction(s->snes, s->x, s->f, s));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Weighs the cells by the present prox: x = S beta and its residual start SNES, with the potentials as they were balanced. */
static PetscErrorCode SinkhornWeigh(Sinkhorn s, Vec f)
{
  PetscFunctionBegin;
  PetscCall(SinkhornAddShift(s, -1, f));
  s->shifted = PETSC_FALSE;
  PetscCall(VecPointwiseDivide(f, f, s->scale));
  PetscCall(SinkhornSetScale(s));
  PetscCall(VecPointwiseMult(s->x, s->beta, s->scale));
  PetscCall(VecPointwiseMult(f, f, s->scale));
  PetscCall(PetscObjectStateGet((PetscObject)s->x, &s->evaluated));
  PetscCall(SNESSetInitialFunction(s->snes, f));
  s->norm_start = 0;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* SNES from a guess, again with new weights as long as it asks for them. */
static PetscErrorCode SinkhornIterate(Sinkhorn s, Vec lp)
{
  PetscFunctionBegin;
  PetscCall(SNESSetUp(s->snes)); /* of a type that is new: it may ask for du from the first evaluation on */
  PetscCall(PetscObjectTypeCompare((PetscObject)s->snes, SNESWEIGHTEDANDERSON, &s->lags)); /* others take f for a function of x alone */
  if (!EnergyIsCostly(s->energy)) s->lags = PETSC_FALSE;
  PetscCall(SinkhornStart(s, lp));
  PetscCall(VecSet(s->scale, 1));
  PetscCall(SinkhornEvaluate(s, s->f));
  s->shifted = PETSC_FALSE;
  do {
    PetscCall(SinkhornWeigh(s, s->f));
    PetscCall(SNESSolve(s->snes, NULL, s->x));
    PetscCall(SinkhornSynchronise(s));
  } while (s->reweigh);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The share of the mass, of the species for which it is most, that a plan moves to near the end of the kernel's reach. Collective. */
PetscErrorCode SinkhornGetStrain(Sinkhorn s, Vec lp, Vec u, PetscReal *most)
{
  PetscReal strain;
  PetscInt  parts;
  Grid      grid;
  Vec       p, q;

  PetscFunctionBegin;
  *most = 0;
  PetscCall(KernelGetGrid(s->kernel, &grid));
  PetscCall(EnergyGetSpeciesCount(s->energy, &parts));
  for (PetscInt k = 0; k < parts; k++) {
    PetscCall(GridGetPart(grid, lp, k, PETSC_FALSE, &p));
    PetscCall(GridGetPart(grid, u, k, PETSC_FALSE, &q));
    PetscCall(KernelGetStrain(s->kernel, p, q, &strain));
    PetscCall(GridRestorePart(grid, u, PETSC_FALSE, &q));
    PetscCall(GridRestorePart(grid, lp, PETSC_FALSE, &p));
    *most = PetscMax(*most, strain / s->sum[k]);
  }
  PetscCall(PetscInfo(s, "%g of the mass strains the kernel's reach\n", (double)*most));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* A fixed point whose plan runs into the kernel's truncation is that of another problem. */
static PetscErrorCode SinkhornCheckReach(Sinkhorn s)
{
  PetscReal strain;

  PetscFunctionBegin;
  PetscCall(SinkhornGetStrain(s, s->lp, s->u, &strain));
  if (strain > SINKHORN_STRAIN) s->reason = SINKHORN_DIVERGED_REACH;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The verdict on the residual of the accepted x; lp and log_q change on success only. */
static PetscErrorCode SinkhornFinish(Sinkhorn s, Vec lp, Vec log_q)
{
  SNESConvergedReason why;

  PetscFunctionBegin;
  PetscCall(SNESGetConvergedReason(s->snes, &why));
  if (s->interrupted)
    s->reason = SINKHORN_INTERRUPTED;
  else if (PetscIsInfOrNanReal(s->residual))
    s->reason = SINKHORN_DIVERGED_NOT_FINITE;
  else if (s->residual <= s->tol)
    s->reason = SINKHORN_CONVERGED_RESIDUAL;
  else if (s->reason >= 0)
    s->reason = why == SNES_DIVERGED_FUNCTION_NANORINF ? SINKHORN_DIVERGED_NOT_FINITE : SINKHORN_DIVERGED_STAGNATION;
  if (s->reason > 0) PetscCall(SinkhornCheckReach(s));
  if (s->reason < 0) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(SinkhornKeepGuess(s, lp));
  if (s->certify) {
    PetscCall(SinkhornCertify(s));
    PetscCall(SinkhornAdvance(s, log_q));
  } else
    PetscCall(SinkhornEmit(s, log_q));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*@
  SinkhornSolve - one JKO step of length tau.

  Collective.

  Input:
+ tau     - time step
. log_rho - log rho_k, -inf in empty cells; of all species, in a vector of EnergyCreateVector()
- lp      - guess of log p, p = K^T a, finite; SinkhornGuess() makes one

  Output:
+ lp    - log p of the solution: a guess for the next step
- log_q - log rho_{k+1}, of the mass of rho_k; may be log_rho

  Notes: ask SinkhornGetConvergedReason(): after a failure lp and log_q are as they were.
@*/
PetscErrorCode SinkhornSolve(Sinkhorn s, PetscReal tau, Vec log_rho, Vec lp, Vec log_q)
{
  PetscFunctionBegin;
  PetscValidHeaderSpecific(s, SINKHORN_CLASSID, 1);
  PetscCall(PetscLogEventBegin(Sinkhorn_Solve, s, 0, 0, 0));
  PetscCall(SinkhornBegin(s, tau, log_rho));
  PetscCall(SinkhornIterate(s, lp));
  PetscCall(SinkhornFinish(s, lp, log_q));
  PetscCall(PetscLogEventEnd(Sinkhorn_Solve, s, 0, 0, 0));
  PetscFunctionReturn(PETSC_SUCCESS);
}
