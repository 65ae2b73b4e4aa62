/* The truncated Gaussian along each axis,

     w_d = exp(-(d h)^2 / eps) / sum,   |d| <= radius = ceil(truncation sigma / h),   sigma^2 = eps/2

   sampled at cell centres and normalised, the field continued at the faces by reflection or periodically. K is their product:
   positive, symmetric, and of row sums 1, so that it conserves mass.

   An axis whose cells are too wide for that has the heat kernel of its grid, exp((sigma^2/2) Laplace_h), of the same variance at any sigma:

     w_d = e^-t I_d(t),   t = (sigma/h)^2,   I_d(t) = (t/2)^d sum_m (t/2)^2m / (m! (m + d)!)      (Abramowitz, Stegun, 9.6.10) */
#include <math.h>
#include "gaussian.h"

enum { PENALTY_MAX = 63 };

#define GAUSSIAN_LEAST  0.8   /* sigma/h, below it the samples alias */
#define GAUSSIAN_SERIES 12    /* terms of I_d: to round-off below t = 1 */
#define GAUSSIAN_TRACE  1e-30 /* of w_0: weights of the heat kernel that are left out */
#define GAUSSIAN_MARGIN 3.0   /* sigma, kept free between the mean displacement of a plan and the radius */

/* w_d/w_0 of the heat kernel; t < 1. */
static PetscReal KernelAxisHeat(PetscReal t, PetscInt d)
{
  PetscReal sum[2] = {0, 0}, term[2] = {1, 1};

  for (PetscInt k = 1; k <= d; k++) term[1] *= t / 2 / (PetscReal)k;
  for (PetscInt m = 1; m <= GAUSSIAN_SERIES; m++) {
    sum[0] += term[0];
    sum[1] += term[1];
    term[0] *= t * t / 4 / ((PetscReal)m * (PetscReal)m);
    term[1] *= t * t / 4 / ((PetscReal)m * (PetscReal)(m + d));
  }
  return sum[1] / sum[0];
}

