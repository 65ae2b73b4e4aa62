/* Reaction  d/dt rho = -rho F'(rho),  the gradient flow of F in the Hellinger or Fisher-Rao distance, 4 int (sqrt(rho) - sqrt(rho_k))^2.
   Its minimising movement (Gallouet, Monsaingeon, SIAM J. Math. Anal. 49, 2017)

     rho_{k+1} = argmin_rho  (2/tau) int (sqrt(rho) - sqrt(rho_k))^2 + F(rho)

   is one scalar equation per cell, increasing in u = log rho, with w = log rho_k:

     (2/tau) (1 - e^{(w - u)/2}) + F'(e^u) = 0                                                                             (1)

   In r = sqrt(rho) it is the implicit Euler step of  dr/dt = -r F'(r^2)/2.  Times r (r + r_k)/2 it says how much mass is made:

     rho - rho_k = -tau F'(rho) (rho + sqrt(rho rho_k))/2                                                                  (2)

   Second order: the implicit midpoint rule in r, from the solution m of (1) with tau/2,

     r_{k+1} = 2 r_m - r_k,      rho_{k+1} - rho_k = -tau F'(rho_m) rho_m                                                   (3)

   Where the half step alone changes r by more than a quarter the rule is left, and beyond a half replaced, by two steps (1) of tau/2,
   which neither overshoot nor go negative. Both keep their law, (2) or (3), to round-off, so their mean does. */
#include <math.h>
#include <jko/private/sumimpl.h>
#include <jko/private/vecmath.h>
#include "prox.h"

#define REACT_RATE     ((PetscReal)0.5)  /* how fast e^{(w - u)/2} bends */
#define REACT_LEAST    ((PetscReal)0.01) /* 1 + tau F'(rho_k)/2 above this bounds the root */
#define REACT_SEARCH   24                /* doublings of the interval in search of a bound */
#define REACT_MIDPOINT ((PetscReal)1.25) /* factor on r in the half step up to which the midpoint rule is taken */
#define REACT_HALVES   ((PetscReal)1.5)  /* and from which it is not */

/* F'(e^u) in n cells. */
static void ReactRates(Energy energy, PetscInt first, PetscInt n, const PetscReal u[], PetscReal rate[])
{
  const EnergyArray zero = {0};
  ProxChunk         c;

  ProxAffine(energy, 0, 1, first, n, zero, &c);
  for (PetscInt i = 0; i < ENERGY_CHUNK; i++) c.u[i] = i < n ? u[i] : 0;
  ProxVariation(energy, first, n, &c);
  for (PetscInt i = 0; i < n; i++) rate[i] = c.offset[i] + c.slope[i] * u[i] + c.f[i];
}

/* The left side of (1), times tau, and its derivatives: a u + b + tau f with a and b from the affine terms, b with the 2, f with the
   square root. */
static void ReactVariation(Energy energy, PetscReal tau, PetscInt first, PetscInt n, const PetscReal w[], ProxChunk *c)
{
  EnergyArray root;

  ProxVariation(energy, first, n, c);
  for (PetscInt i = 0; i < n; i++) root[i] = (w[i] - c->u[i]) / 2;
  EnergyExp(n, 1, root, root);
  for (PetscInt i = 0; i < n; i++) {
    c->f[i] -= 2 / tau * root[i];
    c->df[i] += root[i] / tau;
    c->d2f[i] -= root[i] / (2 * tau);
  }
}

/* An upper end, above w, where w alone tells none: ever further up. Cells that have none are left in c->stray. */
static void ReactSearch(Energy energy, PetscReal tau, PetscInt first, PetscInt n, const PetscReal w[], ProxChunk *c)
{
  PetscInt missing = 1;

  for (PetscInt k = 0; k < REACT_SEARCH && missing; k++) {
    for (PetscInt i = 0; i < n; i++)
      if (c->stray[i]) c->u[i] = PetscMin(w[i] + PetscPowRealInt(2, (PetscInt)k), (PetscReal)ENERGY_MAX_EXPONENT);
    ReactVariation(energy, tau, first, n, w, c);
    missing = 0;
    for (PetscInt i = 0; i < n; i++) {
      if (!c->stray[i]) continue;
      if (c->offset[i] + c->slope[i] * c->u[i] + tau * c->f[i] >= 0) {
        c->upper[i] = c->u[i];
        c->stray[i] = 0;
      } else {
        c->lower[i] = c->u[i];
        missing++;
      }
    }
  }
}

