/* The time schemes. */
#include <jko/private/jkoimpl.h>
#include <jko/private/sysimpl.h>

PetscClassId             JKO_CLASSID = 0;
PetscLogEvent            JKO_Step, JKO_Coarse, JKO_Measure;
static PetscFunctionList JKOList            = NULL;
static PetscBool         JKOPackageIsLoaded = PETSC_FALSE;

#define JKO_SCHEME(name, create) PETSC_INTERN PetscErrorCode create(JKO);
#include "schemes.h"
#undef JKO_SCHEME

static PetscErrorCode JKOFinalizePackage(void)
{
  PetscFunctionBegin;
  PetscCall(PetscFunctionListDestroy(&JKOList));
  JKOPackageIsLoaded = PETSC_FALSE;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode JKOInitializePackage(void)
{
  PetscFunctionBegin;
  if (JKOPackageIsLoaded) PetscFunctionReturn(PETSC_SUCCESS);
  JKOPackageIsLoaded = PETSC_TRUE;
  PetscCall(PetscClassIdRegister("JKO", &JKO_CLASSID));
  PetscCall(PetscLogEventRegister("JKOStep", JKO_CLASSID, &JKO_Step));
  PetscCall(PetscLogEventRegister("JKOCoarse", JKO_CLASSID, &JKO_Coarse));
  PetscCall(PetscLogEventRegister("JKOMeasure", JKO_CLASSID, &JKO_Measure));
#define JKO_SCHEME(name, create) PetscCall(JKORegister(name, create));
#include "schemes.h"
#undef JKO_SCHEME
  PetscCall(PetscRegisterFinalize(JKOFinalizePackage));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*@ JKORegister - adds a time scheme: its name and its constructor, which fills the ops. Not collective. @*/
PetscErrorCode JKORegister(const char name[], PetscErrorCode (*create)(JKO))
{
  PetscFunctionBegin;
  PetscCall(JKOInitializePackage());
  PetscCall(PetscFunctionListAdd(&JKOList, name, create));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*@ JKOSetType - the time scheme: euler, sdirk, extrapolated or reversible. Errors: a name that is not registered. Logically collective. @*/
PetscErrorCode JKOSetType(JKO jko, JKOType type)
{
  PetscErrorCode (*create)(JKO);
  PetscBool same;
  char      known[256];

  PetscFunctionBegin;
  PetscValidHeaderSpecific(jko, JKO_CLASSID, 1);
  PetscCall(PetscObjectTypeCompare((PetscObject)jko, type, &same));
  if (same) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(PetscFunctionListFind(JKOList, type, &create));
  PetscCall(JKOListRegistered(JKOList, known, sizeof known));
  PetscCheck(create, PetscObjectComm((PetscObject)jko), JKO_ERR_INPUT, "-jko_type: '%s' is not known; use one of %s", type, known);
  PetscTryTypeMethod(jko, destroy);
  PetscCall(PetscMemzero(jko->ops, sizeof *jko->ops));
  jko->data     = NULL;
  jko->substeps = 1;
  jko->order    = 1;
  jko->even = jko->estimates = jko->pressure = PETSC_FALSE;
  jko->setup                                 = PETSC_FALSE;
  PetscCall((*create)(jko));
  PetscCall(PetscObjectChangeTypeName((PetscObject)jko, type));
  PetscFunctionReturn(PETSC_SUCCESS);
}
