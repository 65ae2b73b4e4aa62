/* The operator and the interpolation of a level as PETSc matrices: without entries for multigrid, with them for direct solves and
   any other preconditioner. See level.c for the equations. */
#include <petscdmda.h>
#include "elliptic.h"

/* y -= the flows along an axis on a row of cells; flow and x point to its first cell in arrays with ghosts. */
static inline void LevelAddFlow(PetscInt n, PetscInt stride, const PetscScalar *restrict flow, const PetscScalar *restrict x,
                                PetscScalar *restrict y)
{
  for (PetscInt i = 0; i < n; i++) y[i] -= flow[i] * x[i + stride] + flow[i - stride] * x[i - stride];
}

static PetscErrorCode LevelMult(Mat matrix, Vec in, Vec out)
{
  EllipticLevel     *l;
  const PetscScalar *x, *diagonal, *flow[3] = {NULL, NULL, NULL};
  PetscScalar       *y;

  PetscFunctionBegin;
  PetscCall(MatShellGetContext(matrix, &l));
  PetscCall(DMGlobalToLocal(l->dm, in, INSERT_VALUES, l->x));
  PetscCall(VecGetArrayRead(l->x, &x));
  PetscCall(VecGetArrayRead(l->diagonal, &diagonal));
  for (PetscInt a = 0; a < l->dim; a++) PetscCall(VecGetArrayRead(l->flow[a], &flow[a]));
  PetscCall(VecGetArrayWrite(out, &y));
  for (PetscInt k = 0; k < l->width[2]; k++)
    for (PetscInt j = 0; j < l->width[1]; j++) {
      const PetscInt row = l->width[0] * (j + l->width[1] * k), c = EllipticLevelRow(l, j, k);

      for (PetscInt i = 0; i < l->width[0]; i++) y[row + i] = diagonal[row + i] * x[c + i];
      for (PetscInt a = 0; a < l->dim; a++) LevelAddFlow(l->width[0], l->stride[a], flow[a] + c, x + c, y + row);
    }
  PetscCall(VecRestoreArrayWrite(out, &y));
  for (PetscInt a = 0; a < l->dim; a++) PetscCall(VecRestoreArrayRead(l->flow[a], &flow[a]));
  PetscCall(VecRestoreArrayRead(l->diagonal, &diagonal));
  PetscCall(VecRestoreArrayRead(l->x, &x));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode LevelGetDiagonal(Mat matrix, Vec diagonal)
{
  EllipticLevel *l;

  PetscFunctionBegin;
  PetscCall(MatShellGetContext(matrix, &l));
  PetscCall(VecCopy(l->diagonal, diagonal));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* x_f = S_f x_c / S_c: w constant on the fine cells of a coarse one. */
static PetscErrorCode LevelInterpolate(Mat matrix, Vec coarse, Vec fine)
{
  EllipticLevel     *l;
  const PetscScalar *x, *share;
  PetscScalar       *y;

  PetscFunctionBegin;
  PetscCall(MatShellGetContext(matrix, &l));
  PetscCall(DMGlobalToLocal(l->dm, coarse, INSERT_VALUES, l->x));
  PetscCall(VecGetArrayRead(l->x, &x));
  PetscCall(VecGetArrayRead(l->finer->share, &share));
  PetscCall(VecGetArrayWrite(fine, &y));
  for (PetscInt k = 0; k < l->finer->width[2]; k++)
    for (PetscInt j = 0; j < l->finer->width[1]; j++) {
      const PetscInt row = l->finer->width[0] * (j + l->finer->width[1] * k), c = EllipticLevelRow(l->finer, j, k);
      const PetscInt parent = EllipticLevelRow(l, EllipticLevelParent(l, 1, j), EllipticLevelParent(l, 2, k));

      for (PetscInt i = 0; i < l->finer->width[0]; i++) y[row + i] = share[c + i] * x[parent + EllipticLevelParent(l, 0, i)];
    }
  PetscCall(VecRestoreArrayWrite(fine, &y));
  PetscCall(VecRestoreArrayRead(l->finer->share, &share));
  PetscCall(VecRestoreArrayRead(l->x, &x));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The transpose: x_c = sum_f S_f x_f / S_c. */
static PetscErrorCode LevelRestrict(Mat matrix, Vec fine, Vec coarse)
{
  EllipticLevel     *l, *f;
  const PetscScalar *x, *share;
  PetscScalar       *y;
  PetscInt           first[3], count[3];

  PetscFunctionBegin;
  PetscCall(MatShellGetContext(matrix, &l));
  f = l->finer;
  PetscCall(DMGlobalToLocal(f->dm, fine, INSERT_VALUES, f->x));
  PetscCall(VecGetArrayRead(f->x, &x));
  PetscCall(VecGetArrayRead(f->share, &share));
  PetscCall(VecGetArrayWrite(coarse, &y));
  for (PetscInt k = 0; k < l->width[2]; k++)
    for (PetscInt j = 0; j < l->width[1]; j++) {
      PetscScalar *row = y + l->width[0] * (j + l->width[1] * k);

      PetscCall(PetscArrayzero(row, l->width[0]));
      first[1] = EllipticLevelBlock(l, 1, j, &count[1]);
      first[2] = EllipticLevelBlock(l, 2, k, &count[2]);
      for (PetscInt kk = 0; kk < count[2]; kk++)
        for (PetscInt jj = 0; jj < count[1]; jj++)
          for (PetscInt i = 0; i < l->width[0]; i++) {
            const PetscInt c = EllipticLevelRow(f, first[1] + jj, first[2] + kk) + EllipticLevelBlock(l, 0, i, &count[0]);

            for (PetscInt ii = 0; ii < count[0]; ii++) row[i] += share[c + ii] * x[c + ii];
          }
    }
  PetscCall(VecRestoreArrayWrite(coarse, &y));
  PetscCall(VecRestoreArrayRead(f->share, &share));
  PetscCall(VecRestoreArrayRead(f->x, &x));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The two matrices without entries; they always have the level's present coefficients. Collective. */
PetscErrorCode EllipticLevelCreateShells(EllipticLevel *l)
{
  const MPI_Comm comm = PetscObjectComm((PetscObject)l->dm);
  PetscInt       n, n_fine;

  PetscFunctionBegin;
  PetscCall(VecGetLocalSize(l->z, &n));
  PetscCall(MatCreateShell(comm, n, n, PETSC_DETERMINE, PETSC_DETERMINE, l, &l->matrix));
  PetscCall(MatShellSetOperation(l->matrix, MATOP_MULT, (void (*)(void))LevelMult));
  PetscCall(MatShellSetOperation(l->matrix, MATOP_MULT_TRANSPOSE, (void (*)(void))LevelMult));
  PetscCall(MatShellSetOperation(l->matrix, MATOP_GET_DIAGONAL, (void (*)(void))LevelGetDiagonal));
  PetscCall(MatSetOption(l->matrix, MAT_SPD, PETSC_TRUE));
  if (!l->finer) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(VecGetLocalSize(l->finer->z, &n_fine));
  PetscCall(MatCreateShell(comm, n_fine, n, PETSC_DETERMINE, PETSC_DETERMINE, l, &l->prolongation));
  PetscCall(MatShellSetOperation(l->prolongation, MATOP_MULT, (void (*)(void))LevelInterpolate));
  PetscCall(MatShellSetOperation(l->prolongation, MATOP_MULT_TRANSPOSE, (void (*)(void))LevelRestrict));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* A matrix with entries for the level. Collective. */
PetscErrorCode EllipticLevelCreateMatrix(EllipticLevel *l, Mat *matrix)
{
  ISLocalToGlobalMapping numbers;
  PetscInt               n;

  PetscFunctionBegin;
  PetscCall(VecGetLocalSize(l->z, &n));
  PetscCall(MatCreateAIJ(PetscObjectComm((PetscObject)l->dm), n, n, PETSC_DETERMINE, PETSC_DETERMINE, 2 * l->dim + 1, NULL, 2 * l->dim,
                         NULL, matrix));
  PetscCall(DMGetLocalToGlobalMapping(l->dm, &numbers));
  PetscCall(MatSetLocalToGlobalMapping(*matrix, numbers, numbers));
  PetscCall(MatSetOption(*matrix, MAT_SPD, PETSC_TRUE));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The level's coefficients as entries; zeros are kept, so that the pattern stays. Collective. */
PetscErrorCode EllipticLevelAssemble(EllipticLevel *l, Mat matrix)
{
  const PetscScalar *diagonal, *flow[3] = {NULL, NULL, NULL};

  PetscFunctionBegin;
  PetscCall(MatZeroEntries(matrix));
  PetscCall(VecGetArrayRead(l->diagonal, &diagonal));
  for (PetscInt a = 0; a < l->dim; a++) PetscCall(VecGetArrayRead(l->flow[a], &flow[a]));
  for (PetscInt k = 0, row = 0; k < l->width[2]; k++)
    for (PetscInt j = 0; j < l->width[1]; j++)
      for (PetscInt i = 0, c = EllipticLevelRow(l, j, k); i < l->width[0]; i++, c++, row++) {
        PetscInt    columns[7] = {c};
        PetscScalar values[7]  = {diagonal[row]};

        for (PetscInt a = 0; a < l->dim; a++) {
          columns[1 + 2 * a] = c + l->stride[a];
          columns[2 + 2 * a] = c - l->stride[a];
          values[1 + 2 * a]  = -flow[a][c];
          values[2 + 2 * a]  = -flow[a][c - l->stride[a]];
        }
        PetscCall(MatSetValuesLocal(matrix, 1, &c, 2 * l->dim + 1, columns, values, ADD_VALUES));
      }
  for (PetscInt a = 0; a < l->dim; a++) PetscCall(VecRestoreArrayRead(l->flow[a], &flow[a]));
  PetscCall(VecRestoreArrayRead(l->diagonal, &diagonal));
  PetscCall(MatAssemblyBegin(matrix, MAT_FINAL_ASSEMBLY));
  PetscCall(MatAssemblyEnd(matrix, MAT_FINAL_ASSEMBLY));
  PetscFunctionReturn(PETSC_SUCCESS);
}
