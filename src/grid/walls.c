/* Walls: cells that hold no density and that nothing passes. The obstacles of a grid are set once, after its set-up; whoever sums over
   cells leaves them out. Two cells are neighbours when they share a face: a diagonal row of walls is tight. */
#include <jko/private/gridimpl.h>
#include <jko/private/sumimpl.h>

/*@
  GridSetWalls - walls where `level` > 0, for good.

  Collective; after GridSetUp() and before the grid is given to kernel, energy or flow. No effect when level is nowhere positive.
  Errors: walls everywhere, walls that are set already.
@*/
PetscErrorCode GridSetWalls(Grid grid, Vec level)
{
  const MPI_Comm     comm  = PetscObjectComm((PetscObject)grid);
  const PetscInt     total = grid->n[0] * grid->n[1] * grid->n[2];
  const PetscScalar *x;
  PetscInt           n, open = 0;

  PetscFunctionBegin;
  PetscValidHeaderSpecific(grid, GRID_CLASSID, 1);
  PetscValidHeaderSpecific(level, VEC_CLASSID, 2);
  PetscCheck(grid->setup, comm, PETSC_ERR_ORDER, "call GridSetUp() before GridSetWalls()");
  PetscCheck(!grid->wall, comm, PETSC_ERR_ORDER, "the walls of a grid are set once");
  PetscCall(VecGetLocalSize(level, &n));
  PetscCall(PetscMalloc1(n, &grid->wall));
  PetscCall(VecGetArrayRead(level, &x));
  for (PetscInt i = 0; i < n; i++) {
    grid->wall[i] = PetscRealPart(x[i]) > 0;
    open += !grid->wall[i];
  }
  PetscCall(VecRestoreArrayRead(level, &x));
  PetscCallMPI(MPI_Allreduce(&open, &grid->open, 1, MPIU_INT, MPI_SUM, comm));
  if (grid->open == total) PetscCall(PetscFree(grid->wall));
  PetscCheck(grid->open, comm, JKO_ERR_INPUT, "-grid_obstacle: all %" PetscInt_FMT " cells are walls; leave some open", total);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*@ GridGetWalls - whether each of this rank's cells is a wall, in the order of vectors; NULL on a grid without any. Borrowed. Not
 * collective. @*/
PetscErrorCode GridGetWalls(Grid grid, const char *wall[])
{
  PetscFunctionBegin;
  PetscValidHeaderSpecific(grid, GRID_CLASSID, 1);
  *wall = grid->wall;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*@ GridGetOpenCells - cells of all ranks that are no walls. Not collective; after GridSetUp(). @*/
PetscErrorCode GridGetOpenCells(Grid grid, PetscInt *open)
{
  PetscFunctionBegin;
  PetscValidHeaderSpecific(grid, GRID_CLASSID, 1);
  *open = grid->open;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*@ GridFillWalls - one value in all walls of a field. Collective. @*/
PetscErrorCode GridFillWalls(Grid grid, Vec v, PetscReal value)
{
  PetscScalar *x;
  PetscInt     n;

  PetscFunctionBegin;
  PetscValidHeaderSpecific(grid, GRID_CLASSID, 1);
  if (!grid->wall) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(VecGetLocalSize(v, &n));
  PetscCall(VecGetArray(v, &x));
  for (PetscInt i = 0; i < n; i++)
    if (grid->wall[i]) x[i] = value;
  PetscCall(VecRestoreArray(v, &x));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*@ GridIntegrateWalls - the integral of a field over the walls alone, as GridIntegrate() does it over the other cells. Collective. @*/
PetscErrorCode GridIntegrateWalls(Grid grid, Vec v, PetscReal *integral)
{
  const PetscScalar *x;
  PetscInt           n;
  Sum                sum = {{0}, {0}};

  PetscFunctionBegin;
  PetscValidHeaderSpecific(grid, GRID_CLASSID, 1);
  *integral = 0;
  if (!grid->wall) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(VecGetLocalSize(v, &n));
  PetscCall(VecGetArrayRead(v, &x));
  for (PetscInt i = 0; i < n; i++)
    if (grid->wall[i]) SumAddOne(&sum, (double)PetscRealPart(x[i]));
  PetscCall(VecRestoreArrayRead(v, &x));
  PetscCall(SumAllreduce(PetscObjectComm((PetscObject)grid), 1, &sum, integral));
  *integral *= grid->volume;
  PetscFunctionReturn(PETSC_SUCCESS);
}
