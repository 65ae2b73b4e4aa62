#ifndef JKO_PRIVATE_SCRATCH_H
#define JKO_PRIVATE_SCRATCH_H

#include <jko/sys.h>

/* Memory for vector instructions: it begins on a cache line and is never given back before the end. */
typedef struct {
  PetscReal *data;
  PetscInt   capacity; /* reals */
} Scratch;

PETSC_INTERN PetscErrorCode ScratchReserve(Scratch *, PetscInt);
PETSC_INTERN void           ScratchFree(Scratch *);

#endif
