/* The pointwise proximal operator of the energy in logarithms: for every cell, the root u = log q of

     theta u - lp + lambda F'(e^u)  =  a u + b + lambda f(u)  =  0,      a = theta + lambda slope,  b = lambda offset - lp,

   theta = 1 for the proximal operator of the Kullback-Leibler divergence (Peyre, SIAM J. Imaging Sci. 8, 2015), theta = 1/2 for
   the one that takes the diffusion of the entropic cost out again (Baradat, Hraivoronska, Santambrogio 2025). slope and offset
   come from the terms that are affine in u, f from the others; the left side is increasing in u. Bounds of the density are kept by
   clipping.

   Without f the root is -b/a. With f, a bracketed Halley iteration runs on a chunk of cells at a time, the same operations in
   every cell. With a bound  |f''| <= rate f'  (as for generalised self-concordant functions) a Newton step n with
   rate |n| <= 1/2 tells that the root is within log(2)/rate, where Halley's step cubes the error. A guess that is worse is
   replaced by what the terms give as their own roots. A cell that has converged is left alone: its root does not depend on its
   neighbours.

   How much f bends the left side is bounded by its share  s = lambda f'/(a + lambda f')  of the slope at the guess u: the root is u + d,

     |d - n| <= s (e^x - 1 - x)/rate,   x = rate |d|,

   so that the error of Newton's step, and of Halley's, which differs by less than s (rate n)^2/rate, is below 2 s (rate n)^2/rate where
   rate |n| <= 1/2, and below s e^31/rate where rate |n| <= 30: in vacuum the first step is the last. With a single term, of f' = c e^{k u},

     x + s (e^x - 1 - x) = k n,   x = k d,

   holds exactly, and a short step is solved to round-off without another e^{k u}. Where e^u is so small that every lambda f and lambda f'
   is below PROX_NOTHING of theta, and with them what f moves the root by, it is -b/a, without any. */
#include <math.h>
#include "prox.h"

#define PROX_BASIN   ((PetscReal)0.5)
#define PROX_REACH   ((PetscReal)0.7)   /* a root is this near, times 1/rate, when Newton's step is below PROX_BASIN */
#define PROX_TOL     ((PetscReal)1e-6)  /* Halley's step cubes it */
#define PROX_ROUND   ((PetscReal)5e-17) /* times 2/rate: an error that u does not show */
#define PROX_FAR     ((PetscReal)30)
#define PROX_TRACE   ((PetscReal)1e-30)    /* times e^31: below PROX_ROUND */
#define PROX_SHORT   ((PetscReal)0.015625) /* of k n: what the series leave is round-off */
#define PROX_NOTHING ((PetscReal)1e-20)

/* a and b of n cells; those that fill the chunk up have the root 0. */
void ProxAffine(Energy energy, PetscReal theta, PetscReal lambda, PetscInt first, PetscInt n, const PetscReal lp[], ProxChunk *c)
{
  for (PetscInt i = 0; i < ENERGY_CHUNK; i++) c->slope[i] = c->offset[i] = 0;
  for (PetscInt t = 0; t < energy->count; t++)
    if (energy->term[t]->ops->affine) energy->term[t]->ops->affine(energy->term[t], first, n, c->offset, c->slope);
  EnergyTiltChunk(energy, first, n, c->offset);
  for (PetscInt i = 0; i < ENERGY_CHUNK; i++) {
    c->slope[i] = theta + lambda * c->slope[i];
    c->offset[i] *= lambda;
  }
  for (PetscInt i = 0; i < n; i++) c->offset[i] -= lp[i];
}

void ProxVariation(Energy energy, PetscInt first, PetscInt n, ProxChunk *c)
{
  for (PetscInt i = 0; i < ENERGY_CHUNK; i++) c->f[i] = c->df[i] = c->d2f[i] = 0;
  for (PetscInt t = 0; t < energy->count; t++)
    if (energy->term[t]->ops->variation) energy->term[t]->ops->variation(energy->term[t], first, n, c->u, c->f, c->df, c->d2f);
}

/* Guess and bracket of the cells whose guess was useless. The equation is the mean of those in which one of the m terms counts
   for all, m lambda f_i: its root lies between theirs. The guess takes the term that moves the root of
   a u + b furthest down, and the one that moves it furthest up. */
