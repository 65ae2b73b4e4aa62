/* The root u of  b + a u + (a/k) e^(l + k u) = 0,  a > 0, where one term of the energy is a monomial of the density, e^{k u}.

   With  L + e^L = l - k b/a  it is  u = (L - l)/k: e^L is Wright's omega. It is taken from the approximation of Iacono and Boyd (Adv.
   Comput. Math. 43, 2017, eq. 12) for W(e^z) and one step of Halley. */
#include <jko/private/energyimpl.h>
#include <jko/private/vecmath.h>

#define MONOMIAL_LEAST (-690) /* a coefficient with a smaller logarithm counts as 0 */

/* In: z > -20, out: L with  L + e^L = z,  to 1e-6. */
static void LogWrightOmega(PetscInt n, PetscReal z[])
{
  EnergyArray e = {0}, s, t, L;

  for (PetscInt i = 0; i < n; i++) e[i] = PetscAbsReal(z[i]);
  EnergyExp(n, -1, e, e);
  for (PetscInt i = 0; i < n; i++) s[i] = 1 + e[i];
  VecMathLogScaled(n, s, 0, s);
  for (PetscInt i = 0; i < n; i++) {
    s[i] += z[i] > 0 ? z[i] : 0; /* log(1 + e^z) */
    t[i] = 1 + s[i];
  }
  VecMathLogScaled(n, t, 0, t);
  for (PetscInt i = 0; i < n; i++) t[i] = s[i] * (1 - t[i] / (2 + s[i]));
  VecMathLogScaled(n, t, 0, L);
  for (PetscInt i = 0; i < n; i++) {
    const PetscReal w = t[i], newton = (z[i] - w - L[i]) / (1 + w);

    z[i] = L[i] + newton / (1 + newton * w / (2 * (1 + w)));
  }
}

/* n roots to 1e-6/|k|; l = -inf where the term is missing. */
void EnergyMonomialRoot(PetscInt n, PetscReal k, const PetscReal l[], const PetscReal offset[], const PetscReal slope[], PetscReal u[])
{
  EnergyArray z, L;

  for (PetscInt i = 0; i < n; i++) {
    u[i] = -offset[i] / slope[i]; /* without the term */
    z[i] = l[i] + k * u[i];
    L[i] = z[i] > -20 ? z[i] : -20;
  }
  LogWrightOmega(n, L);
  for (PetscInt i = 0; i < n; i++) u[i] = z[i] > -15 ? (L[i] - l[i]) / k : u[i];
}
