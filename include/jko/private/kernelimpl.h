#ifndef JKO_PRIVATE_KERNELIMPL_H
#define JKO_PRIVATE_KERNELIMPL_H

#include <petsc/private/petscimpl.h>
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
  /* set up */
  void     *data;
  PetscInt  radius[3]; /* cells */
  PetscBool setup;
};

PETSC_EXTERN PetscLogEvent Kernel_Apply, Kernel_Halo;

PETSC_EXTERN PetscErrorCode KernelInitializePackage(void);
PETSC_EXTERN PetscErrorCode KernelReset(Kernel);

#endif