static void ProxRestart(Energy energy, PetscReal lambda, PetscInt first, PetscInt n, ProxChunk *c)
{
  EnergyArray alone, root, low, high, lower, upper;

  for (PetscInt i = 0; i < n; i++) {
    alone[i] = low[i] = high[i] = -c->offset[i] / c->slope[i];
    lower[i]                    = PETSC_MAX_REAL;
    upper[i]                    = -PETSC_MAX_REAL;
  }
  for (PetscInt t = 0; t < energy->count; t++) {
    const EnergyTerm term = energy->term[t];

    if (!term->ops->root) continue;
    term->ops->root(term, first, n, lambda, c->offset, c->slope, root);
    for (PetscInt i = 0; i < n; i++) {
      low[i]  = root[i] < low[i] ? root[i] : low[i];
      high[i] = root[i] > high[i] ? root[i] : high[i];
    }
    if (energy->curved > 1) term->ops->root(term, first, n, lambda * (PetscReal)energy->curved, c->offset, c->slope, root);
    for (PetscInt i = 0; i < n; i++) {
      const PetscReal error = (PetscReal)0.1 / term->rate + PETSC_SQRT_MACHINE_EPSILON * PetscAbsReal(root[i]);

      lower[i] = root[i] - error < lower[i] ? root[i] - error : lower[i];
      upper[i] = root[i] + error > upper[i] ? root[i] + error : upper[i];
    }
  }
  for (PetscInt i = 0; i < n; i++) {
    if (!c->stray[i]) continue;
    c->u[i]     = PetscClipInterval(low[i] + high[i] - alone[i], lower[i], upper[i]);
    c->lower[i] = lower[i];
    c->upper[i] = upper[i];
    c->last[i]  = upper[i] - lower[i];
    c->open[i]  = 1;
  }
}

/* The open cells near enough of an energy of one curved term, of exponent k: x by the first terms of its series in y = k n, then by
   Newton's step. Returns how many stay open. */
static int64_t ProxShort(PetscReal lambda, PetscReal k, ProxChunk *c)
{
  const PetscReal over = 1 / k;
  int64_t         open = 0;

  for (PetscInt i = 0; i < ENERGY_CHUNK; i++) {
    const PetscReal u = c->u[i], g = c->offset[i] + c->slope[i] * u + lambda * c->f[i];
    const PetscReal inverse = 1 / (c->slope[i] + lambda * c->df[i]), s = lambda * c->df[i] * inverse, y = -k * g * inverse;
    const PetscReal x    = y * (1 - y * s * (1 / 2. - y * (3 * s - 1) / 6));
    const PetscReal tail = x * x * (1 / 2. + x * (1 / 6. + x * (1 / 24. + x * (1 / 120. + x / 720)))); /* e^x - 1 - x */
    const PetscReal flat = 1 / (1 + s * (x + tail)), dx = (y - x - s * tail) * flat;
    const int       near = (y <= PROX_SHORT) & (y >= -PROX_SHORT) & (c->open[i] != 0);

    c->u[i]    = near ? u + (x + dx) * over : u;
    c->du[i]   = near ? inverse * flat * (1 - s * (1 + x + tail) * flat * dx) : c->du[i];
    c->open[i] = (c->open[i] != 0) & !near;
    open += c->open[i];
  }
  return open;
}

/* One step in every open cell. Returns how many stay open; marks those where Newton's step is too long to tell anything. */
int64_t ProxStep(PetscReal lambda, PetscReal rate, ProxChunk *c, int64_t *strays)
{
  const PetscReal basin = PROX_BASIN / rate, reach = PROX_REACH / rate, tol = PROX_TOL / rate, far = PROX_FAR / rate;
  int64_t         open = 0, stray = 0;

  for (PetscInt i = 0; i < ENERGY_CHUNK; i++) {
    const PetscReal u = c->u[i], g = c->offset[i] + c->slope[i] * u + lambda * c->f[i];
    const PetscReal inverse = 1 / (c->slope[i] + lambda * c->df[i]), bend = lambda * c->d2f[i] * inverse, newton = g * inverse;
    const PetscReal bent = 1 - newton * bend / 2, step = -newton / (bent > (PetscReal)0.5 ? bent : (PetscReal)0.5);
    const PetscReal size = newton < 0 ? -newton : newton, length = step < 0 ? -step : step, magnitude = u < 0 ? -u : u;
    const PetscReal share = lambda * c->df[i] * inverse, scaled = rate * size;
    const int       near = size <= basin, is_open = c->open[i] != 0;
    const int       affine = (near & (share * scaled * scaled <= PROX_ROUND)) | ((size <= far) & (share <= PROX_TRACE));
    const int       done   = (size <= tol + 8 * PETSC_MACHINE_EPSILON * magnitude) | affine;
    const PetscReal low = near ? u - reach : -PETSC_MAX_REAL, high = near ? u + reach : PETSC_MAX_REAL;
    PetscReal       lower = g > 0 ? c->lower[i] : u, upper = g > 0 ? u : c->upper[i], next = u + step;
    int             trusted;

    lower       = lower < low ? low : lower;
    upper       = upper > high ? high : upper;
    trusted     = done | ((next >= lower) & (next <= upper) & (length <= c->last[i] / 2));
    next        = trusted ? next : (lower + upper) / 2;
    c->last[i]  = next < u ? u - next : next - u;
    c->lower[i] = lower;
    c->upper[i] = upper;
    c->du[i]    = is_open ? inverse / (1 + bend * (next - u)) : c->du[i];
    c->u[i]     = is_open ? next : u;
    c->open[i]  = is_open & !done;
    c->stray[i] = is_open & !near & !affine;
    open += c->open[i];
    stray += c->stray[i];
  }
  *strays = stray;
  return open;
}

