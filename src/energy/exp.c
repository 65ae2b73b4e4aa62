/* y = e^min(a u, ENERGY_MAX_EXPONENT): the powers of a density rho = e^u. */
#include <jko/private/energyimpl.h>
#include <jko/private/vecmath.h>

#define EXP_LEAST -1000 /* powers below 2^-1000 are 0: nothing here is to be subnormal */

void EnergyExp(PetscInt n, PetscReal a, const PetscReal u[], PetscReal y[])
{
  for (PetscInt i = 0; i < n; i++) {
    const PetscReal x = a * u[i];

    y[i] = x > ENERGY_MAX_EXPONENT ? ENERGY_MAX_EXPONENT : x;
  }
  VecMathExpScaled(n, y, 0, EXP_LEAST, y);
}
