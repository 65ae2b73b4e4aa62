/* The proximal operator of species that are coupled through the sum s of their densities: in every cell the roots u_k of

     theta u_k - lp_k + lambda (F_k'(e^{u_k}) + g) = 0,   g = G'(s),   s = sum_k e^{u_k},

   where g is the pressure on a bound of s where s is at it. Given g the species are on their own: u_k is the root of its own energy with
   lp_k - lambda g. What is left is one scalar equation per cell, log s(g) = v(g), v the inverse of G': the left side falls, the right side
   rises. Newton's step takes the left side for its tangent,

     log s ~ L - mu (g' - g),   mu = lambda sum_k w_k du_k,   w_k = e^{u_k}/s,   du_k = du_k/dlp_k,

   and G as it is, however steep: (v - L)/mu - g + G'(v) = 0 is the proximal equation of the sum, with its bounds. Where all du_k are the
   same, as for species that differ in their potentials only, the tangent is the curve and one step does. The brackets of g make it safe.

   (Source of the reduction for affine F_k: eliminate u_k from the optimality conditions; for one species it is that of prox.c.) */
#include <math.h>
#include "prox.h"
#include <jko/private/vecmath.h>

#define COUPLED_MAX_IT 200
#define COUPLED_TOL    1e-9  /* of log s; the last step squares it */
#define COUPLED_ACCEPT 1e-6  /* of log s: where roundings keep it above the tolerance */
#define COUPLED_RIGID  1e-14 /* sum w du: below it no pressure moves the densities */
#define COUPLED_LARGE  1e8   /* lambda g of a guess, at most */

typedef struct {
  EnergyArrays x, u, du, w;  /* lp - lambda g, its roots, their derivatives, shares of the sum */
  EnergyArray  g, shift;     /* pressure, and lambda times what it lacks to where the tangent meets G' */
  EnergyArray  L, give;      /* log of the sum of the roots; sum w du */
  EnergyArray  v, t;         /* log s that belongs to the tangent, dv/dL */
  EnergyArray  lower, upper; /* bracket of g */
  EnergyArray  last, missed; /* sizes of the last step of g, and of L - v there */
  int64_t      open[ENERGY_CHUNK] __attribute__((aligned(64)));
} CoupledChunk;

/* G' at log s = v. */
static void CoupledVariation(Energy energy, PetscInt first, PetscInt n, const PetscReal v[], PetscReal g[])
{
  const EnergyArray zero = {0};
  ProxChunk         p;

  ProxAffine(energy, 0, 1, first, n, zero, &p);
  for (PetscInt i = 0; i < ENERGY_CHUNK; i++) p.u[i] = i < n ? v[i] : 0;
  ProxVariation(energy, first, n, &p);
  for (PetscInt i = 0; i < ENERGY_CHUNK; i++) g[i] = p.offset[i] + p.slope[i] * p.u[i] + p.f[i];
}

/* The guess of g: G' at the sum of the guesses of u, where that is a moderate number; else 0. */
static void CoupledStart(Energy energy, PetscReal lambda, PetscInt first, PetscInt n, CoupledChunk *c)
{
  EnergyConstParts u;
  EnergyArray      g = {0};

  for (PetscInt k = 0; k < energy->species; k++) u[k] = c->u[k];
  EnergyLogSum(energy->species, n, u, c->v, NULL);
  CoupledVariation(energy, first, n, c->v, g);
  for (PetscInt i = 0; i < ENERGY_CHUNK; i++) {
    c->g[i]     = lambda * PetscAbsReal(g[i]) < COUPLED_LARGE ? g[i] : 0;
    c->lower[i] = -PETSC_MAX_REAL;
    c->upper[i] = PETSC_MAX_REAL;
    c->last[i] = c->missed[i] = PETSC_MAX_REAL;
    c->v[i]                   = 0;
    c->open[i]                = i < n;
  }
}

/* The species on their own at the present g. */
static void CoupledOwn(Energy energy, PetscReal theta, PetscReal lambda, PetscInt first, PetscInt n, EnergyConstParts lp, CoupledChunk *c)
{
  EnergyConstParts u;

  for (PetscInt k = 0; k < energy->species; k++) {
    for (PetscInt i = 0; i < n; i++) c->x[k][i] = lp[k][i] - lambda * c->g[i];
    EnergyProxChunk(energy->own[k], theta, lambda, first, n, c->x[k], c->u[k], c->du[k]);
    u[k] = c->u[k];
  }
  EnergyLogSum(energy->species, n, u, c->L, c->w);
  for (PetscInt i = 0; i < ENERGY_CHUNK; i++) c->give[i] = 0;
  for (PetscInt k = 0; k < energy->species; k++)
    for (PetscInt i = 0; i < n; i++) c->give[i] += c->w[k][i] * c->du[k][i];
}

/* v, dv/dL and the shift of the tangent. Which is more exact, G'(v) or the tangent at v, depends on which of them is less steep. */
static void CoupledTangent(Energy energy, PetscReal lambda, PetscInt first, PetscInt n, CoupledChunk *c)
{
  EnergyArray lp, inverse;
  ProxChunk   p;

  for (PetscInt i = 0; i < ENERGY_CHUNK; i++) {
    inverse[i] = i < n ? 1 / (lambda * (c->give[i] > COUPLED_RIGID ? c->give[i] : COUPLED_RIGID)) : 1;
    lp[i]      = i < n ? c->L[i] * inverse[i] + c->g[i] : 0;
  }
  ProxAffine(energy, 0, 1, first, n, lp, &p);
  for (PetscInt i = 0; i < ENERGY_CHUNK; i++) {
    p.slope[i] += inverse[i];
    p.u[i] = c->v[i];
  }
  ProxRoot(energy, 1, -PETSC_MAX_REAL, first, n, &p);
  for (PetscInt i = 0; i < n; i++) {
    c->v[i] = p.u[i];
    c->t[i] = p.du[i] * inverse[i];
  }
  CoupledVariation(energy, first, n, c->v, c->shift);
  for (PetscInt i = 0; i < n; i++) c->shift[i] = lambda * (c->t[i] > 0.5 ? c->shift[i] - c->g[i] : (c->L[i] - c->v[i]) * inverse[i]);
}

