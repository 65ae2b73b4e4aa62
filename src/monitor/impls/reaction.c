/* reaction: the mass that a step's reaction made, by its law -int rho F2'; balance: how far the change of mass is from that. */
#include <jko/private/monitorimpl.h>

static PetscErrorCode MonitorSetUp_Reaction(MonitorItem item)
{
  PetscFunctionBegin;
  PetscCheck(item->monitor->reacts, PetscObjectComm((PetscObject)item), JKO_ERR_INPUT,
             "-jko_monitor_reaction: this flow does not react; give -jko_metric wfr or fisher_rao");
  PetscCall(MonitorAddColumn(item, "reaction"));
  PetscCall(MonitorAddColumn(item, "balance"));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode MonitorMeasure_Reaction(MonitorItem item, const JKOStepInfo *info, PetscReal value[])
{
  PetscFunctionBegin;
  (void)item;
  if (!(info->iterations > 0 || info->dt > 0)) PetscFunctionReturn(PETSC_SUCCESS);
  value[0] = info->reaction;
  value[1] = info->balance;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PETSC_INTERN PetscErrorCode MonitorCreate_Reaction(MonitorItem item)
{
  PetscFunctionBegin;
  item->ops->setup   = MonitorSetUp_Reaction;
  item->ops->measure = MonitorMeasure_Reaction;
  PetscFunctionReturn(PETSC_SUCCESS);
}
