/* The judges of a flow, and what they say (verdict.c: what they see). Energies are held to their range over the whole flow. A JKO step from
   rho_k to rho_{k+1} has

     W2^2(rho_k, rho_{k+1})/(2 tau) <= F(rho_k) - F(rho_{k+1}),   W2(rho_k, rho_{k+1})/tau = |grad F'(rho_{k+1})| in L2(rho_{k+1})

   (Ambrosio, Gigli, Savare, Gradient Flows, 2008, chapter 3): a step that is longer, or a rest with a slope, is the regularisation's. */
#include <math.h>
#include "verdict.h"

#define VERDICT_ROUND 1e-12 /* of the energy and its parts */

static PetscReal Range(const RunTally t)
{
  return PetscMax(t->most - t->least, PETSC_MIN_REAL);
}

static PetscReal Worst(const RunTally t, const Seen *s)
{
  (void)t;
  return s->worst;
}

/* What the energy may rise by: the gap of the step, and roundings. */
static PetscReal Granted(const Row *row)
{
  return (isnan(row->gap) ? 0 : row->gap) + VERDICT_ROUND * (PetscAbsReal(row->energy) + PetscAbsReal(row->entropy) + row->mass);
}

static PetscReal LookRise(const RunTally t, const Row *row)
{
  return t->descends ? row->energy - t->before.energy - Granted(row) : NAN;
}

static PetscReal WeighByRange(const RunTally t, const Seen *s)
{
  return s->worst / Range(t);
}

static void SayRise(const RunTally t, const Seen *s, PetscReal value, char text[], size_t length)
{
  (void)snprintf(text, length,
                 "the energy rose in %d of %d steps, first in step %g, by up to %.2g of its range: a gradient flow lowers it; a smaller "
                 "-jko_dt, a smaller -jko_epsilon_ratio or a finer grid may cure it",
                 (int)s->count, (int)t->steps, s->first, value);
}

static PetscReal LookLength(const RunTally t, const Row *row)
{
  if (!t->conserves || !(row->dt > 0)) return NAN;
  return row->w2_step * row->w2_step / (2 * row->dt) - (t->before.energy - row->energy) - Granted(row);
}

static PetscReal WeighSum(const RunTally t, const Seen *s)
{
  return s->sum / Range(t);
}

static void SayLength(const RunTally t, const Seen *s, PetscReal value, char text[], size_t length)
{
  (void)snprintf(text, length,
                 "w2_step^2/(2 dt) was above the fall of the energy in %d of %d steps, first in step %g, in sum by %.2g of its range: no "
                 "JKO step is that long, the regularisation moved the density; a finer grid (along each axis), a smaller "
                 "-jko_epsilon_ratio or another -jko_dt may cure it",
                 (int)s->count, (int)t->steps, s->first, value);
}

static PetscReal LookRest(const RunTally t, const Row *row)
{
  (void)t;
  return row->rest;
}

static void SayRest(const RunTally t, const Seen *s, PetscReal value, char text[], size_t length)
{
  (void)t, (void)s;
  (void)snprintf(text, length,
                 "the last state moves slower than its energy slopes: by its entropy production the step should have lowered the energy by "
                 "%.2g of its range more; the regularisation or the grid holds it; a smaller -jko_epsilon_ratio, a smaller -jko_dt or a "
                 "finer grid may free it",
                 value);
}

/* The full width at half maximum, in cells, of a Gaussian of that mass and maximum. */
static PetscReal LookWidth(const RunTally t, const Row *row)
{
  return PetscSqrtReal(4 * PetscLogReal(2.) / PETSC_PI) * PetscPowReal(row->mass / (row->max * t->volume), 1 / (PetscReal)t->dim);
}

static void SayWidth(const RunTally t, const Seen *s, PetscReal value, char text[], size_t length)
{
  if (s->last == t->before.step)
    (void)snprintf(text, length,
                   "from step %g on the density is narrower than two cells (%.2g at the least): it has collapsed, and what it does is the "
                   "grid's; end earlier, or take a finer grid",
                   s->since, value);
  else
    (void)snprintf(text, length,
                   "the density was narrower than two cells in %d states, from step %g to %g (%.2g at the least): what it did there is the "
                   "grid's; take a finer grid, or a wider start",
                   (int)s->count, s->first, s->last, value);
}

static PetscReal LookMass(const RunTally t, const Row *row)
{
  return t->conserves ? PetscAbsReal(row->mass - t->mass) / t->mass : NAN;
}

