/* Value, first variation, diffusivity and Gibbs state agree with closed forms and with each other. */
#include "terms.h"

#define MEAN     0.3
#define VARIANCE 0.7

/* The line [-9, 9]: a Gaussian and its powers are smooth and vanish at the ends, so that cell sums are exact to round-off. */
static Grid LineGrid(void)
{
  const PetscInt  n     = 600;
  const PetscReal lower = -9, upper = 9;
  Grid            grid;

  assert_ok(GridCreate(PETSC_COMM_WORLD, &grid));
  assert_ok(GridSetSizes(grid, 1, &n));
  assert_ok(GridSetBox(grid, &lower, &upper));
  assert_ok(GridSetUp(grid));
  return grid;
}

/* Logarithm of the normal density of MEAN and VARIANCE, or with `potential` x^2/2. */
static Vec LineVector(Grid grid, PetscBool potential)
{
  Vec          v;
  PetscScalar *y;
  PetscInt     start[3], width[3];
  PetscReal    x;

  assert_ok(GridCreateVector(grid, &v));
  assert_ok(GridGetCorners(grid, start, width));
  assert_ok(VecGetArrayWrite(v, &y));
  for (PetscInt i = 0; i < width[0]; i++) {
    assert_int_equal(GridGetCentre(grid, 0, start[0] + i, &x), 0);
    y[i] = potential ? x * x / 2 : -(x - MEAN) * (x - MEAN) / (2 * VARIANCE) - log(2 * M_PI * VARIANCE) / 2;
  }
  assert_ok(VecRestoreArrayWrite(v, &y));
  return v;
}

/* The energy of one term of the type on the grid, as it is by default; its potential is x^2/2. */
static Energy LineEnergy(Grid grid, const char type[], EnergyTerm *term)
{
  Energy energy;
  Vec    V;

  assert_ok(EnergyCreate(PETSC_COMM_WORLD, &energy));
  assert_ok(EnergySetGrid(energy, grid));
  assert_ok(EnergyAddTerm(energy, type, NULL, term));
  if (!strcmp(type, ENERGYPOTENTIAL)) {
    V = LineVector(grid, PETSC_TRUE);
    assert_ok(EnergyPotentialSetField(*term, V));
    assert_ok(VecDestroy(&V));
  }
  return energy;
}

/* int rho^m of the Gaussian. */
static PetscReal GaussianPower(PetscReal m)
{
  return pow(2 * M_PI * VARIANCE, (1 - m) / 2) / sqrt(m);
}

static void entropy_of_a_gaussian_is_exact(void **state)
{
  Grid       grid = LineGrid();
  EnergyTerm term;
  Energy     energy = LineEnergy(grid, ENERGYENTROPY, &term);
  Vec        u      = LineVector(grid, PETSC_FALSE);
  PetscReal  value;

  (void)state;
  assert_ok(EnergyEntropySetCoefficient(term, 0.2));
  assert_ok(EnergySetUp(energy));
  assert_ok(EnergyGetValue(energy, u, &value));
  assert_within(value + 0.1 * (1 + log(2 * M_PI * VARIANCE)), 1e-14);
  assert_ok(VecDestroy(&u));
  assert_ok(EnergyDestroy(&energy));
  assert_ok(GridDestroy(&grid));
}

static void powers_of_a_gaussian_are_exact(void **state)
{
  const PetscReal m[]  = {0.5, 0.9, 1.5, 2, 7};
  Grid            grid = LineGrid();
  EnergyTerm      term;
  Energy          energy = LineEnergy(grid, ENERGYPOWER, &term);
  Vec             u      = LineVector(grid, PETSC_FALSE);
  PetscReal       value, diffusivity;

  (void)state;
  assert_ok(EnergyPowerSetCoefficient(term, 3));
  for (size_t k = 0; k < sizeof m / sizeof *m; k++) {
    assert_ok(EnergyPowerSetExponent(term, m[k]));
    assert_ok(EnergySetUp(energy));
    assert_ok(EnergyGetValue(energy, u, &value));
    assert_ok(EnergyGetDiffusivity(energy, u, &diffusivity));
    assert_within(value / (3 / (m[k] - 1) * GaussianPower(m[k])) - 1, 1e-13);
    assert_within(diffusivity / (3 * m[k] * GaussianPower(m[k])) - 1, 1e-13);
  }
  assert_ok(VecDestroy(&u));
  assert_ok(EnergyDestroy(&energy));
  assert_ok(GridDestroy(&grid));
}

