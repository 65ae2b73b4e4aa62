/* The extremes of an array of logarithms. */
#include <math.h>
#include <jko/private/vecmath.h>

/* The smallest value that is not (as good as) -inf and the largest of x; +inf and -inf when there is none. NaN is passed over. */
void VecMathRange(PetscInt n, const double x[], double *smallest, double *largest)
{
  const PetscInt full = n - n % SIMD_WIDTH;
  SimdReal       low = SimdSet((double)INFINITY), high = -low;

  for (PetscInt i = 0; i < full; i += SIMD_WIDTH) {
    const SimdReal v = SimdLoad(x + i);

    high = SimdSelect(v > high, v, high);
    low  = SimdSelect((SimdInt)(v < low) & (SimdInt)(v >= -VECMATH_LARGEST), v, low);
  }
  *smallest = (double)INFINITY;
  *largest  = -(double)INFINITY;
  for (int l = 0; l < SIMD_WIDTH; l++) {
    *smallest = low[l] < *smallest ? low[l] : *smallest;
    *largest  = high[l] > *largest ? high[l] : *largest;
  }
  for (PetscInt i = full; i < n; i++) {
    *largest  = x[i] > *largest ? x[i] : *largest;
    *smallest = x[i] < *smallest && x[i] >= -VECMATH_LARGEST ? x[i] : *smallest;
  }
}
