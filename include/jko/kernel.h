/* Kernel: the entropic transport kernel K = exp(-d(x,y)^2/eps), d the way round walls, applied as out = log(K e^in). */
#ifndef JKO_KERNEL_H
#define JKO_KERNEL_H

#include <jko/grid.h>

typedef struct _p_Kernel *Kernel;
typedef const char       *KernelType;
#define KERNELGAUSSIAN "gaussian"
#define KERNELHEAT     "heat"

PETSC_EXTERN PetscClassId KERNEL_CLASSID;

PETSC_EXTERN PetscErrorCode KernelRegister(const char[], PetscErrorCode (*)(Kernel));
PETSC_EXTERN PetscErrorCode KernelCreate(MPI_Comm, Kernel *);
PETSC_EXTERN PetscErrorCode KernelSetGrid(Kernel, Grid);
PETSC_EXTERN PetscErrorCode KernelSetType(Kernel, KernelType);
PETSC_EXTERN PetscErrorCode KernelSetEpsilon(Kernel, PetscReal);
PETSC_EXTERN PetscErrorCode KernelSetTruncation(Kernel, PetscReal);
PETSC_EXTERN PetscErrorCode KernelSetFinest(Kernel, PetscBool);
PETSC_EXTERN PetscErrorCode KernelSetFromOptions(Kernel);
PETSC_EXTERN PetscErrorCode KernelSetUp(Kernel);
PETSC_EXTERN PetscErrorCode KernelView(Kernel, PetscViewer);
PETSC_EXTERN PetscErrorCode KernelDestroy(Kernel *);

PETSC_EXTERN PetscErrorCode KernelGetGrid(Kernel, Grid *);
PETSC_EXTERN PetscErrorCode KernelGetEpsilon(Kernel, PetscReal *);
PETSC_EXTERN PetscErrorCode KernelGetSigma(Kernel, PetscReal *);
PETSC_EXTERN PetscErrorCode KernelGetEpsilonFloor(Kernel, PetscReal *);
PETSC_EXTERN PetscErrorCode KernelGetEpsilonCeiling(Kernel, PetscReal *);
PETSC_EXTERN PetscErrorCode KernelRoundEpsilon(Kernel, PetscReal *);
PETSC_EXTERN PetscErrorCode KernelGetResolution(Kernel, PetscReal *);
PETSC_EXTERN PetscErrorCode KernelGetRadius(Kernel, PetscInt[3]);
PETSC_EXTERN PetscErrorCode KernelGetMemory(Kernel, PetscLogDouble *);

PETSC_EXTERN PetscErrorCode KernelGetTruncation(Kernel, PetscReal *);
PETSC_EXTERN PetscErrorCode KernelIsTruncated(Kernel, PetscBool *);
PETSC_EXTERN PetscErrorCode KernelGetStrain(Kernel, Vec, Vec, PetscReal *);

PETSC_EXTERN PetscErrorCode KernelApply(Kernel, Vec, Vec);
PETSC_EXTERN PetscErrorCode KernelApplyLog(Kernel, Vec, Vec, Vec);
PETSC_EXTERN PetscErrorCode KernelApplyScaled(Kernel, Vec, Vec, Vec, Vec);

#endif
