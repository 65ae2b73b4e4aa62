/* The next coarser grid, of cells twice as wide, and fields between the two: means of 2^dim cells down, multilinear interpolation of cell
   centres up. Cells of both grids that overlap belong to the same rank. */
#include <petscdmda.h>
#include <jko/private/gridimpl.h>

/*@
  GridCoarsen - a grid of the same box with half the cells per axis, or NULL where some axis, on some rank, has an odd number of cells,
  and where there are walls: wider cells would close doors or open walls.

  Collective. The caller owns the result.
@*/
PetscErrorCode GridCoarsen(Grid grid, Grid *coarse)
{
  PetscInt    n[3];
  PetscMPIInt odd = 0, any;

  PetscFunctionBegin;
  PetscValidHeaderSpecific(grid, GRID_CLASSID, 1);
  PetscCheck(grid->setup, PetscObjectComm((PetscObject)grid), PETSC_ERR_ORDER, "call GridSetUp() first");
  *coarse = NULL;
  for (PetscInt a = 0; a < grid->dim; a++) {
    n[a] = grid->n[a] / 2;
    if (grid->n[a] % 2 || grid->width[a] % 2) odd = 1;
  }
  PetscCallMPI(MPI_Allreduce(&odd, &any, 1, MPI_INT, MPI_MAX, PetscObjectComm((PetscObject)grid)));
  if (any || grid->wall) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(GridCreate(PetscObjectComm((PetscObject)grid), coarse));
  PetscCall(GridSetSizes(*coarse, grid->dim, n));
  PetscCall(GridSetBox(*coarse, grid->lower, grid->upper));
  PetscCall(GridSetBoundary(*coarse, grid->boundary));
  PetscCall(GridSplitLike(*coarse, grid));
  PetscCall(GridSetUp(*coarse));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*@
  GridRestrict - coarse cell values from the means of the fine cells they hold.

  Collective. Both grids are related by GridCoarsen().
@*/
PetscErrorCode GridRestrict(Grid fine, Vec f, Grid coarse, Vec c)
{
  const PetscScalar *x;
  PetscScalar       *y;
  PetscInt           n[3], m[3];
  const PetscInt     two[3] = {2, fine->dim > 1 ? 2 : 1, fine->dim > 2 ? 2 : 1}, count = two[0] * two[1] * two[2];

  PetscFunctionBegin;
  PetscCall(GridGetCorners(fine, NULL, n));
  PetscCall(GridGetCorners(coarse, NULL, m));
  PetscCall(VecGetArrayRead(f, &x));
  PetscCall(VecGetArrayWrite(c, &y));
  for (PetscInt k = 0; k < m[2]; k++)
    for (PetscInt j = 0; j < m[1]; j++)
      for (PetscInt i = 0; i < m[0]; i++) {
        PetscReal sum = 0;

        for (PetscInt r = 0; r < two[2]; r++)
          for (PetscInt q = 0; q < two[1]; q++) {
            const PetscScalar *row = x + 2 * i + n[0] * (two[1] * j + q + n[1] * (two[2] * k + r));

            sum += row[0] + row[1];
          }
        y[i + m[0] * (j + m[1] * k)] = sum / (PetscReal)count;
      }
  PetscCall(VecRestoreArrayWrite(c, &y));
  PetscCall(VecRestoreArrayRead(f, &x));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Interpolation along one axis: fine cell i lies a quarter of a coarse cell from the centre of i/2, towards the neighbour. Cells beyond
   a no-flux face are reflections, those beyond a periodic face are ghosts. */
typedef struct {
  PetscInt near, far; /* places in the ghosted coarse array, in cells along the axis */
} GridPair;

static GridPair GridNeighbours(Grid coarse, int axis, PetscInt i, PetscInt ghost)
{
  const PetscInt near = i / 2;
  PetscInt       far  = i % 2 ? near + 1 : near - 1;

  if (axis >= coarse->dim) return (GridPair){0, 0};
  if (coarse->boundary[axis] == GRID_NOFLUX) far = PetscClipInterval(far, 0, coarse->n[axis] - 1);
  return (GridPair){near - ghost, far - ghost};
}

/* Adds to a row of fine cells the interpolation of one row of the ghosted coarse array, with a weight. */
static void GridProlongRow(Grid fine, Grid coarse, const PetscScalar *row, PetscInt ghost, PetscReal weight, PetscScalar *y)
{
  for (PetscInt i = 0; i < fine->width[0]; i++) {
    const GridPair p = GridNeighbours(coarse, 0, fine->start[0] + i, ghost);

    y[i] += weight * (0.75 * row[p.near] + 0.25 * row[p.far]);
  }
}

/*@
  GridProlongAdd - adds the multilinear interpolation of a coarse field to a fine one.

  Collective. Both grids are related by GridCoarsen().
@*/
PetscErrorCode GridProlongAdd(Grid coarse, Vec c, Grid fine, Vec f)
{
  Vec                ghosted;
  const PetscScalar *x;
  PetscScalar       *y;
  PetscInt           ghost[3], span[3];

  PetscFunctionBegin;
  PetscCall(DMGetLocalVector(coarse->dm, &ghosted));
  PetscCall(DMGlobalToLocal(coarse->dm, c, INSERT_VALUES, ghosted));
  PetscCall(DMDAGetGhostCorners(coarse->dm, &ghost[0], &ghost[1], &ghost[2], &span[0], &span[1], &span[2]));
  PetscCall(VecGetArrayRead(ghosted, &x));
  PetscCall(VecGetArray(f, &y));
  for (PetscInt k = 0; k < fine->width[2]; k++)
    for (PetscInt j = 0; j < fine->width[1]; j++) {
      const GridPair v = GridNeighbours(coarse, 1, fine->start[1] + j, ghost[1]),
                     w = GridNeighbours(coarse, 2, fine->start[2] + k, ghost[2]);
      PetscScalar *row = y + fine->width[0] * (j + fine->width[1] * k);

      for (int corner = 0; corner < 4; corner++) {
        const PetscInt  q = corner & 1 ? v.far : v.near, r = corner & 2 ? w.far : w.near;
        const PetscReal weight = (corner & 1 ? 0.25 : 0.75) * (corner & 2 ? 0.25 : 0.75);

        GridProlongRow(fine, coarse, x + span[0] * (q + span[1] * r), ghost[0], weight, row);
      }
    }
  PetscCall(VecRestoreArray(f, &y));
  PetscCall(VecRestoreArrayRead(ghosted, &x));
  PetscCall(DMRestoreLocalVector(coarse->dm, &ghosted));
  PetscFunctionReturn(PETSC_SUCCESS);
}
