/* lambda of a potential: the smallest eigenvalue of the Hessian of V over the box, by central differences, for the Gibbs state e^{-V/D}. */
#include <jko/private/monitorimpl.h>
#include <jko/private/stencilimpl.h>

/* The Hessian of log pi at a cell; whether all the cells that it takes are there. */
static PetscBool HessianAt(const Stencil *s, PetscInt dim, const PetscInt where[3], const PetscReal *v, PetscReal hessian[3][3])
{
  /* what stands in for missing axes adds no larger eigenvalue: the first diagonal entry is a Rayleigh quotient */
  for (int a = 0; a < PetscMin(dim, 3); a++)
    if (!StencilHas(s, where, a, -1) || !StencilHas(s, where, a, 1)) return PETSC_FALSE;
  for (int a = 0; a < dim; a++)
    for (int b = 0; b <= a; b++) {
      const PetscInt  p = s->stride[a], q = s->stride[b];
      const PetscReal value =
          a == b ? (v[p] - 2 * v[0] + v[-p]) / (s->h[a] * s->h[a]) : (v[p + q] - v[p - q] - v[q - p] + v[-p - q]) / (4 * s->h[a] * s->h[b]);

      if (PetscIsInfOrNanReal(value)) return PETSC_FALSE;
      hessian[a][b] = hessian[b][a] = value;
    }
  for (PetscInt a = dim; a < 3; a++) {
    for (int b = 0; b < 3; b++) hessian[a][b] = hessian[b][a] = 0;
    hessian[a][a] = hessian[0][0];
  }
  return PETSC_TRUE;
}

/* The largest eigenvalue of a symmetric 3 x 3 matrix (Smith, Commun. ACM 4, 1961). */
static PetscReal LargestEigenvalue(const PetscReal m[3][3])
{
  const PetscReal mean = (m[0][0] + m[1][1] + m[2][2]) / 3, a = m[0][0] - mean, b = m[1][1] - mean, c = m[2][2] - mean;
  const PetscReal d = m[1][0], e = m[2][0], f = m[2][1];
  const PetscReal p   = PetscSqrtReal((a * a + b * b + c * c + 2 * (d * d + e * e + f * f)) / 6);
  const PetscReal det = a * (b * c - f * f) - d * (d * c - f * e) + e * (d * f - b * e);

  if (!(p > 0)) return mean;
  return mean + 2 * p * PetscCosReal(PetscAcosReal(PetscClipInterval(det / (2 * p * p * p), -1, 1)) / 3);
}

/* lambda, 1 / time. Cells at a no-flux face, whose differences would leave the box, are left out. Collective. */
PetscErrorCode MonitorGetConvexity(Monitor monitor, PetscReal *lambda)
{
  Stencil   s;
  PetscInt  dim, n, where[3];
  PetscReal largest = PETSC_MIN_REAL, hessian[3][3];

  PetscFunctionBegin;
  PetscCall(GridGetDimension(monitor->grid, &dim));
  PetscCall(VecGetLocalSize(monitor->log_gibbs, &n));
  PetscCall(StencilBegin(monitor->grid, monitor->log_gibbs, &s));
  for (PetscInt i = 0; i < n; i++) {
    const PetscReal *at = StencilAt(&s, i, where);

    if (!HessianAt(&s, dim, where, at, hessian)) continue;
    largest = PetscMax(largest, LargestEigenvalue(hessian));
  }
  PetscCall(StencilEnd(&s));
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, &largest, 1, MPIU_REAL, MPIU_MAX, PetscObjectComm((PetscObject)monitor)));
  *lambda = -monitor->diffusivity * largest;
  PetscFunctionReturn(PETSC_SUCCESS);
}
