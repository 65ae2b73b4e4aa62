/* The energy dissipation balance of a step, by what the energy fell (Ambrosio, Gigli, Savare, Gradient Flows, 2008, section 11.2):

     balance_w2         = W2^2(rho_k, rho_{k+1})/(2 dt) / (F(rho_k) - F(rho_{k+1}))       <= 1 for a JKO step, 1/2 as dt -> 0
     balance_production = dt (I_k + I_{k+1})/2 / (F(rho_k) - F(rho_{k+1}))                 1 as dt -> 0

   Nothing where the energy did not fall by more than its round-off. */
#include <jko/private/monitorimpl.h>

#define BALANCE_ROUNDOFF 1e-12 /* of the energy and its parts */

typedef struct {
  PetscInt  step; /* of the last state, -1 without one */
  PetscReal energy, production;
} Balance;

static PetscErrorCode MonitorSetUp_Balance(MonitorItem item)
{
  PetscFunctionBegin;
  ((Balance *)item->data)->step = -1;
  PetscCall(MonitorAddColumn(item, "balance_w2"));
  PetscCall(MonitorAddColumn(item, "balance_production"));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode MonitorMeasure_Balance(MonitorItem item, const JKOStepInfo *info, PetscReal value[])
{
  Balance  *last = (Balance *)item->data;
  PetscReal production;

  PetscFunctionBegin;
  PetscCall(MonitorGetQuantity(item->monitor, MONITOR_PRODUCTION, &production));
  if (last->step == info->step - 1 && info->dt > 0 && last->step >= 0) {
    const PetscReal fall = last->energy - info->energy, scale = PetscAbsReal(info->energy) + PetscAbsReal(info->entropy) + info->mass;

    if (fall > BALANCE_ROUNDOFF * scale) {
      value[0] = PetscSqr(info->w2) / (2 * info->dt) / fall;
      value[1] = info->dt * (last->production + production) / 2 / fall;
    }
  }
  last->step       = info->step;
  last->energy     = info->energy;
  last->production = production;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PETSC_INTERN PetscErrorCode MonitorCreate_Balance(MonitorItem item)
{
  Balance *balance;

  PetscFunctionBegin;
  PetscCall(PetscNew(&balance));
  item->data         = balance;
  item->ops->setup   = MonitorSetUp_Balance;
  item->ops->measure = MonitorMeasure_Balance;
  PetscFunctionReturn(PETSC_SUCCESS);
}
