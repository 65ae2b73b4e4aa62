/* Makes the accelerators of this library known to SNES, so that -sinkhorn_snes_type finds them beside PETSc's own. */
#include <jko/private/sinkhornimpl.h>

#define SINKHORN_ACCELERATOR(name, create) PETSC_INTERN PetscErrorCode create(SNES);
#include "accelerators.h"
#undef SINKHORN_ACCELERATOR

PetscErrorCode SinkhornRegisterAccelerators(void)
{
  PetscFunctionBegin;
#define SINKHORN_ACCELERATOR(name, create) PetscCall(SNESRegister(name, create));
#include "accelerators.h"
#undef SINKHORN_ACCELERATOR
  PetscFunctionReturn(PETSC_SUCCESS);
}
