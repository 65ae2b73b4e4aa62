/* Whole rows along x from the boxes of cells that the ranks of a grid have, and back: the pieces of rows between two ranks travel in the
   order of the rows. Not for one rank, whose box is the rows. */
#include <jko/private/convolutionimpl.h>

/* The pieces of rows in the box of rank `box` that rank `owner` has whole: how many numbers. */
static PetscInt RowsCount(const Rows *r, PetscMPIInt box, PetscMPIInt owner)
{
  const PetscInt *start = r->box + 6 * box, *width = start + 3;
  PetscInt        count = 0;

  for (PetscInt k = start[2]; k < start[2] + width[2]; k++) {
    const PetscInt first = PetscMax(start[1] + r->n[1] * k, r->from[owner]);
    const PetscInt last  = PetscMin(start[1] + width[1] + r->n[1] * k, r->from[owner + 1]);

    count += PetscMax(0, last - first) * width[0];
  }
  return count;
}

/* Copies these pieces between the message and one end: the cells of this rank's box, or (whole) this rank's rows. */
static PetscErrorCode RowsCopy(const Rows *r, PetscMPIInt box, PetscMPIInt owner, PetscBool whole, PetscScalar end[], PetscScalar *message,
                               PetscBool back)
{
  const PetscInt *start = r->box + 6 * box, *width = start + 3;

  PetscFunctionBegin;
  for (PetscInt k = 0; k < width[2]; k++)
    for (PetscInt j = 0; j < width[1]; j++) {
      const PetscInt row = start[1] + j + r->n[1] * (start[2] + k);
      PetscScalar   *piece;

      if (row < r->from[owner] || row >= r->from[owner + 1]) continue;
      piece = end + (whole ? (row - r->from[owner]) * r->n[0] + start[0] : width[0] * (j + width[1] * k));
      PetscCall(PetscArraycpy(back ? piece : message, back ? message : piece, width[0]));
      message += width[0];
    }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* n: cells of the grid; start, width: those of this rank. Collective. */
PetscErrorCode RowsSetUp(Rows *r, MPI_Comm comm, const PetscInt n[3], const PetscInt start[3], const PetscInt width[3])
{
  PetscInt mine[6], total[2] = {0, 0};

  PetscFunctionBegin;
  r->comm = comm;
  PetscCallMPI(MPI_Comm_rank(comm, &r->rank));
  PetscCallMPI(MPI_Comm_size(comm, &r->size));
  PetscCall(PetscArraycpy(r->n, n, 3));
  PetscCall(PetscArraycpy(mine, start, 3));
  PetscCall(PetscArraycpy(mine + 3, width, 3));
  PetscCall(PetscMalloc1(6 * r->size, &r->box));
  PetscCallMPI(MPI_Allgather(mine, 6, MPIU_INT, r->box, 6, MPIU_INT, comm));
  PetscCall(ConvolutionShare(n[1] * n[2], r->size, &r->from));
  for (int way = 0; way < 2; way++) {
    PetscCall(PetscMalloc2(r->size, &r->count[way], r->size, &r->offset[way]));
    for (PetscMPIInt s = 0; s < r->size; s++) {
      const PetscInt count = way ? RowsCount(r, s, r->rank) : RowsCount(r, r->rank, s);

      PetscCall(PetscMPIIntCast(count, &r->count[way][s]));
      PetscCall(PetscMPIIntCast(total[way], &r->offset[way][s]));
      total[way] += count;
    }
    if (r->size > 1) PetscCall(PetscMalloc1(total[way], &r->buffer[way]));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode RowsAll(Rows *r, int from, int to)
{
  PetscFunctionBegin;
  PetscCallMPI(MPI_Alltoallv(r->buffer[from], r->count[from], r->offset[from], MPIU_SCALAR, r->buffer[to], r->count[to], r->offset[to],
                             MPIU_SCALAR, r->comm));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Collective. */
PetscErrorCode RowsGather(Rows *r, const PetscScalar cells[], PetscScalar rows[])
{
  PetscFunctionBegin;
  for (PetscMPIInt s = 0; s < r->size; s++)
    PetscCall(RowsCopy(r, r->rank, s, PETSC_FALSE, (PetscScalar *)cells, r->buffer[0] + r->offset[0][s], PETSC_FALSE));
  PetscCall(RowsAll(r, 0, 1));
  for (PetscMPIInt s = 0; s < r->size; s++)
    PetscCall(RowsCopy(r, s, r->rank, PETSC_TRUE, rows, r->buffer[1] + r->offset[1][s], PETSC_TRUE));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Collective. */
PetscErrorCode RowsScatter(Rows *r, const PetscScalar rows[], PetscScalar cells[])
{
  PetscFunctionBegin;
  for (PetscMPIInt s = 0; s < r->size; s++)
    PetscCall(RowsCopy(r, s, r->rank, PETSC_TRUE, (PetscScalar *)rows, r->buffer[1] + r->offset[1][s], PETSC_FALSE));
  PetscCall(RowsAll(r, 1, 0));
  for (PetscMPIInt s = 0; s < r->size; s++)
    PetscCall(RowsCopy(r, r->rank, s, PETSC_FALSE, cells, r->buffer[0] + r->offset[0][s], PETSC_TRUE));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode RowsReset(Rows *r)
{
  PetscFunctionBegin;
  PetscCall(PetscFree(r->box));
  PetscCall(PetscFree(r->from));
  for (int way = 0; way < 2; way++) {
    PetscCall(PetscFree2(r->count[way], r->offset[way]));
    PetscCall(PetscFree(r->buffer[way]));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}
