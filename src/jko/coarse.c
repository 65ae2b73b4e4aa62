/* Coarse first: a step is solved on the next coarser grid, there on the next coarser one first, and so on; the change of log p, a smooth
   field, is interpolated to what the finer solver starts from. What is smooth in the change is then done at a fraction of the cost.

   Levels end where a grid cannot be halved, an energy cannot be coarsened, or the kernel would be too narrow for the coarse cells; behind
   walls there is none. */
#include <math.h>
#include <jko/private/energyimpl.h>
#include <jko/private/jkoimpl.h>
#include <jko/private/sinkhornimpl.h>

#define COARSE_LEVELS 3    /* at most: those that do not depend on the ranks, see split.c in grid */
#define COARSE_LEAST  16   /* coarse cells per axis worth the trouble */
#define COARSE_EFFORT 0.1  /* of the fine solver's tolerance */
#define COARSE_LOOSER 10.0 /* factor on it from each level to the next below */
#define COARSE_CHANGE 50.0 /* of log p, at most: beyond it is noise of empty cells */

struct _JKOCoarse {
  Grid      fine; /* the level above; borrowed */
  Grid      grid;
  Energy    energy;
  Kernel    kernel;
  Sinkhorn  sinkhorn;
  Vec       log_rho, lp, before; /* log density, log p after and before the solve */
  JKOCoarse next;                /* the level below, or NULL */
};

