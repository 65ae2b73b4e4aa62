/* Species that are coupled through their sum: the prox solves all their equations to round-off, for all sums of terms, all magnitudes and
   whatever the guess; a bound of the sum is kept with one pressure for all; values, variations and interactions between species are those
   of their definitions. */
#include "../support/species.h"
#include "terms.h"

#define CELLS   41 /* times 3, so that no number of ranks gets whole chunks */
#define SPECIES 3

typedef struct {
  PetscReal theta, lambda;
} Step;

/* What the species have of their own, and of their sum; kappa > 0: that bounds the sum as well. */
typedef struct {
  PetscInt  species;
  Terms     own[SPECIES], sum;
  PetscReal kappa;
} Mixture;

static PetscReal LogUniform(uint64_t seed, uint64_t place, PetscReal low, PetscReal high)
{
  return low * PetscPowReal(high / low, (HarnessRandom(seed, place) + 1) / 2);
}

static Terms RandomTerms(uint64_t seed, uint64_t k, PetscReal range)
{
  Terms terms = {0};

  terms.D      = HarnessRandom(seed + 1, k) > 0 ? LogUniform(seed + 2, k, 1 / range, range) : 0;
  terms.V      = HarnessRandom(seed + 3, k) > 0 ? LogUniform(seed + 4, k, 1 / range, range) : 0;
  terms.powers = HarnessRandom(seed + 5, k) > 0.3;
  terms.m[0]   = HarnessRandom(seed + 6, k) < -0.4 ? 0.6 : 2 + 2 * (HarnessRandom(seed + 7, k) + 1);
  terms.g[0]   = LogUniform(seed + 8, k, 1 / range, range);
  return terms;
}

static Mixture RandomMixture(uint64_t k, PetscReal range)
{
  Mixture m = {.species = 2 + (PetscInt)(k % 2)};

  for (PetscInt j = 0; j < m.species; j++) m.own[j] = RandomTerms(100 * (uint64_t)(j + 1), k, range);
  m.sum = RandomTerms(1000, k, range);
  return m;
}

static Energy MixtureEnergy(Grid grid, const Mixture *m)
{
  const char *const names[SPECIES] = {"a", "b", "c"};
  Energy            energy, own;
  EnergyTerm        term;

  assert_ok(EnergyCreate(PETSC_COMM_WORLD, &energy));
  assert_ok(EnergySetSpecies(energy, m->species, names));
  assert_ok(EnergySetGrid(energy, grid));
  TermsAdd(&m->sum, grid, 99, energy);
  for (PetscInt k = 0; k < m->species; k++) {
    assert_ok(EnergyGetSpeciesEnergy(energy, k, &own, NULL));
    TermsAdd(&m->own[k], grid, 200 + (uint64_t)k, own);
  }
  if (m->kappa > 0) {
    assert_ok(EnergyAddTerm(energy, ENERGYCONGESTION, NULL, &term));
    assert_ok(EnergyCongestionSetMaximum(term, m->kappa));
  }
  assert_ok(EnergySetUp(energy));
  return energy;
}

/* A vector of all species, of  middle + amplitude times numbers in [-1, 1]. */
static Vec MixtureVector(Energy energy, Grid grid, uint64_t seed, PetscReal middle, PetscReal amplitude)
{
  Vec      all;
  PetscInt species;

  assert_ok(EnergyGetSpeciesCount(energy, &species));
  assert_ok(EnergyCreateVector(energy, &all));
  for (PetscInt k = 0; k < species; k++) {
    Vec part, values = PlaceVector(grid, seed + 7777 * (uint64_t)k, middle, amplitude);

    assert_ok(GridGetPart(grid, all, k, PETSC_TRUE, &part));
    assert_ok(VecCopy(values, part));
    assert_ok(GridRestorePart(grid, all, PETSC_TRUE, &part));
    assert_ok(VecDestroy(&values));
  }
  return all;
}

/* The equations of a cell: residuals over the largest part, of a bound by the pressure that the first species tells. */
typedef struct {
  PetscReal residual, excess, pressure; /* the worst; of the sum over kappa; the most negative */
} Verdict;

