/* Local extrapolation of two densities of equal mass, fine and coarse: a step done in two halves and in one.

     rho = fine + limited(fine - coarse)

   The correction is capped at -fine where it would empty a cell, and at a bound of the density, then its larger sign is scaled down until
   it sums to zero: rho is not negative and has the mass of fine. A first-order step of tau is wrong by C tau^2, its two halves by C
   tau^2/2: the correction is what fine is wrong by, to leading order, and its L1 norm the estimate of that error. */
#include <math.h>
#include <jko/private/energyimpl.h>
#include <jko/private/jkoimpl.h>
#include <jko/private/sumimpl.h>
#include <jko/private/vecmath.h>

/* Correction, capped, over the log of coarse; totals: sums of its positive and negative part, of what the cap took, and of fine. */
static PetscErrorCode LimiterDifference(Energy energy, Vec log_fine, Vec log_coarse, PetscReal totals[4])
{
  const PetscScalar *f;
  PetscScalar       *c;
  PetscInt           n;
  Sum                sums[4] = {{{0}, {0}}, {{0}, {0}}, {{0}, {0}}, {{0}, {0}}};

  PetscFunctionBegin;
  PetscCall(VecGetLocalSize(log_fine, &n));
  PetscCall(VecGetArrayRead(log_fine, &f));
  PetscCall(VecGetArray(log_coarse, &c));
  for (PetscInt i = 0; i < n; i += ENERGY_CHUNK) {
    const PetscInt m                  = PetscMin(ENERGY_CHUNK, n - i);
    double         fine[ENERGY_CHUNK] = {0}, up[ENERGY_CHUNK] = {0}, down[ENERGY_CHUNK] = {0}, cut[ENERGY_CHUNK] = {0};
    EnergyArray    most;

    EnergyBoundChunk(energy, i, m, most);
    EnergyExp(m, 1, most, most);
    EnergyExp(m, 1, f + i, fine);
    EnergyExp(m, 1, c + i, c + i);
    for (PetscInt j = 0; j < m; j++) {
      const double whole = fine[j] - c[i + j], d = PetscClipInterval(whole, -fine[j], PetscMax(0, most[j] - fine[j]));

      up[j]    = PetscMax(d, 0);
      down[j]  = PetscMax(-d, 0);
      cut[j]   = fabs(d - whole);
      c[i + j] = d;
    }
    SumAdd(&sums[0], ENERGY_CHUNK, up);
    SumAdd(&sums[1], ENERGY_CHUNK, down);
    SumAdd(&sums[2], ENERGY_CHUNK, cut);
    SumAdd(&sums[3], ENERGY_CHUNK, fine);
  }
  PetscCall(VecRestoreArray(log_coarse, &c));
  PetscCall(VecRestoreArrayRead(log_fine, &f));
  PetscCall(SumAllreduce(PetscObjectComm((PetscObject)log_fine), 4, sums, totals));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* log(fine + correction), each sign scaled, over the correction. Cells below the smallest normal number are empty. */
static PetscErrorCode LimiterApply(Vec log_fine, PetscReal up, PetscReal down, Vec correction)
{
  const PetscScalar *f;
  PetscScalar       *d;
  PetscInt           n;

  PetscFunctionBegin;
  PetscCall(VecGetLocalSize(log_fine, &n));
  PetscCall(VecGetArrayRead(log_fine, &f));
  PetscCall(VecGetArray(correction, &d));
  for (PetscInt i = 0; i < n; i += ENERGY_CHUNK) {
    const PetscInt m = PetscMin(ENERGY_CHUNK, n - i);
    double         fine[ENERGY_CHUNK];

    EnergyExp(m, 1, f + i, fine);
    for (PetscInt j = 0; j < m; j++) {
      const double rho = fine[j] + d[i + j] * (d[i + j] > 0 ? up : down);

      fine[j] = rho < PETSC_MACHINE_EPSILON * fine[j] || rho < 1e-300 ? 0 : rho;
    }
    VecMathLogScaled(m, fine, 0, d + i);
  }
  PetscCall(VecRestoreArray(correction, &d));
  PetscCall(VecRestoreArrayRead(log_fine, &f));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*
  JKOExtrapolate - log_coarse becomes the logarithm of fine + limited(fine - coarse), within the bounds of the energy.

  size: L1 norm of what was added, over the mass; lost: the share of the correction that the cap took. Collective.
*/
PetscErrorCode JKOExtrapolate(Energy energy, Vec log_fine, Vec log_coarse, PetscReal *size, PetscReal *lost)
{
  PetscReal totals[4], least;

  PetscFunctionBegin;
  PetscCall(LimiterDifference(energy, log_fine, log_coarse, totals));
  least = PetscMin(totals[0], totals[1]);
  *size = 2 * least / totals[3];
  *lost = totals[2] > 0 ? totals[2] / (totals[1] + totals[2]) : 0;
  PetscCall(LimiterApply(log_fine, totals[0] > 0 ? least / totals[0] : 0, totals[1] > 0 ? least / totals[1] : 0, log_coarse));
  PetscFunctionReturn(PETSC_SUCCESS);
}