/* The root lies between w and w - 2 log(1 + tau F'(e^w)/2), where the latter exists, because F' is increasing. */
static void ReactBracket(Energy energy, PetscReal tau, PetscInt first, PetscInt n, const PetscReal w[], ProxChunk *c)
{
  EnergyArray bound;
  PetscBool   search = PETSC_FALSE;

  for (PetscInt i = 0; i < ENERGY_CHUNK; i++) c->u[i] = i < n ? w[i] : 0;
  ProxVariation(energy, first, n, c);
  for (PetscInt i = 0; i < n; i++) {
    const PetscReal change = c->offset[i] - 2 + c->slope[i] * w[i] + tau * c->f[i];

    bound[i]    = PetscMax(1 + change / 2, REACT_LEAST);
    c->stray[i] = !(1 + change / 2 > REACT_LEAST);
    if (c->stray[i]) search = PETSC_TRUE;
  }
  VecMathLogScaled(n, bound, 0, bound);
  for (PetscInt i = 0; i < n; i++) {
    const PetscReal other = w[i] - 2 * bound[i], round = 8 * PETSC_MACHINE_EPSILON * (1 + PetscAbsReal(w[i]));

    c->lower[i] = PetscMin(w[i], other) - round;
    c->upper[i] = PetscMax(w[i], other) + round;
  }
  if (search) ReactSearch(energy, tau, first, n, w, c);
  for (PetscInt i = 0; i < n; i++) {
    c->last[i] = c->upper[i] - c->lower[i];
    c->open[i] = !c->stray[i] & (w[i] == w[i]);
    c->u[i]    = PetscClipInterval(w[i], c->lower[i], c->upper[i]);
  }
}

/* The roots of (1); NaN where there is none because the density would grow beyond all bounds. */
static void ReactSolve(Energy energy, PetscReal tau, PetscInt first, PetscInt n, const PetscReal w[], PetscReal u[])
{
  const PetscReal rate = PetscMax(energy->rate, REACT_RATE);
  EnergyArray     two;
  ProxChunk       c;
  int64_t         open = 1, strays, found[ENERGY_CHUNK];

  for (PetscInt i = 0; i < ENERGY_CHUNK; i++) {
    two[i]    = -2;
    c.open[i] = c.stray[i] = 0;
    c.lower[i] = c.upper[i] = c.last[i] = 0;
  }
  ProxAffine(energy, 0, tau, first, n, two, &c);
  ReactBracket(energy, tau, first, n, w, &c);
  for (PetscInt i = 0; i < n; i++) found[i] = c.open[i];
  for (PetscInt it = 0; open && it < PROX_MAX_IT; it++) {
    ReactVariation(energy, tau, first, n, w, &c);
    open = ProxStep(tau, rate, &c, &strays);
  }
  for (PetscInt i = 0; i < n; i++) u[i] = found[i] && !c.open[i] ? c.u[i] : (PetscReal)NAN;
}

/* (2) for a step of tau from w to u. */
static void ReactLaw(Energy energy, PetscReal tau, PetscInt first, PetscInt n, const PetscReal w[], const PetscReal u[], PetscReal made[])
{
  EnergyArray rate, rho, mean;

  ReactRates(energy, first, n, u, rate);
  for (PetscInt i = 0; i < n; i++) mean[i] = (w[i] + u[i]) / 2;
  EnergyExp(n, 1, mean, mean);
  EnergyExp(n, 1, u, rho);
  for (PetscInt i = 0; i < n; i++) made[i] += -tau * rate[i] * (rho[i] + mean[i]) / 2;
}

/* The midpoint rule (3) from the midpoint m: u, what it makes, and how far it is to be trusted, 0 to 1. Whether anywhere not fully. */
static PetscBool ReactMidpoint(Energy energy, PetscReal tau, PetscInt first, PetscInt n, const PetscReal w[], const PetscReal m[],
                               PetscReal u[], PetscReal made[], PetscReal trust[])
{
  EnergyArray rate, rho, factor;
  PetscBool   doubt = PETSC_FALSE;

  ReactRates(energy, first, n, m, rate);
  EnergyExp(n, 1, m, rho);
  for (PetscInt i = 0; i < n; i++) factor[i] = (w[i] - m[i]) / 2;
  EnergyExp(n, 1, factor, factor);
  for (PetscInt i = 0; i < n; i++) {
    const PetscReal change = PetscMax(factor[i], 1 / factor[i]);

    trust[i] = PetscClipInterval((REACT_HALVES - change) / (REACT_HALVES - REACT_MIDPOINT), 0, 1);
    if (!(trust[i] >= 1)) doubt = PETSC_TRUE;
    u[i]    = PetscMax(2 - factor[i], (PetscReal)0.1);
    made[i] = -tau * rate[i] * rho[i];
  }
  VecMathLogScaled(n, u, 0, u);
  for (PetscInt i = 0; i < n; i++) u[i] = m[i] + 2 * u[i];
  return doubt;
}

