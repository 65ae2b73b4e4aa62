/* Vectors that hold several fields of a grid, such as the densities of species: on each rank one field after the other. What is done cell
   by cell sees one long array; what needs neighbours takes the parts one by one, in place. */
#include <petscdmshell.h>
#include <jko/private/gridimpl.h>

static PetscInt GridLocalCells(Grid grid)
{
  return grid->width[0] * grid->width[1] * grid->width[2];
}

/*@
  GridCreatePartsDM - a DM whose global vectors hold so many fields of the grid, one after the other on each rank; of one part, that of the
  grid itself.

  Collective; after GridSetUp(). The caller owns the result.
@*/
PetscErrorCode GridCreatePartsDM(Grid grid, PetscInt parts, DM *dm)
{
  const MPI_Comm comm = PetscObjectComm((PetscObject)grid);
  Vec            v;

  PetscFunctionBegin;
  PetscValidHeaderSpecific(grid, GRID_CLASSID, 1);
  PetscCheck(grid->setup, comm, PETSC_ERR_ORDER, "call GridSetUp() first");
  PetscCheck(parts >= 1, comm, PETSC_ERR_ARG_OUTOFRANGE, "a vector of %" PetscInt_FMT " fields", parts);
  *dm = grid->dm;
  if (parts == 1) {
    PetscCall(PetscObjectReference((PetscObject)grid->dm));
    PetscFunctionReturn(PETSC_SUCCESS);
  }
  PetscCheck((PetscReal)parts * (PetscReal)grid->n[0] * (PetscReal)grid->n[1] * (PetscReal)grid->n[2] < (PetscReal)PETSC_INT_MAX, comm,
             JKO_ERR_INPUT,
             "-grid_n: %" PetscInt_FMT " species on this grid are more than this PETSc can number; use one with 64-bit indices", parts);
  PetscCall(VecCreate(comm, &v));
  PetscCall(VecSetSizes(v, parts * GridLocalCells(grid), PETSC_DECIDE));
  PetscCall(VecSetType(v, VECSTANDARD));
  PetscCall(DMShellCreate(comm, dm));
  PetscCall(DMShellSetGlobalVector(*dm, v));
  PetscCall(VecDestroy(&v));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*@ GridGetPartCount - how many fields of the grid a vector holds. Not collective. Errors: no whole number of them. @*/
PetscErrorCode GridGetPartCount(Grid grid, Vec v, PetscInt *parts)
{
  PetscInt n;

  PetscFunctionBegin;
  PetscValidHeaderSpecific(grid, GRID_CLASSID, 1);
  PetscCall(VecGetLocalSize(v, &n));
  *parts = n / GridLocalCells(grid);
  PetscCheck(*parts > 0 && n == *parts * GridLocalCells(grid), PETSC_COMM_SELF, PETSC_ERR_ARG_SIZ,
             "a vector of %" PetscInt_FMT " values on this rank holds no whole number of fields of %" PetscInt_FMT " cells", n,
             GridLocalCells(grid));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*@
  GridGetPart - a field of a vector that holds several, as a vector of the grid in the same memory; of a vector of one field, itself.

  Collective. To be given back by GridRestorePart(). write: whether the values are to change.
@*/
PetscErrorCode GridGetPart(Grid grid, Vec v, PetscInt part, PetscBool write, Vec *field)
{
  PetscInt           parts;
  PetscScalar       *a;
  const PetscScalar *r;

  PetscFunctionBegin;
  PetscCall(GridGetPartCount(grid, v, &parts));
  *field = v;
  if (parts == 1) PetscFunctionReturn(PETSC_SUCCESS);
  if (write)
    PetscCall(VecGetArray(v, &a));
  else {
    PetscCall(VecGetArrayRead(v, &r));
    a = (PetscScalar *)r;
  }
  PetscCall(DMGetGlobalVector(grid->dm, field));
  PetscCall(VecPlaceArray(*field, a + part * GridLocalCells(grid)));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*@ GridRestorePart - gives a field of GridGetPart() back. Collective. @*/
PetscErrorCode GridRestorePart(Grid grid, Vec v, PetscBool write, Vec *field)
{
  PetscScalar       *a = NULL;
  const PetscScalar *r = NULL;

  PetscFunctionBegin;
  if (*field != v) {
    PetscCall(VecResetArray(*field));
    PetscCall(DMRestoreGlobalVector(grid->dm, field));
    if (write)
      PetscCall(VecRestoreArray(v, &a));
    else
      PetscCall(VecRestoreArrayRead(v, &r));
  }
  *field = NULL;
  PetscFunctionReturn(PETSC_SUCCESS);
}
