/* production: I = int rho |grad F'(rho)|^2, what the flow dissipates; fisher: int rho |grad log(rho/pi)|^2 = I/D^2, the Fisher information
   relative to the Gibbs state, where there is one. */
#include <jko/private/monitorimpl.h>

static PetscErrorCode MonitorSetUp_Production(MonitorItem item)
{
  PetscFunctionBegin;
  PetscCall(MonitorAddColumn(item, "production"));
  if (item->monitor->log_gibbs) PetscCall(MonitorAddColumn(item, "fisher"));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode MonitorMeasure_Production(MonitorItem item, const JKOStepInfo *info, PetscReal value[])
{
  PetscFunctionBegin;
  (void)info;
  PetscCall(MonitorGetQuantity(item->monitor, MONITOR_PRODUCTION, &value[0]));
  if (item->monitor->log_gibbs) value[1] = value[0] / PetscSqr(item->monitor->diffusivity);
  PetscFunctionReturn(PETSC_SUCCESS);
}

PETSC_INTERN PetscErrorCode MonitorCreate_Production(MonitorItem item)
{
  PetscFunctionBegin;
  item->ops->setup   = MonitorSetUp_Production;
  item->ops->measure = MonitorMeasure_Production;
  PetscFunctionReturn(PETSC_SUCCESS);
}
