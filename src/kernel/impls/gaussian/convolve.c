/* out_i = sum_d w_d in_{i+d} on rows of vectors, d from first to last, each term one fused multiply-add: the order and the
   roundings are the same for every shape of block, and for every cell.

   Across rows, a block of sums stays in registers: each row of the input is loaded once and multiplied by as many weights as it
   has outputs in the block, so that loads do not limit the multiply-adds. The first and last rows of the window, which do not
   reach all outputs, are unrolled. */
#include "gaussian.h"

enum { PAIR = 2 }; /* vectors side by side */

/* Row j of the window on the outputs first .. last - 1 of a block of `count`: sum_t += w_{j-t} in_j; weight points at w_j. */
SIMD_INLINE void ConvolveRow(const int count, const int vectors, const PetscReal in[], const PetscReal weight[], int first, int last,
                             SimdReal sum[SIMD_ROWS][PAIR])
{
  SimdReal v[PAIR];

  SIMD_UNROLL for (int c = 0; c < vectors; c++) v[c] = SimdLoad(in + c * SIMD_WIDTH);
  SIMD_UNROLL for (int t = 0; t < count; t++) if (t >= first && t < last)
  {
    const SimdReal w = SimdSet(weight[-t]);

    SIMD_UNROLL for (int c = 0; c < vectors; c++) sum[t][c] += w * v[c];
  }
}

/* A block of `count` rows (at most 2 radius + 1) by `vectors` vectors. */
SIMD_INLINE void ConvolveBlock(const int count, const int vectors, const PetscReal in[], PetscInt stride, PetscReal out[],
                               PetscInt out_stride, const KernelAxis *axis)
{
  const PetscInt   last   = 2 * axis->radius;
  const PetscReal *weight = axis->weight;
  SimdReal         sum[SIMD_ROWS][PAIR];

  SIMD_UNROLL for (int t = 0; t < count; t++) SIMD_UNROLL for (int c = 0; c < vectors; c++) sum[t][c] = SimdSet(0);
  SIMD_UNROLL for (int j = 0; j < count - 1; j++, in += stride) ConvolveRow(count, vectors, in, weight + j, 0, j + 1, sum);
  for (PetscInt j = count - 1; j <= last; j++, in += stride) ConvolveRow(count, vectors, in, weight + j, 0, count, sum);
  SIMD_UNROLL for (int j = 1; j < count; j++, in += stride) ConvolveRow(count, vectors, in, weight + last + j, j, count, sum);
  SIMD_UNROLL for (int t = 0; t < count; t++) SIMD_UNROLL for (int c = 0; c < vectors; c++)
      SimdStore(out + t * out_stride + c * SIMD_WIDTH, sum[t][c]);
}

/* `count` rows of all columns. */
SIMD_INLINE void ConvolveBand(const int count, const PetscReal in[], PetscInt stride, PetscReal out[], PetscInt out_stride,
                              PetscInt columns, const KernelAxis *axis)
{
  PetscInt c = 0;

  for (; c + PAIR * SIMD_WIDTH <= columns; c += PAIR * SIMD_WIDTH) ConvolveBlock(count, PAIR, in + c, stride, out + c, out_stride, axis);
  for (; c < columns; c += SIMD_WIDTH) ConvolveBlock(count, 1, in + c, stride, out + c, out_stride, axis);
}

/*
  Across rows: out[i*out_stride + c] = sum_d w_d in[(i + d)*stride + c] for i < rows and c < columns, a multiple of SIMD_WIDTH.
  in holds rows + 2 radius rows.
*/
void ConvolveAcross(const PetscReal in[], PetscInt stride, PetscReal out[], PetscInt out_stride, PetscInt rows, PetscInt columns,
                    const KernelAxis *axis)
{
  const PetscInt span = 2 * axis->radius + 1;
  PetscInt       i    = 0;

  for (; span >= SIMD_ROWS && i + SIMD_ROWS <= rows; i += SIMD_ROWS)
    ConvolveBand(SIMD_ROWS, in + i * stride, stride, out + i * out_stride, out_stride, columns, axis);
  for (; span >= 4 && i + 4 <= rows; i += 4) ConvolveBand(4, in + i * stride, stride, out + i * out_stride, out_stride, columns, axis);
  for (; i < rows; i++) ConvolveBand(1, in + i * stride, stride, out + i * out_stride, out_stride, columns, axis);
}

/* `count` vectors of a row at the same time. */
SIMD_INLINE void ConvolveVectors(const int count, const PetscReal in[], PetscReal out[], const KernelAxis *axis)
{
  SimdReal sum[SIMD_ACCUMULATORS];

  SIMD_UNROLL for (int t = 0; t < count; t++) sum[t] = SimdSet(0);
  for (PetscInt d = 0; d <= 2 * axis->radius; d++) {
    const SimdReal w = SimdSet(axis->weight[d]);

    SIMD_UNROLL for (int t = 0; t < count; t++) sum[t] += w * SimdLoad(in + d + t * SIMD_WIDTH);
  }
  SIMD_UNROLL for (int t = 0; t < count; t++) SimdStore(out + t * SIMD_WIDTH, sum[t]);
}

/* Along a row: out[c] = sum_d w_d in[c + d] for c < columns, a multiple of SIMD_WIDTH. */
void ConvolveAlong(const PetscReal in[], PetscReal out[], PetscInt columns, const KernelAxis *axis)
{
  enum { CHUNK = SIMD_ACCUMULATORS * SIMD_WIDTH };
  PetscInt c = 0;

  for (; c + CHUNK <= columns; c += CHUNK) ConvolveVectors(SIMD_ACCUMULATORS, in + c, out + c, axis);
  for (; c < columns; c += SIMD_WIDTH) ConvolveVectors(1, in + c, out + c, axis);
}
