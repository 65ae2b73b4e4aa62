/* The box [lower, upper] in 1, 2 or 3 dimensions, cut into equal cells and spread over ranks by a DMDA.

   Unknowns sit at cell centres  x_i = lower + (i + 1/2) h.  Every dimension takes the same path: a missing axis has one
   cell of width 1, and arrays are indexed i + m*(j + n*k) with x fastest. */
#include <petscdmda.h>
#include <jko/private/gridimpl.h>

#define GRID_SHORTEST 1e-50
#define GRID_LONGEST  1e50
#define GRID_APART    1e3 /* round-offs of a coordinate in a cell, at least */

PetscClassId      GRID_CLASSID        = 0;
const char *const GridBoundaries[]    = {"noflux", "periodic", "GridBoundary", "GRID_", NULL};
static PetscBool  GridPackageIsLoaded = PETSC_FALSE;

static PetscErrorCode GridFinalizePackage(void)
{
  PetscFunctionBegin;
  GridPackageIsLoaded = PETSC_FALSE;
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode GridInitializePackage(void)
{
  PetscFunctionBegin;
  if (GridPackageIsLoaded) PetscFunctionReturn(PETSC_SUCCESS);
  GridPackageIsLoaded = PETSC_TRUE;
  PetscCall(PetscClassIdRegister("Grid", &GRID_CLASSID));
  PetscCall(PetscRegisterFinalize(GridFinalizePackage));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*@
  GridCreate - an empty grid; give it sizes, then GridSetUp(). Default box: the unit cube; default boundary: no flux.

  Collective on comm. The caller owns the result.
@*/
PetscErrorCode GridCreate(MPI_Comm comm, Grid *grid)
{
  Grid g;

  PetscFunctionBegin;
  PetscAssertPointer(grid, 2);
  PetscCall(GridInitializePackage());
  PetscCall(PetscHeaderCreate(g, GRID_CLASSID, "Grid", "Cells of a box", "Grid", comm, GridDestroy, GridView));
  g->dim = 0;
  for (PetscInt a = 0; a < 3; a++) {
    g->n[a]        = 1;
    g->lower[a]    = 0;
    g->upper[a]    = 1;
    g->boundary[a] = GRID_NOFLUX;
    g->ranks[a]    = PETSC_DECIDE;
  }
  *grid = g;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*@
  GridSetSizes - number of cells per axis; its length dim (1, 2 or 3) is the dimension.

  Logically collective. Errors: a dimension or a size out of range, a grid already set up.
@*/
PetscErrorCode GridSetSizes(Grid grid, PetscInt dim, const PetscInt n[])
{
  MPI_Comm comm;

  PetscFunctionBegin;
  PetscValidHeaderSpecific(grid, GRID_CLASSID, 1);
  PetscAssertPointer(n, 3);
  comm = PetscObjectComm((PetscObject)grid);
  PetscCheck(!grid->setup, comm, PETSC_ERR_ORDER, "set the sizes of a grid before GridSetUp()");
  PetscCheck(dim >= 1 && dim <= 3, comm, JKO_ERR_INPUT, "-grid_n: %" PetscInt_FMT " sizes given; give 1, 2 or 3, one per axis", dim);
  for (PetscInt a = 0; a < dim; a++)
    PetscCheck(n[a] >= 1, comm, JKO_ERR_INPUT, "-grid_n: %" PetscInt_FMT " cells along axis %c; at least 1 is needed", n[a], "xyz"[a]);
  grid->dim = dim;
  for (PetscInt a = 0; a < 3; a++) grid->n[a] = a < dim ? n[a] : 1;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*@
  GridSetBox - the corners of the box, one length per axis of the grid (default 0 and 1).

  Logically collective; after GridSetSizes(). Errors: an upper bound that is not above its lower bound.
@*/
PetscErrorCode GridSetBox(Grid grid, const PetscReal lower[], const PetscReal upper[])
{
  PetscFunctionBegin;
  PetscValidHeaderSpecific(grid, GRID_CLASSID, 1);
  PetscCheck(!grid->setup, PetscObjectComm((PetscObject)grid), PETSC_ERR_ORDER, "set the box of a grid before GridSetUp()");
  for (PetscInt a = 0; a < grid->dim; a++) {
    PetscCheck(PetscIsNormalReal(upper[a] - lower[a]) && upper[a] > lower[a], PetscObjectComm((PetscObject)grid), JKO_ERR_INPUT,
               "-grid_upper: %g along axis %c is not above -grid_lower %g", (double)upper[a], "xyz"[a], (double)lower[a]);
    grid->lower[a] = lower[a];
    grid->upper[a] = upper[a];
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*@
  GridSetBoundary - what happens at the faces, one value per axis of the grid (default GRID_NOFLUX).

  Logically collective; after GridSetSizes().
@*/
PetscErrorCode GridSetBoundary(Grid grid, const GridBoundary boundary[])
{
  PetscFunctionBegin;
  PetscValidHeaderSpecific(grid, GRID_CLASSID, 1);
  PetscCheck(!grid->setup, PetscObjectComm((PetscObject)grid), PETSC_ERR_ORDER, "set the boundary of a grid before GridSetUp()");
  for (PetscInt a = 0; a < grid->dim; a++) grid->boundary[a] = boundary[a];
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Lengths, their squares and volumes stay far from the ends of double precision, and the centres of cells apart. */
static PetscErrorCode GridCheckLengths(Grid grid)
{
  const MPI_Comm comm = PetscObjectComm((PetscObject)grid);

  PetscFunctionBegin;
  for (PetscInt a = 0; a < grid->dim; a++) {
    const PetscReal edge = grid->upper[a] - grid->lower[a], far = PetscMax(PetscAbsReal(grid->lower[a]), PetscAbsReal(grid->upper[a]));

    PetscCheck(edge >= GRID_SHORTEST && far <= GRID_LONGEST && edge / (PetscReal)grid->n[a] >= GRID_SHORTEST, comm, JKO_ERR_INPUT,
               "-grid_upper: [%g, %g] along axis %c; lengths are between %g and %g, take another unit", (double)grid->lower[a],
               (double)grid->upper[a], "xyz"[a], GRID_SHORTEST, GRID_LONGEST);
    PetscCheck(edge / (PetscReal)grid->n[a] >= GRID_APART * PETSC_MACHINE_EPSILON * far, comm, JKO_ERR_INPUT,
               "-grid_upper: [%g, %g] along axis %c; its %" PetscInt_FMT " cells are lost in round-off, move the origin to the box",
               (double)grid->lower[a], (double)grid->upper[a], "xyz"[a], grid -> n[a]);
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*@
  GridSetUp - spreads the cells over the ranks; afterwards the grid does not change.

  Collective. Errors: no sizes, fewer cells than ranks can share, or lengths beyond what squares of double precision hold.
@*/
PetscErrorCode GridSetUp(Grid grid)
{
  MPI_Comm    comm;
  PetscMPIInt ranks;

  PetscFunctionBegin;
  PetscValidHeaderSpecific(grid, GRID_CLASSID, 1);
  if (grid->setup) PetscFunctionReturn(PETSC_SUCCESS);
  comm = PetscObjectComm((PetscObject)grid);
  PetscCheck(grid->dim, comm, JKO_ERR_INPUT, "-grid_n is missing: give the number of cells per axis, as in -grid_n 200,100");
  PetscCallMPI(MPI_Comm_size(comm, &ranks));
  PetscCheck((PetscReal)grid->n[0] * (PetscReal)grid->n[1] * (PetscReal)grid->n[2] < (PetscReal)PETSC_INT_MAX, comm, JKO_ERR_INPUT,
             "-grid_n: %" PetscInt_FMT " x %" PetscInt_FMT " x %" PetscInt_FMT
             " cells are more than this PETSc can number; use one with 64-bit indices",
             grid->n[0], grid->n[1], grid->n[2]);
  PetscCheck(grid->n[0] * grid->n[1] * grid->n[2] >= ranks, comm, JKO_ERR_INPUT,
             "-grid_n: %" PetscInt_FMT " cells cannot be shared by %d ranks; use fewer ranks", grid->n[0] * grid->n[1] * grid->n[2], ranks);
  PetscCall(GridCheckLengths(grid));
  if (!grid->dm) PetscCall(GridSplit(grid));
  PetscCall(DMDAGetCorners(grid->dm, &grid->start[0], &grid->start[1], &grid->start[2], &grid->width[0], &grid->width[1], &grid->width[2]));
  grid->volume = 1;
  for (PetscInt a = 0; a < 3; a++) {
    grid->h[a] = (grid->upper[a] - grid->lower[a]) / grid->n[a];
    grid->volume *= grid->h[a];
  }
  grid->open  = grid->n[0] * grid->n[1] * grid->n[2];
  grid->setup = PETSC_TRUE;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*@
  GridView - one line: cells, box, boundaries, walls, ranks.

  Collective.
@*/
PetscErrorCode GridView(Grid grid, PetscViewer viewer)
{
  PetscBool   ascii;
  PetscMPIInt ranks;

  PetscFunctionBegin;
  PetscValidHeaderSpecific(grid, GRID_CLASSID, 1);
  if (!viewer) PetscCall(PetscViewerASCIIGetStdout(PetscObjectComm((PetscObject)grid), &viewer));
  PetscCall(PetscObjectTypeCompare((PetscObject)viewer, PETSCVIEWERASCII, &ascii));
  if (!ascii) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCallMPI(MPI_Comm_size(PetscObjectComm((PetscObject)grid), &ranks));
  PetscCall(PetscViewerASCIIPrintf(viewer, "grid:"));
  PetscCall(PetscViewerASCIIUseTabs(viewer, PETSC_FALSE));
  for (PetscInt a = 0; a < grid->dim; a++)
    PetscCall(PetscViewerASCIIPrintf(viewer, "%s %" PetscInt_FMT " cells on [%g, %g] %s", a ? " x" : "", grid->n[a], (double)grid->lower[a],
                                     (double)grid->upper[a], GridBoundaries[grid->boundary[a]]));
  if (grid->wall)
    PetscCall(PetscViewerASCIIPrintf(viewer, ", %" PetscInt_FMT " cells of them walls", grid->n[0] * grid->n[1] * grid->n[2] - grid->open));
  PetscCall(PetscViewerASCIIPrintf(viewer, ", %d rank%s\n", ranks, ranks == 1 ? "" : "s"));
  PetscCall(PetscViewerASCIIUseTabs(viewer, PETSC_TRUE));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*@
  GridDestroy - drops a reference; the last one frees the grid.

  Collective.
@*/
PetscErrorCode GridDestroy(Grid *grid)
{
  PetscFunctionBegin;
  if (!*grid) PetscFunctionReturn(PETSC_SUCCESS);
  PetscValidHeaderSpecific(*grid, GRID_CLASSID, 1);
  if (--((PetscObject)*grid)->refct > 0) {
    *grid = NULL;
    PetscFunctionReturn(PETSC_SUCCESS);
  }
  PetscCall(DMDestroy(&(*grid)->dm));
  PetscCall(PetscFree((*grid)->wall));
  PetscCall(PetscFree((*grid)->fields));
  PetscCall(PetscHeaderDestroy(grid));
  PetscFunctionReturn(PETSC_SUCCESS);
}
