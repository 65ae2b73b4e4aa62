#ifndef JKO_PRIVATE_SYSIMPL_H
#define JKO_PRIVATE_SYSIMPL_H

#include <jko/sys.h>

/* The name that takes the fewest changes of a letter to get to from the word; NULL when there are no names. */
PETSC_EXTERN PetscErrorCode JKONearestName(const char word[], PetscInt count, const char *const names[], const char *nearest[]);

/* Counts options under the prefix of an object as asked for; names as "-snes_view". */
PETSC_EXTERN PetscErrorCode JKOExpectOptions(PetscObject, PetscInt count, const char *const names[]);

#endif