static void SayMass(const RunTally t, const Seen *s, PetscReal value, char text[], size_t length)
{
  (void)t;
  (void)snprintf(text, length, "the mass drifted by %.2g of it, first beyond roundings in step %g: nothing in this flow makes or takes any",
                 value, s->first);
}

/* An energy that is 0 or infinite, as of a bound alone, has the size of what a step costs. */
static PetscReal LookGap(const RunTally t, const Row *row)
{
  const PetscReal cost = row->dt > 0 ? row->w2_step * row->w2_step / (2 * row->dt) : 0, size = PetscMax(t->size, cost);

  return size > 0 ? row->gap / size : NAN;
}

static void SayGap(const RunTally t, const Seen *s, PetscReal value, char text[], size_t length)
{
  (void)snprintf(text, length,
                 "the duality gap was above 1e-4 of the energy in %d of %d steps, first in step %g, up to %.2g: these steps are not solved "
                 "to that; give a smaller -sinkhorn_tol, or another -sinkhorn_type",
                 (int)s->count, (int)t->steps, s->first, value);
}

static PetscReal LookArtificial(const RunTally t, const Row *row)
{
  (void)t;
  return row->artificial;
}

/* Of a Gaussian of variance var a compensated step leaves eps^2/(16 var), and an implicit one of length dt is off by 2 (D dt)^2/var. */
static void SayArtificial(const RunTally t, const Seen *s, PetscReal value, char text[], size_t length)
{
  (void)snprintf(
      text, length,
      "the artificial diffusivity eps/(4 dt) was above that of the flow (of its slowest density) in %d of %d steps, first in "
      "step %g, up to %.3g times: what compensation leaves of it is about %.2g times the error of the time step; a finer grid or "
      "a longer -jko_dt lowers what the grid asks for, a smaller -jko_epsilon_ratio the rest",
      (int)s->count, (int)t->steps, s->first, value, value * value / 2);
}

static PetscReal LookRaised(const RunTally t, const Row *row)
{
  (void)t;
  return row->raised;
}

static void SayRaised(const RunTally t, const Seen *s, PetscReal value, char text[], size_t length)
{
  (void)t;
  (void)snprintf(text, length,
                 "eps was raised in %d steps, first in step %g, up to %.3g times, where the solver did not converge at the one that was "
                 "chosen; give a smaller -jko_dt, more -sinkhorn_max_it, or that eps by -jko_epsilon",
                 (int)s->count, s->first, value);
}

static PetscReal LookDistance(const RunTally t, const Row *row)
{
  const PetscReal cells = row->w2_target_error / (t->h * PetscSqrtReal(row->mass));

  return cells > 0.1 ? row->w2_target_error / row->w2_target : NAN;
}

static void SayDistance(const RunTally t, const Seen *s, PetscReal value, char text[], size_t length)
{
  (void)t;
  (void)snprintf(
      text, length,
      "w2_target is not known to 1 %% in %d states, first in step %g: w2_target_error is up to %.2g of it; a finer grid lets the "
      "ladder of eps go further down",
      (int)s->count, s->first, value);
}

const Judge Judges[] = {
    {"energy", 0, 1e-7, PETSC_FALSE, PETSC_FALSE, LookRise, WeighByRange, SayRise},
    {"length", 0, 5e-3, PETSC_FALSE, PETSC_FALSE, LookLength, WeighSum, SayLength},
    {"rest", 0, 1e-3, PETSC_FALSE, PETSC_TRUE, LookRest, WeighByRange, SayRest},
    {"width", 2, 2, PETSC_TRUE, PETSC_FALSE, LookWidth, Worst, SayWidth},
    {"mass", 1e-11, 1e-11, PETSC_FALSE, PETSC_FALSE, LookMass, Worst, SayMass},
    {"gap", 1e-4, 1e-4, PETSC_FALSE, PETSC_FALSE, LookGap, Worst, SayGap},
    {"epsilon", 1, 1, PETSC_FALSE, PETSC_FALSE, LookArtificial, Worst, SayArtificial},
    {"ladder", 1, 1, PETSC_FALSE, PETSC_FALSE, LookRaised, Worst, SayRaised},
    {"distance", 0.01, 0.01, PETSC_FALSE, PETSC_FALSE, LookDistance, Worst, SayDistance},
};
const int JudgeCount = sizeof Judges / sizeof *Judges;
