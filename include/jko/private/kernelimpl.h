#ifndef JKO_PRIVATE_KERNELIMPL_H
#define JKO_PRIVATE_KERNELIMPL_H

#include <jko/private/petsccompat.h>
#include <jko/kernel.h>

struct _KernelOps {
  PetscErrorCode (*setup)(Kernel);
  PetscErrorCode (*apply)(Kernel, Vec, Vec);
  PetscErrorCode (*applylog)(Kernel, Vec, Vec, Vec);
  PetscErrorCode (*setfromoptions)(Kernel, JKOOptionItems);
  PetscErrorCode (*view)(Kernel, PetscViewer);
  PetscErrorCode (*getmemory)(Kernel, PetscLogDouble *);
  PetscErrorCode (*reset)(Kernel);
  PetscErrorCode (*destroy)(Kernel);
};

struct _p_Kernel {
  PETSCHEADER(struct _KernelOps);
  /* parameters */
  Grid      grid;
  PetscReal epsilon;    /* entropic regularisation, length^2 */
  PetscReal truncation; /* radius of the kernel in sigma */
  PetscBool finest;     /* eps need suit the finest axis only */
  /* of the type */
  void     *data;
  PetscReal least;     /* sigma/h that it resolves, at least */
  PetscReal widest;    /* sigma/h worth its cost, at most */
  PetscReal quantum;   /* eps/h^2 of which whole multiples suit it best; 0: any eps does */
  PetscBool truncates; /* its radius is the truncation */
  PetscBool rounds;    /* it goes round walls */
  PetscBool mixes;     /* it has another way for axes that are too coarse for sigma */
  /* set up */
  PetscInt  radius[3]; /* cells */
  PetscReal reach[3];  /* how far a plan may move mass along each axis, on average, to be that of the cost; length */
  PetscBool setup;
};

PETSC_INTERN PetscFunctionList KernelList;

PETSC_EXTERN PetscLogEvent Kernel_Apply, Kernel_Halo;

PETSC_EXTERN PetscErrorCode KernelInitializePackage(void);
PETSC_EXTERN PetscErrorCode KernelReset(Kernel);
PETSC_EXTERN PetscErrorCode KernelSetUsualType(Kernel);
PETSC_INTERN void           KernelFinish(PetscInt, const PetscReal[], const PetscReal[], PetscReal[]);

#endif
