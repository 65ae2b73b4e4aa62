/* Options that PETSc asks for only when an object is at work, such as -snes_converged_reason. Those that nobody has asked for by the end of
   the set-up are refused, so these are asked for here. */
#include <jko/private/petsccompat.h>
#include <jko/private/sysimpl.h>

PetscErrorCode JKOExpectOptions(PetscObject object, PetscInt count, const char *const names[])
{
  PetscFunctionBegin;
  for (PetscInt i = 0; i < count; i++) PetscCall(PetscOptionsHasName(object->options, object->prefix, names[i], NULL));
  PetscFunctionReturn(PETSC_SUCCESS);
}