static long double LogSum(PetscInt species, PetscInt n, const PetscScalar u[], PetscInt i)
{
  long double highest = -INFINITY, sum = 0;

  for (PetscInt k = 0; k < species; k++) highest = fmaxl(highest, u[k * n + i]);
  for (PetscInt k = 0; k < species; k++) sum += expl(u[k * n + i] - highest);
  return highest + logl(sum);
}

static void JudgeCell(const Mixture *m, Step step, PetscInt n, PetscInt i, const PetscScalar lp[], const PetscScalar u[],
                      const PetscScalar *V[], Verdict *verdict)
{
  const long double total = LogSum(m->species, n, u, i), full = m->kappa > 0 ? total - logl(m->kappa) : -1;
  long double       big, g = TermsVariation(&m->sum, V[m->species][i], total, &big, NULL), r[SPECIES] = {0}, scale[SPECIES], pressure = 0;
  PetscInt          exact = 0; /* the species that tells the pressure best */

  for (PetscInt k = 0; k < m->species; k++) {
    const long double x = u[k * n + i], p = lp[k * n + i];
    long double       largest, f          = TermsVariation(&m->own[k], V[k][i], x, &largest, NULL);

    r[k]     = step.theta * x - p + step.lambda * (f + g);
    scale[k] = fmaxl(step.lambda * fmaxl(largest, big), fmaxl(fabsl(step.theta * x), fabsl(p)));
    if (scale[k] < scale[exact]) exact = k;
  }
  if (full > -1e-12) pressure = -r[exact];
  if (full > verdict->excess) verdict->excess = (PetscReal)full;
  if (pressure < 0) verdict->pressure = PetscMax(verdict->pressure, (PetscReal)(-pressure / scale[exact]));
  for (PetscInt k = 0; k < m->species; k++) {
    const long double off = fabsl(r[k] + pressure) / fmaxl(scale[k], pressure);

    if (!(off <= verdict->residual)) verdict->residual = isfinite(off) ? (PetscReal)off : INFINITY;
  }
}

static Verdict Judge(const Mixture *m, Grid grid, Step step, Vec lp, Vec u)
{
  Verdict            verdict = {0}, all;
  Vec                field[SPECIES + 1];
  const PetscScalar *p, *x, *V[SPECIES + 1];
  PetscInt           n;

  for (PetscInt k = 0; k <= m->species; k++) {
    field[k] = k < m->species ? PlaceVector(grid, 200 + (uint64_t)k, 0, m->own[k].V) : PlaceVector(grid, 99, 0, m->sum.V);
    assert_ok(VecGetArrayRead(field[k], &V[k]));
  }
  assert_ok(VecGetLocalSize(field[0], &n));
  assert_ok(VecGetArrayRead(lp, &p));
  assert_ok(VecGetArrayRead(u, &x));
  for (PetscInt i = 0; i < n; i++) JudgeCell(m, step, n, i, p, x, V, &verdict);
  assert_ok(VecRestoreArrayRead(u, &x));
  assert_ok(VecRestoreArrayRead(lp, &p));
  for (PetscInt k = 0; k <= m->species; k++) {
    assert_ok(VecRestoreArrayRead(field[k], &V[k]));
    assert_ok(VecDestroy(&field[k]));
  }
  (void)MPI_Allreduce(&verdict, &all, 3, MPI_DOUBLE, MPI_MAX, PETSC_COMM_WORLD);
  return all;
}

