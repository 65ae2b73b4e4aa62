/* out = K in,  out = log(K e^in),  out = p - log(K e^in). */
#include <math.h>
#include <jko/private/gridimpl.h>
#include <jko/private/kernelimpl.h>

static PetscErrorCode KernelCheckVector(Kernel kernel, PetscInt parts, Vec v, const char name[])
{
  const PetscInt cells = kernel->grid->n[0] * kernel->grid->n[1] * kernel->grid->n[2];
  PetscInt       n;

  PetscFunctionBegin;
  PetscCall(VecGetSize(v, &n));
  PetscCheck(n == parts * cells, PetscObjectComm((PetscObject)kernel), PETSC_ERR_ARG_SIZ,
             "'%s' has %" PetscInt_FMT " values, the kernel's grid %" PetscInt_FMT " cells; use GridCreateVector()", name, n, cells);
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode KernelCheckArguments(Kernel kernel, PetscInt parts, Vec in, Vec p, Vec out)
{
  PetscFunctionBegin;
  PetscCheck(in != out, PetscObjectComm((PetscObject)kernel), PETSC_ERR_ARG_IDN,
             "the kernel cannot write onto its input: give another vector");
  PetscCall(KernelSetUp(kernel));
  PetscCall(KernelCheckVector(kernel, parts, in, "in"));
  if (p) PetscCall(KernelCheckVector(kernel, parts, p, "p"));
  PetscCall(KernelCheckVector(kernel, parts, out, "out"));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* out = logarithm, or p - logarithm: what p knows to be empty stays empty. */
void KernelFinish(PetscInt n, const PetscReal logarithm[], const PetscReal p[], PetscReal out[])
{
  if (p)
    for (PetscInt i = 0; i < n; i++) out[i] = p[i] == -(PetscReal)INFINITY ? -(PetscReal)INFINITY : p[i] - logarithm[i];
  else
    for (PetscInt i = 0; i < n; i++) out[i] = logarithm[i];
}

/*@
  KernelApply - out = K in, for values of any sign.

  Collective. in and out are different vectors of the kernel's grid.
@*/
PetscErrorCode KernelApply(Kernel kernel, Vec in, Vec out)
{
  PetscFunctionBegin;
  PetscValidHeaderSpecific(kernel, KERNEL_CLASSID, 1);
  PetscCall(KernelCheckArguments(kernel, 1, in, NULL, out));
  PetscCall(PetscLogEventBegin(Kernel_Apply, kernel, in, out, 0));
  PetscCall((*kernel->ops->apply)(kernel, in, out));
  PetscCall(PetscLogEventEnd(Kernel_Apply, kernel, in, out, 0));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode KernelApplyLogPart(Kernel kernel, PetscInt part, Vec in, Vec p, Vec out)
{
  Vec from, minus = NULL, to;

  PetscFunctionBegin;
  PetscCall(GridGetPart(kernel->grid, in, part, PETSC_FALSE, &from));
  if (p) PetscCall(GridGetPart(kernel->grid, p, part, PETSC_FALSE, &minus));
  PetscCall(GridGetPart(kernel->grid, out, part, PETSC_TRUE, &to));
  PetscCall((*kernel->ops->applylog)(kernel, from, minus, to));
  PetscCall(GridRestorePart(kernel->grid, out, PETSC_TRUE, &to));
  if (p) PetscCall(GridRestorePart(kernel->grid, p, PETSC_FALSE, &minus));
  PetscCall(GridRestorePart(kernel->grid, in, PETSC_FALSE, &from));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*@
  KernelApplyLog - out = log(K e^in); with p, out = p - log(K e^in).

  Logarithms from -1e15 to 1e15, and -inf for zero; the relative error in K e^in is that of a few roundings whatever the range of
  in. Where K e^in = 0 the logarithm is -inf, and p minus it +inf; where p = -inf, out = -inf whatever in is. A NaN in, or a
  logarithm above 1e15, makes NaN of what the kernel reaches from it.

  Collective. in and out are different vectors of the kernel's grid; p (or NULL) may be either. Vectors of several densities
  (GridCreatePartsDM()) are taken part by part.
@*/
PetscErrorCode KernelApplyLog(Kernel kernel, Vec in, Vec p, Vec out)
{
  PetscInt parts, cells;

  PetscFunctionBegin;
  PetscValidHeaderSpecific(kernel, KERNEL_CLASSID, 1);
  PetscCall(KernelSetUp(kernel));
  PetscCall(VecGetSize(in, &cells));
  parts = PetscMax(1, cells / (kernel->grid->n[0] * kernel->grid->n[1] * kernel->grid->n[2]));
  PetscCall(KernelCheckArguments(kernel, parts, in, p, out));
  PetscCall(PetscLogEventBegin(Kernel_Apply, kernel, in, out, 0));
  for (PetscInt i = 0; i < parts; i++) PetscCall(KernelApplyLogPart(kernel, i, in, p, out));
  PetscCall(PetscLogEventEnd(Kernel_Apply, kernel, in, out, 0));
  PetscFunctionReturn(PETSC_SUCCESS);
}
