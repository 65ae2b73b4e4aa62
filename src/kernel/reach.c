/* Whether a kernel carries the mass as far as a step wants it.

   In the plan a K b the mass that arrives at y comes on average from  y + (eps/2) grad log p(y),  p = K a: the conditional mean of a
   Gaussian (Tweedie's formula). Where that displacement comes within a few sigma of the truncation radius the plan is cut off, and the step
   is that of another cost; a random walk leaves the Gaussian at half of its steps. Each type says how far it can be trusted. */
#include <math.h>
#include <petscdmda.h>
#include <jko/private/kernelimpl.h>
#include <jko/private/sumimpl.h>

#define REACH_EMPTY -600.0 /* log densities that do not count */

/* |log p(y + h) - log p(y - h)| / 2h, one-sided where only one side is finite, 0 where none is. */
static PetscReal KernelSlope(PetscReal below, PetscReal here, PetscReal above, PetscReal h)
{
  const PetscBool b = (PetscBool)isfinite(below), a = (PetscBool)isfinite(above);

  if (!isfinite(here) || (!a && !b)) return 0;
  return PetscAbsReal((a ? above : here) - (b ? below : here)) / ((a && b ? 2 : 1) * h);
}

/* Whether the plan moves the mass of a cell beyond the reach along some axis. lp points to the cell in the array with ghosts. */
static PetscBool KernelIsStrained(Kernel kernel, const PetscReal h[3], const PetscReal *lp, const PetscBool below[3],
                                  const PetscBool above[3], const PetscInt stride[3])
{
  for (int a = 0; a < 3; a++) {
    const PetscReal slope = KernelSlope(below[a] ? lp[-stride[a]] : *lp, *lp, above[a] ? lp[stride[a]] : *lp, h[a]);

    if (kernel->epsilon / 2 * slope > kernel->reach[a]) return PETSC_TRUE;
  }
  return PETSC_FALSE;
}

/* Whether there are neighbours on both sides along an axis, or it is no axis. */
static PetscBool KernelIsInside(PetscInt at, PetscInt span)
{
  return (PetscBool)(span == 1 || (at > 0 && at < span - 1));
}

/* Whether cells of a row with both neighbours along every axis may be strained, or are next to others than finite ones: rarely so, and
   found out without a branch. most: bounds on |log p(y + h) - log p(y - h)|. */
static PetscBool KernelRowMayBeStrained(PetscInt n, const PetscReal *lp, const PetscReal q[], const PetscInt stride[3],
                                        const PetscReal most[3])
{
  int64_t count = 0;

  for (PetscInt i = 0; i < n; i++) {
    const PetscReal x = PetscAbsReal(lp[i + stride[0]] - lp[i - stride[0]]), y = PetscAbsReal(lp[i + stride[1]] - lp[i - stride[1]]),
                    z = PetscAbsReal(lp[i + stride[2]] - lp[i - stride[2]]);

    count += (q[i] > REACH_EMPTY) & !((x <= most[0]) & (y <= most[1]) & (z <= most[2]));
  }
  return (PetscBool)(count > 0);
}

/*@
  KernelGetStrain - how much of the density q the plan moves, on average, further than the kernel can be trusted: to within 3 sigma of the
  Gaussian's truncation radius, over half the steps of the random walk.

  Collective.

  Input:
+ lp    - log p, p = K a
- log_q - log of the density that arrives

  Output:
. strained - sum of q over the cells where that is so; a step is to be trusted only as far as this is negligible
@*/
PetscErrorCode KernelGetStrain(Kernel kernel, Vec lp, Vec log_q, PetscReal *strained)
{
  DM                 dm;
  Vec                ghosted;
  PetscInt           start[3], width[3], ghost[3], span[3];
  PetscReal          h[3], most[3];
  const PetscScalar *p, *q;
  Sum                sum = {{0}, {0}};

  PetscFunctionBegin;
  PetscValidHeaderSpecific(kernel, KERNEL_CLASSID, 1);
  PetscCall(KernelSetUp(kernel));
  PetscCall(GridGetDM(kernel->grid, &dm));
  PetscCall(GridGetCorners(kernel->grid, start, width));
  PetscCall(GridGetSpacing(kernel->grid, h));
  PetscCall(DMGetLocalVector(dm, &ghosted));
  PetscCall(DMGlobalToLocal(dm, lp, INSERT_VALUES, ghosted));
  PetscCall(DMDAGetGhostCorners(dm, &ghost[0], &ghost[1], &ghost[2], &span[0], &span[1], &span[2]));
  for (int a = 0; a < 3; a++) most[a] = 0.999 * 4 * h[a] * kernel->reach[a] / kernel->epsilon;
  PetscCall(VecGetArrayRead(ghosted, &p));
  PetscCall(VecGetArrayRead(log_q, &q));
  for (PetscInt k = 0; k < width[2]; k++)
    for (PetscInt j = 0; j < width[1]; j++) {
      const PetscInt at[3]     = {start[0] - ghost[0], start[1] + j - ghost[1], start[2] + k - ghost[2]},
                     stride[3] = {1, span[0], span[0] * span[1]};
      const PetscReal *row     = p + at[0] + stride[1] * at[1] + stride[2] * at[2];
      const PetscInt   cell    = width[0] * (j + width[1] * k);
      const PetscInt   flat[3] = {span[0] > 1 ? 1 : 0, span[1] > 1 ? stride[1] : 0, span[2] > 1 ? stride[2] : 0};
      const PetscInt   low = at[0] > 0 ? 0 : 1, high = at[0] + width[0] < span[0] ? width[0] : width[0] - 1; /* with both neighbours */
      const PetscBool  calm = (PetscBool)(KernelIsInside(at[1], span[1]) && KernelIsInside(at[2], span[2]) && low < high &&
                                         !KernelRowMayBeStrained(high - low, row + low, q + cell + low, flat, most));

      for (PetscInt i = 0; i < width[0]; i++) {
        if (calm && i == low) i = high;
        if (i == width[0]) break;

        const PetscBool below[3] = {(PetscBool)(at[0] + i > 0), (PetscBool)(at[1] > 0), (PetscBool)(at[2] > 0)};
        const PetscBool above[3] = {(PetscBool)(at[0] + i < span[0] - 1), (PetscBool)(at[1] < span[1] - 1),
                                    (PetscBool)(at[2] < span[2] - 1)};

        if (q[cell + i] > REACH_EMPTY && KernelIsStrained(kernel, h, row + i, below, above, stride)) SumAddOne(&sum, exp(q[cell + i]));
      }
    }
  PetscCall(VecRestoreArrayRead(log_q, &q));
  PetscCall(VecRestoreArrayRead(ghosted, &p));
  PetscCall(DMRestoreLocalVector(dm, &ghosted));
  PetscCall(SumAllreduce(PetscObjectComm((PetscObject)kernel), 1, &sum, strained));
  PetscFunctionReturn(PETSC_SUCCESS);
}
