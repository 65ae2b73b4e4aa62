/* The pointwise prox solves its equation to round-off for all sums, all magnitudes and whatever the guess, gives the derivative of
   its root, and does not depend on the ranks. */
#include "terms.h"

#define CELLS 97 /* times 3, so that no number of ranks gets whole chunks */

typedef struct {
  PetscReal theta, lambda;
} Step;

/* Largest residual of  theta u - lp + lambda F'  over the largest part of the equation in its cell; infinite for a root that is not finite.
 */
static PetscReal ResidualOfProx(const Terms *terms, Step step, Vec lp, Vec u, Vec V)
{
  const PetscScalar *p, *x, *v;
  PetscInt           n;
  PetscReal          worst = 0, all;

  assert_ok(VecGetLocalSize(u, &n));
  assert_ok(VecGetArrayRead(lp, &p));
  assert_ok(VecGetArrayRead(u, &x));
  assert_ok(VecGetArrayRead(V, &v));
  for (PetscInt i = 0; i < n; i++) {
    long double       largest, f = TermsVariation(terms, v[i], x[i], &largest, NULL);
    const long double scale = fmaxl(step.lambda * largest, fmaxl(fabsl((long double)step.theta * x[i]), fabsl((long double)p[i])));
    const long double r     = fabsl((long double)step.theta * x[i] - p[i] + step.lambda * f) / scale;

    worst = isfinite(x[i]) && r <= worst ? worst : isfinite(x[i]) && r == r ? (PetscReal)r : INFINITY;
  }
  assert_ok(VecRestoreArrayRead(V, &v));
  assert_ok(VecRestoreArrayRead(u, &x));
  assert_ok(VecRestoreArrayRead(lp, &p));
  (void)MPI_Allreduce(&worst, &all, 1, MPI_DOUBLE, MPI_MAX, PETSC_COMM_WORLD);
  return all;
}

/* Largest relative error of du against 1 / (theta + lambda dF'/du). */
static PetscReal ErrorOfDerivative(const Terms *terms, Step step, Vec u, Vec du)
{
  const PetscScalar *x, *d;
  PetscInt           n;
  PetscReal          worst = 0, all;

  assert_ok(VecGetLocalSize(u, &n));
  assert_ok(VecGetArrayRead(u, &x));
  assert_ok(VecGetArrayRead(du, &d));
  for (PetscInt i = 0; i < n; i++) {
    long double slope;

    (void)TermsVariation(terms, 0, x[i], NULL, &slope);
    const PetscReal r = (PetscReal)fabsl(d[i] * (step.theta + step.lambda * slope) - 1);

    worst = r <= worst ? worst : r == r ? r : INFINITY;
  }
  assert_ok(VecRestoreArrayRead(du, &d));
  assert_ok(VecRestoreArrayRead(u, &x));
  (void)MPI_Allreduce(&worst, &all, 1, MPI_DOUBLE, MPI_MAX, PETSC_COMM_WORLD);
  return all;
}

static PetscReal LogUniform(uint64_t seed, uint64_t place, PetscReal low, PetscReal high)
{
  return low * PetscPowReal(high / low, (HarnessRandom(seed, place) + 1) / 2);
}

/* Case number k: every combination of terms comes up; m < 1 and m > 1, coefficients over 8 decades. */
static Terms RandomTerms(uint64_t k)
{
  Terms terms = {0};

  terms.D      = k & 1 ? LogUniform(1, k, 1e-4, 1e4) : 0;
  terms.V      = k & 2 ? LogUniform(2, k, 1e-4, 1e4) : 0;
  terms.powers = (PetscInt)((k >> 2) % (TERMS_POWERS + 1));
  for (PetscInt p = 0; p < terms.powers; p++) {
    const uint64_t place = 10 * k + (uint64_t)p;

    terms.m[p] = HarnessRandom(3, place) < 0 ? 0.3 + 0.69 * (HarnessRandom(4, place) + 1) / 2 : LogUniform(4, place, 1.01, 10);
    terms.g[p] = LogUniform(5, place, 1e-4, 1e4);
  }
  return terms;
}

static Step RandomStep(uint64_t k)
{
  return (Step){.theta = (k >> 4) & 1 ? 0.5 : 1, .lambda = LogUniform(6, k, 1e-8, 1e8)};
}

