/* Grid: cells of a box in 1, 2 or 3 dimensions, distributed over ranks. */
#ifndef JKO_GRID_H
#define JKO_GRID_H

#include <petscdm.h>
#include <petscviewer.h>
#include <jko/sys.h>

typedef struct _p_Grid *Grid;

typedef enum {
  GRID_NOFLUX,  /* nothing passes: fields are continued by reflection */
  GRID_PERIODIC /* opposite faces are the same place */
} GridBoundary;
PETSC_EXTERN const char *const GridBoundaries[];

PETSC_EXTERN PetscErrorCode GridCreate(MPI_Comm, Grid *);
PETSC_EXTERN PetscErrorCode GridSetSizes(Grid, PetscInt, const PetscInt[]);
PETSC_EXTERN PetscErrorCode GridSetBox(Grid, const PetscReal[], const PetscReal[]);
PETSC_EXTERN PetscErrorCode GridSetBoundary(Grid, const GridBoundary[]);
PETSC_EXTERN PetscErrorCode GridSetFromOptions(Grid);
PETSC_EXTERN PetscErrorCode GridSetUp(Grid);
PETSC_EXTERN PetscErrorCode GridView(Grid, PetscViewer);
PETSC_EXTERN PetscErrorCode GridDestroy(Grid *);

PETSC_EXTERN PetscErrorCode GridGetDM(Grid, DM *);
PETSC_EXTERN PetscErrorCode GridGetDimension(Grid, PetscInt *);
PETSC_EXTERN PetscErrorCode GridGetSizes(Grid, PetscInt[3]);
PETSC_EXTERN PetscErrorCode GridGetCorners(Grid, PetscInt[3], PetscInt[3]);
PETSC_EXTERN PetscErrorCode GridGetBox(Grid, PetscReal[3], PetscReal[3]);
PETSC_EXTERN PetscErrorCode GridGetBoundary(Grid, GridBoundary[3]);
PETSC_EXTERN PetscErrorCode GridGetSpacing(Grid, PetscReal[3]);
PETSC_EXTERN PetscErrorCode GridGetCellVolume(Grid, PetscReal *);
PETSC_EXTERN PetscErrorCode GridGetCentre(Grid, PetscInt, PetscInt, PetscReal *);

PETSC_EXTERN PetscErrorCode GridCreateVector(Grid, Vec *);
PETSC_EXTERN PetscErrorCode GridIntegrate(Grid, Vec, PetscReal *);

PETSC_EXTERN PetscErrorCode GridCreatePartsDM(Grid, PetscInt, DM *);
PETSC_EXTERN PetscErrorCode GridGetPartCount(Grid, Vec, PetscInt *);
PETSC_EXTERN PetscErrorCode GridGetPart(Grid, Vec, PetscInt, PetscBool, Vec *);
PETSC_EXTERN PetscErrorCode GridRestorePart(Grid, Vec, PetscBool, Vec *);

PETSC_EXTERN PetscErrorCode GridSetWalls(Grid, Vec);
PETSC_EXTERN PetscErrorCode GridGetWalls(Grid, const char *[]);
PETSC_EXTERN PetscErrorCode GridGetOpenCells(Grid, PetscInt *);
PETSC_EXTERN PetscErrorCode GridFillWalls(Grid, Vec, PetscReal);
PETSC_EXTERN PetscErrorCode GridIntegrateWalls(Grid, Vec, PetscReal *);

PETSC_EXTERN PetscErrorCode GridCoarsen(Grid, Grid *);
PETSC_EXTERN PetscErrorCode GridRestrict(Grid, Vec, Grid, Vec);
PETSC_EXTERN PetscErrorCode GridProlongAdd(Grid, Vec, Grid, Vec);

#endif
