/* The density that a pressure holds, q = Q(psi), Q the inverse of F' and 0 below F'(0), and d log Q/d psi: the proximal operator of the
   energy with next to nothing of an entropy, regular u + F'(e^u) = psi.

   Where Q has a kink at the front, as for powers from 2 up, q is its mean over a cell across which psi varies by `width`,

     (I(psi + width/2) - I(psi - width/2)) / width,   I' = Q,   I(psi) = psi q - f(q)  the conjugate of the energy density:

   still the inverse of an increasing function. */
#include <math.h>
#include <jko/private/energyimpl.h>

#define CONJUGATE_FLOOR ((PetscReal)-690) /* log densities below this are none */
#define CONJUGATE_FLAT  ((PetscReal)1e-4) /* width over the height of psi above F'(0), below which the mean is the value */

/* Log densities and slopes of a chunk at the pressures psi; guesses are in u. */
static void ConjugateOfChunk(Energy energy, PetscReal regular, PetscInt first, PetscInt n, const PetscReal psi[], PetscReal u[],
                             PetscReal du[])
{
  for (PetscInt i = 0; i < n; i++) u[i] = u[i] > CONJUGATE_FLOOR ? u[i] : 0;
  EnergyProxChunk(energy, regular, 1, first, n, psi, u, du);
  for (PetscInt i = 0; i < n; i++)
    if (u[i] < CONJUGATE_FLOOR) {
      u[i]  = -(PetscReal)INFINITY;
      du[i] = 0;
    }
}

/* q and I of a chunk at the pressures psi, whose log densities are near `guess`. */
static void ConjugateIntegral(Energy energy, PetscReal regular, PetscInt first, PetscInt n, const PetscReal psi[], const PetscReal guess[],
                              PetscReal q[], PetscReal integral[])
{
  EnergyArray      u, du, e;
  EnergyArrays     rho;
  EnergyConstParts at = {u};

  for (PetscInt i = 0; i < n; i++) u[i] = guess[i];
  ConjugateOfChunk(energy, regular, first, n, psi, u, du);
  EnergyDensityChunk(energy, first, n, at, rho, e);
  for (PetscInt i = 0; i < n; i++) {
    q[i]        = rho[0][i];
    integral[i] = q[i] > 0 ? PetscMax(0, psi[i] * q[i] - e[i]) : 0;
  }
}

/* The mean over a cell in place of the value, in cells where they differ. */
static void ConjugateMean(Energy energy, PetscReal regular, PetscInt first, PetscInt n, const PetscReal psi[], const PetscReal width[],
                          const PetscReal vacuum[], PetscReal u[], PetscReal du[])
{
  EnergyArray end[2], q[2], integral[2];

  for (int side = 0; side < 2; side++) {
    for (PetscInt i = 0; i < n; i++) end[side][i] = psi[i] + (side ? width[i] : -width[i]) / 2;
    ConjugateIntegral(energy, regular, first, n, end[side], u, q[side], integral[side]);
  }
  for (PetscInt i = 0; i < n; i++) {
    const PetscReal mean = (integral[1][i] - integral[0][i]) / width[i];

    if (!(width[i] > CONJUGATE_FLAT * (psi[i] - vacuum[i]))) continue;
    u[i]  = mean > 0 ? PetscLogReal(mean) : -(PetscReal)INFINITY;
    du[i] = mean > 0 ? (q[1][i] - q[0][i]) / (width[i] * mean) : 0;
    if (u[i] < CONJUGATE_FLOOR) {
      u[i]  = -(PetscReal)INFINITY;
      du[i] = 0;
    }
  }
}

void EnergyConjugateChunk(Energy energy, PetscReal regular, PetscInt first, PetscInt n, const PetscReal psi[], const PetscReal width[],
                          const PetscReal vacuum[], PetscReal u[], PetscReal du[])
{
  ConjugateOfChunk(energy, regular, first, n, psi, u, du);
  if (width) ConjugateMean(energy, regular, first, n, psi, width, vacuum, u, du);
}

PetscBool EnergyHasConjugate(Energy energy)
{
  return (PetscBool)(!energy->species && !energy->nonlocal);
}

PetscBool EnergyHasKink(Energy energy)
{
  return (PetscBool)(!energy->species && energy->curved == 1 && energy->exponent >= 1);
}

PetscErrorCode EnergyGetVacuum(Energy energy, Vec vacuum, PetscBool *fronts)
{
  Vec       nothing;
  PetscReal least;

  PetscFunctionBegin;
  PetscCall(VecDuplicate(vacuum, &nothing));
  PetscCall(VecSet(nothing, -(PetscReal)INFINITY));
  PetscCall(EnergyGetFirstVariation(energy, nothing, vacuum));
  PetscCall(VecMin(vacuum, NULL, &least));
  PetscCall(VecDestroy(&nothing));
  *fronts = (PetscBool)(least > -PETSC_MAX_REAL);
  PetscFunctionReturn(PETSC_SUCCESS);
}
