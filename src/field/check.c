/* No field enters that is not finite, and no density that is negative: the first such cell, in the order x, y, z of the whole grid,
   is named. */
#include <math.h>
#include <jko/private/fieldimpl.h>

/* FieldFindBad - the first cell of the whole grid whose value is not finite or below the bound, and its value; -1 without one. Collective.
 */
PetscErrorCode FieldFindBad(Grid grid, PetscReal lower, Vec v, PetscInt *cell, PetscReal *value)
{
  PetscInt           n[3], start[3], width[3], first = PETSC_MAX_INT, local;
  PetscReal          own = 0;
  const PetscScalar *a;

  PetscFunctionBegin;
  PetscCall(GridGetSizes(grid, n));
  PetscCall(GridGetCorners(grid, start, width));
  PetscCall(VecGetLocalSize(v, &local));
  PetscCall(VecGetArrayRead(v, &a));
  for (PetscInt c = 0; c < local && first == PETSC_MAX_INT; c++) {
    if (!PetscIsInfOrNanScalar(a[c]) && PetscRealPart(a[c]) >= lower) continue;
    first = start[0] + c % width[0] + n[0] * (start[1] + c / width[0] % width[1] + n[1] * (start[2] + c / (width[0] * width[1])));
    own   = PetscRealPart(a[c]);
  }
  PetscCall(VecRestoreArrayRead(v, &a));
  PetscCallMPI(MPI_Allreduce(&first, cell, 1, MPIU_INT, MPI_MIN, PetscObjectComm((PetscObject)v)));
  if (first != *cell) own = 0;
  PetscCallMPI(MPI_Allreduce(&own, value, 1, MPIU_REAL, MPIU_SUM, PetscObjectComm((PetscObject)v)));
  if (*cell == PETSC_MAX_INT) *cell = -1;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* FieldDescribePlace - the centre of a cell of the whole grid, " x=0.5 y=1". Not collective. */
PetscErrorCode FieldDescribePlace(Grid grid, PetscInt cell, char place[], size_t length)
{
  PetscInt  n[3], dim;
  PetscReal x;

  PetscFunctionBegin;
  place[0] = 0;
  PetscCall(GridGetSizes(grid, n));
  PetscCall(GridGetDimension(grid, &dim));
  for (PetscInt a = 0; a < dim; cell /= n[a++]) {
    const size_t used = strlen(place);

    PetscCall(GridGetCentre(grid, a, cell % n[a], &x));
    PetscCall(PetscSNPrintf(place + used, length - used, " %c=%g", "xyz"[a], (double)x));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* FieldCheck - raises `code`, naming the option and the place, when a value is not finite or below `lower`. Collective. */
PetscErrorCode FieldCheck(Grid grid, PetscErrorCode code, const char option[], PetscReal lower, Vec v)
{
  PetscInt  cell;
  PetscReal value;
  char      place[128], number[32];

  PetscFunctionBegin;
  PetscCall(FieldFindBad(grid, lower, v, &cell, &value));
  if (cell < 0) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(FieldDescribePlace(grid, cell, place, sizeof place));
  (void)snprintf(number, sizeof number, "%g", PetscIsNanReal(value) ? fabs((double)value) : (double)value); /* no "-nan" */
  SETERRQ(PetscObjectComm((PetscObject)v), code, "%s: the value at%s is %s; every value must be finite%s", option, place, number,
          lower > -PETSC_MAX_REAL ? " and not negative" : "");
}