/* Residuals and errors of derivatives over many sums, from a guess of the given size. */
static void CheckManyTerms(uint64_t cases, PetscReal magnitude, PetscReal middle, PetscReal amplitude)
{
  Grid grid = PlaceGrid(PETSC_COMM_WORLD, CELLS);
  Vec  lp   = PlaceVector(grid, 7, 0, magnitude), V, u, du;

  assert_ok(VecDuplicate(lp, &du));
  for (uint64_t k = 0; k < cases; k++) {
    const Terms terms  = RandomTerms(k);
    const Step  step   = RandomStep(k);
    Energy      energy = TermsEnergy(grid, &terms);

    V = PlaceVector(grid, 99, 0, terms.V);
    u = PlaceVector(grid, 8 + k, middle, amplitude);
    assert_ok(EnergyProx(energy, step.theta, step.lambda, lp, u, du));
    assert_within(ResidualOfProx(&terms, step, lp, u, V), 1e-13);
    assert_within(ErrorOfDerivative(&terms, step, u, du), 1e-12);
    assert_ok(VecDestroy(&u));
    assert_ok(VecDestroy(&V));
    assert_ok(EnergyDestroy(&energy));
  }
  assert_ok(VecDestroy(&du));
  assert_ok(VecDestroy(&lp));
  assert_ok(GridDestroy(&grid));
}

static void solves_its_equation_from_zero(void **state)
{
  (void)state;
  CheckManyTerms(320, 700, 0, 0);
  CheckManyTerms(64, 1000, 0, 0);
}

static void solves_its_equation_near_one(void **state)
{
  (void)state;
  CheckManyTerms(160, 3, 0, 1);
}

static void solves_its_equation_whatever_the_guess(void **state)
{
  (void)state;
  CheckManyTerms(96, 700, 0, 1e3);
  CheckManyTerms(32, 700, 1e300, 1e299);
  CheckManyTerms(32, 700, -1e300, 1e299);
  CheckManyTerms(32, 700, NAN, 0);
}

/* Without lambda, or with coefficients of 0, the root is lp/theta, whatever the guess. */
static void is_the_identity_without_energy(void **state)
{
  const PetscReal lambda[2] = {0, 2}, g[2] = {1, 0};

  (void)state;
  for (int k = 0; k < 2; k++) {
    const Terms terms  = {.powers = 3, .m = {2, 0.5, 7}, .g = {g[k], g[k], g[k]}};
    Grid        grid   = PlaceGrid(PETSC_COMM_WORLD, CELLS);
    Energy      energy = TermsEnergy(grid, &terms);
    Vec         lp = PlaceVector(grid, 7, 0, 700), u = PlaceVector(grid, 8, 0, 1e3);

    assert_ok(EnergyProx(energy, 0.5, lambda[k], lp, u, NULL));
    assert_ok(VecScale(lp, 2));
    assert_within(HarnessDifference(lp, u), 1e-12);
    assert_ok(VecDestroy(&u));
    assert_ok(VecDestroy(&lp));
    assert_ok(EnergyDestroy(&energy));
    assert_ok(GridDestroy(&grid));
  }
}

/* A potential that stands for a wall must neither stop the iteration nor spoil the other cells. */
static void bears_potentials_like_walls(void **state)
{
  Grid        grid   = PlaceGrid(PETSC_COMM_WORLD, CELLS);
  const Terms terms  = {.D = 0.1, .powers = 1, .m = {2}, .g = {1}, .V = 1e12};
  Energy      energy = TermsEnergy(grid, &terms);
  Vec         lp = PlaceVector(grid, 7, 0, 10), V = PlaceVector(grid, 99, 0, terms.V), u = PlaceVector(grid, 8, 0, 1);

  (void)state;
  for (PetscInt decade = -8; decade <= 8; decade += 4) {
    const Step step = {.theta = 0.5, .lambda = PetscPowReal(10, decade)};

    for (PetscInt again = 0; again < 2; again++) {
      assert_ok(EnergyProx(energy, step.theta, step.lambda, lp, u, NULL));
      assert_within(ResidualOfProx(&terms, step, lp, u, V), 1e-13);
    }
  }
  assert_ok(VecDestroy(&u));
  assert_ok(VecDestroy(&V));
  assert_ok(VecDestroy(&lp));
  assert_ok(EnergyDestroy(&energy));
  assert_ok(GridDestroy(&grid));
}

static void gives_the_derivative_of_its_root(void **state)
{
  const PetscReal h      = 1e-4;
  Grid            grid   = PlaceGrid(PETSC_COMM_WORLD, CELLS);
  const Terms     terms  = {.D = 0.1, .powers = 2, .m = {2, 0.5}, .g = {1, 0.3}, .V = 2};
  Energy          energy = TermsEnergy(grid, &terms);
  Vec             lp = PlaceVector(grid, 7, 0, 4), below = PlaceVector(grid, 8, 0, 1), above, du;

  (void)state;
  assert_ok(VecDuplicate(lp, &above));
  assert_ok(VecDuplicate(lp, &du));
  assert_ok(VecCopy(below, above));
  assert_ok(EnergyProx(energy, 0.5, 3, lp, above, du));
  assert_ok(VecShift(lp, h));
  assert_ok(EnergyProx(energy, 0.5, 3, lp, above, NULL));
  assert_ok(VecShift(lp, -2 * h));
  assert_ok(EnergyProx(energy, 0.5, 3, lp, below, NULL));
  assert_ok(VecAXPY(above, -1, below));
  assert_ok(VecScale(above, 1 / (2 * h)));
  assert_within(HarnessDifference(above, du), 1e-8);
  assert_ok(VecDestroy(&du));
  assert_ok(VecDestroy(&above));
  assert_ok(VecDestroy(&below));
  assert_ok(VecDestroy(&lp));
  assert_ok(EnergyDestroy(&energy));
  assert_ok(GridDestroy(&grid));
}

