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

/* n: na, nb, nc; step: of the numbers of lines along a, in b and in c; pitch: at least na and nb.
   Collective. */
PetscErrorCode ExchangeSetUp(Exchange *x, MPI_Comm comm, const PetscInt n[3], const PetscInt step[2], const PetscInt pitch[2])
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
  PetscCall(PetscArraycpy(x->pitch, pitch, 2));
  PetscCall(ConvolutionShare(x->nb * x->nc, x->size, &x->from));
  PetscCall(ConvolutionShare(x->na * x->nc, x->size, &x->to));
  PetscCall(ExchangeCount(x));
  x->tile = fftw_alloc_complex((size_t)(EXCHANGE_TILE * x->pitch[0]));
  PetscCheck(x->tile, PETSC_COMM_SELF, PETSC_ERR_MEM, "no memory for %d lines", EXCHANGE_TILE);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Numbers a[0] ... a[1] of `lines` lines along a, from the tile to runs of lines along b, `run` from one to the next, or back. */
static void ExchangeTile(const Exchange *x, const PetscInt a[2], PetscInt lines, PetscInt run, ConvolutionNumber *runs, PetscBool back)
{
  for (PetscInt i = a[0]; i < a[1]; i++, runs += run) {
    ConvolutionNumber *tile = x->tile + i;

    for (PetscInt j = 0; j < lines; j++) {
      if (back)
        tile[j * x->pitch[0]] = runs[j];
      else
        runs[j] = tile[j * x->pitch[0]];
    }
  }
}

/* Lines along a of this rank with the same c, some at a time, to or from the messages for all ranks, or on one rank the lines along b
   themselves, whose order is that of the message but for their pitch. */
static PetscErrorCode ExchangeLines(const Exchange *x, PetscInt c, ExchangeLine line, void *context, ConvolutionNumber *place[],
                                    PetscBool back)
{
  PetscInt a[2], b[2], run;

  PetscFunctionBegin;
  ExchangeRangeB(x, x->rank, c, b);
  run = x->size == 1 ? x->pitch[1] : b[1] - b[0];
  for (PetscInt tile = b[0]; tile < b[1]; tile += EXCHANGE_TILE) {
    const PetscInt lines = PetscMin(EXCHANGE_TILE, b[1] - tile), first = tile * x->step_b + c * x->step_c - x->from[x->rank];

    for (PetscInt j = 0; j < lines && !back; j++) PetscCall((*line)(context, first + j * x->step_b, x->tile + j * x->pitch[0]));
    for (PetscMPIInt r = 0; r < x->size; r++) {
      ExchangeRangeA(x, r, c, a);
      ExchangeTile(x, a, lines, run, place[r] + tile - b[0], back);
    }
    for (PetscInt j = 0; j < lines && back; j++) PetscCall((*line)(context, first + j * x->step_b, x->tile + j * x->pitch[0]));
  }
  for (PetscMPIInt r = 0; r < x->size; r++) {
    ExchangeRangeA(x, r, c, a);
    place[r] += (a[1] - a[0]) * run;
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* All lines along a of this rank. */
static PetscErrorCode ExchangePack(Exchange *x, ExchangeLine line, void *context, ConvolutionNumber whole[], PetscBool back)
{
  ConvolutionNumber **place;

  PetscFunctionBegin;
  PetscCall(PetscMalloc1(x->size, &place));
  for (PetscMPIInt r = 0; r < x->size; r++) place[r] = x->size == 1 ? whole : x->buffer[0] + x->offset[0][r];
  for (PetscInt c = 0; c < x->nc; c++) PetscCall(ExchangeLines(x, c, line, context, place, back));
  PetscCall(PetscFree(place));
  PetscFunctionReturn(PETSC_SUCCESS);
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
      ConvolutionNumber *line = lines + (i + x->na * c - x->to[x->rank]) * x->pitch[1] + b[0];

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

/* Lines along a, as they are made, to lines along b. Collective. */
PetscErrorCode ExchangeForward(Exchange *x, ExchangeLine line, void *context, ConvolutionNumber b[])
{
  PetscFunctionBegin;
  PetscCall(ExchangePack(x, line, context, b, PETSC_FALSE));
  if (x->size == 1) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(ExchangeAll(x, 0, 1));
  for (PetscMPIInt r = 0; r < x->size; r++) PetscCall(ExchangeUnpack(x, r, x->buffer[1] + x->offset[1][r], b, PETSC_FALSE));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Lines along b to lines along a, to be used up. Collective. */
PetscErrorCode ExchangeBackward(Exchange *x, const ConvolutionNumber b[], ExchangeLine line, void *context)
{
  PetscFunctionBegin;
  for (PetscMPIInt r = 0; r < x->size && x->size > 1; r++)
    PetscCall(ExchangeUnpack(x, r, x->buffer[1] + x->offset[1][r], (ConvolutionNumber *)b, PETSC_TRUE));
  if (x->size > 1) PetscCall(ExchangeAll(x, 1, 0));
  PetscCall(ExchangePack(x, line, context, (ConvolutionNumber *)b, PETSC_TRUE));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode ExchangeReset(Exchange *x)
{
  PetscFunctionBegin;
  fftw_free(x->tile);
  PetscCall(PetscFree(x->from));
  PetscCall(PetscFree(x->to));
  for (int way = 0; way < 2; way++) {
    PetscCall(PetscFree2(x->count[way], x->offset[way]));
    PetscCall(PetscFree(x->buffer[way]));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}