/* The next g of an open cell; whether the tangent has met the curve. kinks: whether du_k may jump, at bounds of the species. */
static int CoupledStep(Energy energy, PetscReal lambda, PetscInt i, PetscBool kinks, PetscBool last, EnergyConstParts lp, CoupledChunk *c)
{
  const PetscReal miss = c->L[i] - c->v[i], g = c->g[i], step = c->shift[i] / lambda;
  PetscReal       next = g + step, size = lambda * PetscAbsReal(g), rounding;

  for (PetscInt k = 0; k < energy->species; k++) size = PetscMax(size, PetscAbsReal(lp[k][i]));
  rounding = 64 * PETSC_MACHINE_EPSILON * (PetscAbsReal(c->v[i]) + c->give[i] * size);
  if ((PetscAbsReal(miss) <= COUPLED_TOL || (PetscAbsReal(miss) <= rounding && PetscAbsReal(miss) > c->missed[i] / 4) ||
       (last && PetscAbsReal(miss) <= COUPLED_ACCEPT)) &&
      (!kinks || last || lambda * PetscAbsReal(step) <= COUPLED_TOL * (1 + size)))
    return 1;
  c->missed[i] = PetscAbsReal(miss);
  if (step > 0)
    c->lower[i] = g;
  else
    c->upper[i] = g;
  if (c->lower[i] > -PETSC_MAX_REAL && c->upper[i] < PETSC_MAX_REAL &&
      !(next > c->lower[i] && next < c->upper[i] && PetscAbsReal(step) <= c->last[i] / 2))
    next = (c->lower[i] + c->upper[i]) / 2;
  c->last[i] = PetscAbsReal(next - g);
  c->g[i]    = next;
  return 0;
}

/* What a cell that has met gives: the last step is done along the tangent, so that the sum is e^v. */
static void CoupledTake(Energy energy, PetscInt i, CoupledChunk *c, EnergyParts u, EnergyParts du, EnergyParts pull)
{
  const PetscReal share = c->give[i] > COUPLED_RIGID ? (1 - c->t[i]) / c->give[i] : 0;

  for (PetscInt k = 0; k < energy->species; k++) {
    u[k][i] = c->u[k][i] - c->du[k][i] * c->shift[i];
    if (du) du[k][i] = c->du[k][i];
    if (pull) pull[k][i] = share * c->w[k][i] * c->du[k][i];
  }
}

static void CoupledRoot(Energy energy, PetscReal theta, PetscReal lambda, PetscInt first, PetscInt n, EnergyConstParts lp, EnergyParts u,
                        EnergyParts du, EnergyParts pull)
{
  CoupledChunk c;
  PetscInt     open  = n;
  PetscBool    kinks = PETSC_FALSE;

  for (PetscInt k = 0; k < energy->species; k++) {
    kinks = (PetscBool)(kinks || energy->own[k]->bounds);
    for (PetscInt i = 0; i < ENERGY_CHUNK; i++) {
      c.u[k][i]  = i < n ? u[k][i] : 0;
      c.du[k][i] = 0;
    }
  }
  CoupledStart(energy, lambda, first, n, &c);
  for (PetscInt it = 1; open && it <= COUPLED_MAX_IT; it++) {
    CoupledOwn(energy, theta, lambda, first, n, lp, &c);
    CoupledTangent(energy, lambda, first, n, &c);
    for (PetscInt i = 0; i < n; i++) {
      if (!c.open[i] || !CoupledStep(energy, lambda, i, kinks, (PetscBool)(it == COUPLED_MAX_IT), lp, &c)) continue;
      CoupledTake(energy, i, &c, u, du, pull);
      c.open[i] = 0;
      open--;
    }
  }
  for (PetscInt i = 0; open && i < n; i++)
    for (PetscInt k = 0; c.open[i] && k < energy->species; k++) u[k][i] = NAN; /* only where lp or the energy is not finite */
  for (PetscInt i = 0; open && i < n; i++)
    for (PetscInt k = 0; c.open[i] && k < energy->species; k++) {
      if (du) du[k][i] = NAN;
      if (pull) pull[k][i] = 0;
    }
}

void EnergyProxAllChunk(Energy energy, PetscReal theta, PetscReal lambda, PetscInt first, PetscInt n, EnergyConstParts lp, EnergyParts u,
                        EnergyParts du, EnergyParts pull)
{
  if (energy->species && energy->count && lambda > 0) {
    CoupledRoot(energy, theta, lambda, first, n, lp, u, du, pull);
    return;
  }
  for (PetscInt k = 0; k < EnergyDensities(energy); k++) {
    EnergyProxChunk(energy->species ? energy->own[k] : energy, theta, lambda, first, n, lp[k], u[k], du ? du[k] : NULL);
    for (PetscInt i = 0; pull && i < n; i++) pull[k][i] = 0;
  }
}
