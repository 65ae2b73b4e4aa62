/* Field: a function on the cells of a grid, from an expression, from a file, to a file. */
#ifndef JKO_FIELD_H
#define JKO_FIELD_H

#include <jko/grid.h>

/* What becomes of a field of a file that was made on another grid. */
typedef enum {
  FIELD_AS_IT_IS, /* it is refused */
  FIELD_MEANS,    /* a density: means over the cells, which keep the mass */
  FIELD_VALUES,   /* a potential: linear between the centres, and beyond them to the faces */
  FIELD_BOUNDED,  /* a coefficient: linear, within the bounds of its values */
  FIELD_WALLS     /* walls where it is positive: a cell that holds part of one */
} FieldInterpolation;

PETSC_EXTERN PetscErrorCode FieldIsFile(MPI_Comm, const char[], PetscBool *);
#define FIELD_TIMELESS (-PETSC_MAX_REAL) /* in place of a time */
PETSC_EXTERN PetscErrorCode FieldFromExpression(Grid, const char[], const char[], PetscReal, Vec);
PETSC_EXTERN PetscErrorCode FieldFromFile(Grid, const char[], const char[], const char[], Vec);
PETSC_EXTERN PetscErrorCode FieldFromFileInterpolated(Grid, const char[], const char[], const char[], FieldInterpolation, Vec);
PETSC_EXTERN PetscErrorCode FieldReadObstacle(Grid);
PETSC_EXTERN PetscErrorCode FieldToFile(Grid, const char[], PetscInt, const char *const[], const Vec[], PetscReal, PetscInt);

#endif
