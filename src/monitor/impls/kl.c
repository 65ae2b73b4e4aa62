/* kl_gibbs: KL(rho | pi) = int rho log(rho/pi) to the Gibbs state pi = mass e^{-V/D} / int e^{-V/D}, its normaliser a sum over the cells.
 */
#include <jko/private/monitorimpl.h>

static PetscErrorCode MonitorSetUp_KL(MonitorItem item)
{
  PetscFunctionBegin;
  PetscCheck(item->monitor->log_gibbs, PetscObjectComm((PetscObject)item), JKO_ERR_INPUT,
             "-jko_monitor_kl: the Gibbs state is not known for this energy; it is for entropy and potentials; -monitor_target "
             "\"expression\"|FILE fills the column kl");
  PetscCall(MonitorAddColumn(item, "kl_gibbs"));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode MonitorMeasure_KL(MonitorItem item, const JKOStepInfo *info, PetscReal value[])
{
  PetscFunctionBegin;
  (void)info;
  PetscCall(MonitorGetQuantity(item->monitor, MONITOR_KL_GIBBS, value));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PETSC_INTERN PetscErrorCode MonitorCreate_KL(MonitorItem item)
{
  PetscFunctionBegin;
  item->ops->setup   = MonitorSetUp_KL;
  item->ops->measure = MonitorMeasure_KL;
  PetscFunctionReturn(PETSC_SUCCESS);
}
