/* What lies between two densities: the entropic interpolation (Leonard, Discrete Contin. Dyn. Syst. 34, 2014; Gentil, Leonard, Ripani, Ann.
   Fac. Sci. Toulouse 26, 2017)

     rho_s = (K_{s eps} e^alpha) (K_{(1-s) eps} e^beta),   0 < s < 1,

   of the plan diag(e^alpha) K_eps diag(e^beta), since Gaussians compose, K_{s eps} K_{(1-s) eps} ~ K_eps. Its marginals at s = 0 and 1 are
   the densities, and for smooth ones it is the geodesic of W2 up to terms of order eps^2.

   Its mass is theirs. Potentials that solve the problem but where hardly any mass is, beyond the kernel's reach, can spoil that: alpha and
   beta, which nothing holds there, meet in between, and make masses of any size. */
#include <jko/private/transportimpl.h>

#define TRANSPORT_WHOLE  2e-5 /* of the mass, that may be missing or too much */
#define TRANSPORT_WALKED 0.1  /* the same of random walks, which compose only about: behind an edge not even that in the limit */
#define TRANSPORT_BEFORE 2    /* levels before the last of the distance: the narrowest may be too narrow to be divided */

/* rho_s of the plan that was solved last, scaled to the mass of the first density; whether it had that by itself. Leaves image and f, which
   the next level needs. */
PetscErrorCode TransportInterpolate(Transport t, PetscReal epsilon, PetscReal s, Vec log_rho, PetscBool *whole)
{
  PetscReal sum;
  PetscBool truncated;

  PetscFunctionBegin;
  PetscCall(KernelSetEpsilon(t->kernel, s * epsilon));
  PetscCall(KernelApplyLog(t->kernel, t->alpha, NULL, log_rho));
  PetscCall(KernelSetEpsilon(t->kernel, (1 - s) * epsilon));
  PetscCall(KernelApplyLog(t->kernel, t->beta, NULL, t->x));
  PetscCall(VecAXPY(t->x, 1, log_rho));
  PetscCall(TransportNormalise(t->x, log_rho, &sum));
  PetscCall(KernelIsTruncated(t->kernel, &truncated));
  *whole = (PetscBool)(PetscAbsReal(sum - 1) <= (truncated ? TRANSPORT_WHOLE : TRANSPORT_WALKED));
  if (!*whole) PetscCall(PetscInfo(t, "eps %g: a mass of %g at s = %g\n", (double)epsilon, (double)sum, (double)s));
  PetscCall(VecShift(log_rho, PetscLogReal(t->sum)));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Solves at a level with the widest kernel: what the far tails do counts in an entropy, though hardly in a distance. */
static PetscErrorCode TransportSolveWidely(Transport t, TransportLevel *level, PetscReal epsilon_before, PetscBool *works)
{
  const PetscReal usual = level->truncation;

  PetscFunctionBegin;
  level->truncation = TransportMostTruncation(t, level->epsilon);
  PetscCall(TransportSolveLevel(t, level, epsilon_before, works));
  level->truncation = usual;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/*@
  TransportGetGeodesic - densities between the one of the last TransportGetDistance() and the target, of the mass of the former.

  Collective.

  Input:
+ narrower - 0 for a regularisation a little wider than that of the distance, then 1, 2, ... for the next narrower ones, in this order
. n        - how many
- s        - where, between 0 (the density) and 1 (the target)

  Output:
+ log_rho - log densities
- epsilon - the regularisation, length^2; 0 when none so narrow is resolved by the grid, or whole, at these places: then log_rho is of no
use
@*/
PetscErrorCode TransportGetGeodesic(Transport t, PetscInt narrower, PetscInt n, const PetscReal s[], Vec log_rho[], PetscReal *epsilon)
{
  PetscReal floor, least = 1;
  PetscInt  i;
  PetscBool works = PETSC_FALSE;

  PetscFunctionBegin;
  PetscValidHeaderSpecific(t, TRANSPORT_CLASSID, 1);
  PetscCheck(t->setup && t->sum > 0, PetscObjectComm((PetscObject)t), PETSC_ERR_ORDER, "call TransportGetDistance() first");
  for (i = 0; i < n; i++) {
    PetscCheck(s[i] > 0 && s[i] < 1, PetscObjectComm((PetscObject)t), PETSC_ERR_ARG_OUTOFRANGE, "s = %g is not between 0 and 1",
               (double)s[i]);
    least = PetscMin(least, PetscMin(s[i], 1 - s[i]));
  }
  *epsilon = 0;
  PetscCall(KernelGetEpsilonFloor(t->kernel, &floor));
  for (i = 0; i < t->count && t->level[i].epsilon > t->epsilon; i++) continue;
  i = PetscMax(i - TRANSPORT_BEFORE, 0) + narrower;
  if (i >= t->count || least * t->level[i].epsilon < floor) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(TransportSolveWidely(t, &t->level[i], narrower ? t->level[i - 1].epsilon : 0, &works));
  if (!works) PetscFunctionReturn(PETSC_SUCCESS);
  for (PetscInt j = 0; j < n && works; j++) PetscCall(TransportInterpolate(t, t->level[i].epsilon, s[j], log_rho[j], &works));
  if (works) *epsilon = t->level[i].epsilon;
  PetscFunctionReturn(PETSC_SUCCESS);
}
