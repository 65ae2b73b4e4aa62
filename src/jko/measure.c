/* The measures of a state. */
#include <jko/private/energyimpl.h>
#include <jko/private/jkoimpl.h>
#include <jko/private/sumimpl.h>

/* Adds a density of this rank to mass and entropy, and to the extremes, largest and minus the smallest, walls left out. */
static void JKOMeasureDensity(PetscInt n, const PetscScalar l[], const char wall[], Sum sums[2], PetscReal extreme[2])
{
  for (PetscInt i = 0; i < n; i += ENERGY_CHUNK) {
    const PetscInt m                 = PetscMin(ENERGY_CHUNK, n - i);
    double         rho[ENERGY_CHUNK] = {0}, entropy[ENERGY_CHUNK] = {0};

    EnergyExp(m, 1, l + i, rho);
    for (PetscInt j = 0; j < m; j++) {
      entropy[j] = rho[j] > 0 ? rho[j] * l[i + j] : 0;
      extreme[0] = PetscMax(extreme[0], rho[j]);
      if (!wall || !wall[i + j]) extreme[1] = PetscMax(extreme[1], -rho[j]);
    }
    SumAdd(&sums[0], ENERGY_CHUNK, rho);
    SumAdd(&sums[1], ENERGY_CHUNK, entropy);
  }
}

/* Mass, entropy and extremes of the state in one sweep, of species over all of them, and its energy. */
PetscErrorCode JKOMeasure(JKO jko)
{
  const PetscScalar *l;
  const char        *wall;
  PetscInt           n, species;
  Sum                sums[2] = {{{0}, {0}}, {{0}, {0}}};
  PetscReal          totals[2], volume, extreme[2] = {-PETSC_MAX_REAL, -PETSC_MAX_REAL}, all[2];

  PetscFunctionBegin;
  PetscCall(PetscLogEventBegin(JKO_Measure, jko, 0, 0, 0));
  PetscCall(GridGetWalls(jko->grid, &wall));
  PetscCall(EnergyGetSpeciesCount(jko->energy, &species));
  PetscCall(VecGetLocalSize(jko->log_rho, &n));
  n /= species;
  PetscCall(VecGetArrayRead(jko->log_rho, &l));
  for (PetscInt k = 0; k < species; k++) JKOMeasureDensity(n, l + k * n, wall, sums, extreme);
  PetscCall(VecRestoreArrayRead(jko->log_rho, &l));
  PetscCall(SumAllreduce(PetscObjectComm((PetscObject)jko), 2, sums, totals));
  PetscCallMPI(MPI_Allreduce(extreme, all, 2, MPIU_REAL, MPI_MAX, PetscObjectComm((PetscObject)jko)));
  PetscCall(GridGetCellVolume(jko->grid, &volume));
  jko->info.mass    = totals[0] * volume;
  jko->info.entropy = totals[1] * volume;
  jko->info.max     = all[0];
  jko->info.min     = -all[1];
  PetscCall(EnergyGetValue(jko->energy, jko->log_rho, &jko->info.energy));
  PetscCall(PetscLogEventEnd(JKO_Measure, jko, 0, 0, 0));
  PetscFunctionReturn(PETSC_SUCCESS);
}
