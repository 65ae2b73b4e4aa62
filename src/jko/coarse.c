/* Coarse first: a step is solved on the next coarser grid, and the change of its potential there, interpolated, is what the fine
   solver starts from. What is smooth in the change is then done at a fraction of the cost; the fine solver does the rest.

   Off where a grid cannot be halved, an energy cannot be coarsened, or the kernel would be less than 0.8 coarse cells wide. */
#include <math.h>
#include <jko/private/energyimpl.h>
#include <jko/private/jkoimpl.h>

#define COARSE_LEAST  16   /* coarse cells per axis worth the trouble */
#define COARSE_EFFORT 0.3  /* of the fine solver's tolerance */
#define COARSE_CHANGE 50.0 /* of a potential, at most: beyond it is noise of empty cells */

struct _JKOCoarse {
  Grid     grid;
  Energy   energy;
  Kernel   kernel;
  Sinkhorn sinkhorn;
  Vec      log_rho, beta, before; /* log density, potential after and before the solve */
};

/*@ JKOSetCoarseFirst - whether steps are solved on a coarser grid first (default true). Logically collective; before JKOSetUp(). @*/
PetscErrorCode JKOSetCoarseFirst(JKO jko, PetscBool coarse)
{
  PetscFunctionBegin;
  PetscValidHeaderSpecific(jko, JKO_CLASSID, 1);
  jko->coarse_first = coarse;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode JKOCoarseDestroy(JKO jko)
{
  JKOCoarse c = jko->coarse;

  PetscFunctionBegin;
  if (!c) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(VecDestroy(&c->log_rho));
  PetscCall(VecDestroy(&c->beta));
  PetscCall(VecDestroy(&c->before));
  PetscCall(SinkhornDestroy(&c->sinkhorn));
  PetscCall(KernelDestroy(&c->kernel));
  PetscCall(EnergyDestroy(&c->energy));
  PetscCall(GridDestroy(&c->grid));
  PetscCall(PetscFree(jko->coarse));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Whether there is a coarser grid worth solving on, and the energy can live there. */
static PetscErrorCode JKOCoarseGrid(JKO jko, JKOCoarse c, PetscBool *usable)
{
  PetscInt n[3], dim;

  PetscFunctionBegin;
  *usable = PETSC_FALSE;
  PetscCall(GridCoarsen(jko->grid, &c->grid));
  if (!c->grid) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(GridGetSizes(c->grid, n));
  PetscCall(GridGetDimension(c->grid, &dim));
  for (PetscInt a = 0; a < dim; a++)
    if (n[a] < COARSE_LEAST) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(EnergyCoarsen(jko->energy, c->grid, &c->energy));
  *usable = (PetscBool) !!c->energy;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode JKOCoarseSetUp(JKO jko)
{
  JKOCoarse  c;
  KernelType type;
  PetscReal  tol;
  PetscBool  usable;

  PetscFunctionBegin;
  PetscCall(JKOCoarseDestroy(jko));
  if (!jko->coarse_first) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(PetscNew(&jko->coarse));
  c = jko->coarse;
  PetscCall(JKOCoarseGrid(jko, c, &usable));
  if (!usable) {
    PetscCall(JKOCoarseDestroy(jko));
    PetscFunctionReturn(PETSC_SUCCESS);
  }
  PetscCall(GridCreateVector(c->grid, &c->log_rho));
  PetscCall(VecDuplicate(c->log_rho, &c->beta));
  PetscCall(VecDuplicate(c->log_rho, &c->before));
  PetscCall(PetscObjectGetType((PetscObject)jko->kernel, &type));
  PetscCall(KernelCreate(PetscObjectComm((PetscObject)jko), &c->kernel));
  PetscCall(KernelSetType(c->kernel, type));
  PetscCall(KernelSetGrid(c->kernel, c->grid));
  PetscCall(SinkhornCreate(PetscObjectComm((PetscObject)jko), &c->sinkhorn));
  PetscCall(SinkhornSetKernel(c->sinkhorn, c->kernel));
  PetscCall(SinkhornSetEnergy(c->sinkhorn, c->energy));
  PetscCall(SinkhornSetCompensate(c->sinkhorn, jko->compensate));
  PetscCall(SinkhornGetTolerance(jko->sinkhorn, &tol));
  PetscCall(SinkhornSetTolerance(c->sinkhorn, COARSE_EFFORT * tol));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Means of densities and potentials over the fine cells of each coarse cell. */
static PetscErrorCode JKOCoarseRestrict(JKO jko, Vec log_rho, Vec beta)
{
  JKOCoarse    c = jko->coarse;
  DM           dm;
  Vec          rho;
  PetscScalar *l;
  PetscInt     n;

  PetscFunctionBegin;
  PetscCall(GridGetDM(jko->grid, &dm));
  PetscCall(DMGetGlobalVector(dm, &rho));
  PetscCall(VecCopy(log_rho, rho));
  PetscCall(VecGetLocalSize(rho, &n));
  PetscCall(VecGetArray(rho, &l));
  for (PetscInt i = 0; i < n; i += ENERGY_CHUNK) EnergyExp(PetscMin(ENERGY_CHUNK, n - i), 1, l + i, l + i);
  PetscCall(VecRestoreArray(rho, &l));
  PetscCall(GridRestrict(jko->grid, rho, c->grid, c->log_rho));
  PetscCall(DMRestoreGlobalVector(dm, &rho));
  PetscCall(GridRestrict(jko->grid, beta, c->grid, c->beta));
  PetscCall(VecGetLocalSize(c->log_rho, &n));
  PetscCall(VecGetArray(c->log_rho, &l));
  for (PetscInt i = 0; i < n; i++) l[i] = l[i] > 0 ? log(l[i]) : -INFINITY;
  PetscCall(VecRestoreArray(c->log_rho, &l));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The change of the coarse potential, within bounds, added to the fine one. */
static PetscErrorCode JKOCoarseProlong(JKO jko, Vec beta)
{
  JKOCoarse          c = jko->coarse;
  const PetscScalar *before;
  PetscScalar       *b;
  PetscInt           n;

  PetscFunctionBegin;
  PetscCall(VecGetLocalSize(c->beta, &n));
  PetscCall(VecGetArrayRead(c->before, &before));
  PetscCall(VecGetArray(c->beta, &b));
  for (PetscInt i = 0; i < n; i++) b[i] = PetscClipInterval(b[i] - before[i], -COARSE_CHANGE, COARSE_CHANGE);
  PetscCall(VecRestoreArray(c->beta, &b));
  PetscCall(VecRestoreArrayRead(c->before, &before));
  PetscCall(GridProlongAdd(c->grid, c->beta, jko->grid, beta));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Improves the guess beta of a step from log_rho; leaves it alone where the coarse step does not converge. */
PetscErrorCode JKOCoarseGuess(JKO jko, PetscReal tau, PetscReal epsilon, Vec log_rho, Vec beta)
{
  JKOCoarse               c = jko->coarse;
  PetscReal               floor, truncation;
  SinkhornConvergedReason why;

  PetscFunctionBegin;
  if (!c) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(KernelGetEpsilonFloor(c->kernel, &floor));
  if (epsilon < floor) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(PetscLogEventBegin(JKO_Coarse, jko, 0, 0, 0));
  PetscCall(KernelSetEpsilon(c->kernel, epsilon));
  PetscCall(KernelGetTruncation(jko->kernel, &truncation));
  PetscCall(KernelSetTruncation(c->kernel, truncation));
  PetscCall(JKOCoarseRestrict(jko, log_rho, beta));
  PetscCall(VecCopy(c->beta, c->before));
  PetscCall(SinkhornSolve(c->sinkhorn, tau, c->log_rho, c->beta, c->log_rho));
  PetscCall(SinkhornGetConvergedReason(c->sinkhorn, &why));
  if (why > 0) PetscCall(JKOCoarseProlong(jko, beta));
  PetscCall(PetscLogEventEnd(JKO_Coarse, jko, 0, 0, 0));
  PetscFunctionReturn(PETSC_SUCCESS);
}