static void potential_energy_of_a_gaussian_is_exact(void **state)
{
  Grid       grid = LineGrid();
  EnergyTerm term;
  Energy     energy = LineEnergy(grid, ENERGYPOTENTIAL, &term);
  Vec        u      = LineVector(grid, PETSC_FALSE);
  PetscReal  value, diffusivity;

  (void)state;
  assert_ok(EnergySetUp(energy));
  assert_ok(EnergyGetValue(energy, u, &value));
  assert_ok(EnergyGetDiffusivity(energy, u, &diffusivity));
  assert_within(value - (VARIANCE + MEAN * MEAN) / 2, 1e-13);
  assert_within(diffusivity, 0);
  assert_ok(VecDestroy(&u));
  assert_ok(EnergyDestroy(&energy));
  assert_ok(GridDestroy(&grid));
}

/* Everything that a mixture of all terms on random data has. */
typedef struct {
  Terms  terms;
  Grid   grid;
  Energy energy;
  Vec    u;
} Mixture;

static Mixture MakeMixture(MPI_Comm comm)
{
  Mixture a = {.terms = {.D = 0.3, .powers = 2, .m = {2.5, 0.6}, .g = {0.7, 0.2}, .V = 2}};

  a.grid   = PlaceGrid(comm, 61);
  a.energy = TermsEnergy(a.grid, &a.terms);
  a.u      = PlaceVector(a.grid, 3, -1, 2);
  return a;
}

static void DropMixture(Mixture *a)
{
  assert_ok(VecDestroy(&a->u));
  assert_ok(EnergyDestroy(&a->energy));
  assert_ok(GridDestroy(&a->grid));
}

static void first_variation_is_the_derivative_of_the_value(void **state)
{
  const PetscReal h = 1e-4;
  Mixture         a = MakeMixture(PETSC_COMM_WORLD);
  Vec             variation, rho, shifted, direction = PlaceVector(a.grid, 4, 0, 1);
  PetscReal       value[2], along, volume;

  (void)state;
  assert_ok(VecDuplicate(a.u, &variation));
  assert_ok(VecDuplicate(a.u, &shifted));
  assert_ok(VecDuplicate(a.u, &rho));
  assert_ok(VecCopy(a.u, rho));
  assert_ok(VecExp(rho));
  assert_ok(VecPointwiseMult(direction, direction, rho));
  for (int side = 0; side < 2; side++) {
    assert_ok(VecWAXPY(shifted, side ? h : -h, direction, rho));
    assert_ok(VecLog(shifted));
    assert_ok(EnergyGetValue(a.energy, shifted, &value[side]));
  }
  assert_ok(EnergyGetFirstVariation(a.energy, a.u, variation));
  assert_ok(VecDot(variation, direction, &along));
  assert_ok(GridGetCellVolume(a.grid, &volume));
  assert_within((value[1] - value[0]) / (2 * h) / (along * volume) - 1, 1e-7);
  assert_ok(VecDestroy(&rho));
  assert_ok(VecDestroy(&shifted));
  assert_ok(VecDestroy(&direction));
  assert_ok(VecDestroy(&variation));
  DropMixture(&a);
}

