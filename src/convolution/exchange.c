/* Transposition of lines over ranks: element (a, b, c), in line (b, c) along a, goes to its place in line (a, c) along b. Between two ranks
   the elements travel in the order c, a, b, the innermost in runs that both can enumerate: for given c, a rank's lines have contiguous
   a and contiguous b. */
#include <jko/private/convolutionimpl.h>

#define EXCHANGE_TILE 8 /* lines read together, so that what is written fills cache lines */

PetscErrorCode ConvolutionShare(PetscInt count, PetscMPIInt size, PetscInt *first[])
{
  PetscFunctionBegin;
  PetscCall(PetscMalloc1(size + 1, first));
  for (PetscMPIInt r = 0; r <= size; r++) (*first)[r] = count / size * r + PetscMin(count % size, r);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The b of the lines (b, c) along a that a rank has. */
static inline void ExchangeRangeB(const Exchange *x, PetscMPIInt rank, PetscInt c, PetscInt range[2])
{
  for (int e = 0; e < 2; e++) {
    const PetscInt ahead = x->from[rank + e] - x->step_c * c;

    range[e] = ahead <= 0 ? 0 : PetscMin((ahead + x->step_b - 1) / x->step_b, x->nb);
  }
}

/* The a of the lines (a, c) along b that a rank has. */
static inline void ExchangeRangeA(const Exchange *x, PetscMPIInt rank, PetscInt c, PetscInt range[2])
{
  for (int e = 0; e < 2; e++) range[e] = PetscClipInterval(x->to[rank + e] - x->na * c, 0, x->na);
}

static PetscErrorCode ExchangeCount(Exchange *x)
{
  PetscInt total[2] = {0, 0};

  PetscFunctionBegin;
  for (int way = 0; way < 2; way++) PetscCall(PetscMalloc2(x->size, &x->count[way], x->size, &x->offset[way]));
  for (PetscMPIInt r = 0; r < x->size; r++) {
    PetscInt count[2] = {0, 0};

    for (PetscInt c = 0; c < x->nc; c++) {
      PetscInt mine_a[2], mine_b[2], theirs_a[2], theirs_b[2];

      ExchangeRangeA(x, x->rank, c, mine_a);
      ExchangeRangeB(x, x->rank, c, mine_b);
      ExchangeRangeA(x, r, c, theirs_a);
      ExchangeRangeB(x, r, c, theirs_b);
      count[0] += (theirs_a[1] - theirs_a[0]) * (mine_b[1] - mine_b[0]);
      count[1] += (mine_a[1] - mine_a[0]) * (theirs_b[1] - theirs_b[0]);
    }
    for (int way = 0; way < 2; way++) {
      PetscCall(PetscMPIIntCast(count[way], &x->count[way][r]));
      PetscCall(PetscMPIIntCast(total[way], &x->offset[way][r]));
      total[way] += count[way];
    }
  }
  for (int way = 0; way < 2 && x->size > 1; way++) PetscCall(PetscMalloc1(total[way], &x->buffer[way]));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* n: na, nb, nc; step: of the numbers of lines along a, in b and in c; pitch: from one line along a to the next in memory, at least na.
   Collective. */
PetscErrorCode ExchangeSetUp(Exchange *x, MPI_Comm comm, const PetscInt n[3], const PetscInt step[2], PetscInt pitch)
{
  PetscFunctionBegin;
  x->comm = comm;
  PetscCallMPI(MPI_Comm_rank(comm, &x->rank));
  PetscCallMPI(MPI_Comm_size(comm, &x->size));
  x->na     = n[0];
  x->nb     = n[1];
  x->nc     = n[2];
  x->step_b = step[0];
  x->step_c = step[1];
  x->pitch  = pitch;
  PetscCall(ConvolutionShare(x->nb * x->nc, x->size, &x->from));
  PetscCall(ConvolutionShare(x->na * x->nc, x->size, &x->to));
  PetscCall(ExchangeCount(x));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The elements of this rank's lines along a that belong to a rank's lines along b: from the lines to `packed`, or back. */
static void ExchangePack(const Exchange *x, PetscMPIInt rank, ConvolutionNumber lines[], ConvolutionNumber *packed, PetscBool back)
{
  for (PetscInt c = 0; c < x->nc; c++) {
    PetscInt a[2], b[2], run;

    ExchangeRangeA(x, rank, c, a);
    ExchangeRangeB(x, x->rank, c, b);
    run = b[1] - b[0];
    for (PetscInt tile = b[0]; tile < b[1]; tile += EXCHANGE_TILE) {
      const PetscInt     end = PetscMin(tile + EXCHANGE_TILE, b[1]), stride = x->step_b * x->pitch;
      ConvolutionNumber *line = lines + (tile * x->step_b + c * x->step_c - x->from[x->rank]) * x->pitch;

      for (PetscInt i = a[0]; i < a[1]; i++) {
        ConvolutionNumber *to = packed + (i - a[0]) * run + tile - b[0];

        for (PetscInt j = 0; j < end - tile; j++) {
          if (back)
            line[j * stride + i] = to[j];
          else
            to[j] = line[j * stride + i];
        }
      }
    }
    packed += (a[1] - a[0]) * run;
  }
}

/* The same elements at the other end: between a rank's part of the buffer and this rank's lines along b. */
static PetscErrorCode ExchangeUnpack(const Exchange *x, PetscMPIInt rank, ConvolutionNumber *packed, ConvolutionNumber lines[],
                                     PetscBool back)
{
  PetscFunctionBegin;
  for (PetscInt c = 0; c < x->nc; c++) {
    PetscInt a[2], b[2], run;

    ExchangeRangeA(x, x->rank, c, a);
    ExchangeRangeB(x, rank, c, b);
    run = b[1] - b[0];
    for (PetscInt i = a[0]; i < a[1] && run > 0; i++, packed += run) {
      ConvolutionNumber *line = lines + (i + x->na * c - x->to[x->rank]) * x->nb + b[0];

      PetscCall(PetscArraycpy(back ? packed : line, back ? line : packed, run));
    }
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode ExchangeAll(Exchange *x, int from, int to)
{
  PetscFunctionBegin;
  PetscCallMPI(MPI_Alltoallv(x->buffer[from], x->count[from], x->offset[from], MPI_C_DOUBLE_COMPLEX, x->buffer[to], x->count[to],
                             x->offset[to], MPI_C_DOUBLE_COMPLEX, x->comm));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Lines along a to lines along b. On one rank the order of travel is that of the result. Collective. */
PetscErrorCode ExchangeForward(Exchange *x, const ConvolutionNumber a[], ConvolutionNumber b[])
{
  PetscFunctionBegin;
  if (x->size == 1) {
    ExchangePack(x, 0, (ConvolutionNumber *)a, b, PETSC_FALSE);
    PetscFunctionReturn(PETSC_SUCCESS);
  }
  for (PetscMPIInt r = 0; r < x->size; r++) ExchangePack(x, r, (ConvolutionNumber *)a, x->buffer[0] + x->offset[0][r], PETSC_FALSE);
  PetscCall(ExchangeAll(x, 0, 1));
  for (PetscMPIInt r = 0; r < x->size; r++) PetscCall(ExchangeUnpack(x, r, x->buffer[1] + x->offset[1][r], b, PETSC_FALSE));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Lines along b to lines along a. Collective. */
PetscErrorCode ExchangeBackward(Exchange *x, const ConvolutionNumber b[], ConvolutionNumber a[])
{
  PetscFunctionBegin;
  if (x->size == 1) {
    ExchangePack(x, 0, a, (ConvolutionNumber *)b, PETSC_TRUE);
    PetscFunctionReturn(PETSC_SUCCESS);
  }
  for (PetscMPIInt r = 0; r < x->size; r++)
    PetscCall(ExchangeUnpack(x, r, x->buffer[1] + x->offset[1][r], (ConvolutionNumber *)b, PETSC_TRUE));
  PetscCall(ExchangeAll(x, 1, 0));
  for (PetscMPIInt r = 0; r < x->size; r++) ExchangePack(x, r, a, x->buffer[0] + x->offset[0][r], PETSC_TRUE);
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode ExchangeReset(Exchange *x)
{
  PetscFunctionBegin;
  PetscCall(PetscFree(x->from));
  PetscCall(PetscFree(x->to));
  for (int way = 0; way < 2; way++) {
    PetscCall(PetscFree2(x->count[way], x->offset[way]));
    PetscCall(PetscFree(x->buffer[way]));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}
