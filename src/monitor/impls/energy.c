/* energy_<term>: F of each term of the sum, F = sum_i F_i; energy_<species>_<term> of a species. */
#include <jko/private/monitorimpl.h>

static PetscErrorCode MonitorSetUp_Energy(MonitorItem item)
{
  PetscInt    count;
  const char *name, *species;

  PetscFunctionBegin;
  PetscCall(EnergyGetTermCount(item->monitor->energy, &count));
  for (PetscInt i = 0; i < count; i++) {
    PetscCall(EnergyGetTermName(item->monitor->energy, i, &name, &species));
    PetscCall(MonitorAddColumn(item, "energy_%s%s%s", species, species[0] ? "_" : "", name));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode MonitorMeasure_Energy(MonitorItem item, const JKOStepInfo *info, PetscReal value[])
{
  Vec log_rho;

  PetscFunctionBegin;
  (void)info;
  PetscCall(JKOGetLogDensity(item->monitor->jko, &log_rho));
  PetscCall(EnergyGetTermValues(item->monitor->energy, log_rho, value));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PETSC_INTERN PetscErrorCode MonitorCreate_Energy(MonitorItem item)
{
  PetscFunctionBegin;
  item->several      = PETSC_TRUE;
  item->ops->setup   = MonitorSetUp_Energy;
  item->ops->measure = MonitorMeasure_Energy;
  PetscFunctionReturn(PETSC_SUCCESS);
}
