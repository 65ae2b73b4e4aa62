/* The reaction solves its equation to round-off for all sums and magnitudes, makes the mass that its law says in both orders, never
   overshoots a rest, leaves empty cells empty, tells where there is no solution, and does not depend on the ranks. */
#include "terms.h"

#define CELLS 97 /* times 3, so that no number of ranks gets whole chunks */

static const Terms sums[] = {
    {.D = 1},
    {.D = 0.05, .V = 3},
    {.powers = 1, .m = {2}, .g = {1.5}},
    {.powers = 1, .m = {0.5}, .g = {0.3}},
    {.powers = 1, .m = {2}, .g = {1}, .V = 4},
    {.D = 0.3, .powers = 3, .m = {1.5, 3, 0.7}, .g = {1, 0.2, 0.4}, .V = 1},
};
#define SUMS (sizeof sums / sizeof *sums)

/* Largest residual of (2/tau)(1 - e^{(w - u)/2}) + F'(e^u) over the largest part of the equation in its cell. */
static PetscReal Residual(const Terms *terms, PetscReal tau, Vec w, Vec u, Vec V)
{
  const PetscScalar *from, *to, *v;
  PetscInt           n;
  PetscReal          worst = 0, all;

  assert_ok(VecGetLocalSize(u, &n));
  assert_ok(VecGetArrayRead(w, &from));
  assert_ok(VecGetArrayRead(u, &to));
  assert_ok(VecGetArrayRead(V, &v));
  for (PetscInt i = 0; i < n; i++) {
    long double       largest, f = TermsVariation(terms, v[i], to[i], &largest, NULL);
    const long double root = 2 / (long double)tau * expl(((long double)from[i] - to[i]) / 2);
    /* u is known to its own round-off, which the exponentials magnify */
    const long double scale = fmaxl(fmaxl(largest, 2 / (long double)tau), root) * fmaxl(1, fabsl((long double)to[i]));
    const long double r     = fabsl(2 / (long double)tau - root + f) / scale;

    worst = r <= worst ? worst : r == r ? (PetscReal)r : INFINITY;
  }
  assert_ok(VecRestoreArrayRead(V, &v));
  assert_ok(VecRestoreArrayRead(u, &to));
  assert_ok(VecRestoreArrayRead(w, &from));
  (void)MPI_Allreduce(&worst, &all, 1, MPI_DOUBLE, MPI_MAX, PETSC_COMM_WORLD);
  return all;
}

static PetscReal Mass(Grid grid, Vec u)
{
  Vec       rho;
  PetscReal mass;

  assert_ok(VecDuplicate(u, &rho));
  assert_ok(VecCopy(u, rho));
  assert_ok(VecExp(rho));
  assert_ok(GridIntegrate(grid, rho, &mass));
  assert_ok(VecDestroy(&rho));
  return mass;
}

/* A step of one sum from random densities about e^middle, in both orders: the equation, and the law. */
static void CheckStep(const Terms *terms, PetscReal tau, PetscReal middle, PetscReal amplitude)
{
  Grid      grid   = PlaceGrid(PETSC_COMM_WORLD, CELLS);
  Energy    energy = TermsEnergy(grid, terms);
  Vec       w = PlaceVector(grid, 7, middle, amplitude), V = PlaceVector(grid, 99, 0, terms->V), u;
  PetscReal made, turnover;
  PetscInt  without;

  assert_ok(VecDuplicate(w, &u));
  for (PetscInt order = 1; order <= 2; order++) {
    assert_ok(VecCopy(w, u));
    assert_ok(EnergyReact(energy, tau, order, u, &made, &turnover, &without));
    assert_all(without == 0);
    if (order == 1) assert_within(Residual(terms, tau, w, u, V), 1e-14);
    assert_within((Mass(grid, u) - Mass(grid, w) - made) / (Mass(grid, w) + turnover), 1e-13);
  }
  for (Vec *v[] = {&w, &V, &u, NULL}, **p = v; *p; p++) assert_ok(VecDestroy(*p));
  assert_ok(EnergyDestroy(&energy));
  assert_ok(GridDestroy(&grid));
}

static void its_equation_and_its_law_hold_to_round_off_for_all_sums_and_magnitudes(void **state)
{
  const PetscReal tau[] = {1e-5, 1e-2, 0.3};

  (void)state;
  for (size_t s = 0; s < SUMS; s++)
    for (size_t t = 0; t < sizeof tau / sizeof *tau; t++) {
      CheckStep(&sums[s], tau[t], 0, 2);
      CheckStep(&sums[s], tau[t], -20, 15);
    }
}

