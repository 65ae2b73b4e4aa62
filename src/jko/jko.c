/* JKO: the time stepper. Parameters, children, life. */
#include <math.h>
#include <jko/private/jkoimpl.h>

PetscClassId             JKO_CLASSID = 0;
PetscLogEvent            JKO_Step, JKO_Coarse, JKO_Measure;
static PetscFunctionList JKOList = NULL;

#define JKO_SCHEME(name, create) PETSC_INTERN PetscErrorCode create(JKO);
#include "schemes.h"
#undef JKO_SCHEME

static PetscErrorCode JKOInitializePackage(void)
{
  static PetscBool loaded = PETSC_FALSE;

  PetscFunctionBegin;
  if (loaded) PetscFunctionReturn(PETSC_SUCCESS);
  loaded = PETSC_TRUE;
  PetscCall(PetscClassIdRegister("JKO", &JKO_CLASSID));
  PetscCall(PetscLogEventRegister("JKOStep", JKO_CLASSID, &JKO_Step));
  PetscCall(PetscLogEventRegister("JKOCoarse", JKO_CLASSID, &JKO_Coarse));
  PetscCall(PetscLogEventRegister("JKOMeasure", JKO_CLASSID, &JKO_Measure));
#define JKO_SCHEME(name, create) PetscCall(JKORegister(name, create));
#include "schemes.h"
#undef JKO_SCHEME
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*@ JKORegister - adds a time scheme: its name and its constructor, which fills the ops. Not collective. @*/
PetscErrorCode JKORegister(const char name[], PetscErrorCode (*create)(JKO))
{
  PetscFunctionBegin;
  PetscCall(PetscFunctionListAdd(&JKOList, name, create));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*@
  JKOCreate - a flow without grid, energy or density; scheme euler, eps chosen automatically, bias compensated.

  Collective on comm. The caller owns the result.
@*/
PetscErrorCode JKOCreate(MPI_Comm comm, JKO *jko)
{
  JKO j;

  PetscFunctionBegin;
  PetscAssertPointer(jko, 2);
  PetscCall(JKOInitializePackage());
  PetscCall(PetscHeaderCreate(j, JKO_CLASSID, "JKO", "Wasserstein gradient flow", "JKO", comm, JKODestroy, JKOView));
  j->max_time      = JKO_AUTO;
  j->max_steps     = -1;
  j->epsilon       = JKO_AUTO;
  j->epsilon_ratio = 0.1;
  j->compensate    = PETSC_TRUE;
  j->coarse_first  = PETSC_TRUE;
  j->adapt.tol     = 1e-3;
  PetscCall(KernelCreate(comm, &j->kernel));
  PetscCall(SinkhornCreate(comm, &j->sinkhorn));
  PetscCall(SinkhornSetKernel(j->sinkhorn, j->kernel));
  PetscCall(JKOSetType(j, JKOEULER));
  *jko = j;
  PetscFunctionReturn(PETSC_SUCCESS);
}

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

/*@ JKOSetType - the time scheme: euler, extrapolated or reversible. Errors: a name that is not registered. Logically collective. @*/
PetscErrorCode JKOSetType(JKO jko, JKOType type)
{
  PetscErrorCode (*create)(JKO);
  PetscBool same;

  PetscFunctionBegin;
  PetscValidHeaderSpecific(jko, JKO_CLASSID, 1);
  PetscCall(PetscObjectTypeCompare((PetscObject)jko, type, &same));
  if (same) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(PetscFunctionListFind(JKOList, type, &create));
  PetscCheck(create, PetscObjectComm((PetscObject)jko), JKO_ERR_INPUT,
             "-jko_type: '%s' is not known; use euler, extrapolated or reversible", type);
  PetscTryTypeMethod(jko, destroy);
  PetscCall(PetscMemzero(jko->ops, sizeof *jko->ops));
  jko->data     = NULL;
  jko->substeps = 1;
  jko->even = jko->estimates = PETSC_FALSE;
  jko->setup                 = PETSC_FALSE;
  PetscCall((*create)(jko));
  PetscCall(PetscObjectChangeTypeName((PetscObject)jko, type));
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
  jko->compensate = compensate;
  PetscCall(SinkhornSetCompensate(jko->sinkhorn, compensate));
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

/*@ JKODestroy - drops a reference; the last one frees the flow. Collective. @*/
PetscErrorCode JKODestroy(JKO *jko)
{
  JKO j = *jko;

  PetscFunctionBegin;
  *jko = NULL;
  if (!j) PetscFunctionReturn(PETSC_SUCCESS);
  PetscValidHeaderSpecific(j, JKO_CLASSID, 1);
  if (--((PetscObject)j)->refct > 0) PetscFunctionReturn(PETSC_SUCCESS);
  PetscTryTypeMethod(j, destroy);
  PetscCall(VecDestroy(&j->log_rho));
  PetscCall(VecDestroy(&j->potential.now));
  PetscCall(VecDestroy(&j->potential.before));
  PetscCall(JKOReactionDestroy(j));
  PetscCall(JKOCoarseDestroy(&j->coarse));
  PetscCall(JKODescentReset(j));
  PetscCall(DMDestroy(&j->dm));
  PetscCall(SinkhornDestroy(&j->sinkhorn));
  PetscCall(KernelDestroy(&j->kernel));
  PetscCall(EnergyDestroy(&j->energy));
  PetscCall(GridDestroy(&j->grid));
  PetscCall(PetscFree(j->stop));
  PetscCall(PetscHeaderDestroy(&j));
  PetscFunctionReturn(PETSC_SUCCESS);
}
