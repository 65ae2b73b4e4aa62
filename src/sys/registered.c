/* The names in a list of types, for messages. */
#include <jko/private/sysimpl.h>

/* The names, to be freed by the caller; some versions of PETSc count the NULL at the end. Not collective. */
PetscErrorCode JKOGetRegistered(PetscFunctionList list, PetscInt *count, const char **names[])
{
  int n;

  PetscFunctionBegin;
  PetscCall(PetscFunctionListGet(list, names, &n));
  while (n > 0 && !(*names)[n - 1]) n--;
  *count = n;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* "entropy, power, potential". Not collective. */
PetscErrorCode JKOListRegistered(PetscFunctionList list, char text[], size_t length)
{
  const char **names;
  PetscInt     count = 0;

  PetscFunctionBegin;
  text[0] = 0;
  PetscCall(JKOGetRegistered(list, &count, &names));
  for (PetscInt i = 0; i < count; i++) {
    PetscCall(PetscStrlcat(text, i ? ", " : "", length));
    PetscCall(PetscStrlcat(text, names[i], length));
  }
  PetscCall(PetscFree(names));
  PetscFunctionReturn(PETSC_SUCCESS);
}
