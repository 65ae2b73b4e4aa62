/* The next coarser grid, of cells twice as wide, and fields between the two: means of 2^dim cells down, interpolation of means up. Cells
   of both grids that overlap belong to the same rank. */
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

/* Interpolation along one axis: a coarse value is the mean over its cell of a parabola that has its neighbours' means as well; a fine
   cell takes the mean over its half, near + (far - opposite)/8. Exact for quadratic fields, and GridRestrict() undoes it. Cells beyond a
   no-flux face are reflections, those beyond a periodic face are ghosts. Products with the weights, powers of 2, are exact: the sums
   round alike wherever a cell is. */
typedef struct {
  PetscInt  place[3]; /* in the ghosted coarse array, in cells along the axis: near, far, opposite */
  PetscReal weight[3];
} GridStencil;

static GridStencil GridNeighbours(Grid coarse, int axis, PetscInt i, PetscInt ghost)
{
  const PetscInt near = i / 2, side = i % 2 ? 1 : -1;
  PetscInt       far = near + side, opposite = near - side;

  if (axis >= coarse->dim) return (GridStencil){{0, 0, 0}, {1, 0, 0}};
  if (coarse->boundary[axis] == GRID_NOFLUX) {
    far      = PetscClipInterval(far, 0, coarse->n[axis] - 1);
    opposite = PetscClipInterval(opposite, 0, coarse->n[axis] - 1);
  }
  return (GridStencil){{near - ghost, far - ghost, opposite - ghost}, {1, 0.125, -0.125}};
}

/* The ghosted coarse rows around a fine one, interpolated across to it. */
static void GridProlongAcross(const PetscScalar *x, const PetscInt span[3], GridStencil v, GridStencil w, PetscScalar *across)
{
  for (PetscInt i = 0; i < span[0]; i++) across[i] = 0;
  for (int r = 0; r < 3; r++)
    for (int q = 0; q < 3; q++) {
      const PetscReal    weight = v.weight[q] * w.weight[r];
      const PetscScalar *row    = x + span[0] * (v.place[q] + span[1] * w.place[r]);

      for (PetscInt i = 0; weight != 0 && i < span[0]; i++) across[i] += weight * row[i];
    }
}

/* Adds to a row of fine cells the interpolation along it. */
static void GridProlongAlong(Grid fine, Grid coarse, const PetscScalar *across, PetscInt ghost, PetscScalar *y)
{
  for (PetscInt i = 0; i < fine->width[0]; i++) {
    const GridStencil u = GridNeighbours(coarse, 0, fine->start[0] + i, ghost);

    y[i] += across[u.place[0]] + u.weight[1] * (across[u.place[1]] - across[u.place[2]]);
  }
}

/*@
  GridProlongAdd - adds the interpolation of a coarse field of cell means to a fine one, of third order.

  Collective. Both grids are related by GridCoarsen().
@*/
PetscErrorCode GridProlongAdd(Grid coarse, Vec c, Grid fine, Vec f)
{
  Vec                ghosted;
  const PetscScalar *x;
  PetscScalar       *y, *across;
  PetscInt           ghost[3], span[3];

  PetscFunctionBegin;
  PetscCall(DMGetLocalVector(coarse->dm, &ghosted));
  PetscCall(DMGlobalToLocal(coarse->dm, c, INSERT_VALUES, ghosted));
  PetscCall(DMDAGetGhostCorners(coarse->dm, &ghost[0], &ghost[1], &ghost[2], &span[0], &span[1], &span[2]));
  PetscCall(PetscMalloc1(span[0], &across));
  PetscCall(VecGetArrayRead(ghosted, &x));
  PetscCall(VecGetArray(f, &y));
  for (PetscInt k = 0; k < fine->width[2]; k++)
    for (PetscInt j = 0; j < fine->width[1]; j++) {
      const GridStencil v = GridNeighbours(coarse, 1, fine->start[1] + j, ghost[1]),
                        w = GridNeighbours(coarse, 2, fine->start[2] + k, ghost[2]);

      GridProlongAcross(x, span, v, w, across);
      GridProlongAlong(fine, coarse, across, ghost[0], y + fine->width[0] * (j + fine->width[1] * k));
    }
  PetscCall(VecRestoreArray(f, &y));
  PetscCall(VecRestoreArrayRead(ghosted, &x));
  PetscCall(PetscFree(across));
  PetscCall(DMRestoreLocalVector(coarse->dm, &ghosted));
  PetscFunctionReturn(PETSC_SUCCESS);
}
