/* How the cells are spread over the ranks: as DMDA does, but in blocks of 2, 4 or 8 along axes that have that many cells a whole number of
   times, so that cells that make one of a coarser grid belong to the same rank, and the coarser grids are the same on any number of
   ranks (as long as an axis has 8 cells for each rank along it). */
#include <petscdmda.h>
#include <jko/private/gridimpl.h>

#define GRID_BLOCK 8

/* cells[i] for each of `ranks` ranks along an axis: as even as whole blocks allow. */
static void GridShare(PetscInt n, PetscInt ranks, PetscInt cells[])
{
  PetscInt block = 1, blocks;

  while (block < GRID_BLOCK && n % (2 * block) == 0 && n / (2 * block) >= ranks) block *= 2;
  blocks = n / block;
  for (PetscInt i = 0; i < ranks; i++) cells[i] = block * (blocks / ranks + (blocks % ranks > i));
}

static PetscErrorCode GridCreateDM(Grid grid, DM *dm)
{
  const DMBoundaryType type[] = {[GRID_NOFLUX] = DM_BOUNDARY_NONE, [GRID_PERIODIC] = DM_BOUNDARY_PERIODIC};

  PetscFunctionBegin;
  PetscCall(DMDACreate(PetscObjectComm((PetscObject)grid), dm));
  PetscCall(DMSetDimension(*dm, grid->dim));
  PetscCall(DMDASetSizes(*dm, grid->n[0], grid->n[1], grid->n[2]));
  PetscCall(DMDASetBoundaryType(*dm, type[grid->boundary[0]], type[grid->boundary[1]], type[grid->boundary[2]]));
  PetscCall(DMDASetDof(*dm, 1));
  PetscCall(DMDASetStencilType(*dm, DMDA_STENCIL_BOX));
  PetscCall(DMDASetStencilWidth(*dm, 1));
  PetscCall(DMSetOptionsPrefix(*dm, "grid_"));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode GridFinishDM(Grid grid, const PetscInt ranks[3], const PetscInt *const cells[3])
{
  PetscFunctionBegin;
  PetscCall(GridCreateDM(grid, &grid->dm));
  PetscCall(DMDASetNumProcs(grid->dm, ranks[0], ranks[1], ranks[2]));
  PetscCall(DMDASetOwnershipRanges(grid->dm, cells[0], grid->dim > 1 ? cells[1] : NULL, grid->dim > 2 ? cells[2] : NULL));
  PetscCall(DMSetUp(grid->dm));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* DMDA chooses how many ranks share each axis (-grid_da_processors_x and so on may say), the cells are then shared in pairs. */
PetscErrorCode GridSplit(Grid grid)
{
  DM        trial;
  PetscInt  ranks[3];
  PetscInt *cells[3];

  PetscFunctionBegin;
  PetscCall(GridCreateDM(grid, &trial));
  PetscCall(DMSetFromOptions(trial));
  PetscCall(DMSetUp(trial));
  PetscCall(DMDAGetInfo(trial, NULL, NULL, NULL, NULL, &ranks[0], &ranks[1], &ranks[2], NULL, NULL, NULL, NULL, NULL, NULL));
  PetscCall(DMDestroy(&trial));
  PetscCall(PetscMalloc3(ranks[0], &cells[0], ranks[1], &cells[1], ranks[2], &cells[2]));
  for (int a = 0; a < 3; a++) GridShare(grid->n[a], ranks[a], cells[a]);
  PetscCall(GridFinishDM(grid, ranks, (const PetscInt *const *)cells));
  PetscCall(PetscFree3(cells[0], cells[1], cells[2]));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The shares of a fine grid, halved. */
PetscErrorCode GridSplitLike(Grid grid, Grid fine)
{
  const PetscInt *shares[3];
  PetscInt        ranks[3];
  PetscInt       *cells[3];

  PetscFunctionBegin;
  PetscCall(DMDAGetInfo(fine->dm, NULL, NULL, NULL, NULL, &ranks[0], &ranks[1], &ranks[2], NULL, NULL, NULL, NULL, NULL, NULL));
  PetscCall(DMDAGetOwnershipRanges(fine->dm, &shares[0], &shares[1], &shares[2]));
  PetscCall(PetscMalloc3(ranks[0], &cells[0], ranks[1], &cells[1], ranks[2], &cells[2]));
  for (int a = 0; a < 3; a++)
    for (PetscInt i = 0; i < ranks[a]; i++) cells[a][i] = a < fine->dim ? shares[a][i] / 2 : 1;
  PetscCall(GridFinishDM(grid, ranks, (const PetscInt *const *)cells));
  PetscCall(PetscFree3(cells[0], cells[1], cells[2]));
  PetscFunctionReturn(PETSC_SUCCESS);
}
