/* out_x = volume sum_y w(x - y) in_y over the cells of a grid, by the convolution theorem (Frigo and Johnson, FFTW3, Proc. IEEE 93, 2005):

     out = F^-1 (F(w) F(in)),   F real to complex along x, complex along y and z.

   An axis without flux is padded with zeros to at least 2 n - 1, so that nothing wraps; a periodic one is not, and w is taken at the
   nearest image. Only the last axis is transformed in full: there and back again, line by line, in one cache-sized piece of memory.

   Every line is transformed by the same plan in the same memory, and plans are estimated, not timed: the result is the same bit for bit on
   any number of ranks, and in every run. */
#include <jko/private/convolutionimpl.h>

PetscLogEvent    Convolution_Apply;
static PetscBool ConvolutionPackageIsLoaded = PETSC_FALSE;

static PetscErrorCode ConvolutionFinalizePackage(void)
{
  PetscFunctionBegin;
  ConvolutionPackageIsLoaded = PETSC_FALSE;
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode ConvolutionInitializePackage(void)
{
  PetscClassId id;

  PetscFunctionBegin;
  if (ConvolutionPackageIsLoaded) PetscFunctionReturn(PETSC_SUCCESS);
  ConvolutionPackageIsLoaded = PETSC_TRUE;
  PetscCall(PetscClassIdRegister("Convolution", &id));
  PetscCall(PetscLogEventRegister("ConvApply", id, &Convolution_Apply));
  PetscCall(PetscRegisterFinalize(ConvolutionFinalizePackage));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The least even number of at least n without a prime factor above 7. */
static PetscInt ConvolutionLength(PetscInt n)
{
  for (PetscInt length = n + n % 2;; length += 2) {
    PetscInt rest = length;

    for (PetscInt p = 2; p <= 7; p++)
      while (rest % p == 0) rest /= p;
    if (rest == 1) return length;
  }
}

/* From one line of n numbers to the next: it keeps them aligned, and apart in the cache where many are written side by side. */
static PetscInt ConvolutionPitch(PetscInt n)
{
  const PetscInt pitch = (n + 3) / 4 * 4;

  return pitch % 32 ? pitch : pitch + 4;
}

/* Aligned memory for n numbers, zero. */
static PetscErrorCode ConvolutionAllocate(PetscInt n, ConvolutionNumber **memory)
{
  PetscFunctionBegin;
  *memory = fftw_alloc_complex((size_t)PetscMax(n, 1));
  PetscCheck(*memory, PETSC_COMM_SELF, PETSC_ERR_MEM, "no memory for %" PetscInt_FMT " numbers", n);
  PetscCall(PetscArrayzero(*memory, n));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* A line along an axis and its plans, which leave what goes forward as it is. */
static PetscErrorCode ConvolutionPlan(Convolution c, PetscInt axis)
{
  const int n = (int)c->padded[axis];

  PetscFunctionBegin;
  PetscCall(ConvolutionAllocate(n, &c->column[axis]));
  PetscCall(ConvolutionAllocate(n, &c->work[axis]));
  PetscCall(ConvolutionAllocate(n, &c->column_back[axis]));
  if (axis) {
    c->forward[axis]  = fftw_plan_dft_1d(n, c->column[axis], c->work[axis], FFTW_FORWARD, FFTW_ESTIMATE | FFTW_PRESERVE_INPUT);
    c->backward[axis] = fftw_plan_dft_1d(n, c->work[axis], c->column_back[axis], FFTW_BACKWARD, FFTW_ESTIMATE | FFTW_DESTROY_INPUT);
  } else {
    c->row         = (PetscReal *)c->column[0];
    c->row_back    = (PetscReal *)c->column_back[0];
    c->forward[0]  = fftw_plan_dft_r2c_1d(n, c->row, c->work[0], FFTW_ESTIMATE | FFTW_PRESERVE_INPUT);
    c->backward[0] = fftw_plan_dft_c2r_1d(n, c->work[0], c->row_back, FFTW_ESTIMATE | FFTW_DESTROY_INPUT);
  }
  PetscCheck(c->forward[axis] && c->backward[axis], PETSC_COMM_SELF, PETSC_ERR_LIB, "FFTW has no plan for %d cells", n);
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode ConvolutionLines(MPI_Comm comm, PetscInt count, PetscInt *first, PetscInt *lines)
{
  PetscInt   *share;
  PetscMPIInt rank, size;

  PetscFunctionBegin;
  PetscCallMPI(MPI_Comm_rank(comm, &rank));
  PetscCallMPI(MPI_Comm_size(comm, &size));
  PetscCall(ConvolutionShare(count, size, &share));
  if (first) *first = share[rank];
  *lines = share[rank + 1] - share[rank];
  PetscCall(PetscFree(share));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Everything but the rows, for n cells in transforms of the padded length. Collective. */
static PetscErrorCode ConvolutionSetUp(Convolution c)
{
  PetscFunctionBegin;
  c->references = 1;
  c->half       = c->padded[0] / 2 + 1;
  PetscCall(ConvolutionLines(c->comm, c->n[1] * c->n[2], &c->first_row, &c->lines[0]));
  PetscCall(ConvolutionLines(c->comm, c->half * c->n[2], NULL, &c->lines[1]));
  PetscCall(ConvolutionLines(c->comm, c->half * c->padded[1], NULL, &c->lines[2]));
  for (PetscInt a = 0; a < c->dim; a++) PetscCall(ConvolutionPlan(c, a));
  PetscCall(PetscMalloc1(c->lines[0] * c->n[0], &c->cells));
  for (PetscInt a = 0; a < PetscMin(c->dim - 1, 2); a++) {
    const PetscInt length[2] = {c->half, c->padded[1]};
    const PetscInt n[2][3] = {{c->half, c->n[1], c->n[2]}, {c->padded[1], c->n[2], c->half}}, step[2][2] = {{1, c->n[1]}, {c->half, 1}};

    c->pitch[a] = ConvolutionPitch(c->n[a + 1]);
    PetscCall(ConvolutionAllocate(c->lines[a + 1] * c->pitch[a], &c->line[a]));
    PetscCall(ExchangeSetUp(&c->exchange[a], c->comm, n[a], step[a], (const PetscInt[2]){ConvolutionPitch(length[a]), c->pitch[a]}));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Drops a reference; the last one frees. Collective. */
PetscErrorCode ConvolutionDestroy(Convolution *convolution)
{
  Convolution c = *convolution;

  PetscFunctionBegin;
  *convolution = NULL;
  if (!c || --c->references > 0) PetscFunctionReturn(PETSC_SUCCESS);
  for (PetscInt a = 0; a < c->dim; a++) {
    fftw_destroy_plan(c->forward[a]);
    fftw_destroy_plan(c->backward[a]);
    fftw_free(c->column[a]);
    fftw_free(c->work[a]);
    fftw_free(c->column_back[a]);
  }
  for (int i = 0; i < 2; i++) {
    PetscCall(ExchangeReset(&c->exchange[i]));
    fftw_free(c->line[i]);
  }
  PetscCall(RowsReset(&c->rows));
  PetscCall(PetscFree(c->cells));
  PetscCall(PetscFree(c));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode ConvolutionContainerDestroy(JKOContext context)
{
  Convolution convolution = (Convolution)JKOContextGet(context);

  PetscFunctionBegin;
  PetscCall(ConvolutionDestroy(&convolution));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode ConvolutionCreate(Grid grid, Convolution *convolution)
{
  Convolution  c;
  GridBoundary boundary[3];
  PetscInt     start[3], width[3];

  PetscFunctionBegin;
  PetscCall(ConvolutionInitializePackage());
  PetscCall(PetscNew(&c));
  c->comm = PetscObjectComm((PetscObject)grid);
  PetscCall(GridGetDimension(grid, &c->dim));
  PetscCall(GridGetSizes(grid, c->n));
  PetscCall(GridGetSpacing(grid, c->h));
  PetscCall(GridGetCellVolume(grid, &c->volume));
  PetscCall(GridGetBoundary(grid, boundary));
  PetscCall(GridGetCorners(grid, start, width));
  for (PetscInt a = 0; a < 3; a++) c->padded[a] = a < c->dim && boundary[a] == GRID_NOFLUX ? ConvolutionLength(2 * c->n[a] - 1) : c->n[a];
  PetscCall(ConvolutionSetUp(c));
  PetscCall(RowsSetUp(&c->rows, c->comm, c->n, start, width));
  *convolution = c;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The convolution of a grid, which keeps it: all that convolve on the grid share plans and memory. Referenced; ConvolutionDestroy() when
   done. Collective. */
PetscErrorCode ConvolutionGet(Grid grid, Convolution *convolution)
{
  static const char key[] = "jko_convolution";
  PetscContainer    container;

  PetscFunctionBegin;
  PetscCall(PetscObjectQuery((PetscObject)grid, key, (PetscObject *)&container));
  if (!container) {
    PetscCall(ConvolutionCreate(grid, convolution));
    PetscCall(PetscContainerCreate(PetscObjectComm((PetscObject)grid), &container));
    PetscCall(PetscContainerSetPointer(container, *convolution));
    PetscCall(PetscContainerSetCtxDestroy(container, ConvolutionContainerDestroy));
    PetscCall(PetscObjectCompose((PetscObject)grid, key, (PetscObject)container));
    PetscCall(PetscContainerDestroy(&container));
  } else
    PetscCall(PetscContainerGetPointer(container, (void **)convolution));
  (*convolution)->references++;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* work = F(n numbers and zeros). */
static PetscErrorCode ConvolutionForward(Convolution c, PetscInt axis, const ConvolutionNumber in[])
{
  PetscFunctionBegin;
  PetscCall(PetscArraycpy(c->column[axis], in, c->n[axis]));
  fftw_execute(c->forward[axis]);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* What makes and uses up lines: whole rows, and those along y. */
typedef struct {
  Convolution        c;
  const PetscScalar *in;
  PetscScalar       *out;
} ConvolutionEnds;

static PetscErrorCode ConvolutionMakeRow(void *ends, PetscInt line, ConvolutionNumber numbers[])
{
  const ConvolutionEnds *e = (const ConvolutionEnds *)ends;
  const Convolution      c = e->c;

  PetscFunctionBegin;
  PetscCall(PetscArraycpy(c->row, e->in + line * c->n[0], c->n[0]));
  fftw_execute_dft_r2c(c->forward[0], c->row, numbers);
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode ConvolutionUseRow(void *ends, PetscInt line, ConvolutionNumber numbers[])
{
  const ConvolutionEnds *e = (const ConvolutionEnds *)ends;
  const Convolution      c = e->c;

  PetscFunctionBegin;
  fftw_execute_dft_c2r(c->backward[0], numbers, c->row_back);
  PetscCall(PetscArraycpy(e->out + line * c->n[0], c->row_back, c->n[0]));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode ConvolutionMakeColumn(void *ends, PetscInt line, ConvolutionNumber numbers[])
{
  const Convolution c = ((const ConvolutionEnds *)ends)->c;

  PetscFunctionBegin;
  PetscCall(PetscArraycpy(c->column[1], c->line[0] + line * c->pitch[0], c->n[1]));
  fftw_execute_dft(c->forward[1], c->column[1], numbers);
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode ConvolutionUseColumn(void *ends, PetscInt line, ConvolutionNumber numbers[])
{
  const Convolution c = ((const ConvolutionEnds *)ends)->c;

  PetscFunctionBegin;
  fftw_execute_dft(c->backward[1], numbers, c->column_back[1]);
  PetscCall(PetscArraycpy(c->line[0] + line * c->pitch[0], c->column_back[1], c->n[1]));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* From whole rows to lines along the last axis; nothing in 1-D. */
static PetscErrorCode ConvolutionToLastAxis(Convolution c, const PetscScalar rows[])
{
  ConvolutionEnds ends = {.c = c, .in = rows};

  PetscFunctionBegin;
  if (c->dim > 1) PetscCall(ExchangeForward(&c->exchange[0], ConvolutionMakeRow, &ends, c->line[0]));
  if (c->dim > 2) PetscCall(ExchangeForward(&c->exchange[1], ConvolutionMakeColumn, &ends, c->line[1]));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Back again. */
static PetscErrorCode ConvolutionToRows(Convolution c, PetscScalar rows[])
{
  ConvolutionEnds ends = {.c = c, .out = rows};

  PetscFunctionBegin;
  if (c->dim > 2) PetscCall(ExchangeBackward(&c->exchange[1], c->line[1], ConvolutionUseColumn, &ends));
  if (c->dim > 1) PetscCall(ExchangeBackward(&c->exchange[0], c->line[0], ConvolutionUseRow, &ends));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* There and back along the last axis, times the spectrum in between; in 1-D from rows to rows. */
static PetscErrorCode ConvolutionMultiply(Convolution c, const PetscReal spectrum[], const PetscScalar in[], PetscScalar out[])
{
  const PetscInt last = c->dim - 1, length = last ? c->padded[last] : c->half, n = c->n[last];

  PetscFunctionBegin;
  for (PetscInt l = 0; l < c->lines[last]; l++) {
    const PetscReal *s = spectrum + l * length;

    PetscCall(last ? PetscArraycpy(c->column[last], c->line[last - 1] + l * c->pitch[last - 1], n) : PetscArraycpy(c->row, in + l * n, n));
    fftw_execute(c->forward[last]);
    for (PetscInt i = 0; i < length; i++) c->work[last][i] *= s[i];
    fftw_execute(c->backward[last]);
    PetscCall(last ? PetscArraycpy(c->line[last - 1] + l * c->pitch[last - 1], c->column_back[last], n)
                   : PetscArraycpy(out + l * n, c->row_back, n));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* out = volume * (w conv in) on this rank's cells, which may be the same array. On one rank they are the rows. Collective. */
PetscErrorCode ConvolutionApply(Convolution c, const PetscReal spectrum[], const PetscScalar in[], PetscScalar out[])
{
  const PetscBool    alone = (PetscBool)(c->rows.size == 1);
  const PetscScalar *from  = alone ? in : c->cells;
  PetscScalar       *to    = alone ? out : c->cells;

  PetscFunctionBegin;
  PetscCall(PetscLogEventBegin(Convolution_Apply, 0, 0, 0, 0));
  if (!alone) PetscCall(RowsGather(&c->rows, in, c->cells));
  PetscCall(ConvolutionToLastAxis(c, from));
  PetscCall(ConvolutionMultiply(c, spectrum, from, to));
  PetscCall(ConvolutionToRows(c, to));
  if (!alone) PetscCall(RowsScatter(&c->rows, c->cells, out));
  PetscCall(PetscLogEventEnd(Convolution_Apply, 0, 0, 0, 0));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The displacement along an axis of a place in the transform; `both` where it stands for a displacement and its opposite, half a period.
   Not one that two cells can have: false. */
static PetscBool ConvolutionDisplacement(Convolution c, PetscInt axis, PetscInt place, PetscReal *x, PetscBool *both)
{
  const PetscInt  padded = c->padded[axis];
  const PetscBool wraps  = (PetscBool)(padded == c->n[axis]);

  *both = (PetscBool)(wraps && padded > 1 && 2 * place == padded);
  *x    = c->h[axis] * (PetscReal)(2 * place <= padded ? place : place - padded);
  return (PetscBool)(wraps || place < c->n[axis] || padded - place < c->n[axis]);
}

/* The even part of w at a place of the transform: the mean over both signs, along each axis on its own where the displacement is half a
   period. */
static PetscErrorCode ConvolutionEvenPart(Convolution c, const PetscInt place[3], ConvolutionKernel w, void *context, PetscReal *even)
{
  PetscReal x[3], sum = 0;
  PetscBool both[3];
  PetscInt  count = 0;

  PetscFunctionBegin;
  *even = 0;
  for (PetscInt a = 0; a < 3; a++)
    if (!ConvolutionDisplacement(c, a, place[a], &x[a], &both[a])) PetscFunctionReturn(PETSC_SUCCESS);
  for (PetscInt signs = 0; signs < 16; signs++) {
    PetscReal y[3], value;
    PetscBool skip = PETSC_FALSE;

    for (PetscInt a = 0; a < 3; a++) {
      const PetscBool flip = (PetscBool)(signs >> a & 1);

      if (flip && !both[a]) skip = PETSC_TRUE;
      y[a] = flip != (signs >= 8) ? -x[a] : x[a];
    }
    if (skip) continue;
    PetscCall((*w)(context, y, &value));
    sum += value;
    count++;
  }
  *even = sum / (PetscReal)count;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The transform of the even part of w, all that a symmetric interaction sees, times factor volume / cells of the transform: real. To be
   freed by the caller. Collective. */
PetscErrorCode ConvolutionTransformKernel(Convolution c, ConvolutionKernel w, void *context, PetscReal factor, PetscReal *spectrum[])
{
  const PetscReal scale = factor * c->volume / ((PetscReal)c->padded[0] * (PetscReal)c->padded[1] * (PetscReal)c->padded[2]);
  const PetscInt  last = c->dim - 1, length = last ? c->padded[last] : c->half;
  Convolution     full;

  PetscFunctionBegin;
  PetscCall(PetscNew(&full));
  full->comm = c->comm;
  full->dim  = c->dim;
  PetscCall(PetscArraycpy(full->n, c->padded, 3));
  PetscCall(PetscArraycpy(full->padded, c->padded, 3));
  PetscCall(ConvolutionSetUp(full));
  for (PetscInt l = 0; l < full->lines[0]; l++)
    for (PetscInt i = 0; i < full->n[0]; i++) {
      const PetscInt row = full->first_row + l, place[3] = {i, row % full->n[1], row / full->n[1]};

      PetscCall(ConvolutionEvenPart(c, place, w, context, &full->cells[l * full->n[0] + i]));
    }
  PetscCall(ConvolutionToLastAxis(full, full->cells));
  PetscCall(PetscMalloc1(full->lines[last] * length, spectrum));
  for (PetscInt l = 0; l < full->lines[last]; l++) {
    if (!last) PetscCall(PetscArraycpy(full->row, full->cells + l * full->n[0], full->n[0]));
    if (last)
      PetscCall(ConvolutionForward(full, last, full->line[last - 1] + l * full->pitch[last - 1]));
    else
      fftw_execute(full->forward[0]);
    for (PetscInt i = 0; i < length; i++) (*spectrum)[l * length + i] = scale * creal(full->work[last][i]);
  }
  PetscCall(ConvolutionDestroy(&full));
  PetscFunctionReturn(PETSC_SUCCESS);
}
