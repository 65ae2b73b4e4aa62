/* The separable Gaussian: its plan. One axis after the other; arrays as in the grid, i + wx*(j + wy*k), x fastest. */
#ifndef JKO_KERNEL_GAUSSIAN_H
#define JKO_KERNEL_GAUSSIAN_H

#include <jko/private/halo.h>
#include <jko/private/simd.h>
#include <jko/private/gridimpl.h>
#include <jko/private/kernelimpl.h>

/* The kernel along one axis. */
typedef struct {
  PetscInt   radius; /* cells; 0: nothing to do */
  PetscReal *weight; /* 2 radius + 1, sum 1 */
  Halo       halo;
} KernelAxis;

/* Memory for vector instructions: it begins on a cache line and is never given back before the end. */
typedef struct {
  PetscReal *data;
  PetscInt   capacity; /* reals */
} Scratch;

typedef struct {
  KernelAxis axis[3];
  PetscInt   width[3]; /* this rank's cells */
  PetscInt   cells;    /* their product */
  /* exact path: values mantissa 2^exponent, one exponent per cell; a bundle of lines */
  Scratch mantissa, exponent, lines;
} KernelGaussian;

PETSC_INTERN PetscErrorCode ScratchReserve(Scratch *, PetscInt);
PETSC_INTERN void           ScratchFree(Scratch *);

PETSC_INTERN PetscErrorCode KernelGaussianApplyExact(KernelGaussian *, const PetscReal[], const PetscReal[], PetscReal[]);
PETSC_INTERN PetscErrorCode KernelGaussianApplyLinear(KernelGaussian *, const PetscReal[], PetscReal[]);
PETSC_INTERN void           KernelGaussianFinish(PetscInt, const PetscReal[], const PetscReal[], PetscReal[]);

#endif
