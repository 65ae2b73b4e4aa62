/* What several monitors tell of one state, measured when the first of them asks:

     KL(rho | pi) = int rho log(rho / pi),   the entropy production  I = int rho |grad F'(rho)|^2,   W2(rho, target).

   In a flow that reacts, whose mass is its own, KL = int rho log(rho / pi) - rho + pi. */
#include <jko/private/energyimpl.h>
#include <jko/private/monitorimpl.h>

/* KL of the state at hand to a density, of the same mass unless the flow reacts; inf where mass lies on cells without it. */
PetscErrorCode MonitorMeasureDivergence(Monitor monitor, Vec log_pi, PetscReal *kl)
{
  Vec                log_rho;
  const PetscScalar *u, *pi;
  PetscScalar       *a;
  PetscInt           n;
  PetscReal          volume, mass = 0, shift = monitor->reacts ? 1 : 0;

  PetscFunctionBegin;
  PetscCall(JKOGetLogDensity(monitor->jko, &log_rho));
  PetscCall(VecGetLocalSize(log_rho, &n));
  PetscCall(VecGetArrayRead(log_rho, &u));
  PetscCall(VecGetArrayRead(log_pi, &pi));
  PetscCall(VecGetArrayWrite(monitor->work, &a));
  for (PetscInt i = 0; i < n; i++) a[i] = u[i] - pi[i] - shift;
  PetscCall(VecRestoreArrayWrite(monitor->work, &a));
  PetscCall(VecRestoreArrayRead(log_pi, &pi));
  PetscCall(VecRestoreArrayRead(log_rho, &u));
  PetscCall(EnergyPairing(log_rho, monitor->work, kl));
  PetscCall(VecSet(monitor->work, shift));
  PetscCall(EnergyPairing(log_pi, monitor->work, &mass));
  PetscCall(GridGetCellVolume(monitor->grid, &volume));
  *kl = PetscIsNanReal(*kl) ? (PetscReal)INFINITY : (*kl + mass) * volume;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* W2 to the target, where the step is one that measures it. */
static PetscErrorCode MonitorMeasureDistance(Monitor monitor)
{
  Vec        log_rho;
  PetscReal *w2 = &monitor->quantity[MONITOR_W2], *error = &monitor->quantity[MONITOR_W2_ERROR];

  PetscFunctionBegin;
  *w2 = *error               = MONITOR_NONE;
  monitor->known[MONITOR_W2] = monitor->known[MONITOR_W2_ERROR] = PETSC_TRUE;
  if (!monitor->w2_interval || monitor->step % monitor->w2_interval) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(JKOGetLogDensity(monitor->jko, &log_rho));
  PetscCall(TransportGetDistance(monitor->transport, log_rho, w2, error));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* A quantity of the state at hand; NaN where there is none. Collective. */
PetscErrorCode MonitorGetQuantity(Monitor monitor, MonitorQuantity which, PetscReal *value)
{
  PetscReal *stored = &monitor->quantity[which];

  PetscFunctionBegin;
  if (!monitor->known[which]) {
    monitor->known[which] = PETSC_TRUE;
    *stored               = MONITOR_NONE;
    if (which == MONITOR_KL && monitor->log_target) PetscCall(MonitorMeasureDivergence(monitor, monitor->log_target, stored));
    if (which == MONITOR_KL_GIBBS && monitor->log_gibbs) PetscCall(MonitorMeasureDivergence(monitor, monitor->log_gibbs, stored));
    if (which == MONITOR_PRODUCTION) PetscCall(MonitorMeasureProduction(monitor, stored));
    if (which == MONITOR_W2 || which == MONITOR_W2_ERROR) PetscCall(MonitorMeasureDistance(monitor));
  }
  *value = *stored;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*@ MonitorGetDivergence - KL of the state that was measured last to the target; NaN without a target. Collective. @*/
PetscErrorCode MonitorGetDivergence(Monitor monitor, PetscReal *kl)
{
  PetscFunctionBegin;
  PetscValidHeaderSpecific(monitor, MONITOR_CLASSID, 1);
  PetscCall(MonitorGetQuantity(monitor, MONITOR_KL, kl));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*@ MonitorGetDistance - W2 of the state that was measured last to the target, and its error; NaN when it is not measured. Collective. @*/
PetscErrorCode MonitorGetDistance(Monitor monitor, PetscReal *w2, PetscReal *error)
{
  PetscFunctionBegin;
  PetscValidHeaderSpecific(monitor, MONITOR_CLASSID, 1);
  PetscCall(MonitorGetQuantity(monitor, MONITOR_W2, w2));
  PetscCall(MonitorGetQuantity(monitor, MONITOR_W2_ERROR, error));
  PetscFunctionReturn(PETSC_SUCCESS);
}
