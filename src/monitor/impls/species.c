/* mass_<species>: the mass of each of several species; max_sum: the largest sum of their densities. */
#include <jko/private/energyimpl.h>
#include <jko/private/monitorimpl.h>
#include <jko/private/sumimpl.h>

static PetscErrorCode MonitorSetUp_Species(MonitorItem item)
{
  PetscInt species;

  PetscFunctionBegin;
  PetscCall(EnergyGetSpeciesCount(item->monitor->energy, &species));
  PetscCheck(species > 1, PetscObjectComm((PetscObject)item), JKO_ERR_INPUT,
             "-jko_monitor_species: there is one density; give -species a,b");
  for (PetscInt k = 0; k < species; k++) {
    const char *name;

    PetscCall(EnergyGetSpeciesEnergy(item->monitor->energy, k, NULL, &name));
    PetscCall(MonitorAddColumn(item, "mass_%s", name));
  }
  PetscCall(MonitorAddColumn(item, "max_sum"));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode MonitorMeasure_Species(MonitorItem item, const JKOStepInfo *info, PetscReal value[])
{
  const Energy       energy                   = item->monitor->energy;
  Sum                sums[ENERGY_MAX_SPECIES] = {{{0}, {0}}};
  Vec                log_rho;
  const PetscScalar *u;
  PetscReal          most = 0;

  PetscFunctionBegin;
  (void)info;
  PetscCall(JKOGetLogDensity(item->monitor->jko, &log_rho));
  PetscCall(VecGetArrayRead(log_rho, &u));
  for (PetscInt first = 0; first < energy->n; first += ENERGY_CHUNK) {
    const PetscInt   n   = PetscMin(ENERGY_CHUNK, energy->n - first);
    EnergyArray      sum = {0};
    EnergyConstParts part;

    EnergyPointConst(energy, first, u, part);
    for (PetscInt k = 0; k < energy->species; k++) {
      EnergyArray rho = {0};

      EnergyExp(n, 1, part[k], rho);
      SumAdd(&sums[k], ENERGY_CHUNK, rho);
      for (PetscInt i = 0; i < n; i++) sum[i] += rho[i];
    }
    for (PetscInt i = 0; i < n; i++) most = PetscMax(most, sum[i]);
  }
  PetscCall(VecRestoreArrayRead(log_rho, &u));
  PetscCall(SumAllreduce(PetscObjectComm((PetscObject)item), energy->species, sums, value));
  for (PetscInt k = 0; k < energy->species; k++) value[k] *= energy->volume;
  PetscCallMPI(MPI_Allreduce(&most, &value[energy->species], 1, MPIU_REAL, MPIU_MAX, PetscObjectComm((PetscObject)item)));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PETSC_INTERN PetscErrorCode MonitorCreate_Species(MonitorItem item)
{
  PetscFunctionBegin;
  item->several      = PETSC_TRUE;
  item->ops->setup   = MonitorSetUp_Species;
  item->ops->measure = MonitorMeasure_Species;
  PetscFunctionReturn(PETSC_SUCCESS);
}
