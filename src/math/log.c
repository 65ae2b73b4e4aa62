/* log(x 2^e) = (k + e) ln 2 + log m,  x = m 2^k,  sqrt(1/2) <= m < sqrt(2);  log m = 2 s + s z h(z),  s = (m - 1)/(m + 1),
   z = s^2, h a polynomial of degree 6 (the reduction and the polynomial of the FreeBSD libm's log). */
#include <math.h>
#include <jko/private/vecmath.h>

SIMD_INLINE SimdReal LogScaled(SimdReal x, SimdReal e)
{
  const SimdInt  bits = (SimdInt)x, k = (bits - 0x3FE6A09E667F3BCDLL) >> 52;
  const SimdReal m = (SimdReal)(bits - (k << 52)), n = (SimdReal)((SimdInt)SimdSet(SIMD_SHIFT) + k) - SIMD_SHIFT + e;
  const SimdReal s = (m - 1.0) / (m + 1.0), z = s * s, z2 = z * z, z4 = z2 * z2;
  const SimdReal low  = (0.66666666666666696969 + z * 0.39999999999899197894) + z2 * (0.28571428626114518292 + z * 0.22222211112104947364);
  const SimdReal high = (0.18182890778026130313 + z * 0.15331666676597174336) + z2 * 0.14617128399807299929;
  const SimdReal v    = n * 0x1.62e42fee00000p-1 + (2.0 * s + (s * z * (low + z4 * high) + n * 0x1.a39ef35793c76p-33));

  return SimdSelect(x > 0.0, SimdSelect(x < (double)INFINITY, v, x),
                    SimdSelect(x == 0.0, SimdSet(-(double)INFINITY), SimdSet((double)NAN)));
}

/* y[i] = log(mantissa[i] 2^exponent[i]); normal numbers or 0, which gives -inf. y = mantissa is fine. */
void VecMathLogSplit(PetscInt n, const double mantissa[], const double exponent[], double y[])
{
  const PetscInt full = n - n % SIMD_WIDTH;
  const int      rest = (int)(n - full);

  for (PetscInt i = 0; i < full; i += SIMD_WIDTH) SimdStore(y + i, LogScaled(SimdLoad(mantissa + i), SimdLoad(exponent + i)));
  if (rest) SimdStoreSome(y + full, rest, LogScaled(SimdLoadSome(mantissa + full, rest), SimdLoadSome(exponent + full, rest)));
}

/* y[i] = log(x[i] 2^scale); normal numbers or 0, which gives -inf. y = x is fine. */
void VecMathLogScaled(PetscInt n, const double x[], double scale, double y[])
{
  const PetscInt full = n - n % SIMD_WIDTH;
  const int      rest = (int)(n - full);
  const SimdReal e    = SimdSet(scale);

  for (PetscInt i = 0; i < full; i += SIMD_WIDTH) SimdStore(y + i, LogScaled(SimdLoad(x + i), e));
  if (rest) SimdStoreSome(y + full, rest, LogScaled(SimdLoadSome(x + full, rest), e));
}
