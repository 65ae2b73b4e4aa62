/* Digests of the fields that options have read from files onto a grid: a flow that goes on knows by them whether a file still holds what it
   held. The digest is the sum over all cells of a hash of the cell's number and the bits of its value, so that it does not depend on how
   the ranks share the grid. The hash is the finaliser of splitmix64 (Steele, Lea, Flood, OOPSLA 2014). */
#include <inttypes.h>
#include <jko/private/fieldimpl.h>
#include <jko/private/gridimpl.h>

static uint64_t Mix(uint64_t a)
{
  a = (a ^ (a >> 30)) * 0xbf58476d1ce4e5b9;
  a = (a ^ (a >> 27)) * 0x94d049bb133111eb;
  return a ^ (a >> 31);
}

static PetscErrorCode FieldDigest(Grid grid, Vec v, uint64_t *digest)
{
  PetscInt           n[3], start[3], width[3], local;
  const PetscScalar *a;
  uint64_t           sum = 0;

  PetscFunctionBegin;
  PetscCall(GridGetSizes(grid, n));
  PetscCall(GridGetCorners(grid, start, width));
  PetscCall(VecGetLocalSize(v, &local));
  PetscCall(VecGetArrayRead(v, &a));
  for (PetscInt c = 0; c < local; c++) {
    const PetscInt i = start[0] + c % width[0], j = start[1] + c / width[0] % width[1], k = start[2] + c / (width[0] * width[1]);
    const uint64_t cell  = (uint64_t)i + (uint64_t)n[0] * ((uint64_t)j + (uint64_t)n[1] * (uint64_t)k);
    const double   value = (double)PetscRealPart(a[c]) + 0.; /* no -0 */
    uint64_t       bits;

    memcpy(&bits, &value, sizeof bits);
    sum += Mix(bits + Mix(cell + 1));
  }
  PetscCall(VecRestoreArrayRead(v, &a));
  PetscCallMPI(MPI_Allreduce(&sum, digest, 1, MPI_UINT64_T, MPI_SUM, PetscObjectComm((PetscObject)v)));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* FieldAddDigest - notes what an option has read onto the grid, in place of what it read before. Collective. */
PetscErrorCode FieldAddDigest(Grid grid, const char option[], Vec v)
{
  const size_t length = strlen(option);
  char        *lines, *to;
  uint64_t     digest;
  size_t       space;

  PetscFunctionBegin;
  PetscCall(FieldDigest(grid, v, &digest));
  space = (grid->fields ? strlen(grid->fields) : 0) + length + FIELD_DIGEST + 3;
  PetscCall(PetscMalloc1(space, &lines));
  to = lines;
  for (const char *line = grid->fields ? grid->fields : ""; *line; line += strcspn(line, "\n") + 1) {
    const size_t whole = strcspn(line, "\n") + 1;

    if (!strncmp(line, option, length) && line[length] == ' ') continue;
    memcpy(to, line, whole);
    to += whole;
  }
  (void)snprintf(to, space - (size_t)(to - lines), "%s %0*" PRIx64 "\n", option, FIELD_DIGEST, digest);
  PetscCall(PetscFree(grid->fields));
  grid->fields = lines;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* FieldGetDigests - a line "-option digest" for each option that has read a file onto the grid. Borrowed. Not collective. */
PetscErrorCode FieldGetDigests(Grid grid, const char *lines[])
{
  PetscFunctionBegin;
  *lines = grid->fields ? grid->fields : "";
  PetscFunctionReturn(PETSC_SUCCESS);
}
