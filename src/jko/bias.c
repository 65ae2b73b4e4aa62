/* What the Sinkhorn divergence leaves of the bias, and the eps that keeps it small.

   Translations cost what they should. A density of width v^(1/2) is dilated too fast, by sqrt(1 + (sigma^2/2v)^2) (from the closed form for
   Gaussians of Janati, Muzellec, Peyre, Cuturi, NeurIPS 2020): a factor of the rate that does not depend on tau. Of any density it is told
   by the plan of its transport to itself, whose barycentric map x + sigma^2 grad w has the derivative m along an axis,

     b(rho) = < (m + 1/m)/2 - 1 >_rho,   m = 1 + sigma^2 w'',   w = log(K c),  c K c = rho,

   the largest of the axes. A step from rho to q has sqrt(b(rho) b(q)). b grows like eps^2.

   eps is a tenth (-jko_epsilon_ratio) of what the energy's own diffusivity makes of a step, which conditions the solver best; where
   there is none, or mass has to be pushed back, sigma is a sixth of the way that the drift goes; b is 0.05 at most; and sigma is 1.6 cells
   at least. */
#include <math.h>
#include <jko/private/energyimpl.h>
#include <jko/private/jkoimpl.h>
#include <jko/private/stencilimpl.h>
#include <jko/private/sumimpl.h>

#define BIAS_MOST   0.02
#define BIAS_LEAST  1e-3 /* of m: the map does not fold */
#define BIAS_GROWTH 4.0  /* of eps from one step to the next, at most, where the bias limits it */
#define BIAS_CELLS  1.6  /* sigma/h at least */
#define BIAS_SIXTH  6.0  /* sigma that the drift goes in a step */
#define BIAS_TRIES  24
#define BIAS_EXACT  1e-4 /* error of the self-transport, e-folds on average */

