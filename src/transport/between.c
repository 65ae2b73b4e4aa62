/* What lies between two densities a and b: the entropic interpolation (Schroedinger's bridge; Leonard, Discrete Contin. Dyn. Syst. 34,
   2014)

     rho_s = K_s (e^alpha) K_{1-s} (e^beta),   0 < s < 1,   K_s the kernel of s eps,

   of the plan e^alpha K e^beta. K_s K_{1-s} = K, so that its mass is that of a and b; it is positive, and tends to McCann's displacement
   interpolation as eps falls, which it blurs by a variance of s (1 - s) eps / 2 per axis. */
#include <math.h>
#include <jko/private/energyimpl.h>
#include <jko/private/transportimpl.h>

/*@
  TransportSetLeastEpsilon - the least eps that the ladder goes down to, length^2, when it is above that of the grid. For interpolation: n
  densities in between need (n + 1) times that of the grid.

  Logically collective; before TransportSetTarget().
@*/
PetscErrorCode TransportSetLeastEpsilon(Transport t, PetscReal epsilon)
{
  PetscFunctionBegin;
  PetscValidHeaderSpecific(t, TRANSPORT_CLASSID, 1);
  PetscCheck(!t->setup, PetscObjectComm((PetscObject)t), PETSC_ERR_ORDER, "call TransportSetLeastEpsilon() before TransportSetTarget()");
  t->least = epsilon;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Whether the densities between those of the level that was solved last have their mass, half-way, where it fails first. */
static PetscErrorCode TransportIsWhole(Transport t, PetscReal epsilon, PetscBool *whole)
{
  PetscReal floor;

  PetscFunctionBegin;
  PetscCall(KernelGetEpsilonFloor(t->kernel, &floor));
  if (epsilon / 2 < floor) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(TransportInterpolate(t, epsilon, 0.5, t->f, whole));
  PetscCall(KernelSetEpsilon(t->kernel, epsilon));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*@
  TransportBegin - solves for the plan from a density to the target at the least eps whose kernel reaches, for TransportGetBetween().

  Collective.

  Input:
. log_rho - log of the density, -inf in empty cells

  Output:
. found - whether there is such a plan: the solver has converged
@*/
PetscErrorCode TransportBegin(Transport t, Vec log_rho, PetscBool *found)
{
  PetscInt last = -1;

  PetscFunctionBegin;
  PetscValidHeaderSpecific(t, TRANSPORT_CLASSID, 1);
  PetscCheck(t->setup, PetscObjectComm((PetscObject)t), PETSC_ERR_ORDER, "call TransportSetTarget() first");
  PetscCall(PetscLogEventBegin(Transport_Distance, t, log_rho, 0, 0));
  t->total = 0;
  PetscCall(TransportNormalise(log_rho, t->log_a, &t->sum));
  for (PetscInt i = 0; i < t->count; i++) {
    PetscBool works;

    PetscCall(TransportSolveLevel(t, &t->level[i], i ? t->level[i - 1].epsilon : 0, &works));
    if (works) PetscCall(TransportIsWhole(t, t->level[i].epsilon, &works));
    if (!works) break;
    last = i;
    if (i + 1 < t->count) PetscCall(TransportApplyBoth(t));
  }
  *found = (PetscBool)(last >= 0);
  if (*found) {
    t->epsilon    = t->level[last].epsilon;
    t->truncation = t->level[last].truncation;
    PetscCall(KernelSetEpsilon(t->kernel, t->epsilon));
    PetscCall(KernelSetTruncation(t->kernel, t->truncation));
    PetscCall(VecCopy(t->level[last].beta, t->beta));
    PetscCall(KernelApplyLog(t->kernel, t->beta, t->log_a, t->alpha));
  }
  PetscCall(PetscLogEventEnd(Transport_Distance, t, log_rho, 0, 0));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*@
  TransportGetBetween - log of the density a fraction s of the way from the one of TransportBegin(), whose mass it has, to the target.

  Collective. Two kernel applications. Errors: s so near to 0 or 1 that the grid does not resolve the kernel, TransportSetLeastEpsilon().
@*/
PetscErrorCode TransportGetBetween(Transport t, PetscReal s, Vec log_rho)
{
  PetscBool whole;

  PetscFunctionBegin;
  PetscValidHeaderSpecific(t, TRANSPORT_CLASSID, 1);
  PetscCheck(s > 0 && s < 1, PetscObjectComm((PetscObject)t), PETSC_ERR_ARG_OUTOFRANGE, "%g is not between 0 and 1", (double)s);
  PetscCall(PetscLogEventBegin(Transport_Distance, t, log_rho, 0, 0));
  PetscCall(KernelSetTruncation(t->kernel, t->truncation));
  PetscCall(TransportInterpolate(t, t->epsilon, s, log_rho, &whole));
  PetscCall(PetscLogEventEnd(Transport_Distance, t, log_rho, 0, 0));
  PetscFunctionReturn(PETSC_SUCCESS);
}
