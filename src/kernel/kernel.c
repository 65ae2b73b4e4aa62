/* The entropic transport kernel of the cost |x - y|^2 (Peyre 2015, Entropic approximation of Wasserstein gradient flows):

     (K f)(x) = sum over cells y of k(x, y) f(y),   k ~ exp(-|x - y|^2 / eps),   sum over y of k(x, y) = 1

   A Gaussian of variance sigma^2 = eps/2 along each axis. This file: the life of the object; apply.c: what it does. */
#include <jko/private/gridimpl.h>
#include <jko/private/kernelimpl.h>

/*@
  KernelCreate - a kernel; give it a grid and eps. Default type: KERNELGAUSSIAN, behind walls KERNELHEAT; default truncation: 7 sigma.

  Collective on comm. The caller owns the result.
@*/
PetscErrorCode KernelCreate(MPI_Comm comm, Kernel *kernel)
{
  Kernel k;

  PetscFunctionBegin;
  PetscAssertPointer(kernel, 2);
  PetscCall(KernelInitializePackage());
  PetscCall(PetscHeaderCreate(k, KERNEL_CLASSID, "Kernel", "Entropic transport kernel", "Kernel", comm, KernelDestroy, KernelView));
  k->truncation = 7;
  *kernel       = k;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*@
  KernelSetGrid - the grid that is set up; the kernel keeps a reference.

  Collective.
@*/
PetscErrorCode KernelSetGrid(Kernel kernel, Grid grid)
{
  PetscFunctionBegin;
  PetscValidHeaderSpecific(kernel, KERNEL_CLASSID, 1);
  PetscCheck(grid, PetscObjectComm((PetscObject)kernel), PETSC_ERR_ARG_NULL, "KernelSetGrid() needs a grid");
  if (grid == kernel->grid) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(KernelReset(kernel));
  PetscCall(PetscObjectReference((PetscObject)grid));
  PetscCall(GridDestroy(&kernel->grid));
  kernel->grid = grid;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*@
  KernelSetEpsilon - the entropic regularisation eps, length^2; may change between applications.

  Logically collective. Errors: a value that is not positive. KernelSetUp() refuses one below KernelGetEpsilonFloor().
@*/
PetscErrorCode KernelSetEpsilon(Kernel kernel, PetscReal epsilon)
{
  PetscFunctionBegin;
  PetscValidHeaderSpecific(kernel, KERNEL_CLASSID, 1);
  PetscCheck(PetscIsNormalReal(epsilon) && epsilon > 0, PetscObjectComm((PetscObject)kernel), JKO_ERR_INPUT,
             "-jko_epsilon: %g given; it must be positive and finite", (double)epsilon);
  if (epsilon == kernel->epsilon) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(KernelReset(kernel));
  kernel->epsilon = epsilon;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*@
  KernelSetTruncation - the radius beyond which the kernel is zero, in sigma (default 7: the tail is e^-24 of the peak).

  Logically collective. Errors: less than 5, which costs accuracy, or more than 20, which gains none.

  Options:
. -kernel_truncation t - the radius in sigma
@*/
PetscErrorCode KernelSetTruncation(Kernel kernel, PetscReal truncation)
{
  PetscFunctionBegin;
  PetscValidHeaderSpecific(kernel, KERNEL_CLASSID, 1);
  PetscCheck(truncation >= 5 && truncation <= 20, PetscObjectComm((PetscObject)kernel), JKO_ERR_INPUT,
             "-kernel_truncation: %g given; it must be between 5 and 20 (in sigma)", (double)truncation);
  if (truncation == kernel->truncation) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(KernelReset(kernel));
  kernel->truncation = truncation;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*@
  KernelSetFinest - whether eps need suit the finest axis only (default false): axes that are too coarse for a sampled Gaussian then take
the heat kernel of their grid, where the type has it.

  Logically collective.
@*/
PetscErrorCode KernelSetFinest(Kernel kernel, PetscBool finest)
{
  PetscFunctionBegin;
  PetscValidHeaderSpecific(kernel, KERNEL_CLASSID, 1);
  if (finest == kernel->finest) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(KernelReset(kernel));
  kernel->finest = finest;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*@
  KernelDestroy - drops a reference; the last one frees the kernel.

  Collective.
@*/
PetscErrorCode KernelDestroy(Kernel *kernel)
{
  Kernel k = *kernel;

  PetscFunctionBegin;
  if (!k) PetscFunctionReturn(PETSC_SUCCESS);
  PetscValidHeaderSpecific(k, KERNEL_CLASSID, 1);
  *kernel = NULL;
  if (--((PetscObject)k)->refct > 0) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(KernelReset(k));
  if (k->ops->destroy) PetscCall((*k->ops->destroy)(k));
  PetscCall(GridDestroy(&k->grid));
  PetscCall(PetscHeaderDestroy(&k));
  PetscFunctionReturn(PETSC_SUCCESS);
}