/* Adds rho ((m + 1/m)/2 - 1) along every axis, and rho, over the cells of one density of this rank. Collective for the ghosts. */
static PetscErrorCode BiasOfPart(JKO jko, PetscReal square, Vec w, Vec log_rho, Sum sums[4])
{
  const PetscScalar *l;
  PetscInt           n, where[3];
  Stencil            s;

  PetscFunctionBegin;
  PetscCall(StencilBegin(jko->grid, w, &s));
  PetscCall(VecGetLocalSize(log_rho, &n));
  PetscCall(VecGetArrayRead(log_rho, &l));
  for (PetscInt i = 0; i < n; i++) {
    const PetscReal *at = StencilAt(&s, i, where), rho = exp(l[i]);

    SumAddOne(&sums[3], rho);
    for (int a = 0; a < 3 && rho > 0; a++) {
      const PetscInt step = s.stride[a];
      PetscReal      m;

      if (!StencilHas(&s, where, a, -1) || !StencilHas(&s, where, a, 1)) continue;
      if (!isfinite(at[-step]) || !isfinite(at[0]) || !isfinite(at[step])) continue;
      m = PetscMax(BIAS_LEAST, 1 + square * (at[step] - 2 * at[0] + at[-step]) / PetscSqr(s.h[a]));
      SumAddOne(&sums[a], rho * ((m + 1 / m) / 2 - 1));
    }
  }
  PetscCall(VecRestoreArrayRead(log_rho, &l));
  PetscCall(StencilEnd(&s));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* JKOMeasureBias - b(rho) at this eps, from w of its self-transport. Collective. */
PetscErrorCode JKOMeasureBias(JKO jko, PetscReal epsilon, Vec w, Vec log_rho, PetscReal *bias)
{
  PetscInt  parts;
  Sum       sums[4] = {{{0}, {0}}, {{0}, {0}}, {{0}, {0}}, {{0}, {0}}};
  PetscReal totals[4];

  PetscFunctionBegin;
  PetscCall(EnergyGetSpeciesCount(jko->energy, &parts));
  for (PetscInt k = 0; k < parts; k++) {
    Vec part[2];

    PetscCall(GridGetPart(jko->grid, w, k, PETSC_FALSE, &part[0]));
    PetscCall(GridGetPart(jko->grid, log_rho, k, PETSC_FALSE, &part[1]));
    PetscCall(BiasOfPart(jko, epsilon / 2, part[0], part[1], sums));
    PetscCall(GridRestorePart(jko->grid, log_rho, PETSC_FALSE, &part[1]));
    PetscCall(GridRestorePart(jko->grid, w, PETSC_FALSE, &part[0]));
  }
  PetscCall(SumAllreduce(PetscObjectComm((PetscObject)jko), 4, sums, totals));
  *bias = PetscMax(totals[0], PetscMax(totals[1], totals[2])) / totals[3];
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The eps at which a density with the bias b at this eps has BIAS_MOST. */
PetscReal JKOGetBiasCeiling(PetscReal epsilon, PetscReal bias)
{
  return epsilon * PetscMin(BIAS_GROWTH, PetscSqrtReal(BIAS_MOST / PetscMax(bias, 1e-30)));
}

/* The largest eps from `wish` down, in factors of 2, at which the density at hand has BIAS_MOST at most, or the floor. Collective. */
static PetscErrorCode BiasSearch(JKO jko, PetscReal floor, PetscReal *wish)
{
  PetscReal bias = PETSC_MAX_REAL;
  Vec       gamma, w;

  PetscFunctionBegin;
  PetscCall(DMGetGlobalVector(jko->dm, &gamma));
  PetscCall(DMGetGlobalVector(jko->dm, &w));
  for (PetscInt i = 0; i<BIAS_TRIES && * wish> floor; i++) {
    PetscCall(KernelSetEpsilon(jko->kernel, *wish));
    PetscCall(VecAXPBY(gamma, 0.5, 0, jko->log_rho));
    PetscCall(SinkhornSelfScale(jko->kernel, jko->log_rho, BIAS_EXACT, gamma, w));
    PetscCall(JKOMeasureBias(jko, *wish, w, jko->log_rho, &bias));
    if (bias <= BIAS_MOST) break;
    *wish = PetscMax(*wish / 2, floor);
  }
  PetscCall(DMRestoreGlobalVector(jko->dm, &w));
  PetscCall(DMRestoreGlobalVector(jko->dm, &gamma));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* JKOWishUnbiased - eps of a stage of length tau, from the state at hand and the bias of the step before. Collective. */
PetscErrorCode JKOWishUnbiased(JKO jko, PetscReal tau, PetscReal *epsilon)
{
  PetscReal diffusivity, drift, floor, least, ceiling;
  PetscBool congested, local;

  PetscFunctionBegin;
  PetscCall(EnergyGetDiffusivity(jko->energy, jko->log_rho, &diffusivity));
  PetscCall(EnergyIsCongested(jko->energy, &congested));
  PetscCall(EnergyIsLocal(jko->energy, &local));
  PetscCall(KernelGetEpsilonFloor(jko->kernel, &floor));
  PetscCall(KernelGetResolution(jko->kernel, &least));
  PetscCall(JKOGetEpsilonCeiling(jko, &ceiling));
  floor *= PetscSqr(PetscMax(1, BIAS_CELLS / least));
  *epsilon = 4 * tau * jko->epsilon_ratio * diffusivity;
  if (congested || !local || !(diffusivity > 0)) {
    PetscCall(EnergyGetDrift(jko->energy, jko->log_rho, &drift));
    *epsilon = PetscMax(*epsilon, 2 * PetscSqr(tau * drift / BIAS_SIXTH));
  }
  *epsilon = PetscClipInterval(*epsilon, floor, PetscMax(floor, ceiling / 4));
  if (jko->unbiased.ceiling > 0)
    *epsilon = PetscMax(floor, PetscMin(*epsilon, jko->unbiased.ceiling));
  else
    PetscCall(BiasSearch(jko, floor, epsilon));
  PetscCall(KernelRoundEpsilon(jko->kernel, epsilon));
  PetscFunctionReturn(PETSC_SUCCESS);
}
