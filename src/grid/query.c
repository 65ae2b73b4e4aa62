/* What a grid that is set up tells: sizes, places, integrals. */
#include <jko/private/gridimpl.h>
#include <jko/private/sumimpl.h>

#define GridCheckSetUp(grid) PetscCheck((grid)->setup, PetscObjectComm((PetscObject)(grid)), PETSC_ERR_ORDER, "call GridSetUp() first")

/*@ GridGetDM - the DMDA below the grid, one value per cell, stencil width 1. Borrowed. Not collective. @*/
PetscErrorCode GridGetDM(Grid grid, DM *dm)
{
  PetscFunctionBegin;
  PetscValidHeaderSpecific(grid, GRID_CLASSID, 1);
  GridCheckSetUp(grid);
  *dm = grid->dm;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*@ GridGetDimension - 1, 2 or 3; 0 before GridSetSizes(). Not collective. @*/
PetscErrorCode GridGetDimension(Grid grid, PetscInt *dim)
{
  PetscFunctionBegin;
  PetscValidHeaderSpecific(grid, GRID_CLASSID, 1);
  *dim = grid->dim;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*@ GridGetSizes - cells along x, y, z; 1 for missing axes. Not collective. @*/
PetscErrorCode GridGetSizes(Grid grid, PetscInt n[3])
{
  PetscFunctionBegin;
  PetscValidHeaderSpecific(grid, GRID_CLASSID, 1);
  PetscCall(PetscArraycpy(n, grid->n, 3));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*@ GridGetCorners - this rank's cells: first global index and count along x, y, z. Not collective. @*/
PetscErrorCode GridGetCorners(Grid grid, PetscInt start[3], PetscInt width[3])
{
  PetscFunctionBegin;
  PetscValidHeaderSpecific(grid, GRID_CLASSID, 1);
  GridCheckSetUp(grid);
  if (start) PetscCall(PetscArraycpy(start, grid->start, 3));
  if (width) PetscCall(PetscArraycpy(width, grid->width, 3));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*@ GridGetBox - corners of the box; [0, 1] for missing axes. Not collective. @*/
PetscErrorCode GridGetBox(Grid grid, PetscReal lower[3], PetscReal upper[3])
{
  PetscFunctionBegin;
  PetscValidHeaderSpecific(grid, GRID_CLASSID, 1);
  PetscCall(PetscArraycpy(lower, grid->lower, 3));
  PetscCall(PetscArraycpy(upper, grid->upper, 3));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*@ GridGetBoundary - the boundary along x, y, z. Not collective. @*/
PetscErrorCode GridGetBoundary(Grid grid, GridBoundary boundary[3])
{
  PetscFunctionBegin;
  PetscValidHeaderSpecific(grid, GRID_CLASSID, 1);
  PetscCall(PetscArraycpy(boundary, grid->boundary, 3));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*@ GridGetSpacing - cell widths along x, y, z, length; 1 for missing axes. Not collective. @*/
PetscErrorCode GridGetSpacing(Grid grid, PetscReal h[3])
{
  PetscFunctionBegin;
  PetscValidHeaderSpecific(grid, GRID_CLASSID, 1);
  GridCheckSetUp(grid);
  PetscCall(PetscArraycpy(h, grid->h, 3));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*@ GridGetCellVolume - product of the cell widths, length^dim. Not collective. @*/
PetscErrorCode GridGetCellVolume(Grid grid, PetscReal *volume)
{
  PetscFunctionBegin;
  PetscValidHeaderSpecific(grid, GRID_CLASSID, 1);
  GridCheckSetUp(grid);
  *volume = grid->volume;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*@ GridGetCentre - coordinate of the centre of global cell i along axis 0, 1 or 2; 0 on a missing axis. Not collective. @*/
PetscErrorCode GridGetCentre(Grid grid, PetscInt axis, PetscInt i, PetscReal *x)
{
  PetscFunctionBegin;
  PetscValidHeaderSpecific(grid, GRID_CLASSID, 1);
  GridCheckSetUp(grid);
  *x = axis < grid->dim ? grid->lower[axis] + ((PetscReal)i + 0.5) * grid->h[axis] : 0;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*@ GridCreateVector - one value per cell, distributed like the grid. The caller owns it. Collective. @*/
PetscErrorCode GridCreateVector(Grid grid, Vec *v)
{
  PetscFunctionBegin;
  PetscValidHeaderSpecific(grid, GRID_CLASSID, 1);
  GridCheckSetUp(grid);
  PetscCall(DMCreateGlobalVector(grid->dm, v));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*@
  GridIntegrate - sum of a field over all cells but walls, times the cell volume; it does not depend on how the cells are spread.

  Collective.
@*/
PetscErrorCode GridIntegrate(Grid grid, Vec v, PetscReal *integral)
{
  const PetscScalar *a;
  PetscInt           n;
  PetscReal          total;
  Sum                sum = {{0}, {0}};

  PetscFunctionBegin;
  PetscValidHeaderSpecific(grid, GRID_CLASSID, 1);
  GridCheckSetUp(grid);
  PetscCall(VecGetLocalSize(v, &n));
  PetscCall(VecGetArrayRead(v, &a));
  for (PetscInt i = 0; i < n; i += SUM_LANES) {
    double x[SUM_LANES] = {0};

    for (PetscInt l = 0; l < PetscMin(SUM_LANES, n - i); l++)
      if (!grid->wall || !grid->wall[i + l]) x[l] = (double)PetscRealPart(a[i + l]);
    SumAdd(&sum, SUM_LANES, x);
  }
  PetscCall(VecRestoreArrayRead(v, &a));
  PetscCall(SumAllreduce(PetscObjectComm((PetscObject)grid), 1, &sum, &total));
  *integral = total * grid->volume;
  PetscFunctionReturn(PETSC_SUCCESS);
}
