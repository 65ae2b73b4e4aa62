/* e^x = 2^n e^t,  n = round(x / ln 2),  t = x - n ln 2,  |t| <= ln(2)/2;  e^t by a polynomial of degree 11 (minimax, relative
   error 2e-17), ln 2 in two parts after Cody and Waite (1980). With FMA the reduction is exact for every n used here. */
#include <jko/private/vecmath.h>

/* e^t on the reduced argument and n = round(x / ln 2). */
SIMD_INLINE SimdReal ExpReduced(SimdReal x, SimdReal *n)
{
  SimdReal t, t2, t4, p, high;

  *n   = (x * 0x1.71547652b82fep0 + SIMD_SHIFT) - SIMD_SHIFT;
  t    = x - *n * 0x1.62e42fee00000p-1;
  t    = t - *n * 0x1.a39ef35793c76p-33;
  t2   = t * t;
  t4   = t2 * t2;
  p    = (0.50000000000000010221 + t * 0.16666666666666667453) + t2 * (0.041666666666624127873 + t * 0.0083333333333300618325);
  high = (2.4801521295954375131e-5 + t * 2.7557268459997064772e-6) + t2 * (2.7620088445409748161e-7 + t * 2.5100385495510319078e-8);
  p += t4 * ((0.0013888888917213716901 + t * 0.00019841269863053616878) + t2 * high);
  return 1.0 + (t + t2 * p);
}

/* Finite stand-ins for infinite x: NaN above, 0 below (with the mask of what is not zero). */
SIMD_INLINE SimdReal ExpArgument(SimdReal x, SimdInt *nonzero)
{
  *nonzero = ~(SimdInt)(x < -VECMATH_LARGEST);
  x        = (SimdReal)((SimdInt)x & *nonzero);
  return (SimdReal)((SimdInt)x | (SimdInt)(x > VECMATH_LARGEST));
}

SIMD_INLINE SimdReal ExpSplit(SimdReal x, SimdReal *exponent)
{
  SimdInt  nonzero;
  SimdReal k;
  SimdReal m = ExpReduced(ExpArgument(x, &nonzero), &k);

  *exponent = SimdSelect(nonzero, k, SimdSet(VECMATH_ZERO_EXPONENT));
  return (SimdReal)((SimdInt)m & nonzero);
}

SIMD_INLINE SimdReal ExpScaled(SimdReal x, SimdReal scale, SimdReal flush)
{
  SimdInt  nonzero;
  SimdReal k;
  SimdReal m = ExpReduced(ExpArgument(x, &nonzero), &k);

  k -= scale;
  nonzero &= ~(SimdInt)(k < flush);
  return (SimdReal)((SimdInt)(m * SimdPower2(k)) & nonzero);
}

/* mantissa[i] 2^exponent[i] = e^x[i], mantissa in [0.7, 1.42] or 0; x = -inf gives 0 with VECMATH_ZERO_EXPONENT. */
void VecMathExpSplit(PetscInt n, const double x[], double mantissa[], double exponent[])
{
  const PetscInt full = n - n % SIMD_WIDTH;
  SimdReal       e;

  for (PetscInt i = 0; i < full; i += SIMD_WIDTH) {
    SimdStore(mantissa + i, ExpSplit(SimdLoad(x + i), &e));
    SimdStore(exponent + i, e);
  }
  if (full == n) return;
  SimdStoreSome(mantissa + full, (int)(n - full), ExpSplit(SimdLoadSome(x + full, (int)(n - full)), &e));
  SimdStoreSome(exponent + full, (int)(n - full), e);
}

/* y[i] = e^x[i] 2^-scale, 0 where that is below 2^flush; e^x[i] 2^-scale must be below 2^1000. y = x is fine. */
void VecMathExpScaled(PetscInt n, const double x[], double scale, double flush, double y[])
{
  const PetscInt full = n - n % SIMD_WIDTH;
  const SimdReal e = SimdSet(scale), f = SimdSet(flush);

  for (PetscInt i = 0; i < full; i += SIMD_WIDTH) SimdStore(y + i, ExpScaled(SimdLoad(x + i), e, f));
  if (full < n) SimdStoreSome(y + full, (int)(n - full), ExpScaled(SimdLoadSome(x + full, (int)(n - full)), e, f));
}