static void ProxIterate(Energy energy, PetscReal lambda, PetscInt first, PetscInt n, ProxChunk *c)
{
  int64_t open = 1, strays;

  for (PetscInt i = 0; i < ENERGY_CHUNK; i++) {
    c->lower[i] = -PETSC_MAX_REAL / 4;
    c->upper[i] = c->last[i] = PETSC_MAX_REAL / 4;
  }
  for (PetscInt it = 0; it < PROX_MAX_IT && open; it++) {
    ProxVariation(energy, first, n, c);
    open = energy->exponent != 0 ? ProxShort(lambda, energy->exponent, c) : open;
    if (!open) break;
    open = ProxStep(lambda, energy->rate, c, &strays);
    if (it || !strays) continue;
    ProxRestart(energy, lambda, first, n, c);
    open = strays;
  }
  for (PetscInt i = 0; open && i < n; i++)
    if (c->open[i]) c->u[i] = c->du[i] = NAN; /* only where lp or the energy is not finite */
}

/* The left side is increasing in u: where its root exceeds a bound of the density, the bound is the solution, whatever lp. */
static void ProxClip(Energy energy, PetscInt first, PetscInt n, ProxChunk *c)
{
  EnergyArray upper;

  EnergyBoundChunk(energy, first, n, upper);
  for (PetscInt i = 0; i < n; i++) {
    c->du[i] = c->u[i] > upper[i] ? 0 : c->du[i];
    c->u[i]  = c->u[i] > upper[i] ? upper[i] : c->u[i];
  }
}

/* u and du of a chunk whose a, b and guess of u are known; below `vanished` the curved terms are nothing beside a u. */
void ProxRoot(Energy energy, PetscReal lambda, PetscReal vanished, PetscInt first, PetscInt n, ProxChunk *c)
{
  int64_t open = 0;

  for (PetscInt i = 0; i < ENERGY_CHUNK; i++) {
    c->open[i] = energy->curved && i < n && !(c->offset[i] + c->slope[i] * vanished > 0);
    open += c->open[i];
  }
  for (PetscInt i = 0; open < n && i < n; i++) {
    const PetscReal inverse = 1 / c->slope[i];

    c->du[i] = inverse;
    c->u[i]  = c->open[i] ? c->u[i] : -c->offset[i] * inverse;
  }
  if (open) ProxIterate(energy, lambda, first, n, c);
  if (energy->bounds) ProxClip(energy, first, n, c);
}

/* u below which all curved terms are nothing beside theta; kept for the next chunk. */
static PetscReal ProxVanished(Energy energy, PetscReal ratio)
{
  const PetscReal least = PetscLogReal(PROX_NOTHING * ratio);
  PetscReal       u     = PETSC_MAX_REAL;

  if (energy->ratio == ratio) return energy->vanished;
  for (PetscInt t = 0; t < energy->count; t++)
    if (energy->term[t]->ops->variation)
      u = energy->term[t]->exponent > 0 ? PetscMin(u, (least - energy->term[t]->most) / energy->term[t]->exponent) : -PETSC_MAX_REAL;
  energy->ratio    = ratio;
  energy->vanished = u;
  return u;
}

void EnergyProxChunk(Energy energy, PetscReal theta, PetscReal lambda, PetscInt first, PetscInt n, const PetscReal lp[], PetscReal u[],
                     PetscReal du[])
{
  ProxChunk c;

  ProxAffine(energy, theta, lambda, first, n, lp, &c);
  for (PetscInt i = 0; i < ENERGY_CHUNK; i++) c.u[i] = i < n ? u[i] : 0;
  ProxRoot(energy, lambda, ProxVanished(energy, theta / lambda), first, n, &c);
  for (PetscInt i = 0; i < n; i++) u[i] = c.u[i];
  for (PetscInt i = 0; du && i < n; i++) du[i] = c.du[i];
}
