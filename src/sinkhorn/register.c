/* The types of step solver, and the choice among them. */
#include <math.h>
#include <jko/private/sinkhornimpl.h>
#include <jko/private/sysimpl.h>

#define SINKHORN_TYPE(name, create, cost)                                                                                                  \
  PETSC_INTERN PetscErrorCode create(Sinkhorn);                                                                                            \
  PETSC_INTERN PetscReal      cost(const SinkhornTask *);
#include "sinkhorntypes.h"
#undef SINKHORN_TYPE

PetscClassId             SINKHORN_CLASSID = 0;
PetscLogEvent            Sinkhorn_Solve, Sinkhorn_Prox, Sinkhorn_Accelerate;
static PetscFunctionList SinkhornList = NULL, SinkhornCosts = NULL;
static PetscBool         SinkhornPackageIsRegistered = PETSC_FALSE;

/* The cost of a type that is taken on the user's word only. */
PetscReal SinkhornNever(const SinkhornTask *task)
{
  (void)task;
  return INFINITY;
}

static PetscErrorCode SinkhornFinalizePackage(void)
{
  PetscFunctionBegin;
  PetscCall(PetscFunctionListDestroy(&SinkhornList));
  PetscCall(PetscFunctionListDestroy(&SinkhornCosts));
  SinkhornPackageIsRegistered = PETSC_FALSE;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode SinkhornInitializePackage(void)
{
  PetscFunctionBegin;
  if (SinkhornPackageIsRegistered) PetscFunctionReturn(PETSC_SUCCESS);
  SinkhornPackageIsRegistered = PETSC_TRUE;
  PetscCall(PetscClassIdRegister("Sinkhorn", &SINKHORN_CLASSID));
  PetscCall(PetscLogEventRegister("SinkhornSolve", SINKHORN_CLASSID, &Sinkhorn_Solve));
  PetscCall(PetscLogEventRegister("SinkhornProx", SINKHORN_CLASSID, &Sinkhorn_Prox));
  PetscCall(PetscLogEventRegister("SinkhornAccel", SINKHORN_CLASSID, &Sinkhorn_Accelerate));
#define SINKHORN_TYPE(name, create, cost) PetscCall(SinkhornRegister(name, create, cost));
#include "sinkhorntypes.h"
#undef SINKHORN_TYPE
  PetscCall(PetscRegisterFinalize(SinkhornFinalizePackage));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*@C
  SinkhornRegister - adds a type of step solver: its constructor, which fills the ops table and the traits, and its cost; NULL for a type
  that is taken on the user's word only.

  Not collective.
@*/
PetscErrorCode SinkhornRegister(const char name[], PetscErrorCode (*create)(Sinkhorn), SinkhornCost cost)
{
  PetscFunctionBegin;
  PetscCall(SinkhornInitializePackage());
  PetscCall(PetscFunctionListAdd(&SinkhornList, name, create));
  PetscCall(PetscFunctionListAdd(&SinkhornCosts, name, cost ? cost : SinkhornNever));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The names of all types, to be freed. Not collective. */
PetscErrorCode SinkhornGetTypes(PetscInt *count, const char **names[])
{
  PetscFunctionBegin;
  PetscCall(JKOGetRegistered(SinkhornList, count, names));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The options of the type, which help lists under a title of their own. Collective. */
PetscErrorCode SinkhornReadTypeOptions(Sinkhorn s)
{
  char title[128];

  PetscFunctionBegin;
  if (!s->ops->setfromoptions) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(PetscSNPrintf(title, sizeof title, "One entropic JKO step by %s (Sinkhorn) options", ((PetscObject)s)->type_name));
  PetscOptionsBegin(PetscObjectComm((PetscObject)s), NULL, title, "Sinkhorn");
  PetscUseTypeMethod(s, setfromoptions, PetscOptionsObject);
  PetscOptionsEnd();
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The type by name, whoever chose it. What the last one held is freed. Collective. */
PetscErrorCode SinkhornUseType(Sinkhorn s, SinkhornType type)
{
  PetscErrorCode (*create)(Sinkhorn);
  PetscBool same;
  char      known[256];

  PetscFunctionBegin;
  PetscCall(PetscObjectTypeCompare((PetscObject)s, type, &same));
  if (same) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(PetscFunctionListFind(SinkhornList, type, &create));
  PetscCall(JKOListRegistered(SinkhornList, known, sizeof known));
  PetscCheck(create, PetscObjectComm((PetscObject)s), JKO_ERR_INPUT, "-sinkhorn_type: '%s' is not known; use one of %s", type, known);
  PetscTryTypeMethod(s, reset);
  PetscTryTypeMethod(s, destroy);
  PetscCall(PetscMemzero(s->ops, sizeof *s->ops));
  s->data        = NULL;
  s->plain_guess = s->bears_lag = s->type_setup = PETSC_FALSE;
  s->coarse_type                                = SINKHORNANDERSON;
  s->options                                    = NULL;
  PetscCall((*create)(s));
  PetscCall(PetscObjectChangeTypeName((PetscObject)s, type));
  if (s->from_options) PetscCall(SinkhornReadTypeOptions(s));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*@
  SinkhornSetType - how the fixed point is found: SINKHORNANDERSON (default), SINKHORNELLIPTIC or SINKHORNSNES, any nonlinear solver of
PETSc. Afterwards a flow does not choose by itself.

  Collective. Errors: a name that is not registered.

  Options:
. -sinkhorn_type anderson|elliptic|snes - the type
@*/
PetscErrorCode SinkhornSetType(Sinkhorn s, SinkhornType type)
{
  PetscFunctionBegin;
  PetscValidHeaderSpecific(s, SINKHORN_CLASSID, 1);
  PetscCall(SinkhornUseType(s, type));
  s->given = PETSC_TRUE;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* After SinkhornSetUp(): sets up a type that is new. Collective. */
PetscErrorCode SinkhornSetUpType(Sinkhorn s)
{
  PetscFunctionBegin;
  if (!s->type_setup) PetscTryTypeMethod(s, setup);
  s->type_setup = PETSC_TRUE;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The type that costs least, the default in case of doubt. Not collective. */
static PetscErrorCode SinkhornCheapest(const SinkhornTask *task, char type[], size_t length)
{
  const char **names;
  PetscInt     count = 0;
  SinkhornCost cost;
  PetscReal    least;

  PetscFunctionBegin;
  PetscCall(PetscStrncpy(type, SINKHORNANDERSON, length));
  PetscCall(PetscFunctionListFind(SinkhornCosts, type, &cost));
  least = (*cost)(task);
  PetscCall(SinkhornGetTypes(&count, &names));
  for (PetscInt i = 0; i < count; i++) {
    PetscCall(PetscFunctionListFind(SinkhornCosts, names[i], &cost));
    if ((*cost)(task) >= least) continue;
    least = (*cost)(task);
    PetscCall(PetscStrncpy(type, names[i], length));
  }
  PetscCall(PetscFree(names));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Where the user has not said: the type that a fixed model of its cost prefers for a step from log_rho with the kernel's eps, so that a run
   goes the same way again. Collective. */
PetscErrorCode SinkhornChooseType(Sinkhorn s, PetscReal tau, Vec log_rho)
{
  SinkhornTask task;
  PetscReal    epsilon, diffusivity;
  PetscBool    congested;
  Grid         grid;
  char         type[64];

  PetscFunctionBegin;
  if (s->given) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(KernelGetGrid(s->kernel, &grid));
  PetscCall(GridGetDimension(grid, &task.dim));
  PetscCall(KernelGetEpsilon(s->kernel, &epsilon));
  PetscCall(EnergyGetSpeciesCount(s->energy, &task.species));
  PetscCall(EnergyGetDiffusivity(s->energy, log_rho, &diffusivity));
  PetscCall(EnergyIsCongested(s->energy, &congested));
  task.stiffness = congested ? (PetscReal)INFINITY : diffusivity / (epsilon / (4 * tau));
  PetscCall(SinkhornCheapest(&task, type, sizeof type));
  PetscCall(SinkhornUseType(s, type));
  PetscFunctionReturn(PETSC_SUCCESS);
}