static void CheckMixtures(uint64_t cases, PetscReal kappa, PetscReal range, PetscReal magnitude, PetscReal middle, PetscReal amplitude)
{
  Grid grid = PlaceGrid(PETSC_COMM_WORLD, CELLS);

  for (uint64_t k = 0; k < cases; k++) {
    Mixture    m    = RandomMixture(k, range);
    const Step step = {.theta = (k >> 1) & 1 ? 0.5 : 1, .lambda = LogUniform(6, k, 1 / range / range, range * range)};
    Energy     energy;
    Vec        lp, u;
    Verdict    verdict;

    m.kappa = kappa > 0 ? LogUniform(9, k, 1 / kappa, kappa) : 0;
    energy  = MixtureEnergy(grid, &m);
    lp      = MixtureVector(energy, grid, 7, 0, magnitude);
    u       = MixtureVector(energy, grid, 8 + k, middle, amplitude);
    assert_ok(EnergyProx(energy, step.theta, step.lambda, lp, u, NULL));
    verdict = Judge(&m, grid, step, lp, u);
    assert_within(verdict.residual, 1e-13);
    assert_within(PetscMax(0, verdict.excess), 1e-12);
    assert_within(verdict.pressure, 1e-12);
    assert_ok(VecDestroy(&u));
    assert_ok(VecDestroy(&lp));
    assert_ok(EnergyDestroy(&energy));
  }
  assert_ok(GridDestroy(&grid));
}

static void solves_all_equations_to_round_off(void **state)
{
  (void)state;
  CheckMixtures(128, 0, 1e4, 700, 0, 0);
  CheckMixtures(64, 0, 10, 3, 0, 1);
}

static void solves_them_whatever_the_guess(void **state)
{
  (void)state;
  CheckMixtures(48, 0, 1e4, 700, 0, 1e3);
  CheckMixtures(16, 0, 1e2, 700, 1e300, 1e299);
  CheckMixtures(16, 0, 1e2, 700, -1e300, 1e299);
  CheckMixtures(16, 0, 1e2, 700, NAN, 0);
}

static void a_bound_of_the_sum_is_kept_by_one_pressure(void **state)
{
  (void)state;
  CheckMixtures(96, 10, 1e2, 50, 0, 0);
  CheckMixtures(48, 1e4, 1e4, 700, 0, 10);
}

/* du is the derivative of each species' root in its own lp, the others held. */
static void tells_the_derivative_of_each_root(void **state)
{
  const PetscReal h    = 1e-4;
  Grid            grid = PlaceGrid(PETSC_COMM_WORLD, CELLS);

  (void)state;
  for (uint64_t k = 0; k < 24; k++) {
    const Mixture m      = RandomMixture(k, 3);
    Energy        energy = MixtureEnergy(grid, &m);
    Vec           lp = MixtureVector(energy, grid, 7, 0, 3), u = MixtureVector(energy, grid, 8, 0, 0), du, up, part;

    assert_ok(VecDuplicate(u, &du));
    assert_ok(EnergyProx(energy, 0.5, 2, lp, u, du));
    for (PetscInt j = 0; j < m.species; j++) {
      Vec move[2];

      assert_ok(VecDuplicate(u, &up));
      for (int side = 0; side < 2; side++) {
        assert_ok(VecCopy(u, up));
        assert_ok(GridGetPart(grid, lp, j, PETSC_TRUE, &part));
        assert_ok(VecShift(part, side ? -2 * h : h));
        assert_ok(GridRestorePart(grid, lp, PETSC_TRUE, &part));
        assert_ok(EnergyProx(energy, 0.5, 2, lp, up, NULL));
        assert_ok(GridGetPart(grid, up, j, PETSC_FALSE, &part));
        assert_ok(VecDuplicate(part, &move[side]));
        assert_ok(VecCopy(part, move[side]));
        assert_ok(GridRestorePart(grid, up, PETSC_FALSE, &part));
      }
      assert_ok(GridGetPart(grid, lp, j, PETSC_TRUE, &part));
      assert_ok(VecShift(part, h));
      assert_ok(GridRestorePart(grid, lp, PETSC_TRUE, &part));
      assert_ok(VecAXPBY(move[0], -1 / (2 * h), 1 / (2 * h), move[1]));
      assert_ok(GridGetPart(grid, du, j, PETSC_FALSE, &part));
      assert_within(HarnessDifference(move[0], part), 1e-6);
      assert_ok(GridRestorePart(grid, du, PETSC_FALSE, &part));
      for (int side = 0; side < 2; side++) assert_ok(VecDestroy(&move[side]));
      assert_ok(VecDestroy(&up));
    }
    for (Vec *v[] = {&lp, &u, &du, NULL}, **p = v; *p; p++) assert_ok(VecDestroy(*p));
    assert_ok(EnergyDestroy(&energy));
  }
  assert_ok(GridDestroy(&grid));
}

