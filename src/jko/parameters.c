/* What a flow is given: grid, energy, times, regularisation, monitors. */
#include <jko/private/jkoimpl.h>

/* The vectors of the state, of as many densities as the energy has species. Collective. */
static PetscErrorCode JKOCreateVectors(JKO jko)
{
  PetscInt species = 1, now = 0;
  DM       dm;

  PetscFunctionBegin;
  if (!jko->grid) PetscFunctionReturn(PETSC_SUCCESS);
  if (jko->energy) PetscCall(EnergyGetSpeciesCount(jko->energy, &species));
  if (jko->log_rho) PetscCall(GridGetPartCount(jko->grid, jko->log_rho, &now));
  if (species == now) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCheck(!jko->has_density, PetscObjectComm((PetscObject)jko), PETSC_ERR_ORDER,
             "set the energy of %" PetscInt_FMT " species before the density", species);
  for (Vec *v[] = {&jko->log_rho, &jko->potential.now, &jko->potential.before, NULL}, **p = v; *p; p++) PetscCall(VecDestroy(*p));
  PetscCall(GridCreatePartsDM(jko->grid, species, &dm));
  PetscCall(DMCreateGlobalVector(dm, &jko->log_rho));
  PetscCall(VecDuplicate(jko->log_rho, &jko->potential.now));
  PetscCall(VecDuplicate(jko->log_rho, &jko->potential.before));
  PetscCall(DMDestroy(&jko->dm));
  jko->dm = dm;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*@ JKOSetGrid - the grid, set up. Referenced. Logically collective. @*/
PetscErrorCode JKOSetGrid(JKO jko, Grid grid)
{
  PetscFunctionBegin;
  PetscValidHeaderSpecific(jko, JKO_CLASSID, 1);
  PetscCheck(!jko->grid, PetscObjectComm((PetscObject)jko), PETSC_ERR_ORDER, "the grid of a flow is set once");
  PetscCall(PetscObjectReference((PetscObject)grid));
  jko->grid = grid;
  PetscCall(JKOCreateVectors(jko));
  PetscCall(KernelSetGrid(jko->kernel, grid));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*@
  JKOSetEnergy - the energy that the flow descends. Referenced. Collective. One with species is set before the density.
@*/
PetscErrorCode JKOSetEnergy(JKO jko, Energy energy)
{
  PetscFunctionBegin;
  PetscValidHeaderSpecific(jko, JKO_CLASSID, 1);
  PetscCall(PetscObjectReference((PetscObject)energy));
  PetscCall(EnergyDestroy(&jko->energy));
  jko->energy = energy;
  PetscCall(JKOCreateVectors(jko));
  PetscCall(SinkhornSetEnergy(jko->sinkhorn, energy));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*@ JKOSetTimeStep - tau > 0. Logically collective. @*/
PetscErrorCode JKOSetTimeStep(JKO jko, PetscReal dt)
{
  PetscFunctionBegin;
  PetscValidHeaderSpecific(jko, JKO_CLASSID, 1);
  PetscCheck(dt > 0 && PetscIsNormalReal(dt), PetscObjectComm((PetscObject)jko), JKO_ERR_INPUT, "-jko_dt: %g is not positive", (double)dt);
  jko->dt = dt;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*@ JKOSetMaxTime - the time to end at, hit exactly; the flow starts at 0. Logically collective. @*/
PetscErrorCode JKOSetMaxTime(JKO jko, PetscReal time)
{
  PetscFunctionBegin;
  PetscValidHeaderSpecific(jko, JKO_CLASSID, 1);
  PetscCheck(time > 0 && PetscIsNormalReal(time), PetscObjectComm((PetscObject)jko), JKO_ERR_INPUT, "-jko_max_time: %g is not positive",
             (double)time);
  jko->max_time = time;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*@ JKOSetMaxSteps - steps after which the flow ends. Logically collective. @*/
PetscErrorCode JKOSetMaxSteps(JKO jko, PetscInt steps)
{
  PetscFunctionBegin;
  PetscValidHeaderSpecific(jko, JKO_CLASSID, 1);
  PetscCheck(steps >= 1, PetscObjectComm((PetscObject)jko), JKO_ERR_INPUT, "-jko_max_steps: %" PetscInt_FMT " is not positive", steps);
  jko->max_steps = steps;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*@ JKOSetStopTimes - times that steps end at exactly, such as those of outputs. Copied. Logically collective. @*/
PetscErrorCode JKOSetStopTimes(JKO jko, PetscInt n, const PetscReal times[])
{
  PetscFunctionBegin;
  PetscValidHeaderSpecific(jko, JKO_CLASSID, 1);
  PetscCall(PetscFree(jko->stop));
  PetscCall(PetscMalloc1(n, &jko->stop));
  PetscCall(PetscArraycpy(jko->stop, times, n));
  jko->stops = n;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*@ JKOSetEpsilon - a fixed entropic regularisation, length^2; a value <= 0 chooses it from the state. Logically collective. @*/
PetscErrorCode JKOSetEpsilon(JKO jko, PetscReal epsilon)
{
  PetscFunctionBegin;
  PetscValidHeaderSpecific(jko, JKO_CLASSID, 1);
  jko->epsilon = epsilon > 0 ? epsilon : JKO_AUTO;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*@
  JKOSetEpsilonRatio - A/D of eps = 4 tau A: the artificial diffusivity over the typical one of the energy. Logically collective.
@*/
PetscErrorCode JKOSetEpsilonRatio(JKO jko, PetscReal ratio)
{
  PetscFunctionBegin;
  PetscValidHeaderSpecific(jko, JKO_CLASSID, 1);
  PetscCheck(ratio > 0 && PetscIsNormalReal(ratio), PetscObjectComm((PetscObject)jko), JKO_ERR_INPUT,
             "-jko_epsilon_ratio: %g is not positive", (double)ratio);
  jko->epsilon_ratio = ratio;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*@ JKOSetCompensate - whether the bias of the regularisation is removed in every step (default true). Logically collective. @*/
PetscErrorCode JKOSetCompensate(JKO jko, PetscBool compensate)
{
  PetscFunctionBegin;
  PetscValidHeaderSpecific(jko, JKO_CLASSID, 1);
  PetscCall(JKOSetDebias(jko, compensate ? "entropy" : "none"));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*@ JKOMonitorSet - a function called for the initial state and after every accepted step, at most eight of them. Logically collective. @*/
PetscErrorCode JKOMonitorSet(JKO jko, PetscErrorCode (*monitor)(JKO, const JKOStepInfo *, void *), void *context)
{
  PetscFunctionBegin;
  PetscValidHeaderSpecific(jko, JKO_CLASSID, 1);
  PetscCheck(jko->monitors < JKO_MAX_MONITORS, PetscObjectComm((PetscObject)jko), PETSC_ERR_ARG_OUTOFRANGE, "more than %d monitors",
             JKO_MAX_MONITORS);
  jko->monitor[jko->monitors]           = monitor;
  jko->monitor_context[jko->monitors++] = context;
  PetscFunctionReturn(PETSC_SUCCESS);
}