/* The first cell of the grid is empty; the others are solved as if it were not there. */
static void keeps_vacuum_empty(void **state)
{
  Grid        grid   = PlaceGrid(PETSC_COMM_WORLD, CELLS);
  const Terms terms  = {.D = 0.1, .powers = 2, .m = {2, 0.5}, .g = {1, 1}, .V = 2};
  Energy      energy = TermsEnergy(grid, &terms);
  Vec         lp = PlaceVector(grid, 7, 0, 4), full = PlaceVector(grid, 8, 0, 1), some = PlaceVector(grid, 8, 0, 1),
      du = PlaceVector(grid, 0, 0, 0);
  PetscReal largest;
  PetscReal norm;

  (void)state;
  assert_ok(EnergyProx(energy, 1, 3, lp, full, NULL));
  assert_ok(VecSetValue(lp, 0, -(PetscReal)INFINITY, INSERT_VALUES));
  assert_ok(VecAssemblyBegin(lp));
  assert_ok(VecAssemblyEnd(lp));
  for (PetscInt again = 0; again < 2; again++) assert_ok(EnergyProx(energy, 1, 3, lp, some, du));
  assert_ok(VecSetValue(full, 0, -(PetscReal)INFINITY, INSERT_VALUES));
  assert_ok(VecAssemblyBegin(full));
  assert_ok(VecAssemblyEnd(full));
  assert_within(HarnessDifference(full, some), 1e-12);
  assert_ok(VecMax(du, NULL, &largest));
  assert_ok(VecNorm(du, NORM_INFINITY, &norm));
  assert_all(norm <= 1 && largest > 0);
  assert_ok(VecDestroy(&du));
  assert_ok(VecDestroy(&some));
  assert_ok(VecDestroy(&full));
  assert_ok(VecDestroy(&lp));
  assert_ok(EnergyDestroy(&energy));
  assert_ok(GridDestroy(&grid));
}

/* Roots from a poor guess and then from the last one, so that cells restart and stop at different times. */
static Vec SolveOn(MPI_Comm comm, Grid *grid)
{
  const Terms terms = {.D = 0.1, .powers = 2, .m = {2, 0.5}, .g = {1, 1}, .V = 3};
  Energy      energy;
  Vec         lp, u;

  *grid  = PlaceGrid(comm, CELLS);
  energy = TermsEnergy(*grid, &terms);
  lp     = PlaceVector(*grid, 7, 0, 40);
  u      = PlaceVector(*grid, 8, 0, 3);
  for (PetscInt again = 0; again < 3; again++) {
    assert_ok(EnergyProx(energy, 0.5, 3, lp, u, NULL));
    assert_ok(VecShift(lp, 0.01));
  }
  assert_ok(VecDestroy(&lp));
  assert_ok(EnergyDestroy(&energy));
  return u;
}

/* Every rank solves the whole grid on its own too: the cells it shares come out the same to the last bit. */
static void does_not_depend_on_the_ranks(void **state)
{
  Grid               grid, own_grid;
  Vec                u = SolveOn(PETSC_COMM_WORLD, &grid), own_u = SolveOn(PETSC_COMM_SELF, &own_grid);
  const PetscScalar *x, *y;
  PetscInt           start[3], width[3], differ = 0;

  (void)state;
  assert_ok(GridGetCorners(grid, start, width));
  assert_ok(VecGetArrayRead(u, &x));
  assert_ok(VecGetArrayRead(own_u, &y));
  for (PetscInt j = 0; j < width[1]; j++)
    for (PetscInt i = 0; i < width[0]; i++) differ += x[i + width[0] * j] != y[start[0] + i + CELLS * (start[1] + j)];
  assert_ok(VecRestoreArrayRead(own_u, &y));
  assert_ok(VecRestoreArrayRead(u, &x));
  assert_all(differ == 0);
  assert_ok(VecDestroy(&own_u));
  assert_ok(VecDestroy(&u));
  assert_ok(GridDestroy(&own_grid));
  assert_ok(GridDestroy(&grid));
}

JKO_TESTS(JKO_TEST(solves_its_equation_from_zero), JKO_TEST(solves_its_equation_near_one), JKO_TEST(solves_its_equation_whatever_the_guess),
          JKO_TEST(is_the_identity_without_energy), JKO_TEST(bears_potentials_like_walls), JKO_TEST(gives_the_derivative_of_its_root),
          JKO_TEST(keeps_vacuum_empty), JKO_TEST(does_not_depend_on_the_ranks))
