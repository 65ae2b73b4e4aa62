#include "reference.h"
#include <math.h>

PetscErrorCode ReferenceProblem(MPI_Comm comm, PetscInt dim, const PetscInt n[], GridBoundary boundary, PetscReal sigma_over_h, Grid *grid,
                                Kernel *kernel)
{
  const PetscReal    lower[3] = {0, -1, 2}, stretch[3] = {1, 1.2, 0.9};
  const GridBoundary all[3] = {boundary, boundary, boundary};
  PetscReal          upper[3], widest = 0;

  PetscFunctionBeginUser;
  for (PetscInt a = 0; a < dim; a++) {
    upper[a] = lower[a] + stretch[a] * (PetscReal)n[a];
    if (n[a] > 1) widest = PetscMax(widest, stretch[a]);
  }
  PetscCall(GridCreate(comm, grid));
  PetscCall(GridSetSizes(*grid, dim, n));
  PetscCall(GridSetBox(*grid, lower, upper));
  PetscCall(GridSetBoundary(*grid, all));
  PetscCall(GridSetUp(*grid));
  PetscCall(KernelCreate(comm, kernel));
  PetscCall(KernelSetGrid(*kernel, *grid));
  PetscCall(KernelSetEpsilon(*kernel, 2 * PetscSqr(sigma_over_h * widest)));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode ReferenceFill(Grid grid, ReferenceField field, Vec v)
{
  PetscInt     n[3], start[3], width[3], at = 0;
  PetscScalar *x;

  PetscFunctionBeginUser;
  PetscCall(GridGetSizes(grid, n));
  PetscCall(GridGetCorners(grid, start, width));
  PetscCall(VecGetArray(v, &x));
  for (PetscInt k = start[2]; k < start[2] + width[2]; k++)
    for (PetscInt j = start[1]; j < start[1] + width[1]; j++)
      for (PetscInt i = start[0]; i < start[0] + width[0]; i++) x[at++] = field(i, j, k, n);
  PetscCall(VecRestoreArray(v, &x));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscInt ReferenceImage(PetscInt j, PetscInt n, GridBoundary boundary)
{
  while (j < 0 || j >= n) {
    if (boundary == GRID_PERIODIC)
      j = j < 0 ? j + n : j - n;
    else
      j = j < 0 ? -1 - j : 2 * n - 1 - j;
  }
  return j;
}

/* One line: out_i = log sum_d e^(in_{i+d} - (d h)^2/eps) / sum_d e^(-(d h)^2/eps). */
static void ReferenceLine(PetscInt n, PetscInt stride, GridBoundary boundary, PetscInt radius, long double rate, const long double in[],
                          long double out[])
{
  long double norm = 0;

  for (PetscInt d = -radius; d <= radius; d++) norm += expl(-rate * d * d);
  for (PetscInt i = 0; i < n; i++) {
    long double largest = -INFINITY, sum = 0;

    for (PetscInt d = -radius; d <= radius; d++) largest = fmaxl(largest, in[ReferenceImage(i + d, n, boundary) * stride]);
    for (PetscInt d = -radius; d <= radius && largest > -INFINITY; d++) {
      const long double term = in[ReferenceImage(i + d, n, boundary) * stride] - largest - rate * d * d;

      if (term > -80) sum += expl(term);
    }
    out[i * stride] = largest + logl(sum / norm); /* a term below e^-80 of the largest cannot count: the weights are above e^-25 */
  }
}

PetscErrorCode ReferenceApplyLog(Kernel kernel, ReferenceField field, Vec v)
{
  Grid         grid;
  PetscInt     n[3], start[3], width[3], radius[3], cells, at = 0, stride = 1;
  GridBoundary boundary[3];
  PetscReal    h[3], epsilon;
  long double *a, *b, *swap;
  PetscScalar *x;

  PetscFunctionBeginUser;
  PetscCall(KernelGetGrid(kernel, &grid));
  PetscCall(KernelGetEpsilon(kernel, &epsilon));
  PetscCall(KernelGetRadius(kernel, radius));
  PetscCall(GridGetSizes(grid, n));
  PetscCall(GridGetSpacing(grid, h));
  PetscCall(GridGetBoundary(grid, boundary));
  PetscCall(GridGetCorners(grid, start, width));
  cells = n[0] * n[1] * n[2];
  PetscCall(PetscMalloc1(cells, &a));
  PetscCall(PetscMalloc1(cells, &b));
  for (PetscInt c = 0; c < cells; c++) a[c] = field(c % n[0], c / n[0] % n[1], c / (n[0] * n[1]), n);
  for (PetscInt axis = 0; axis < 3; stride *= n[axis++]) {
    for (PetscInt c = 0; c < cells; c++)
      if (c / stride % n[axis] == 0)
        ReferenceLine(n[axis], stride, boundary[axis], radius[axis], (long double)h[axis] * h[axis] / epsilon, a + c, b + c);
    swap = a, a = b, b = swap;
  }
  PetscCall(VecGetArray(v, &x));
  for (PetscInt k = start[2]; k < start[2] + width[2]; k++)
    for (PetscInt j = start[1]; j < start[1] + width[1]; j++)
      for (PetscInt i = start[0]; i < start[0] + width[0]; i++) x[at++] = (PetscReal)a[i + n[0] * (j + n[1] * k)];
  PetscCall(VecRestoreArray(v, &x));
  PetscCall(PetscFree(a));
  PetscCall(PetscFree(b));
  PetscFunctionReturn(PETSC_SUCCESS);
}