/* A step of second order from w to u. */
static void ReactTwice(Energy energy, PetscReal tau, PetscInt first, PetscInt n, const PetscReal w[], PetscReal u[], PetscReal made[])
{
  EnergyArray m, h, trust, halves = {0}, mix;

  ReactSolve(energy, tau / 2, first, n, w, m);
  if (!ReactMidpoint(energy, tau, first, n, w, m, u, made, trust)) return;
  ReactSolve(energy, tau / 2, first, n, m, h);
  ReactLaw(energy, tau / 2, first, n, w, m, halves);
  ReactLaw(energy, tau / 2, first, n, m, h, halves);
  for (PetscInt i = 0; i < n; i++) mix[i] = trust[i] > 0 ? u[i] - h[i] : 0;
  EnergyExp(n, 1, mix, mix);
  for (PetscInt i = 0; i < n; i++) mix[i] = 1 + trust[i] * (mix[i] - 1);
  VecMathLogScaled(n, mix, 0, mix);
  for (PetscInt i = 0; i < n; i++) {
    u[i]    = trust[i] < 1 ? h[i] + mix[i] : u[i];
    made[i] = trust[i] < 1 ? trust[i] * made[i] + (1 - trust[i]) * halves[i] : made[i];
  }
}

/* A chunk of cells from u to u; empty ones stay so. `made` per cell, 0 in those that fill the chunk up. Returns how many have no solution.
 */
static PetscInt ReactChunk(Energy energy, PetscReal tau, PetscInt order, PetscInt first, PetscInt n, PetscScalar u[], double made[])
{
  EnergyArray w, next;
  PetscInt    without = 0;

  for (PetscInt i = 0; i < ENERGY_CHUNK; i++) made[i] = 0;
  for (PetscInt i = 0; i < n; i++) w[i] = PetscRealPart(u[i]) < -PETSC_MAX_REAL ? 0 : PetscRealPart(u[i]);
  if (order > 1)
    ReactTwice(energy, tau, first, n, w, next, made);
  else {
    ReactSolve(energy, tau, first, n, w, next);
    ReactLaw(energy, tau, first, n, w, next, made);
  }
  for (PetscInt i = 0; i < n; i++) {
    if (PetscRealPart(u[i]) < -PETSC_MAX_REAL) {
      made[i] = 0;
      continue;
    }
    without += next[i] != next[i];
    u[i] = next[i];
  }
  return without;
}

/*@
  EnergyReact - one step of the reaction  d/dt rho = -rho F'(rho).

  Collective.

  Input:
+ energy - F
. tau    - length of the step, > 0
. order  - 1: the minimising movement (1); 2: second order (3)
- u      - log rho_k, -inf in empty cells, which stay empty

  Output:
+ u        - log rho_{k+1}
. made     - mass that the step makes by its law (2) or (3), negative where it takes some
. turnover - the same with all cells counted positive
- without  - number of cells where (1) has no solution, because a density that grows at a rate of 2/tau or more has no bound; then u is
             of no use

  Notes: made is computed from F', not from the densities: that they agree is a check of the step.
@*/
PetscErrorCode EnergyReact(Energy energy, PetscReal tau, PetscInt order, Vec u, PetscReal *made, PetscReal *turnover, PetscInt *without)
{
  PetscScalar *x;
  Sum          sums[3] = {{{0}, {0}}, {{0}, {0}}, {{0}, {0}}};
  PetscReal    totals[3];
  double       mass[ENERGY_CHUNK];

  PetscFunctionBegin;
  PetscValidHeaderSpecific(energy, ENERGY_CLASSID, 1);
  PetscCall(EnergyCheckVector(energy, u, "u"));
  PetscCheck(tau > 0, PetscObjectComm((PetscObject)energy), PETSC_ERR_ARG_OUTOFRANGE, "time step %g is not positive", (double)tau);
  PetscCall(PetscLogEventBegin(Energy_React, energy, u, 0, 0));
  PetscCall(VecGetArray(u, &x));
  for (PetscInt first = 0; first < energy->n; first += ENERGY_CHUNK) {
    const PetscInt n = PetscMin(ENERGY_CHUNK, energy->n - first);

    SumAddOne(&sums[2], (double)ReactChunk(energy, tau, order, first, n, x + first, mass));
    SumAdd(&sums[0], ENERGY_CHUNK, mass);
    for (PetscInt i = 0; i < n; i++) mass[i] = fabs(mass[i]);
    SumAdd(&sums[1], ENERGY_CHUNK, mass);
  }
  PetscCall(VecRestoreArray(u, &x));
  PetscCall(SumAllreduce(PetscObjectComm((PetscObject)energy), 3, sums, totals));
  *made     = energy->volume * totals[0];
  *turnover = energy->volume * totals[1];
  *without  = (PetscInt)totals[2];
  PetscCall(PetscLogEventEnd(Energy_React, energy, u, 0, 0));
  PetscFunctionReturn(PETSC_SUCCESS);
}
