/* w2_rate: the metric derivative |rho'| ~ W2(rho_k, rho_{k+1}) / dt; w2_target_error: how far w2_target may be off (docs/monitors.md). */
#include <jko/private/monitorimpl.h>

static PetscErrorCode MonitorSetUp_W2(MonitorItem item)
{
  PetscFunctionBegin;
  PetscCall(MonitorAddColumn(item, "w2_rate"));
  if (item->monitor->w2_interval) PetscCall(MonitorAddColumn(item, "w2_target_error"));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode MonitorMeasure_W2(MonitorItem item, const JKOStepInfo *info, PetscReal value[])
{
  PetscFunctionBegin;
  if (info->dt > 0) value[0] = info->w2 / info->dt;
  if (item->monitor->w2_interval) PetscCall(MonitorGetQuantity(item->monitor, MONITOR_W2_ERROR, &value[1]));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PETSC_INTERN PetscErrorCode MonitorCreate_W2(MonitorItem item)
{
  PetscFunctionBegin;
  item->ops->setup   = MonitorSetUp_W2;
  item->ops->measure = MonitorMeasure_W2;
  PetscFunctionReturn(PETSC_SUCCESS);
}
