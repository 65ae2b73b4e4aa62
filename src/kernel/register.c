/* The types of kernel, and the choice among them. */
#include <jko/private/gridimpl.h>
#include <jko/private/kernelimpl.h>
#include <jko/private/sysimpl.h>

#define KERNEL_TYPE(name, create) PETSC_EXTERN PetscErrorCode create(Kernel);
#include "kerneltypes.h"
#undef KERNEL_TYPE

PetscClassId      KERNEL_CLASSID = 0;
PetscLogEvent     Kernel_Apply, Kernel_Halo;
PetscFunctionList KernelList                = NULL;
static PetscBool  KernelPackageIsRegistered = PETSC_FALSE;

static PetscErrorCode KernelFinalizePackage(void)
{
  PetscFunctionBegin;
  PetscCall(PetscFunctionListDestroy(&KernelList));
  KernelPackageIsRegistered = PETSC_FALSE;
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode KernelInitializePackage(void)
{
  PetscFunctionBegin;
  if (KernelPackageIsRegistered) PetscFunctionReturn(PETSC_SUCCESS);
  KernelPackageIsRegistered = PETSC_TRUE;
  PetscCall(PetscClassIdRegister("Kernel", &KERNEL_CLASSID));
  PetscCall(PetscLogEventRegister("Kernel_Apply", KERNEL_CLASSID, &Kernel_Apply));
  PetscCall(PetscLogEventRegister("Kernel_Halo", KERNEL_CLASSID, &Kernel_Halo));
#define KERNEL_TYPE(name, create) PetscCall(KernelRegister(name, create));
#include "kerneltypes.h"
#undef KERNEL_TYPE
  PetscCall(PetscRegisterFinalize(KernelFinalizePackage));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*@
  KernelRegister - adds a type of kernel: its constructor fills the ops table and the defaults.

  Not collective.
@*/
PetscErrorCode KernelRegister(const char name[], PetscErrorCode (*create)(Kernel))
{
  PetscFunctionBegin;
  PetscCall(KernelInitializePackage());
  PetscCall(PetscFunctionListAdd(&KernelList, name, create));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Drops what depends on the grid, eps and the truncation; the next apply plans anew. */
PetscErrorCode KernelReset(Kernel kernel)
{
  PetscFunctionBegin;
  if (kernel->setup && kernel->ops->reset) PetscCall((*kernel->ops->reset)(kernel));
  kernel->setup = PETSC_FALSE;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*@
  KernelSetType - the type by name (default KERNELGAUSSIAN, behind walls KERNELHEAT); what the previous type held is freed.

  Collective. Errors: a name that is not registered.

  Options:
. -kernel_type gaussian|heat - the type
@*/
PetscErrorCode KernelSetType(Kernel kernel, KernelType type)
{
  PetscErrorCode (*create)(Kernel);
  PetscBool same;
  char      known[256];

  PetscFunctionBegin;
  PetscValidHeaderSpecific(kernel, KERNEL_CLASSID, 1);
  PetscCall(PetscObjectTypeCompare((PetscObject)kernel, type, &same));
  if (same) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(PetscFunctionListFind(KernelList, type, &create));
  PetscCall(JKOListRegistered(KernelList, known, sizeof known));
  PetscCheck(create, PetscObjectComm((PetscObject)kernel), JKO_ERR_INPUT, "-kernel_type: '%s' is not known; use one of %s", type, known);
  PetscCall(KernelReset(kernel));
  if (kernel->ops->destroy) PetscCall((*kernel->ops->destroy)(kernel));
  PetscCall(PetscMemzero(kernel->ops, sizeof *kernel->ops));
  PetscCall(PetscObjectChangeTypeName((PetscObject)kernel, type));
  PetscCall((*create)(kernel));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The type of a kernel to which nobody has given one. Collective. */
PetscErrorCode KernelSetUsualType(Kernel kernel)
{
  PetscFunctionBegin;
  if (!((PetscObject)kernel)->type_name) PetscCall(KernelSetType(kernel, kernel->grid && kernel->grid->wall ? KERNELHEAT : KERNELGAUSSIAN));
  PetscFunctionReturn(PETSC_SUCCESS);
}
