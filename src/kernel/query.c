/* What a kernel tells: eps and what follows from it, its radius, its memory. */
#include <jko/private/gridimpl.h>
#include <jko/private/kernelimpl.h>

/*@ KernelGetGrid - the grid. Borrowed. Not collective. @*/
PetscErrorCode KernelGetGrid(Kernel kernel, Grid *grid)
{
  PetscFunctionBegin;
  PetscValidHeaderSpecific(kernel, KERNEL_CLASSID, 1);
  *grid = kernel->grid;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*@ KernelGetEpsilon - the entropic regularisation, length^2; 0 before KernelSetEpsilon(). Not collective. @*/
PetscErrorCode KernelGetEpsilon(Kernel kernel, PetscReal *epsilon)
{
  PetscFunctionBegin;
  PetscValidHeaderSpecific(kernel, KERNEL_CLASSID, 1);
  *epsilon = kernel->epsilon;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*@ KernelGetSigma - sqrt(eps/2), the standard deviation along each axis, length. Not collective. @*/
PetscErrorCode KernelGetSigma(Kernel kernel, PetscReal *sigma)
{
  PetscFunctionBegin;
  PetscValidHeaderSpecific(kernel, KERNEL_CLASSID, 1);
  *sigma = PetscSqrtReal(kernel->epsilon / 2);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*@
  KernelGetEpsilonFloor - the smallest eps that the grid resolves, length^2: sigma >= 0.8 h on every axis of more than one cell with the
  Gaussian, 1.5 h with the heat kernel; with KernelSetFinest() on the finest of them.

  Collective, as it settles the type. Errors: no grid.
@*/
PetscErrorCode KernelGetEpsilonFloor(Kernel kernel, PetscReal *floor)
{
  PetscReal h = 0, least = PETSC_MAX_REAL;

  PetscFunctionBegin;
  PetscValidHeaderSpecific(kernel, KERNEL_CLASSID, 1);
  PetscCheck(kernel->grid && kernel->grid->setup, PetscObjectComm((PetscObject)kernel), PETSC_ERR_ORDER,
             "give the kernel a grid that is set up before asking for the floor of eps");
  PetscCall(KernelSetUsualType(kernel));
  for (PetscInt a = 0; a < kernel->grid->dim; a++)
    if (kernel->grid->n[a] > 1) {
      h     = PetscMax(h, kernel->grid->h[a]);
      least = PetscMin(least, kernel->grid->h[a]);
    }
  if (!(h > 0)) h = least = kernel->grid->h[0]; /* a single cell: any width will do */
  if (kernel->finest && kernel->mixes) h = PetscMin(h, least);
  *floor = 2 * PetscSqr(kernel->least * h);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*@ KernelGetResolution - sigma/h at the floor of eps: what the type needs of cells at least. Collective, as it settles the type. @*/
PetscErrorCode KernelGetResolution(Kernel kernel, PetscReal *least)
{
  PetscFunctionBegin;
  PetscValidHeaderSpecific(kernel, KERNEL_CLASSID, 1);
  PetscCall(KernelSetUsualType(kernel));
  *least = kernel->least;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*@ KernelGetEpsilonCeiling - the largest eps that is worth its cost, length^2: infinite but for the heat kernel. Collective, likewise. @*/
PetscErrorCode KernelGetEpsilonCeiling(Kernel kernel, PetscReal *ceiling)
{
  PetscReal floor;

  PetscFunctionBegin;
  PetscCall(KernelGetEpsilonFloor(kernel, &floor));
  *ceiling = kernel->widest < PETSC_MAX_REAL ? floor * PetscSqr(kernel->widest / kernel->least) : PETSC_MAX_REAL;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*@
  KernelRoundEpsilon - the next eps from this one up that suits the type best: a whole number of double steps of the random walk.

  Collective, likewise.
@*/
PetscErrorCode KernelRoundEpsilon(Kernel kernel, PetscReal *epsilon)
{
  PetscReal floor, quantum;

  PetscFunctionBegin;
  PetscCall(KernelGetEpsilonFloor(kernel, &floor));
  quantum = kernel->quantum * floor / (2 * PetscSqr(kernel->least));
  if (quantum > 0) *epsilon = quantum * PetscCeilReal(*epsilon / quantum * (1 - 1e-9));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*@ KernelGetTruncation - the radius of the kernel in sigma. Not collective. @*/
PetscErrorCode KernelGetTruncation(Kernel kernel, PetscReal *truncation)
{
  PetscFunctionBegin;
  PetscValidHeaderSpecific(kernel, KERNEL_CLASSID, 1);
  *truncation = kernel->truncation;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*@ KernelIsTruncated - whether the truncation decides how far the kernel reaches, as it does for the Gaussian. Not collective. @*/
PetscErrorCode KernelIsTruncated(Kernel kernel, PetscBool *truncated)
{
  PetscFunctionBegin;
  PetscValidHeaderSpecific(kernel, KERNEL_CLASSID, 1);
  *truncated = kernel->truncates;
  PetscFunctionReturn(PETSC_SUCCESS);
}
