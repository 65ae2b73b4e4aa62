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

/* Sums of a species: of its correction's positive and negative part, of what the cap took, and of fine. */
typedef struct {
  PetscReal up, down, cut, fine;
} LimiterTotals;

/* Correction of a chunk, capped, over the log of coarse. Under a bound of the sum of species, what they gain shares the room there is; what
   they lose may come to less, and makes none. */
static void LimiterChunk(Energy energy, PetscInt first, PetscInt n, EnergyConstParts f, EnergyParts c, Sum sums[][4])
{
  const PetscInt species = EnergyDensities(energy);
  EnergyArrays   fine = {{0}}, cut = {{0}};
  EnergyArray    most, room, gain = {0};

  EnergyBoundChunk(energy, first, n, room);
  EnergyExp(n, 1, room, room);
  for (PetscInt k = 0; k < species; k++) {
    EnergyBoundChunk(energy->species ? energy->own[k] : energy, first, n, most);
    EnergyExp(n, 1, most, most);
    EnergyExp(n, 1, f[k], fine[k]);
    EnergyExp(n, 1, c[k], c[k]);
    for (PetscInt i = 0; i < n; i++) {
      const double whole = fine[k][i] - c[k][i], d = PetscClipInterval(whole, -fine[k][i], PetscMax(0, most[i] - fine[k][i]));

      cut[k][i] = whole;
      c[k][i]   = d;
      room[i] -= fine[k][i];
      gain[i] += PetscMax(d, 0);
    }
  }
  for (PetscInt k = 0; k < species; k++) {
    double up[ENERGY_CHUNK] = {0}, down[ENERGY_CHUNK] = {0};

    for (PetscInt i = 0; i < n; i++) {
      if (species > 1 && c[k][i] > 0 && gain[i] > room[i]) c[k][i] *= PetscMax(0, room[i]) / gain[i];
      up[i]     = PetscMax(c[k][i], 0);
      down[i]   = PetscMax(-c[k][i], 0);
      cut[k][i] = fabs(c[k][i] - cut[k][i]);
    }
    SumAdd(&sums[k][0], ENERGY_CHUNK, up);
    SumAdd(&sums[k][1], ENERGY_CHUNK, down);
    SumAdd(&sums[k][2], ENERGY_CHUNK, cut[k]);
    SumAdd(&sums[k][3], ENERGY_CHUNK, fine[k]);
  }
}

static PetscErrorCode LimiterDifference(Energy energy, Vec log_fine, Vec log_coarse, LimiterTotals totals[])
{
  const PetscScalar *f;
  PetscScalar       *c;
  Sum                sums[ENERGY_MAX_SPECIES][4] = {{{{0}, {0}}}};

  PetscFunctionBegin;
  PetscCall(VecGetArrayRead(log_fine, &f));
  PetscCall(VecGetArray(log_coarse, &c));
  for (PetscInt i = 0; i < energy->n; i += ENERGY_CHUNK) {
    EnergyConstParts fine;
    EnergyParts      coarse;

    EnergyPointConst(energy, i, f, fine);
    EnergyPoint(energy, i, c, coarse);
    LimiterChunk(energy, i, PetscMin(ENERGY_CHUNK, energy->n - i), fine, coarse, sums);
  }
  PetscCall(VecRestoreArray(log_coarse, &c));
  PetscCall(VecRestoreArrayRead(log_fine, &f));
  PetscCall(SumAllreduce(PetscObjectComm((PetscObject)log_fine), 4 * EnergyDensities(energy), sums[0], (PetscReal *)totals));
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

  size: L1 norm of what was added, over the mass; lost: the share of the correction that the cap took; of species over all of them, each of
  which keeps its mass. Collective.
*/
PetscErrorCode JKOExtrapolate(Energy energy, Vec log_fine, Vec log_coarse, PetscReal *size, PetscReal *lost)
{
  LimiterTotals totals[ENERGY_MAX_SPECIES];
  PetscReal     moved = 0, cut = 0, down = 0, fine = 0;

  PetscFunctionBegin;
  PetscCall(LimiterDifference(energy, log_fine, log_coarse, totals));
  for (PetscInt k = 0; k < EnergyDensities(energy); k++) {
    const LimiterTotals *t     = &totals[k];
    const PetscReal      least = PetscMin(t->up, t->down);
    Vec                  part, correction;

    moved += 2 * least;
    cut += t->cut;
    down += t->down;
    fine += t->fine;
    PetscCall(GridGetPart(energy->grid, log_fine, k, PETSC_FALSE, &part));
    PetscCall(GridGetPart(energy->grid, log_coarse, k, PETSC_TRUE, &correction));
    PetscCall(LimiterApply(part, t->up > 0 ? least / t->up : 0, t->down > 0 ? least / t->down : 0, correction));
    PetscCall(GridRestorePart(energy->grid, log_coarse, PETSC_TRUE, &correction));
    PetscCall(GridRestorePart(energy->grid, log_fine, PETSC_FALSE, &part));
  }
  *size = moved / fine;
  *lost = cut > 0 ? cut / (down + cut) : 0;
  PetscFunctionReturn(PETSC_SUCCESS);
}