static void first_variation_follows_its_formula(void **state)
{
  Mixture            a = MakeMixture(PETSC_COMM_WORLD);
  Vec                f, V = PlaceVector(a.grid, 99, 0, a.terms.V);
  const PetscScalar *x, *y, *v;
  PetscInt           n;
  PetscReal          worst = 0;

  (void)state;
  assert_ok(VecDuplicate(a.u, &f));
  assert_ok(EnergyGetFirstVariation(a.energy, a.u, f));
  assert_ok(VecGetLocalSize(f, &n));
  assert_ok(VecGetArrayRead(a.u, &x));
  assert_ok(VecGetArrayRead(f, &y));
  assert_ok(VecGetArrayRead(V, &v));
  for (PetscInt i = 0; i < n; i++) worst = fmax(worst, (double)fabsl(TermsVariation(&a.terms, v[i], x[i], NULL, NULL) - y[i]));
  assert_ok(VecRestoreArrayRead(V, &v));
  assert_ok(VecRestoreArrayRead(f, &y));
  assert_ok(VecRestoreArrayRead(a.u, &x));
  assert_within(worst, 1e-13);
  assert_ok(VecDestroy(&V));
  assert_ok(VecDestroy(&f));
  DropMixture(&a);
}

/* An empty cell adds nothing, and an empty grid has no energy and no diffusivity. */
static void vacuum_has_no_energy(void **state)
{
  Mixture   a = MakeMixture(PETSC_COMM_WORLD);
  PetscReal value, diffusivity, filled[2], emptied[2];

  (void)state;
  for (int empty = 0; empty < 2; empty++) {
    assert_ok(VecSetValue(a.u, 5, empty ? -INFINITY : -700, INSERT_VALUES));
    assert_ok(VecAssemblyBegin(a.u));
    assert_ok(VecAssemblyEnd(a.u));
    assert_ok(EnergyGetValue(a.energy, a.u, empty ? &emptied[0] : &filled[0]));
    assert_ok(EnergyGetDiffusivity(a.energy, a.u, empty ? &emptied[1] : &filled[1]));
  }
  assert_within(filled[0] - emptied[0], 1e-15);
  assert_within(filled[1] - emptied[1], 1e-15);
  assert_ok(VecSet(a.u, -INFINITY));
  assert_ok(EnergyGetValue(a.energy, a.u, &value));
  assert_ok(EnergyGetDiffusivity(a.energy, a.u, &diffusivity));
  assert_within(value, 0);
  assert_within(diffusivity, 0);
  DropMixture(&a);
}

static PetscReal VariationOfVacuum(const Terms *terms)
{
  Grid      grid   = PlaceGrid(PETSC_COMM_WORLD, 5);
  Energy    energy = TermsEnergy(grid, terms);
  Vec       u = PlaceVector(grid, 0, -INFINITY, 0), f = PlaceVector(grid, 0, 7, 0);
  PetscReal low, high;

  assert_ok(VecSet(u, -INFINITY));
  assert_ok(EnergyGetFirstVariation(energy, u, f));
  assert_ok(VecMin(f, NULL, &low));
  assert_ok(VecMax(f, NULL, &high));
  assert_all(low == high);
  assert_ok(VecDestroy(&f));
  assert_ok(VecDestroy(&u));
  assert_ok(EnergyDestroy(&energy));
  assert_ok(GridDestroy(&grid));
  return low;
}

static void first_variation_has_its_limit_in_vacuum(void **state)
{
  (void)state;
  assert_all(VariationOfVacuum(&(Terms){.D = 0.1}) == -INFINITY);
  assert_all(VariationOfVacuum(&(Terms){.powers = 1, .m = {0.3}, .g = {1e-4}}) == -INFINITY);
  assert_all(VariationOfVacuum(&(Terms){.powers = 1, .m = {2}, .g = {1}}) == 0);
  assert_all(VariationOfVacuum(&(Terms){.V = 0}) == 0);
}

/* A mass of any scale: densities up to e^1000, far beyond what an exponential holds. */
static void diffusivity_is_a_mean_at_any_scale(void **state)
{
  const Terms terms  = {.D = 0.25, .V = 1};
  Grid        grid   = PlaceGrid(PETSC_COMM_WORLD, 61);
  Energy      energy = TermsEnergy(grid, &terms);
  PetscReal   diffusivity;

  (void)state;
  for (int k = -1; k <= 1; k++) {
    Vec u = PlaceVector(grid, 3, 1000 * k, 5);

    assert_ok(EnergyGetDiffusivity(energy, u, &diffusivity));
    assert_within(diffusivity - 0.25, 1e-15);
    assert_ok(VecDestroy(&u));
  }
  assert_ok(EnergyDestroy(&energy));
  assert_ok(GridDestroy(&grid));
}

