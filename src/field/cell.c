/* An expression counts by its values at the centres of cells. What it does between them is lost: a peak that is narrower than a cell, a
   wave of less than two. With values f at the centres and f+, f- a quarter of the cell's diagonal off, a cell loses the lesser of

     |(f+ + f-)/2 - f|,   (|f+ - g+| + |f- - g-|)/2,   g the value nearest to f+ or f- of those of the cell and its neighbours

   Whether along one diagonal or another changes from row to row, so that none is blind to a ridge. The first is small where f is smooth, of
   second order; the second where it jumps between values that the grid has, as a mask does. Their sum is held to the variation of f over
   the grid. Of a Gaussian of standard deviation s in cells it is about d/(60 s^2). */
#include <math.h>
#include <jko/private/fieldimpl.h>
#include <jko/private/stencilimpl.h>
#include <jko/private/sysimpl.h>

#define CELL_MOST  0.03 /* of the variation, times the number of axes */
#define CELL_LEAST 1e-9 /* of the largest value, that a variation is more than roundings */

/* How far a value is from the nearest of those of a cell and its neighbours. */
static PetscReal CellDistance(const Stencil *f, const PetscReal *at, const PetscInt where[3], PetscReal value)
{
  PetscReal least = PetscAbsReal(value - at[0]);

  for (int a = 0; a < 3; a++)
    for (int side = -1; side <= 1; side += 2)
      if (StencilHas(f, where, a, side)) least = PetscMin(least, PetscAbsReal(value - at[side * f->stride[a]]));
  return least;
}

/* What a cell around x loses; nothing where the expression has a pole. */
static PetscReal CellLoss(const Stencil *f, const PetscReal *at, const PetscInt where[3], FieldFunction function, const PetscReal x[3],
                          const PetscReal quarter[3])
{
  PetscReal mean = 0, distance = 0;

  for (int side = -1; side <= 1; side += 2) {
    const PetscReal y[3]  = {x[0] + side * quarter[0], x[1] + side * quarter[1], x[2] + side * quarter[2]};
    const PetscReal value = FieldFunctionValue(function, y, 0);

    mean += value / 2;
    distance += CellDistance(f, at, where, value) / 2;
  }
  return isfinite(mean) ? PetscMin(PetscAbsReal(mean - at[0]), distance) : 0;
}

/* The sums of what cells lose, and of what they differ by from the mean. Collective. */
static PetscErrorCode CellMeasure(Grid grid, FieldFunction function, PetscReal mean, Vec field, PetscReal sum[2])
{
  Stencil  f;
  PetscInt n, dim, where[3];

  PetscFunctionBegin;
  PetscCall(GridGetDimension(grid, &dim));
  PetscCall(StencilBegin(grid, field, &f));
  PetscCall(VecGetLocalSize(field, &n));
  sum[0] = sum[1] = 0;
  for (PetscInt i = 0; i < n; i++) {
    const PetscReal *at   = StencilAt(&f, i, where);
    PetscReal        x[3] = {0, 0, 0}, quarter[3] = {0, 0, 0};

    for (PetscInt a = 0; a < 3; a++) {
      const PetscInt cell = where[a] - f.offset[a] + f.start[a], row = cell >> (a / 2); /* of two cells along z */

      PetscCall(GridGetCentre(grid, a, cell, &x[a]));
      if (a < dim) quarter[a] = (a && row % 2 ? -1 : 1) * f.h[a] / 4;
    }
    sum[0] += CellLoss(&f, at, where, function, x, quarter);
    sum[1] += PetscAbsReal(at[0] - mean);
  }
  PetscCall(StencilEnd(&f));
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, sum, 2, MPIU_REAL, MPIU_SUM, PetscObjectComm((PetscObject)grid)));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* FieldCheckCells - warns of an expression with structures below a cell; `field` holds its values at the centres. Collective. */
PetscErrorCode FieldCheckCells(Grid grid, const char option[], const char expr[], Vec field)
{
  FieldFunction function;
  PetscReal     sum[2], mean, largest;
  PetscInt      cells, dim;

  PetscFunctionBegin;
  PetscCall(GridGetDimension(grid, &dim));
  PetscCall(VecGetSize(field, &cells));
  PetscCall(VecSum(field, &mean));
  PetscCall(VecNorm(field, NORM_INFINITY, &largest));
  PetscCall(FieldFunctionCreate(grid, option, expr, NULL, &function));
  PetscCall(CellMeasure(grid, function, mean / (PetscReal)cells, field, sum));
  PetscCall(FieldFunctionDestroy(&function));
  sum[1] = PetscMax(sum[1], CELL_LEAST * largest * (PetscReal)cells);
  if (sum[0] <= CELL_MOST * (PetscReal)dim * sum[1]) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(JKOWarn(PetscObjectComm((PetscObject)grid), "cell", sum[0] / PetscMax(sum[1], PETSC_MIN_REAL), CELL_MOST * (PetscReal)dim,
                    "%s has structures below a cell: between the centres, where its values are taken, it is off by %.2g of what it varies "
                    "by; take a finer grid, or what is wider",
                    option, (double)(sum[0] / PetscMax(sum[1], PETSC_MIN_REAL))));
  PetscFunctionReturn(PETSC_SUCCESS);
}
