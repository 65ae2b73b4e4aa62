/* Vectors of the target's width in GNU C, understood by gcc and clang alike: no intrinsics, one text for all machines. */
#ifndef JKO_PRIVATE_SIMD_H
#define JKO_PRIVATE_SIMD_H

#include <stdint.h>

#if defined(__AVX512F__)
  #define SIMD_WIDTH        8  /* reals per vector */
  #define SIMD_ACCUMULATORS 16 /* half of the registers: enough to hide the latency of two FMA units */
#elif defined(__AVX__)
  #define SIMD_WIDTH        4
  #define SIMD_ACCUMULATORS 8
#else
  #define SIMD_WIDTH        2
  #define SIMD_ACCUMULATORS 8
#endif
#define SIMD_ROWS  (SIMD_ACCUMULATORS / 2)
#define SIMD_BYTES (8 * SIMD_WIDTH)

typedef double  SimdReal __attribute__((vector_size(SIMD_BYTES), may_alias));
typedef double  SimdRealUnaligned __attribute__((vector_size(SIMD_BYTES), aligned(8), may_alias));
typedef int64_t SimdInt __attribute__((vector_size(SIMD_BYTES), may_alias));

#define SIMD_INLINE static inline __attribute__((always_inline))
/* Loops over registers must be unrolled completely, or the registers become memory. */
#if defined(__clang__)
  #define SIMD_UNROLL _Pragma("clang loop unroll(full)")
#else
  #define SIMD_UNROLL _Pragma("GCC unroll 16")
#endif

SIMD_INLINE SimdReal SimdSet(double x)
{
  return x - (SimdReal){0};
}

SIMD_INLINE SimdReal SimdLoad(const double *x)
{
  return *(const SimdRealUnaligned *)x;
}

SIMD_INLINE void SimdStore(double *x, SimdReal v)
{
  *(SimdRealUnaligned *)x = v;
}

/* The first count < SIMD_WIDTH reals, the rest 0. */
SIMD_INLINE SimdReal SimdLoadSome(const double *x, int count)
{
  double all[SIMD_WIDTH] = {0};

  for (int l = 0; l < count; l++) all[l] = x[l];
  return SimdLoad(all);
}

SIMD_INLINE void SimdStoreSome(double *x, int count, SimdReal v)
{
  double all[SIMD_WIDTH];

  SimdStore(all, v);
  for (int l = 0; l < count; l++) x[l] = all[l];
}

/* mask ? a : b, the mask as comparisons of vectors give it. */
SIMD_INLINE SimdReal SimdSelect(SimdInt mask, SimdReal a, SimdReal b)
{
  return (SimdReal)((mask & (SimdInt)a) | (~mask & (SimdInt)b));
}

/* Adding SIMD_SHIFT rounds a real below 2^51 to the nearest integer, which then stands in the low bits. */
#define SIMD_SHIFT 0x1.8p52

/* 2^k for integers -1023 < k < 1024. */
SIMD_INLINE SimdReal SimdPower2(SimdReal k)
{
  return (SimdReal)((SimdInt)(k + (SIMD_SHIFT + 1023)) << 52);
}

#endif
