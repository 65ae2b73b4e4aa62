/* out = e^-s K (e^w v) with frozen logarithmic scalings w and s: the linearised Sinkhorn maps, such as the derivative of log(K e^f) in the
   direction v, which is e^-s K (e^f v) with s = log(K e^f).

   v = v+ - v-, and each part goes through the logarithm, K (e^w v+) = e^{log(K e^{w + log v+})}: no product overflows, whatever the range
   of the scalings, and each part keeps its relative accuracy. */
#include <math.h>
#include <petscdm.h>
#include <jko/private/kernelimpl.h>

/* log(e^w v+) for sign 1, log(e^w v-) for sign -1; -inf where v has the other sign. */
static PetscErrorCode KernelWeightedPart(Vec w, Vec v, PetscReal sign, Vec part)
{
  const PetscScalar *a, *b;
  PetscScalar       *c;
  PetscInt           n;

  PetscFunctionBegin;
  PetscCall(VecGetLocalSize(v, &n));
  PetscCall(VecGetArrayRead(w, &a));
  PetscCall(VecGetArrayRead(v, &b));
  PetscCall(VecGetArrayWrite(part, &c));
  for (PetscInt i = 0; i < n; i++) c[i] = sign * b[i] > 0 ? a[i] + log(sign * b[i]) : (PetscIsNanReal(b[i]) ? b[i] : -INFINITY);
  PetscCall(VecRestoreArrayWrite(part, &c));
  PetscCall(VecRestoreArrayRead(v, &b));
  PetscCall(VecRestoreArrayRead(w, &a));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* out += sign e^(part - s); nothing where part = -inf. */
static PetscErrorCode KernelAddScaled(Vec part, Vec s, PetscReal sign, Vec out)
{
  const PetscScalar *a, *b;
  PetscScalar       *c;
  PetscInt           n;

  PetscFunctionBegin;
  PetscCall(VecGetLocalSize(out, &n));
  PetscCall(VecGetArrayRead(part, &a));
  PetscCall(VecGetArrayRead(s, &b));
  PetscCall(VecGetArray(out, &c));
  for (PetscInt i = 0; i < n; i++)
    if (a[i] != -INFINITY) c[i] += sign * exp(a[i] - b[i]);
  PetscCall(VecRestoreArray(out, &c));
  PetscCall(VecRestoreArrayRead(s, &b));
  PetscCall(VecRestoreArrayRead(part, &a));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*@
  KernelApplyScaled - out = e^-s K (e^w v), for v of any sign and scalings of any range.

  Collective. Two kernel applications. All are vectors of the kernel's grid; out is none of the others. Where nothing of v arrives out is 0,
  whatever s is.

  Input:
+ w - logarithm of the scaling before K, -inf for zero
. v - values of any sign
- s - logarithm of the scaling that is divided by after K, typically log(K e^w)

  Output:
. out - the product
@*/
PetscErrorCode KernelApplyScaled(Kernel kernel, Vec w, Vec v, Vec s, Vec out)
{
  DM  dm;
  Vec part, image;

  PetscFunctionBegin;
  PetscValidHeaderSpecific(kernel, KERNEL_CLASSID, 1);
  PetscCheck(out != w && out != v && out != s, PetscObjectComm((PetscObject)kernel), PETSC_ERR_ARG_IDN,
             "the kernel cannot write onto its input: give another vector");
  PetscCall(KernelSetUp(kernel));
  PetscCall(GridGetDM(kernel->grid, &dm));
  PetscCall(DMGetGlobalVector(dm, &part));
  PetscCall(DMGetGlobalVector(dm, &image));
  PetscCall(VecSet(out, 0));
  for (int sign = 1; sign >= -1; sign -= 2) {
    PetscCall(KernelWeightedPart(w, v, sign, part));
    PetscCall(KernelApplyLog(kernel, part, NULL, image));
    PetscCall(KernelAddScaled(image, s, sign, out));
  }
  PetscCall(DMRestoreGlobalVector(dm, &image));
  PetscCall(DMRestoreGlobalVector(dm, &part));
  PetscFunctionReturn(PETSC_SUCCESS);
}
