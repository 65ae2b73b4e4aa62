#ifndef JKO_PRIVATE_GRIDIMPL_H
#define JKO_PRIVATE_GRIDIMPL_H

#include <jko/private/petsccompat.h>
#include <jko/grid.h>

PETSC_EXTERN PetscClassId GRID_CLASSID;

struct _p_Grid {
  PETSCHEADER(int);
  /* parameters: axis 0 is x, the fastest in memory; missing axes have one cell of width 1 */
  PetscInt     dim;
  PetscInt     n[3];
  PetscReal    lower[3], upper[3];
  GridBoundary boundary[3];
  PetscInt     ranks[3]; /* that share each axis, or PETSC_DECIDE */
  /* set up */
  DM        dm;
  PetscInt  start[3], width[3]; /* this rank's cells */
  PetscReal h[3];               /* cell widths, length */
  PetscReal volume;             /* of a cell, length^dim */
  char     *wall;               /* whether each of this rank's cells is one; NULL: none is, on any rank */
  PetscInt  open;               /* cells of all ranks that are no walls */
  PetscBool setup;
  char     *fields; /* what options have read from files onto it, a line and digest each (src/field/digest.c); NULL: nothing */
};

PETSC_INTERN PetscErrorCode GridSplit(Grid);
PETSC_INTERN PetscErrorCode GridSplitLike(Grid, Grid fine);

#endif