/* Radius and weights, up to a factor, of an axis. */
static PetscErrorCode KernelAxisWeights(KernelAxis *axis, Kernel kernel, PetscInt a, PetscReal cells)
{
  const PetscReal h = kernel->grid->h[a], t = kernel->epsilon / 2 / PetscSqr(h);
  const PetscBool coarse = (PetscBool)(PetscSqrtReal(t) < GAUSSIAN_LEAST * (1 - 100 * PETSC_MACHINE_EPSILON));

  PetscFunctionBegin;
  axis->radius = (PetscInt)PetscCeilReal(cells);
  while (axis->radius && coarse && KernelAxisHeat(t, axis->radius) > GAUSSIAN_TRACE) axis->radius++;
  PetscCall(PetscMalloc1(2 * axis->radius + 1, &axis->weight));
  for (PetscInt d = 0; d <= axis->radius; d++)
    axis->weight[axis->radius + d] = axis->weight[axis->radius - d] =
        coarse ? KernelAxisHeat(t, d) : PetscExpReal(-PetscSqr((PetscReal)d * h) / kernel->epsilon);
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode KernelAxisSetUp(KernelAxis *axis, Kernel kernel, PetscInt a)
{
  const PetscReal h     = kernel->grid->h[a];
  const PetscReal cells = kernel->grid->n[a] > 1 ? kernel->truncation * PetscSqrtReal(kernel->epsilon / 2) / h : 0;
  PetscReal       sum   = 0;

  PetscFunctionBegin;
  PetscCheck(cells < 1e6, PetscObjectComm((PetscObject)kernel), JKO_ERR_INPUT,
             "-jko_epsilon: %g makes a kernel of radius %g cells along %c; at most 1e6 is possible", (double)kernel->epsilon, (double)cells,
             "xyz"[a]);
  PetscCall(KernelAxisWeights(axis, kernel, a, cells));
  for (PetscInt d = 0; d <= 2 * axis->radius; d++) sum += axis->weight[d];
  for (PetscInt d = 0; d <= 2 * axis->radius; d++) axis->weight[d] /= sum;
  PetscCall(HaloCreate(kernel->grid, a, axis->radius, &axis->halo));
  kernel->radius[a] = axis->radius;
  kernel->reach[a]  = axis->radius < kernel->grid->n[a] - 1
                          ? (PetscReal)axis->radius * h - GAUSSIAN_MARGIN * PetscSqrtReal(kernel->epsilon / 2)
                          : PETSC_MAX_REAL;
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
  PetscCall(KernelGaussianPlanScaled(gaussian));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* All of the plan's memory, in turn. */
#define GAUSSIAN_SCRATCHES 8
static Scratch *KernelGaussianScratch(KernelGaussian *gaussian, PetscInt which)
{
  Scratch *const all[GAUSSIAN_SCRATCHES] = {&gaussian->window, &gaussian->tile, &gaussian->rows,     &gaussian->block,
                                            &gaussian->planes, &gaussian->kept, &gaussian->exponent, &gaussian->lines};

  return all[which];
}

static PetscErrorCode KernelReset_Gaussian(Kernel kernel)
{
  KernelGaussian *gaussian = (KernelGaussian *)kernel->data;

  PetscFunctionBegin;
  for (PetscInt a = 0; a < 3; a++) {
    PetscCall(PetscFree(gaussian->axis[a].weight));
    PetscCall(HaloDestroy(&gaussian->axis[a].halo));
  }
  PetscCall(PetscFree2(gaussian->sent, gaussian->order));
  for (PetscInt s = 0; s < GAUSSIAN_SCRATCHES; s++) ScratchFree(KernelGaussianScratch(gaussian, s));
  gaussian->skip = gaussian->penalty = 0;
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
  KernelGaussian *gaussian = (KernelGaussian *)kernel->data;

  PetscFunctionBegin;
  for (PetscInt s = 0; s < GAUSSIAN_SCRATCHES; s++)
    *bytes += (PetscLogDouble)sizeof(PetscReal) * (PetscLogDouble)KernelGaussianScratch(gaussian, s)->capacity;
  for (PetscInt a = 0; a < 3; a++) {
    PetscLogDouble halo;

    PetscCall(HaloGetMemory(gaussian->axis[a].halo, &halo));
    *bytes += halo;
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The fast way; when it fails on any rank, the exact way, also for some of the applications to come: hard fields stay hard. */
static PetscErrorCode KernelGaussianApply(Kernel kernel, Application *apply)
{
  KernelGaussian *plan = apply->plan;
  PetscBool       failed;

  PetscFunctionBegin;
  if (plan->skip && apply->logarithm)
    plan->skip--;
  else {
    if (apply->p == apply->out && apply->p) {
      PetscCall(ScratchReserve(&plan->kept, plan->cells));
      PetscCall(PetscArraycpy(plan->kept.data, apply->p, plan->cells));
      apply->p = plan->kept.data;
    }
    PetscCall(KernelGaussianApplyScaled(apply));
    if (!apply->logarithm) PetscFunctionReturn(PETSC_SUCCESS);
    PetscCallMPI(MPI_Allreduce(&apply->failed, &failed, 1, JKO_MPI_BOOL, MPI_LOR, PetscObjectComm((PetscObject)kernel)));
    plan->penalty = failed ? PetscMin(2 * plan->penalty + 1, PENALTY_MAX) : 0;
    plan->skip    = plan->penalty;
    if (!failed) PetscFunctionReturn(PETSC_SUCCESS);
  }
  PetscCall(KernelGaussianApplyExact(apply));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode KernelApplyLog_Gaussian(Kernel kernel, Vec in, Vec p, Vec out)
{
  const PetscScalar *x, *q = NULL;
  PetscScalar       *y;
  Application        apply = {(KernelGaussian *)kernel->data, .logarithm = PETSC_TRUE};

  PetscFunctionBegin;
  PetscCall(VecGetArrayRead(in, &x));
  if (p && p != out) PetscCall(VecGetArrayRead(p, &q));
  PetscCall(VecGetArray(out, &y));
  apply.in  = x;
  apply.p   = p == out ? y : q;
  apply.out = y;
  PetscCall(KernelGaussianApply(kernel, &apply));
  PetscCall(VecRestoreArray(out, &y));
  if (p && p != out) PetscCall(VecRestoreArrayRead(p, &q));
  PetscCall(VecRestoreArrayRead(in, &x));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode KernelApply_Gaussian(Kernel kernel, Vec in, Vec out)
{
  const PetscScalar *x;
  PetscScalar       *y;
  Application        apply = {(KernelGaussian *)kernel->data, .logarithm = PETSC_FALSE};

  PetscFunctionBegin;
  PetscCall(VecGetArrayRead(in, &x));
  PetscCall(VecGetArray(out, &y));
  apply.in  = x;
  apply.out = y;
  PetscCall(KernelGaussianApply(kernel, &apply));
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
  kernel->least          = GAUSSIAN_LEAST;
  kernel->widest         = PETSC_MAX_REAL;
  kernel->truncates      = PETSC_TRUE;
  kernel->rounds         = PETSC_FALSE;
  kernel->mixes          = PETSC_TRUE;
  kernel->quantum        = 0;
  kernel->ops->setup     = KernelSetUp_Gaussian;
  kernel->ops->apply     = KernelApply_Gaussian;
  kernel->ops->applylog  = KernelApplyLog_Gaussian;
  kernel->ops->getmemory = KernelGetMemory_Gaussian;
  kernel->ops->reset     = KernelReset_Gaussian;
  kernel->ops->destroy   = KernelDestroy_Gaussian;
  PetscFunctionReturn(PETSC_SUCCESS);
}
