/* Halo: the layers of cells that a rank needs from others along one axis.

   Along the axis a rank owns `width` layers. A window of `radius` layers on each side of them, continued at the faces by the
   grid's boundary, holds own layers (images of the boundary included) and ghosts, each ghost once. What a layer holds is the
   caller's: any number of reals, the same on all ranks of a line. */
#ifndef JKO_PRIVATE_HALO_H
#define JKO_PRIVATE_HALO_H

#include <jko/grid.h>

typedef struct _Halo *Halo;

PETSC_EXTERN PetscErrorCode HaloCreate(Grid, PetscInt, PetscInt, Halo *);
PETSC_EXTERN PetscErrorCode HaloDestroy(Halo *);
PETSC_EXTERN PetscErrorCode HaloGetMap(Halo, PetscInt *, const PetscInt *[]);
PETSC_EXTERN PetscErrorCode HaloGetSendLayers(Halo, PetscInt *, const PetscInt *[]);
PETSC_EXTERN PetscErrorCode HaloGetMemory(Halo, PetscLogDouble *);
PETSC_EXTERN PetscErrorCode HaloBegin(Halo, PetscInt, PetscReal *[]);
PETSC_EXTERN PetscErrorCode HaloSend(Halo);
PETSC_EXTERN PetscErrorCode HaloEnd(Halo, const PetscReal *[]);

#endif
