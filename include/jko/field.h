/* Field: a function on the cells of a grid, from an expression, from a file, to a file. */
#ifndef JKO_FIELD_H
#define JKO_FIELD_H

#include <jko/grid.h>

PETSC_EXTERN PetscErrorCode FieldIsFile(MPI_Comm, const char[], PetscBool *);
#define FIELD_TIMELESS (-PETSC_MAX_REAL) /* in place of a time */
PETSC_EXTERN PetscErrorCode FieldFromExpression(Grid, const char[], const char[], PetscReal, Vec);
PETSC_EXTERN PetscErrorCode FieldFromFile(Grid, const char[], const char[], const char[], Vec);
PETSC_EXTERN PetscErrorCode FieldReadObstacle(Grid);
PETSC_EXTERN PetscErrorCode FieldToFile(Grid, const char[], PetscInt, const char *const[], const Vec[], PetscReal, PetscInt);

#endif
