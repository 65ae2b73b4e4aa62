/* The passes along y and z, on blocks of up to BLOCK output rows of one segment: bring the rows of the window to the largest of
   their exponents, convolve across them, and after the last axis take the logarithm.

   The a-posteriori test: a result above 2^threshold in the block's units, or a block none of whose values was flushed, is right
   to the last bit; anything else fails the application, which is then done exactly. */
#include <jko/private/vecmath.h>
#include "gaussian.h"

static Segment *RowSegment(Rows rows, PetscInt j)
{
  return (Segment *)((PetscReal *)rows.segment + j * rows.stride);
}

/* The largest exponent of the rows, whether any lost something; returns whether all rows that are not empty have that exponent. */
static PetscBool BlockCommon(Rows rows, PetscInt count, Segment *common)
{
  PetscReal smallest = PETSC_MAX_REAL;

  *common = (Segment){SEGMENT_EMPTY, 0};
  for (PetscInt j = 0; j < count; j++) {
    const Segment *s = RowSegment(rows, j);

    common->exponent = PetscMax(common->exponent, s->exponent);
    common->lost     = PetscMax(common->lost, s->lost);
    if (s->exponent > SEGMENT_EMPTY) smallest = PetscMin(smallest, s->exponent);
  }
  return smallest >= common->exponent ? PETSC_TRUE : PETSC_FALSE;
}

/* to = from 2^shift (shift <= 0, even), values that fall below 2^flush become 0; returns 1 if a value that is not 0 did. */
static PetscReal BlockShiftRow(PetscInt columns, const PetscReal from[], PetscReal shift, PetscReal flush, PetscReal to[])
{
  SimdInt   flushed = {0};
  PetscReal any     = 0;

  if (flush - shift > 1000) { /* nothing of the row remains but a NaN */
    for (PetscInt c = 0; c < columns; c++) to[c] = 0 * from[c];
    return 1;
  }
  const SimdReal least = SimdPower2(SimdSet(flush - shift)), half = SimdPower2(SimdSet(shift / 2));

  for (PetscInt c = 0; c < columns; c += SIMD_WIDTH) {
    const SimdReal v     = SimdLoad(from + c);
    const SimdInt  small = v < least;

    flushed |= small & (v > 0.0);
    SimdStore(to + c, SimdSelect(small, SimdSet(0), v * half * half));
  }
  for (int l = 0; l < SIMD_WIDTH; l++) any = flushed[l] ? 1 : any;
  return any;
}

/* The window at one exponent: its rows as they are, or a copy. */
static Rows BlockAlign(Application *apply, PetscInt axis, Rows rows, PetscInt count, PetscInt columns, Segment *common)
{
  PetscReal *copy = apply->plan->block.data + BLOCK * SEGMENT;

  if (!apply->logarithm || BlockCommon(rows, count, common)) return rows;
  for (PetscInt j = 0; j < count; j++) {
    const PetscReal exponent = RowSegment(rows, j)->exponent, shift = exponent == SEGMENT_EMPTY ? 0 : exponent - common->exponent;
    const PetscReal lost = BlockShiftRow(columns, rows.value + j * rows.stride, shift, apply->plan->flush[axis], copy + j * SEGMENT);

    common->lost = PetscMax(common->lost, lost);
  }
  return (Rows){copy, NULL, SEGMENT};
}

/*
  n output rows of m cells from the n + 2 radius rows of the window, to out (stride out_stride; padded to whole vectors) in units
  of what *result says.
*/
void BlockConvolve(Application *apply, PetscInt axis, Rows rows, PetscInt n, PetscInt m, PetscReal out[], PetscInt out_stride,
                   Segment *result)
{
  const KernelAxis *plan    = &apply->plan->axis[axis];
  const PetscInt    columns = RecordPitch(m);
  const Rows        window  = BlockAlign(apply, axis, rows, n + 2 * plan->radius, columns, result);

  ConvolveAcross(window.value, window.stride, out, out_stride, n, columns, plan);
}

/* BlockConvolve() along the last axis; row i goes to the cells at, at + step, ... of the result. */
void BlockFinish(Application *apply, PetscInt axis, Rows rows, PetscInt n, PetscInt m, PetscInt at, PetscInt step)
{
  PetscReal *value  = apply->plan->block.data, smallest, largest;
  Segment    common = {0, 0};

  BlockConvolve(apply, axis, rows, n, m, value, SEGMENT, &common);
  for (PetscInt i = 0; i < n; i++, value += SEGMENT, at += step) {
    if (apply->logarithm) {
      if (common.lost != 0) {
        VecMathRange(m, value, &smallest, &largest);
        if (!(smallest >= apply->plan->threshold)) apply->failed = PETSC_TRUE;
      }
      VecMathLogScaled(m, value, common.exponent, value);
    }
    KernelFinish(m, value, apply->p ? apply->p + at : NULL, apply->out + at);
  }
}

PetscErrorCode BlockReserve(KernelGaussian *plan)
{
  PetscFunctionBegin;
  PetscCall(ScratchReserve(&plan->block, SEGMENT * (2 * BLOCK + 2 * PetscMax(plan->axis[1].radius, plan->axis[2].radius))));
  PetscFunctionReturn(PETSC_SUCCESS);
}
