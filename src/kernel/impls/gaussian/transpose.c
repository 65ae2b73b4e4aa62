/* Rows to columns and back, a GROUP of rows at a time: the x pass then runs across vectors like the others. */
#include "gaussian.h"

/* Exchanges the off-diagonal blocks of size s of every 2s x 2s block. */
#if SIMD_WIDTH == 8
  #define SHUFFLE_LOW_1  0, 8, 2, 10, 4, 12, 6, 14
  #define SHUFFLE_HIGH_1 1, 9, 3, 11, 5, 13, 7, 15
  #define SHUFFLE_LOW_2  0, 1, 8, 9, 4, 5, 12, 13
  #define SHUFFLE_HIGH_2 2, 3, 10, 11, 6, 7, 14, 15
  #define SHUFFLE_LOW_4  0, 1, 2, 3, 8, 9, 10, 11
  #define SHUFFLE_HIGH_4 4, 5, 6, 7, 12, 13, 14, 15
#elif SIMD_WIDTH == 4
  #define SHUFFLE_LOW_1  0, 4, 2, 6
  #define SHUFFLE_HIGH_1 1, 5, 3, 7
  #define SHUFFLE_LOW_2  0, 1, 4, 5
  #define SHUFFLE_HIGH_2 2, 3, 6, 7
#else
  #define SHUFFLE_LOW_1  0, 2
  #define SHUFFLE_HIGH_1 1, 3
#endif

#define TRANSPOSE_STAGE(a, s)                                                                                                              \
  SIMD_UNROLL for (int i = 0; i < SIMD_WIDTH; i++) if (!(i & s))                                                                           \
  {                                                                                                                                        \
    const SimdReal low = a[i], high = a[i + s];                                                                                            \
    a[i]     = __builtin_shufflevector(low, high, SHUFFLE_LOW_##s);                                                                        \
    a[i + s] = __builtin_shufflevector(low, high, SHUFFLE_HIGH_##s);                                                                       \
  }

SIMD_INLINE void Transpose(SimdReal a[SIMD_WIDTH])
{
  TRANSPOSE_STAGE(a, 1)
#if SIMD_WIDTH >= 4
  TRANSPOSE_STAGE(a, 2)
#endif
#if SIMD_WIDTH >= 8
  TRANSPOSE_STAGE(a, 4)
#endif
}

/* tile[c*GROUP + l] = in[l*stride + c] for GROUP rows l; columns is a multiple of SIMD_WIDTH. */
void TransposeIn(const PetscReal in[], PetscInt stride, PetscInt columns, PetscReal tile[])
{
  for (PetscInt c = 0; c < columns; c += SIMD_WIDTH)
    for (int g = 0; g < GROUP; g += SIMD_WIDTH) {
      SimdReal a[SIMD_WIDTH];

      SIMD_UNROLL for (int l = 0; l < SIMD_WIDTH; l++) a[l] = SimdLoad(in + (g + l) * stride + c);
      Transpose(a);
      SIMD_UNROLL for (int l = 0; l < SIMD_WIDTH; l++) SimdStore(tile + (c + l) * GROUP + g, a[l]);
    }
}

/* row[l][c] = tile[c*GROUP + l] for the first `rows` rows; columns is a multiple of SIMD_WIDTH. */
void TransposeOut(const PetscReal tile[], PetscInt columns, PetscReal *const row[], PetscInt rows)
{
  for (PetscInt c = 0; c < columns; c += SIMD_WIDTH)
    for (int g = 0; g < rows; g += SIMD_WIDTH) {
      SimdReal a[SIMD_WIDTH];

      SIMD_UNROLL for (int l = 0; l < SIMD_WIDTH; l++) a[l] = SimdLoad(tile + (c + l) * GROUP + g);
      Transpose(a);
      SIMD_UNROLL for (int l = 0; l < SIMD_WIDTH; l++) if (g + l < rows) SimdStore(row[g + l] + c, a[l]);
    }
}