/* A long step on an entropy, whose rest is rho = 1/e. */
static void a_long_step_comes_to_rest_without_overshooting(void **state)
{
  const Terms entropy = {.D = 1};
  Grid        grid    = PlaceGrid(PETSC_COMM_WORLD, CELLS);
  Energy      energy  = TermsEnergy(grid, &entropy);
  Vec         w       = PlaceVector(grid, 7, 0, 6), u;
  PetscReal   made, turnover;
  PetscInt    without, n;

  (void)state;
  assert_ok(VecDuplicate(w, &u));
  assert_ok(VecGetLocalSize(w, &n));
  for (PetscInt order = 1; order <= 2; order++) {
    const PetscScalar *from, *to;
    PetscBool          between = PETSC_TRUE;

    assert_ok(VecCopy(w, u));
    assert_ok(EnergyReact(energy, 100, order, u, &made, &turnover, &without));
    assert_ok(VecGetArrayRead(w, &from));
    assert_ok(VecGetArrayRead(u, &to));
    for (PetscInt i = 0; i < n; i++)
      if (PetscAbsReal(from[i] + 1) > 1 &&
          (!((to[i] + 1) * (from[i] + 1) >= -1e-12) || PetscAbsReal(to[i] + 1) > PetscAbsReal(from[i] + 1)))
        between = PETSC_FALSE;
    assert_ok(VecRestoreArrayRead(u, &to));
    assert_ok(VecRestoreArrayRead(w, &from));
    assert_all(between);
  }
  assert_ok(VecDestroy(&w));
  assert_ok(VecDestroy(&u));
  assert_ok(EnergyDestroy(&energy));
  assert_ok(GridDestroy(&grid));
}

/* V = -2 with -V tau = 2 and more has no solution; empty cells need none. */
static void growth_without_bound_is_told_and_empty_cells_stay_empty(void **state)
{
  Grid       grid = PlaceGrid(PETSC_COMM_WORLD, CELLS);
  Vec        V    = PlaceVector(grid, 1, -2, 0), u;
  Energy     energy;
  EnergyTerm term;
  PetscReal  made, turnover, least;
  PetscInt   without, first, last;

  (void)state;
  assert_ok(EnergyCreate(PETSC_COMM_WORLD, &energy));
  assert_ok(EnergySetGrid(energy, grid));
  assert_ok(EnergyAddTerm(energy, ENERGYPOTENTIAL, NULL, &term));
  assert_ok(EnergyPotentialSetField(term, V));
  assert_ok(EnergySetUp(energy));
  assert_ok(VecDuplicate(V, &u));
  assert_ok(VecGetOwnershipRange(u, &first, &last));
  for (PetscInt i = first; i < last; i++) assert_int_equal(VecSetValue(u, i, i % 3 ? 0.5 : -INFINITY, INSERT_VALUES), 0);
  assert_ok(VecAssemblyBegin(u));
  assert_ok(VecAssemblyEnd(u));
  assert_ok(EnergyReact(energy, 0.99, 1, u, &made, &turnover, &without));
  assert_all(without == 0);
  assert_within(made / turnover - 1, 1e-14);
  assert_ok(VecMin(u, NULL, &least));
  assert_all(least < -PETSC_MAX_REAL);
  assert_ok(VecMax(u, NULL, &least));
  assert_within(least - 0.5 + 2 * log(0.01), 1e-12);
  assert_ok(EnergyReact(energy, 1, 1, u, &made, &turnover, &without));
  assert_all(without == CELLS * 3 - CELLS);
  assert_ok(VecDestroy(&V));
  assert_ok(VecDestroy(&u));
  assert_ok(EnergyDestroy(&energy));
  assert_ok(GridDestroy(&grid));
}

static PetscReal MadeOn(MPI_Comm comm)
{
  Grid      grid   = PlaceGrid(comm, CELLS);
  Energy    energy = TermsEnergy(grid, &sums[SUMS - 1]);
  Vec       u      = PlaceVector(grid, 5, -1, 3);
  PetscReal made, turnover;
  PetscInt  without;

  assert_ok(EnergyReact(energy, 0.4, 2, u, &made, &turnover, &without));
  assert_ok(VecDestroy(&u));
  assert_ok(EnergyDestroy(&energy));
  assert_ok(GridDestroy(&grid));
  return made;
}

static void ranks_agree_on_the_mass_that_is_made(void **state)
{
  (void)state;
  assert_within(MadeOn(PETSC_COMM_WORLD) - MadeOn(PETSC_COMM_SELF), 1e-16);
}

JKO_TESTS(JKO_TEST(its_equation_and_its_law_hold_to_round_off_for_all_sums_and_magnitudes),
          JKO_TEST(a_long_step_comes_to_rest_without_overshooting), JKO_TEST(growth_without_bound_is_told_and_empty_cells_stay_empty),
          JKO_TEST(ranks_agree_on_the_mass_that_is_made))
