#ifndef JKO_PRIVATE_SYSIMPL_H
#define JKO_PRIVATE_SYSIMPL_H

#include <jko/sys.h>

/* The name that takes the fewest changes of a letter to get to from the word; NULL where all are too far to be meant. */
PETSC_EXTERN PetscErrorCode JKONearestName(const char word[], PetscInt count, const char *const names[], const char *nearest[]);

/* The names in a list of types: each, and all of them in a row. */
PETSC_EXTERN PetscErrorCode JKOGetRegistered(PetscFunctionList, PetscInt *count, const char **names[]);
PETSC_EXTERN PetscErrorCode JKOListRegistered(PetscFunctionList, char text[], size_t length);

/* Whether a list of words, separated by spaces, has the word; the list may be NULL. */
PETSC_EXTERN PetscBool JKOHasWord(const char words[], const char word[]);

/* Counts options under the prefix of an object as asked for; names as "-snes_view". */
PETSC_EXTERN PetscErrorCode JKOExpectOptions(PetscObject, PetscInt count, const char *const names[]);

/* A path that is meant to be a file: what is wrong with it, or ""; and its descriptor, -1 for what is no file. They need no PETSc. */
PETSC_EXTERN const char *JKOFileTrouble(const char path[]);
PETSC_EXTERN int         JKOFileOpen(const char path[], int flags);

/* A text of others: bytes of its first character, 0 for one that is not to reach a terminal; and a copy that may. They need no PETSc. */
PETSC_EXTERN int  JKOVisibleBytes(const char text[]);
PETSC_EXTERN void JKOMakeVisible(const char text[], char visible[], size_t length);

/* Warns on standard error, and tells who listens. Collective. */
PETSC_EXTERN PetscErrorCode JKOWarn(MPI_Comm, const char name[], PetscReal value, PetscReal limit, const char format[], ...)
    PETSC_ATTRIBUTE_FORMAT(5, 6);

#endif
