/* Which eps a step takes: eps = 4 tau A with an artificial diffusivity A that is a fixed share of the energy's own, the
   mass-weighted mean of rho F''(rho). The compensation takes A out of the flow again; what is left is a well-conditioned fixed
   point. The floor is what the grid resolves: below sigma = 0.8 h the sampled Gaussian aliases. The ceiling is a kernel as wide as the
   box, sigma = its longest edge, which is flat already, or what the heat kernel is worth.

   Congestion and interactions need not have any diffusivity; what a step has to do then is to move mass that drifts by tau |v| over as
   far, or to push it back, so that tau |v|^2 counts as well. The edge of a jam, and the answer of W * q to it, cost the solver least
   where the kernel is wider than a cell.

   A density that changes slowly keeps its eps, and so its kernel, until the wish has moved by more than a tenth. Where only a larger eps
   makes the kernel reach further, one that a step had to be given (recover.c) is kept, and put to the test every eighth step: the steps
   after it need most of it as well. */
#include <jko/private/jkoimpl.h>

#define EPSILON_DRIFT 0.1
#define EPSILON_TEST  8
#define EPSILON_STIFF 2.0 /* floors, at least, where something other than diffusion spreads the density */

static PetscErrorCode JKOWishEpsilon(JKO jko, PetscReal tau, PetscReal floor, PetscReal *wish)
{
  PetscReal diffusivity, drift;
  PetscBool congested, local;

  PetscFunctionBegin;
  PetscCall(EnergyGetDiffusivity(jko->energy, jko->log_rho, &diffusivity));
  PetscCall(EnergyIsCongested(jko->energy, &congested));
  PetscCall(EnergyIsLocal(jko->energy, &local));
  *wish = 4 * tau * jko->epsilon_ratio * diffusivity;
  if (congested || (!local && *wish < floor)) {
    PetscCall(EnergyGetDrift(jko->energy, jko->log_rho, &drift));
    *wish = PetscMax(*wish + 4 * jko->epsilon_ratio * PetscSqr(tau * drift), EPSILON_STIFF * floor);
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* eps of a whole step: the present one when it still fits the wish, else the wish, between the ceiling and what the shortest solve of the
   scheme needs, which takes its share of it. */
PetscErrorCode JKOChooseEpsilon(JKO jko, PetscReal tau, PetscReal *epsilon)
{
  PetscReal floor, ceiling, least, wish = 0, present = jko->substeps * jko->potential.epsilon;
  PetscBool truncated;

  PetscFunctionBegin;
  if (jko->ops->epsilon) {
    PetscUseTypeMethod(jko, epsilon, tau, epsilon);
    PetscFunctionReturn(PETSC_SUCCESS);
  }
  PetscCall(KernelGetEpsilonFloor(jko->kernel, &floor));
  PetscCall(KernelGetResolution(jko->kernel, &least));
  floor *= jko->substeps;
  if (jko->epsilon > 0) {
    PetscCheck(jko->epsilon >= floor * (1 - 1e-12), PetscObjectComm((PetscObject)jko), JKO_ERR_INPUT,
               "-jko_epsilon: %g is below %g, where the kernel's width is %g cells%s; give at least that, or a finer grid",
               (double)jko->epsilon, (double)floor, (double)least, jko->substeps > 1 ? " in the half steps" : "");
    *epsilon = jko->epsilon;
    PetscFunctionReturn(PETSC_SUCCESS);
  }
  if (JKOIsUnbiased(jko)) {
    PetscCall(JKOWishUnbiased(jko, tau / jko->substeps, &wish));
    present = jko->unbiased.epsilon;
    if (!(PetscAbsReal(wish - present) <= EPSILON_DRIFT * present)) jko->unbiased.epsilon = wish;
    *epsilon = jko->substeps * jko->unbiased.epsilon;
    PetscFunctionReturn(PETSC_SUCCESS);
  }
  PetscCall(JKOWishEpsilon(jko, tau, floor, &wish));
  if (wish < floor && !jko->floor_said) {
    PetscCall(PetscInfo(jko, "eps raised from %g to %g, the least that the grid resolves\n", (double)wish, (double)floor));
    jko->floor_said = PETSC_TRUE;
  }
  PetscCall(KernelIsTruncated(jko->kernel, &truncated));
  if (!truncated && jko->steps % EPSILON_TEST) wish = PetscMax(wish, present);
  PetscCall(JKOGetEpsilonCeiling(jko, &ceiling));
  wish = PetscClipInterval(wish, floor, ceiling) / jko->substeps;
  PetscCall(KernelRoundEpsilon(jko->kernel, &wish));
  wish *= jko->substeps;
  *epsilon = PetscAbsReal(wish - present) <= EPSILON_DRIFT * present ? present : wish;
  PetscFunctionReturn(PETSC_SUCCESS);
}
