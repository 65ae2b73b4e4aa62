/* The truncated Gaussian along each axis,

     w_d = exp(-(d h)^2 / eps) / sum,   |d| <= radius = ceil(truncation sigma / h),   sigma^2 = eps/2

   sampled at cell centres and normalised, the field continued at the faces by reflection or periodically. K is their product:
   positive, symmetric, and of row sums 1, so that it conserves mass. */
#include <math.h>
#include "gaussian.h"

static PetscErrorCode KernelAxisSetUp(KernelAxis *axis, Kernel kernel, PetscInt a)
{
  const PetscReal h = kernel->grid->h[a], cells = kernel->truncation * PetscSqrtReal(kernel->epsilon / 2) / h;
  PetscReal       sum = 0;

  PetscFunctionBegin;
  PetscCheck(cells < 1e6, PetscObjectComm((PetscObject)kernel), JKO_ERR_INPUT,
             "-jko_epsilon: %g makes a kernel of radius %g cells along %c; at most 1e6 is possible", (double)kernel->epsilon, (double)cells,
             "xyz"[a]);
  axis->radius = kernel->grid->n[a] > 1 ? (PetscInt)PetscCeilReal(cells) : 0;
  PetscCall(PetscMalloc1(2 * axis->radius + 1, &axis->weight));
  for (PetscInt d = -axis->radius; d <= axis->radius; d++) sum += PetscExpReal(-PetscSqr((PetscReal)d * h) / kernel->epsilon);
  for (PetscInt d = -axis->radius; d <= axis->radius; d++)
    axis->weight[axis->radius + d] = PetscExpReal(-PetscSqr((PetscReal)d * h) / kernel->epsilon) / sum;
  PetscCall(HaloCreate(kernel->grid, a, axis->radius, &axis->halo));
  kernel->radius[a] = axis->radius;
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode KernelSetUp_Gaussian(Kernel kernel)
{
  KernelGaussian *gaussian = (KernelGaussian *)kernel->data;

  PetscFunctionBegin;
  gaussian->cells = 1;
  for (PetscInt a = 0; a < 3; a++) {
    gaussian->width[a] = kernel->grid->width[a];
    gaussian->cells *= gaussian->width[a];
    PetscCall(KernelAxisSetUp(&gaussian->axis[a], kernel, a));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode KernelReset_Gaussian(Kernel kernel)
{
  KernelGaussian *gaussian = (KernelGaussian *)kernel->data;

  PetscFunctionBegin;
  for (PetscInt a = 0; a < 3; a++) {
    PetscCall(PetscFree(gaussian->axis[a].weight));
    PetscCall(HaloDestroy(&gaussian->axis[a].halo));
  }
  ScratchFree(&gaussian->mantissa);
  ScratchFree(&gaussian->exponent);
  ScratchFree(&gaussian->lines);
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode KernelDestroy_Gaussian(Kernel kernel)
{
  PetscFunctionBegin;
  PetscCall(PetscFree(kernel->data));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode KernelGetMemory_Gaussian(Kernel kernel, PetscLogDouble *bytes)
{
  const KernelGaussian *gaussian = (KernelGaussian *)kernel->data;

  PetscFunctionBegin;
  *bytes = (PetscLogDouble)sizeof(PetscReal) *
           ((PetscLogDouble)gaussian->mantissa.capacity + gaussian->exponent.capacity + gaussian->lines.capacity);
  for (PetscInt a = 0; a < 3; a++) {
    PetscLogDouble halo;

    PetscCall(HaloGetMemory(gaussian->axis[a].halo, &halo));
    *bytes += halo;
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* out = logarithm, or p - logarithm: what p knows to be empty stays empty. */
void KernelGaussianFinish(PetscInt n, const PetscReal logarithm[], const PetscReal p[], PetscReal out[])
{
  if (p)
    for (PetscInt i = 0; i < n; i++) out[i] = p[i] == -(PetscReal)INFINITY ? -(PetscReal)INFINITY : p[i] - logarithm[i];
  else
    for (PetscInt i = 0; i < n; i++) out[i] = logarithm[i];
}

static PetscErrorCode KernelApplyLog_Gaussian(Kernel kernel, Vec in, Vec p, Vec out)
{
  const PetscScalar *x, *q = NULL;
  PetscScalar       *y;

  PetscFunctionBegin;
  PetscCall(VecGetArrayRead(in, &x));
  if (p && p != out) PetscCall(VecGetArrayRead(p, &q));
  PetscCall(VecGetArray(out, &y));
  PetscCall(KernelGaussianApplyExact((KernelGaussian *)kernel->data, x, p == out ? y : q, y));
  PetscCall(VecRestoreArray(out, &y));
  if (p && p != out) PetscCall(VecRestoreArrayRead(p, &q));
  PetscCall(VecRestoreArrayRead(in, &x));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode KernelApply_Gaussian(Kernel kernel, Vec in, Vec out)
{
  const PetscScalar *x;
  PetscScalar       *y;

  PetscFunctionBegin;
  PetscCall(VecGetArrayRead(in, &x));
  PetscCall(VecGetArray(out, &y));
  PetscCall(KernelGaussianApplyLinear((KernelGaussian *)kernel->data, x, y));
  PetscCall(VecRestoreArray(out, &y));
  PetscCall(VecRestoreArrayRead(in, &x));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PETSC_EXTERN PetscErrorCode KernelCreate_Gaussian(Kernel kernel)
{
  KernelGaussian *gaussian;

  PetscFunctionBegin;
  PetscCall(PetscNew(&gaussian));
  kernel->data           = gaussian;
  kernel->ops->setup     = KernelSetUp_Gaussian;
  kernel->ops->apply     = KernelApply_Gaussian;
  kernel->ops->applylog  = KernelApplyLog_Gaussian;
  kernel->ops->getmemory = KernelGetMemory_Gaussian;
  kernel->ops->reset     = KernelReset_Gaussian;
  kernel->ops->destroy   = KernelDestroy_Gaussian;
  PetscFunctionReturn(PETSC_SUCCESS);
}
