/* out_i = sum_d w_d in_{i+d} on rows of vectors, d from first to last, each term one fused multiply-add: the order and the
   roundings are the same for every shape of block, and for every cell.

   Several outputs are summed at the same time, one register each, to hide the latency of the multiply-adds. */
#include "gaussian.h"

/* count outputs: output t reads in + t*next + d*reach and goes to out + t*out_next. */
SIMD_INLINE void ConvolveSome(const int count, const PetscReal in[], PetscInt reach, PetscInt next, PetscReal out[], PetscInt out_next,
                              const KernelAxis *axis)
{
  const PetscInt   span   = 2 * axis->radius + 1;
  const PetscReal *weight = axis->weight;
  SimdReal         sum[SIMD_ACCUMULATORS];

  SIMD_UNROLL for (int t = 0; t < count; t++) sum[t] = SimdSet(0);
  for (PetscInt d = 0; d < span; d++, in += reach) {
    const SimdReal w = SimdSet(weight[d]);

    SIMD_UNROLL for (int t = 0; t < count; t++) sum[t] += w * SimdLoad(in + t * next);
  }
  SIMD_UNROLL for (int t = 0; t < count; t++) SimdStore(out + t * out_next, sum[t]);
}

/*
  Across rows: out[i*out_stride + c] = sum_d w_d in[(i + d)*stride + c] for i < rows and c < columns, a multiple of SIMD_WIDTH.
  in holds rows + 2 radius rows.
*/
void ConvolveAcross(const PetscReal in[], PetscInt stride, PetscReal out[], PetscInt out_stride, PetscInt rows, PetscInt columns,
                    const KernelAxis *axis)
{
  PetscInt i = 0;

  for (; i + SIMD_ACCUMULATORS <= rows; i += SIMD_ACCUMULATORS)
    for (PetscInt c = 0; c < columns; c += SIMD_WIDTH)
      ConvolveSome(SIMD_ACCUMULATORS, in + i * stride + c, stride, stride, out + i * out_stride + c, out_stride, axis);
  for (; i + 4 <= rows; i += 4)
    for (PetscInt c = 0; c < columns; c += SIMD_WIDTH)
      ConvolveSome(4, in + i * stride + c, stride, stride, out + i * out_stride + c, out_stride, axis);
  for (; i < rows; i++)
    for (PetscInt c = 0; c < columns; c += SIMD_WIDTH)
      ConvolveSome(1, in + i * stride + c, stride, stride, out + i * out_stride + c, out_stride, axis);
}

/* Along a row: out[c] = sum_d w_d in[c + d] for c < columns, a multiple of SIMD_WIDTH. */
void ConvolveAlong(const PetscReal in[], PetscReal out[], PetscInt columns, const KernelAxis *axis)
{
  enum { CHUNK = SIMD_ACCUMULATORS * SIMD_WIDTH };
  PetscInt c = 0;

  for (; c + CHUNK <= columns; c += CHUNK) ConvolveSome(SIMD_ACCUMULATORS, in + c, 1, SIMD_WIDTH, out + c, SIMD_WIDTH, axis);
  for (; c < columns; c += SIMD_WIDTH) ConvolveSome(1, in + c, 1, SIMD_WIDTH, out + c, SIMD_WIDTH, axis);
}