/* Every kind of term at once: of each species, of their sum, and between them, implicit and explicit, by FFT and by moments. */
static const char Everything[] =
    "-energy_terms power,entropy,interaction -energy_entropy_coefficient 0.3 -energy_interaction exp(-r) "
    "-a_energy_terms potential,internal,near:interaction,far:interaction -a_energy_potential x -a_energy_internal log(1+rho) "
    "-a_energy_near exp(-4*r^2) -a_energy_near_coefficient 0.7 -a_energy_near_with b -a_energy_far_kernel quadratic -a_energy_far_with b "
    "-a_energy_far_treatment explicit -b_energy_terms power,pull:interaction -b_energy_power_exponent 3 -b_energy_pull_kernel gaussian "
    "-b_energy_pull_with a";

/* F(u + h eta) - F(u - h eta) over 2 h is the sum of rho_k F_k' eta_k. */
static void variations_are_those_of_the_value(void **state)
{
  const PetscReal h      = 1e-4;
  Grid            grid   = PlaceGrid(PETSC_COMM_WORLD, CELLS);
  Energy          energy = SpeciesEnergy(grid, 2, Everything);
  Vec             u = MixtureVector(energy, grid, 1, 0, 1), eta = MixtureVector(energy, grid, 2, 0, 1), f, moved;
  PetscReal       value[2], volume, *terms, sum = 0;
  PetscScalar     expected;
  PetscInt        count;

  (void)state;
  assert_ok(EnergySetUp(energy));
  assert_ok(VecDuplicate(u, &f));
  assert_ok(VecDuplicate(u, &moved));
  for (int side = 0; side < 2; side++) {
    assert_ok(VecWAXPY(moved, side ? -h : h, eta, u));
    assert_ok(EnergyGetValue(energy, moved, &value[side]));
  }
  assert_ok(EnergyGetFirstVariation(energy, u, f));
  assert_ok(VecCopy(u, moved));
  assert_ok(VecExp(moved));
  assert_ok(VecPointwiseMult(f, f, eta));
  assert_ok(VecDot(f, moved, &expected));
  assert_ok(GridGetCellVolume(grid, &volume));
  assert_within((value[0] - value[1]) / (2 * h) - expected * volume, 1e-6 * PetscAbsReal(expected * volume));
  assert_ok(EnergyGetTermCount(energy, &count));
  assert_all(count == 3 + 5 + 4); /* of the sum; of a with the mirror of pull; of b with those of near and far */
  assert_ok(PetscMalloc1(count, &terms));
  assert_ok(EnergyGetTermValues(energy, u, terms));
  for (PetscInt i = 0; i < count; i++) sum += terms[i];
  assert_ok(EnergyGetValue(energy, u, &value[0]));
  assert_within(sum - value[0], 1e-13 * PetscAbsReal(sum));
  assert_ok(PetscFree(terms));
  for (Vec *v[] = {&u, &eta, &f, &moved, NULL}, **p = v; *p; p++) assert_ok(VecDestroy(*p));
  assert_ok(EnergyDestroy(&energy));
  assert_ok(GridDestroy(&grid));
}

