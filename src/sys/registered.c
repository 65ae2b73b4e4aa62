/* The names in a list of types, for messages. */
#include <stdlib.h>
#include <jko/private/sysimpl.h>

static int CompareNames(const void *a, const void *b)
{
  return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The names in alphabetical order, to be freed by the caller. Versions of PETSc list them each in an order of its own, and some count the
   NULL at the end. Not collective. */
PetscErrorCode JKOGetRegistered(PetscFunctionList list, PetscInt *count, const char **names[])
{
  int n;

  PetscFunctionBegin;
  PetscCall(PetscFunctionListGet(list, names, &n));
  while (n > 0 && !(*names)[n - 1]) n--;
  qsort(*names, (size_t)n, sizeof **names, CompareNames);
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
