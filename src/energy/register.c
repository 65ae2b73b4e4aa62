/* The types of term, the classes and their events. */
#include <jko/private/energyimpl.h>
#include <jko/private/sysimpl.h>

PetscClassId             ENERGY_CLASSID = 0, ENERGYTERM_CLASSID = 0;
PetscLogEvent            Energy_Prox, Energy_React, Energy_Value, Energy_Interaction;
static PetscFunctionList EnergyTypes           = NULL;
static PetscBool         EnergyPackageIsLoaded = PETSC_FALSE;

#define ENERGY_TYPE(name, constructor) PETSC_INTERN PetscErrorCode constructor(EnergyTerm);
#include "energytypes.h"
#undef ENERGY_TYPE

static PetscErrorCode EnergyFinalizePackage(void)
{
  PetscFunctionBegin;
  PetscCall(PetscFunctionListDestroy(&EnergyTypes));
  EnergyPackageIsLoaded = PETSC_FALSE;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode EnergyInitializePackage(void)
{
  PetscFunctionBegin;
  if (EnergyPackageIsLoaded) PetscFunctionReturn(PETSC_SUCCESS);
  EnergyPackageIsLoaded = PETSC_TRUE;
  PetscCall(PetscClassIdRegister("Energy", &ENERGY_CLASSID));
  PetscCall(PetscClassIdRegister("Energy term", &ENERGYTERM_CLASSID));
  PetscCall(PetscLogEventRegister("EnergyProx", ENERGY_CLASSID, &Energy_Prox));
  PetscCall(PetscLogEventRegister("EnergyReact", ENERGY_CLASSID, &Energy_React));
  PetscCall(PetscLogEventRegister("EnergyValue", ENERGY_CLASSID, &Energy_Value));
  PetscCall(PetscLogEventRegister("Energy_Interaction", ENERGY_CLASSID, &Energy_Interaction));
#define ENERGY_TYPE(name, constructor) PetscCall(PetscFunctionListAdd(&EnergyTypes, name, constructor));
#include "energytypes.h"
#undef ENERGY_TYPE
  PetscCall(PetscRegisterFinalize(EnergyFinalizePackage));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*@C
  EnergyRegister - adds a type of energy; `create` fills the ops, the data and, for a term that is not affine, the rate.

  Not collective, but to be called on all ranks.
@*/
PetscErrorCode EnergyRegister(const char type[], PetscErrorCode (*create)(EnergyTerm))
{
  PetscFunctionBegin;
  PetscCall(EnergyInitializePackage());
  PetscCall(PetscFunctionListAdd(&EnergyTypes, type, create));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The names of the types, to be freed by the caller. Not collective. */
PetscErrorCode EnergyListTypes(PetscInt *count, const char **names[])
{
  PetscFunctionBegin;
  PetscCall(JKOGetRegistered(EnergyTypes, count, names));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* "entropy, power, potential" */
PetscErrorCode EnergyTypeNames(char text[], size_t length)
{
  PetscFunctionBegin;
  PetscCall(JKOListRegistered(EnergyTypes, text, length));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* NULL for a type that is not registered. Not collective. */
PetscErrorCode EnergyGetConstructor(const char type[], PetscErrorCode (**create)(EnergyTerm))
{
  PetscFunctionBegin;
  PetscCall(PetscFunctionListFind(EnergyTypes, type, create));
  PetscFunctionReturn(PETSC_SUCCESS);
}