static void gibbs_state_has_constant_first_variation_and_the_mass(void **state)
{
  const Terms terms  = {.D = 0.01, .V = 12}; /* e^{-V/D} over 1000 decades */
  Grid        grid   = PlaceGrid(PETSC_COMM_WORLD, 61);
  Energy      energy = TermsEnergy(grid, &terms);
  Vec         u = PlaceVector(grid, 0, 0, 0), f = PlaceVector(grid, 0, 0, 0);
  PetscReal   low, high, mass;
  PetscBool   exists;

  (void)state;
  assert_ok(EnergyGetGibbs(energy, 2.5, u, &exists));
  assert_all(exists);
  assert_ok(EnergyGetFirstVariation(energy, u, f));
  assert_ok(VecMin(f, NULL, &low));
  assert_ok(VecMax(f, NULL, &high));
  assert_within(high - low, 1e-13);
  assert_ok(VecExp(u));
  assert_ok(GridIntegrate(grid, u, &mass));
  assert_within(mass / 2.5 - 1, 1e-12);
  assert_ok(VecDestroy(&f));
  assert_ok(VecDestroy(&u));
  assert_ok(EnergyDestroy(&energy));
  assert_ok(GridDestroy(&grid));
}

static PetscBool GibbsExists(const Terms *terms)
{
  Grid      grid   = PlaceGrid(PETSC_COMM_WORLD, 5);
  Energy    energy = TermsEnergy(grid, terms);
  Vec       u      = PlaceVector(grid, 0, 0, 0);
  PetscBool exists;

  assert_ok(EnergyGetGibbs(energy, 1, u, &exists));
  assert_ok(VecDestroy(&u));
  assert_ok(EnergyDestroy(&energy));
  assert_ok(GridDestroy(&grid));
  return exists;
}

static void gibbs_state_needs_an_entropy_and_no_power(void **state)
{
  (void)state;
  assert_all(GibbsExists(&(Terms){.D = 1}));
  assert_all(!GibbsExists(&(Terms){.V = 1}));
  assert_all(!GibbsExists(&(Terms){.D = 1, .powers = 1, .m = {2}, .g = {1}}));
}

/* Every rank has the whole grid on its own too: the same numbers come out, to the last bit. */
static void values_do_not_depend_on_the_ranks(void **state)
{
  const MPI_Comm comm[2] = {PETSC_COMM_WORLD, PETSC_COMM_SELF};
  PetscReal      value[2], diffusivity[2];

  (void)state;
  for (int k = 0; k < 2; k++) {
    Mixture a = MakeMixture(comm[k]);

    assert_ok(EnergyGetValue(a.energy, a.u, &value[k]));
    assert_ok(EnergyGetDiffusivity(a.energy, a.u, &diffusivity[k]));
    DropMixture(&a);
  }
  assert_all(value[0] == value[1]);
  assert_all(diffusivity[0] == diffusivity[1]);
}

JKO_TESTS(JKO_TEST(entropy_of_a_gaussian_is_exact), JKO_TEST(powers_of_a_gaussian_are_exact),
          JKO_TEST(potential_energy_of_a_gaussian_is_exact), JKO_TEST(first_variation_is_the_derivative_of_the_value),
          JKO_TEST(first_variation_follows_its_formula), JKO_TEST(vacuum_has_no_energy), JKO_TEST(first_variation_has_its_limit_in_vacuum),
          JKO_TEST(diffusivity_is_a_mean_at_any_scale), JKO_TEST(gibbs_state_has_constant_first_variation_and_the_mass),
          JKO_TEST(gibbs_state_needs_an_entropy_and_no_power), JKO_TEST(values_do_not_depend_on_the_ranks))