/* int int W(x - y) rho_a(x) rho_b(y), by the definition, on this rank's x and all y. */
static void an_interaction_is_the_double_sum(void **state)
{
  Grid               grid   = PlaceGrid(PETSC_COMM_WORLD, CELLS);
  Energy             energy = SpeciesEnergy(grid, 2, "-a_energy_terms w:interaction -a_energy_w exp(-3*r) -a_energy_w_with b");
  Vec                u      = MixtureVector(energy, grid, 1, 0, 1);
  const PetscScalar *x;
  PetscInt           n[3], start[3], width[3], cells;
  PetscReal          h[3], volume, value, sum = 0, total;

  (void)state;
  assert_ok(EnergySetUp(energy));
  assert_ok(EnergyGetValue(energy, u, &value));
  assert_ok(GridGetSizes(grid, n));
  assert_ok(GridGetSpacing(grid, h));
  assert_ok(GridGetCellVolume(grid, &volume));
  assert_ok(GridGetCorners(grid, start, width));
  assert_ok(VecGetLocalSize(u, &cells));
  assert_ok(VecGetArrayRead(u, &x));
  cells /= 2;
  for (PetscInt c = 0; c < cells; c++)
    for (PetscInt j = 0; j < n[1]; j++)
      for (PetscInt i = 0; i < n[0]; i++) {
        const PetscReal dx = h[0] * (PetscReal)(i - start[0] - c % width[0]), dy = h[1] * (PetscReal)(j - start[1] - c / width[0]);

        /* rho_b as MixtureVector() made it */
        sum += exp(x[c]) * exp(-3 * hypot(dx, dy)) * exp(HarnessRandom(1 + 7777, (uint64_t)(i + n[0] * j)));
      }
  assert_ok(VecRestoreArrayRead(u, &x));
  (void)MPI_Allreduce(&sum, &total, 1, MPI_DOUBLE, MPI_SUM, PETSC_COMM_WORLD);
  assert_within(value - total * volume * volume, 1e-12 * value);
  assert_ok(VecDestroy(&u));
  assert_ok(EnergyDestroy(&energy));
  assert_ok(GridDestroy(&grid));
}

static void refuses_what_makes_no_sense(void **state)
{
  const struct {
    const char *options, *says;
  } c[] = {
      {"", "the energy is missing: give -a_energy_terms for a species, -energy_terms for what couples them"},
      {"-a_energy_terms w:interaction -a_energy_w exp(-r) -a_energy_w_with c", "-a_energy_w_with: there is no species 'c'; there are a, b"},
      {"-a_energy_terms w:interaction -a_energy_w exp(-r) -a_energy_w_with a", "-a_energy_w_with: 'a' is the species itself"},
      {"-a_energy_terms w:interaction -a_energy_w x -a_energy_w_with b", "-a_energy_w: W(x) and W(-x) differ"},
      {"-energy_terms congestion -a_energy_terms congestion", "-energy_terms bounds the sum of the densities and -a_energy_terms one"},
      {"-energy_terms w:interaction -energy_w exp(-r) -energy_w_with b", "-energy_w_with is for several species"}};
  const struct {
    PetscInt    n;
    const char *names[2], *says;
  } s[]     = {{1, {"a"}, "-species: 1 given; two or more are needed"},
               {2, {"a", "a"}, "-species: the name 'a' is used twice"},
               {2, {"a", "b_c"}, "-species: 'b_c' cannot be the name of a species"}};
  Grid grid = PlaceGrid(PETSC_COMM_WORLD, CELLS);

  (void)state;
  for (size_t i = 0; i < sizeof c / sizeof *c; i++) {
    Energy energy = SpeciesEnergy(grid, 2, c[i].options);

    assert_refused(EnergySetUp(energy), c[i].says);
    assert_ok(EnergyDestroy(&energy));
  }
  for (size_t i = 0; i < sizeof s / sizeof *s; i++) {
    Energy energy;

    assert_ok(EnergyCreate(PETSC_COMM_WORLD, &energy));
    assert_refused(EnergySetSpecies(energy, s[i].n, s[i].names), s[i].says);
    assert_ok(EnergyDestroy(&energy));
  }
  assert_ok(GridDestroy(&grid));
}

JKO_TESTS(JKO_TEST(solves_all_equations_to_round_off), JKO_TEST(solves_them_whatever_the_guess),
          JKO_TEST(a_bound_of_the_sum_is_kept_by_one_pressure), JKO_TEST(tells_the_derivative_of_each_root),
          JKO_TEST(variations_are_those_of_the_value), JKO_TEST(an_interaction_is_the_double_sum), JKO_TEST(refuses_what_makes_no_sense))
