/* The x pass: a GROUP of rows of `in`, or of e^in 2^-E, convolved along x.

   E is a multiple of 128 that brings a row's largest value to at most 2^960 (7.5 steps: logarithms near 0 are far from where it
   changes). Neighbouring rows of a smooth field share it, and there is room below for a range of e^1200. A row whose strip spans
   more gets an exponent per segment. */
#include <jko/private/vecmath.h>
#include "gaussian.h"

enum { EXPONENT_STEP = 128, EXPONENT_TOP = 960, TRANSPOSE_RADIUS = 6 };
#define LOG2_E 1.4426950408889634

/* Positions x0 .. x0 + count - 1 of the window of a line, a row of `in`. */
static void RowLoad(const Application *apply, PetscInt line, PetscInt x0, PetscInt count, PetscReal window[])
{
  const KernelGaussian *plan  = apply->plan;
  const PetscInt        width = plan->width[0], radius = plan->axis[0].radius, lines = plan->cells / width;
  const PetscInt        first = PetscMin(count, PetscMax(0, radius - x0)), last = PetscMax(first, PetscMin(count, width + radius - x0));
  const PetscReal      *own = apply->in + line * width;
  const PetscInt       *map;

  (void)HaloGetMap(plan->axis[0].halo, NULL, &map);
  for (PetscInt side = 0; side < 2; side++)
    for (PetscInt j = side ? last : 0; j < (side ? count : first); j++) {
      const PetscInt i = map[x0 + j];

      window[j] = i < width ? own[i] : apply->ghost[0][(i - width) * lines + line];
    }
  for (PetscInt j = first; j < last; j++) window[j] = own[x0 + j - radius];
}

/* Replaces logarithms by their exponentials in units of 2^exponent. */
static Segment RowScale(Application *apply, PetscInt count, PetscReal window[])
{
  const PetscReal flush = apply->plan->flush[0];
  PetscReal       smallest, largest;
  Segment         segment = {SEGMENT_EMPTY, 0};

  VecMathRange(count, window, &smallest, &largest);
  if (largest > VECMATH_LARGEST)
    apply->failed = PETSC_TRUE;
  else if (largest >= -VECMATH_LARGEST) {
    segment.exponent = EXPONENT_STEP * PetscCeilReal((largest * LOG2_E - EXPONENT_TOP) / EXPONENT_STEP);
    segment.lost     = smallest * LOG2_E - segment.exponent < flush + 1;
  }
  VecMathExpScaled(count, window, segment.exponent == SEGMENT_EMPTY ? 0 : segment.exponent, flush, window);
  return segment;
}

/* From the window of each row, stride apart, to the rows out[l] of m cells, padded to whole vectors. */
static void RowsConvolve(const KernelGaussian *plan, PetscInt count, const PetscReal window[], PetscInt stride, PetscInt m,
                         PetscReal *const out[])
{
  const KernelAxis *axis  = &plan->axis[0];
  const PetscInt    pitch = RecordPitch(m), positions = RecordPitch(m + 2 * axis->radius);
  PetscReal        *tile = plan->tile.data, *result = tile + positions * GROUP;

  if (axis->radius < TRANSPOSE_RADIUS || 2 * count < GROUP) {
    for (PetscInt l = 0; l < count; l++) ConvolveAlong(window + l * stride, out[l], pitch, axis);
    return;
  }
  TransposeIn(window, stride, positions, tile);
  ConvolveAcross(tile, GROUP, result, GROUP, pitch, GROUP, axis);
  TransposeOut(result, pitch, out, count);
}

/*
  The x pass of up to GROUP lines (rows of `in`, numbered j + wy*k) on the m cells from x0: row l to out[l], its segments to
  segment[l]. When a common exponent is too narrow for a strip, each segment is done on its own.
*/
void RowsPass(Application *apply, PetscInt count, const PetscInt line[], PetscInt x0, PetscInt m, PetscReal *const out[],
              Segment *const segment[])
{
  const PetscInt positions = m + 2 * apply->plan->axis[0].radius, stride = WindowStride(apply->plan);
  PetscReal     *window = apply->plan->window.data;
  PetscBool      narrow = PETSC_FALSE;

  for (PetscInt l = 0; l < count; l++) {
    PetscReal *row    = window + l * stride;
    Segment    common = {0, 0};

    RowLoad(apply, line[l], x0, positions, row);
    if (apply->logarithm) common = RowScale(apply, positions, row);
    for (PetscInt j = positions; j < positions + SIMD_WIDTH; j++) row[j] = 0;
    for (PetscInt s = 0; s * SEGMENT < m; s++) segment[l][s] = common;
    if (common.lost != 0 && m > SEGMENT) narrow = PETSC_TRUE;
  }
  if (!narrow) {
    RowsConvolve(apply->plan, count, window, stride, m, out);
    return;
  }
  for (PetscInt s = 0; s * SEGMENT < m; s++) {
    PetscReal *part[GROUP];
    Segment   *of_part[GROUP];

    for (PetscInt l = 0; l < count; l++) part[l] = out[l] + s * SEGMENT, of_part[l] = segment[l] + s;
    RowsPass(apply, count, line, x0 + s * SEGMENT, PetscMin(SEGMENT, m - s * SEGMENT), part, of_part);
  }
}

/* Reals from one row's window to the next: padded for whole vectors and against cache conflicts. */
PetscInt WindowStride(const KernelGaussian *plan)
{
  return RecordLength(PetscMin(plan->strip, plan->width[0]) + 2 * plan->axis[0].radius + 2 * SIMD_WIDTH);
}

PetscErrorCode RowsReserve(KernelGaussian *plan)
{
  const PetscInt strip = PetscMin(plan->strip, plan->width[0]), positions = RecordPitch(strip + 2 * plan->axis[0].radius);

  PetscFunctionBegin;
  PetscCall(ScratchReserve(&plan->window, GROUP * WindowStride(plan)));
  PetscCall(ScratchReserve(&plan->tile, GROUP * (positions + RecordPitch(strip))));
  PetscFunctionReturn(PETSC_SUCCESS);
}