/*@ JKOSetCoarseFirst - whether steps are solved on a coarser grid first (default true). Logically collective; before JKOSetUp(). @*/
PetscErrorCode JKOSetCoarseFirst(JKO jko, PetscBool coarse)
{
  PetscFunctionBegin;
  PetscValidHeaderSpecific(jko, JKO_CLASSID, 1);
  jko->coarse_first = coarse;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode JKOCoarseDestroy(JKOCoarse *coarse)
{
  JKOCoarse c = *coarse;

  PetscFunctionBegin;
  if (!c) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(JKOCoarseDestroy(&c->next));
  PetscCall(VecDestroy(&c->log_rho));
  PetscCall(VecDestroy(&c->lp));
  PetscCall(VecDestroy(&c->before));
  PetscCall(SinkhornDestroy(&c->sinkhorn));
  PetscCall(KernelDestroy(&c->kernel));
  PetscCall(EnergyDestroy(&c->energy));
  PetscCall(GridDestroy(&c->grid));
  PetscCall(PetscFree(*coarse));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Whether there is a coarser grid worth solving on, and the energy can live there. */
static PetscErrorCode JKOCoarseGrid(JKOCoarse c, Energy energy, PetscBool *usable)
{
  PetscInt n[3], dim;

  PetscFunctionBegin;
  *usable = PETSC_FALSE;
  PetscCall(GridCoarsen(c->fine, &c->grid));
  if (!c->grid) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(GridGetSizes(c->grid, n));
  PetscCall(GridGetDimension(c->grid, &dim));
  for (PetscInt a = 0; a < dim; a++)
    if (n[a] < COARSE_LEAST) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(EnergyCoarsen(energy, c->grid, &c->energy));
  *usable = (PetscBool) !!c->energy;
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode JKOCoarseSolver(JKO jko, JKOCoarse c)
{
  const MPI_Comm comm = PetscObjectComm((PetscObject)jko);
  KernelType     type;

  PetscFunctionBegin;
  PetscCall(PetscObjectGetType((PetscObject)jko->kernel, &type));
  PetscCall(KernelCreate(comm, &c->kernel));
  PetscCall(KernelSetType(c->kernel, type));
  PetscCall(KernelSetGrid(c->kernel, c->grid));
  PetscCall(SinkhornCreate(comm, &c->sinkhorn));
  PetscCall(SinkhornSetKernel(c->sinkhorn, c->kernel));
  PetscCall(SinkhornSetEnergy(c->sinkhorn, c->energy));
  PetscCall(SinkhornSetCompensate(c->sinkhorn, (PetscBool)(jko->debias != JKO_DEBIAS_NONE)));
  PetscCall(SinkhornSetCertify(c->sinkhorn, PETSC_FALSE));
  c->sinkhorn->measure = PETSC_FALSE;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* At most so many levels below a grid, *coarse = NULL where there is none. */
static PetscErrorCode JKOCoarseCreate(JKO jko, Grid fine, Energy energy, PetscInt levels, JKOCoarse *coarse)
{
  JKOCoarse c;
  PetscBool usable;

  PetscFunctionBegin;
  PetscCall(PetscNew(coarse));
  c       = *coarse;
  c->fine = fine;
  PetscCall(JKOCoarseGrid(c, energy, &usable));
  if (!usable) {
    PetscCall(JKOCoarseDestroy(coarse));
    PetscFunctionReturn(PETSC_SUCCESS);
  }
  PetscCall(EnergyCreateVector(c->energy, &c->log_rho));
  PetscCall(VecDuplicate(c->log_rho, &c->lp));
  PetscCall(VecDuplicate(c->log_rho, &c->before));
  PetscCall(JKOCoarseSolver(jko, c));
  if (levels > 1) PetscCall(JKOCoarseCreate(jko, c->grid, c->energy, levels - 1, &c->next));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Why there is no coarser level. */
static const char *JKOCoarseObstacle(JKO jko)
{
  const char *wall;

  if (!jko->coarse_first) return "not asked for";
  GridGetWalls(jko->grid, &wall);
  return wall ? "behind walls wider cells would close doors or open holes" : "the grid or the energy has no coarser one";
}

/* The levels; one line where they were asked for in vain. Collective. */
PetscErrorCode JKOCoarseSetUp(JKO jko)
{
  PetscFunctionBegin;
  PetscCall(JKOCoarseDestroy(&jko->coarse));
  if (jko->coarse_first) PetscCall(JKOCoarseCreate(jko, jko->grid, jko->energy, COARSE_LEVELS, &jko->coarse));
  if (jko->coarse_asked && !jko->coarse)
    PetscCall(PetscPrintf(PetscObjectComm((PetscObject)jko), "-jko_coarse_first: switched off, %s\n", JKOCoarseObstacle(jko)));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode JKOCoarseView(JKO jko, PetscViewer viewer)
{
  JKOCoarse c = jko->coarse;
  PetscInt  levels, n[3];

  PetscFunctionBegin;
  if (!c) {
    PetscCall(PetscViewerASCIIPrintf(viewer, "coarse first: off, %s\n", JKOCoarseObstacle(jko)));
    PetscFunctionReturn(PETSC_SUCCESS);
  }
  for (levels = 1; c->next; c = c->next) levels++;
  PetscCall(GridGetSizes(c->grid, n));
  PetscCall(PetscViewerASCIIPrintf(viewer,
                                   "coarse first: solves start from %" PetscInt_FMT " coarser grid%s, down to %" PetscInt_FMT
                                   " x %" PetscInt_FMT " x %" PetscInt_FMT " cells\n",
                                   levels, levels == 1 ? "" : "s", n[0], n[1], n[2]));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Means over the fine cells of each coarse cell, of a density given by its logarithm and of its log p. Collective. */
static PetscErrorCode JKOCoarseRestrictPart(JKOCoarse c, Vec log_rho, Vec lp, Vec coarse_log_rho, Vec coarse_lp)
{
  DM                 dm;
  Vec                rho;
  const PetscScalar *from;
  PetscScalar       *l;
  PetscInt           n;

  PetscFunctionBegin;
  PetscCall(GridGetDM(c->fine, &dm));
  PetscCall(DMGetGlobalVector(dm, &rho));
  PetscCall(VecGetLocalSize(rho, &n));
  PetscCall(VecGetArrayRead(log_rho, &from));
  PetscCall(VecGetArrayWrite(rho, &l));
  for (PetscInt i = 0; i < n; i += ENERGY_CHUNK) EnergyExp(PetscMin(ENERGY_CHUNK, n - i), 1, from + i, l + i);
  PetscCall(VecRestoreArrayWrite(rho, &l));
  PetscCall(VecRestoreArrayRead(log_rho, &from));
  PetscCall(GridRestrict(c->fine, rho, c->grid, coarse_log_rho));
  PetscCall(DMRestoreGlobalVector(dm, &rho));
  PetscCall(GridRestrict(c->fine, lp, c->grid, coarse_lp));
  PetscCall(VecGetLocalSize(coarse_log_rho, &n));
  PetscCall(VecGetArray(coarse_log_rho, &l));
  for (PetscInt i = 0; i < n; i++) l[i] = l[i] > 0 ? log(l[i]) : -INFINITY;
  PetscCall(VecRestoreArray(coarse_log_rho, &l));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The same of all densities. */
static PetscErrorCode JKOCoarseRestrict(JKOCoarse c, Vec log_rho, Vec lp)
{
  PetscInt species;

  PetscFunctionBegin;
  PetscCall(EnergyGetSpeciesCount(c->energy, &species));
  for (PetscInt k = 0; k < species; k++) {
    Vec from[2], to[2];

    PetscCall(GridGetPart(c->fine, log_rho, k, PETSC_FALSE, &from[0]));
    PetscCall(GridGetPart(c->fine, lp, k, PETSC_FALSE, &from[1]));
    PetscCall(GridGetPart(c->grid, c->log_rho, k, PETSC_TRUE, &to[0]));
    PetscCall(GridGetPart(c->grid, c->lp, k, PETSC_TRUE, &to[1]));
    PetscCall(JKOCoarseRestrictPart(c, from[0], from[1], to[0], to[1]));
    PetscCall(GridRestorePart(c->grid, c->lp, PETSC_TRUE, &to[1]));
    PetscCall(GridRestorePart(c->grid, c->log_rho, PETSC_TRUE, &to[0]));
    PetscCall(GridRestorePart(c->fine, lp, PETSC_FALSE, &from[1]));
    PetscCall(GridRestorePart(c->fine, log_rho, PETSC_FALSE, &from[0]));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The change of the coarse log p, within bounds, added to the fine one. */
static PetscErrorCode JKOCoarseProlong(JKOCoarse c, Vec lp)
{
  const PetscScalar *before;
  PetscScalar       *b;
  PetscInt           n, species;

  PetscFunctionBegin;
  PetscCall(VecGetLocalSize(c->lp, &n));
  PetscCall(VecGetArrayRead(c->before, &before));
  PetscCall(VecGetArray(c->lp, &b));
  for (PetscInt i = 0; i < n; i++) b[i] = PetscClipInterval(b[i] - before[i], -COARSE_CHANGE, COARSE_CHANGE);
  PetscCall(VecRestoreArray(c->lp, &b));
  PetscCall(VecRestoreArrayRead(c->before, &before));
  PetscCall(EnergyGetSpeciesCount(c->energy, &species));
  for (PetscInt k = 0; k < species; k++) {
    Vec change, fine;

    PetscCall(GridGetPart(c->grid, c->lp, k, PETSC_FALSE, &change));
    PetscCall(GridGetPart(c->fine, lp, k, PETSC_TRUE, &fine));
    PetscCall(GridProlongAdd(c->grid, change, c->fine, fine));
    PetscCall(GridRestorePart(c->fine, lp, PETSC_TRUE, &fine));
    PetscCall(GridRestorePart(c->grid, c->lp, PETSC_FALSE, &change));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Improves the guess lp of a step on the grid above the level; leaves it alone where the coarse step does not converge, *why tells. */
static PetscErrorCode JKOCoarseImprove(JKOCoarse c, SinkhornType type, PetscReal tau, PetscReal epsilon, PetscReal truncation,
                                       PetscReal tol, Vec log_rho, Vec lp, SinkhornConvergedReason *why)
{
  PetscReal               floor;
  SinkhornConvergedReason below;

  PetscFunctionBegin;
  *why = SINKHORN_CONVERGED_ITERATING;
  if (!c) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(KernelGetEpsilonFloor(c->kernel, &floor));
  if (epsilon < floor) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(KernelSetEpsilon(c->kernel, epsilon));
  PetscCall(KernelSetTruncation(c->kernel, truncation));
  PetscCall(JKOCoarseRestrict(c, log_rho, lp));
  PetscCall(VecCopy(c->lp, c->before));
  PetscCall(JKOCoarseImprove(c->next, type, tau, epsilon, truncation, COARSE_LOOSER * tol, c->log_rho, c->lp, &below));
  PetscCall(SinkhornSetType(c->sinkhorn, type));
  PetscCall(SinkhornSetTolerance(c->sinkhorn, tol));
  PetscCall(SinkhornSolve(c->sinkhorn, tau, c->log_rho, c->lp, c->log_rho));
  PetscCall(SinkhornGetConvergedReason(c->sinkhorn, why));
  if (*why > 0) PetscCall(JKOCoarseProlong(c, lp));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Improves the guess lp of a step from log_rho; *strains tells where the kernel is too narrow for that. Collective. */
PetscErrorCode JKOCoarseGuess(JKO jko, PetscReal tau, PetscReal epsilon, Vec log_rho, Vec lp, PetscBool *strains)
{
  PetscReal               truncation, tol;
  SinkhornConvergedReason why;

  PetscFunctionBegin;
  PetscCall(PetscLogEventBegin(JKO_Coarse, jko, 0, 0, 0));
  PetscCall(KernelGetTruncation(jko->kernel, &truncation));
  PetscCall(SinkhornGetTolerance(jko->sinkhorn, &tol));
  PetscCall(JKOCoarseImprove(jko->coarse, jko->sinkhorn->coarse_type, tau, epsilon, truncation, COARSE_EFFORT * tol, log_rho, lp, &why));
  *strains = (PetscBool)(why == SINKHORN_DIVERGED_REACH);
  PetscCall(PetscLogEventEnd(JKO_Coarse, jko, 0, 0, 0));
  PetscFunctionReturn(PETSC_SUCCESS);
}
