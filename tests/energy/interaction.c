/* W * rho against the sum over all pairs of cells, the energy as the integral of its variation, and kernels against closed forms. */
#include <math.h>
#include "../support/flow.h"

typedef PetscReal (*PairFunction)(const PetscReal x[3]);

/* Grids whose sizes are neither even nor kind to FFTs, with more ranks than rows in some. */
typedef struct {
  PetscInt     dim, n[3];
  GridBoundary boundary[3];
} Case;

static const Case Cases[] = {
    {1, {37, 1, 1}, {GRID_NOFLUX}},
    {1, {24, 1, 1}, {GRID_PERIODIC}},
    {1, {25, 1, 1}, {GRID_PERIODIC}},
    {2, {19, 22, 1}, {GRID_NOFLUX, GRID_NOFLUX}},
    {2, {16, 4, 1}, {GRID_PERIODIC, GRID_NOFLUX}},
    {2, {12, 10, 1}, {GRID_PERIODIC, GRID_PERIODIC}},
    {3, {9, 8, 7}, {GRID_NOFLUX, GRID_NOFLUX, GRID_NOFLUX}},
    {3, {8, 6, 10}, {GRID_NOFLUX, GRID_PERIODIC, GRID_NOFLUX}},
};

static Grid CaseGrid(const Case *c)
{
  const PetscReal lower[3] = {-1, 0.5, 2}, upper[3] = {1.5, 2, 3};
  Grid            grid;

  assert_ok(GridCreate(PETSC_COMM_WORLD, &grid));
  assert_ok(GridSetSizes(grid, c->dim, c->n));
  assert_ok(GridSetBox(grid, lower, upper));
  assert_ok(GridSetBoundary(grid, c->boundary));
  assert_ok(GridSetUp(grid));
  return grid;
}

static PetscReal Bumps(const PetscReal x[3], PetscReal t, const void *unused)
{
  (void)t, (void)unused;
  return 1.5 + sin(7 * x[0] + 3 * x[1]) * cos(5 * x[2] - 2 * x[1]) + (x[0] > 0.3 && x[0] < 0.6 ? 20 : 0);
}

static Vec LogField(Grid grid, FlowFunction f)
{
  Vec u = FlowField(grid, f, 0, NULL);

  assert_ok(VecLog(u));
  return u;
}

static Energy InteractionEnergy(Grid grid, EnergyTerm *term)
{
  Energy energy;

  assert_ok(EnergyCreate(PETSC_COMM_WORLD, &energy));
  assert_ok(EnergySetGrid(energy, grid));
  assert_ok(EnergyAddTerm(energy, ENERGYINTERACTION, NULL, term));
  return energy;
}

/* x - y along an axis; half a period stands for both signs: the second. */
static void Displacement(Grid grid, const Case *c, PetscInt axis, PetscInt i, PetscInt j, PetscReal d[2])
{
  PetscReal h[3];
  PetscInt  steps = i - j;

  GridGetSpacing(grid, h);
  if (c->boundary[axis] == GRID_PERIODIC && axis < c->dim) {
    while (2 * steps > c->n[axis]) steps -= c->n[axis];
    while (2 * steps < -c->n[axis]) steps += c->n[axis];
  }
  d[0] = d[1] = h[axis] * (PetscReal)steps;
  if (c->boundary[axis] == GRID_PERIODIC && axis < c->dim && 2 * PetscAbsInt(steps) == c->n[axis]) d[1] = -d[0];
}

/* volume sum_y W(x - y) rho_y at cell i, in long double. */
static PetscReal PairSum(Grid grid, const Case *c, PairFunction W, const PetscInt i[3])
{
  PetscReal   volume, x[3], d[3][2];
  long double sum = 0;

  GridGetCellVolume(grid, &volume);
  for (PetscInt k = 0; k < c->n[2]; k++)
    for (PetscInt j = 0; j < c->n[1]; j++)
      for (PetscInt l = 0; l < c->n[0]; l++) {
        const PetscInt at[3] = {l, j, k};
        long double    w     = 0;

        for (PetscInt a = 0; a < 3; a++) {
          GridGetCentre(grid, a, at[a], &x[a]);
          Displacement(grid, c, a, i[a], at[a], d[a]);
        }
        for (int s = 0; s < 8; s++) w += W((const PetscReal[3]){d[0][s & 1], d[1][s >> 1 & 1], d[2][s >> 2]}) / 8;
        sum += w * Bumps(x, 0, NULL);
      }
  return (PetscReal)(sum * volume);
}

/* Largest difference of the variation from the pair sums, over the largest of these. */
static PetscReal PairError(Grid grid, const Case *c, PairFunction W, Energy energy)
{
  Vec                u = LogField(grid, Bumps), f;
  const PetscScalar *v;
  PetscInt           start[3], width[3];
  PetscReal          worst[2] = {0, 0}, all[2];

  assert_ok(VecDuplicate(u, &f));
  assert_ok(EnergyGetFirstVariation(energy, u, f));
  assert_ok(GridGetCorners(grid, start, width));
  assert_ok(VecGetArrayRead(f, &v));
  for (PetscInt k = 0, at = 0; k < width[2]; k++)
    for (PetscInt j = 0; j < width[1]; j++)
      for (PetscInt i = 0; i < width[0]; i++, at++) {
        const PetscReal exact = PairSum(grid, c, W, (const PetscInt[3]){start[0] + i, start[1] + j, start[2] + k});

        worst[0] = PetscMax(worst[0], PetscAbsReal(v[at] - exact));
        worst[1] = PetscMax(worst[1], PetscAbsReal(exact));
      }
  assert_ok(VecRestoreArrayRead(f, &v));
  (void)MPI_Allreduce(worst, all, 2, MPIU_REAL, MPI_MAX, PETSC_COMM_WORLD);
  assert_ok(VecDestroy(&u));
  assert_ok(VecDestroy(&f));
  return all[0] / all[1];
}

static PetscReal Even(const PetscReal x[3])
{
  return exp(-3 * (x[0] * x[0] + x[0] * x[1])) - 0.3 * cos(4 * x[1] + x[2]) + x[2] * x[2];
}

/* In each dimension what is left of Even(). */
static const char *const EvenText[4] = {NULL, "exp(-3*x^2)-0.3", "exp(-3*(x^2+x*y))-0.3*cos(4*y)", "exp(-3*(x^2+x*y))-0.3*cos(4*y+z)+z^2"};

static void convolution_equals_the_sum_over_pairs(void **state)
{
  (void)state;
  for (size_t i = 0; i < sizeof Cases / sizeof *Cases; i++) {
    EnergyTerm term;
    Grid       grid   = CaseGrid(&Cases[i]);
    Energy     energy = InteractionEnergy(grid, &term);
    PetscInt   dim;

    assert_ok(GridGetDimension(grid, &dim));
    assert_ok(EnergyInteractionSetExpression(term, EvenText[dim]));
    assert_ok(EnergySetUp(energy));
    assert_within(PairError(grid, &Cases[i], Even, energy), 1e-14);
    assert_ok(EnergyDestroy(&energy));
    assert_ok(GridDestroy(&grid));
  }
}

static void an_odd_part_is_refused(void **state)
{
  (void)state;
  for (size_t i = 0; i < sizeof Cases / sizeof *Cases; i++) {
    EnergyTerm term;
    Grid       grid   = CaseGrid(&Cases[i]);
    Energy     energy = InteractionEnergy(grid, &term);

    assert_ok(EnergyInteractionSetExpression(term, "r^2+1e-3*sin(x)"));
    assert_refused(EnergySetUp(energy), "W(x) and W(-x) differ by up to 0.00");
    assert_ok(EnergyDestroy(&energy));
    assert_ok(GridDestroy(&grid));
  }
}

static PetscReal Quadratic(const PetscReal x[3])
{
  return -0.7 * (x[0] * x[0] + x[1] * x[1] + x[2] * x[2]) / 2;
}

static void quadratic_kernels_need_moments_only(void **state)
{
  (void)state;
  for (size_t i = 0; i < sizeof Cases / sizeof *Cases; i++) {
    EnergyTerm term;
    Grid       grid   = CaseGrid(&Cases[i]);
    Energy     energy = InteractionEnergy(grid, &term);

    assert_ok(EnergyInteractionSetKernel(term, "quadratic"));
    assert_ok(EnergyInteractionSetCoefficient(term, -0.7));
    assert_ok(EnergySetUp(energy));
    assert_within(PairError(grid, &Cases[i], Quadratic, energy), 1e-13);
    assert_ok(EnergyDestroy(&energy));
    assert_ok(GridDestroy(&grid));
  }
}

/* (F(rho + s v) - F(rho - s v)) / 2 s = int F' v exactly, for a quadratic form. */
static void variation_is_the_derivative_of_the_value(void **state)
{
  (void)state;
  for (size_t i = 0; i < sizeof Cases / sizeof *Cases; i++) {
    EnergyTerm term;
    Grid       grid   = CaseGrid(&Cases[i]);
    Energy     energy = InteractionEnergy(grid, &term);
    Vec        rho = FlowField(grid, Bumps, 0, NULL), v = FlowField(grid, Bumps, 0, NULL), f, u;
    PetscReal  value[2], slope;

    assert_ok(EnergyInteractionSetKernel(term, "morse"));
    assert_ok(EnergySetUp(energy));
    assert_ok(VecDuplicate(rho, &f));
    assert_ok(VecDuplicate(rho, &u));
    assert_ok(VecPointwiseMult(v, v, v));
    for (int side = 0; side < 2; side++) {
      assert_ok(VecWAXPY(u, side ? 0.01 : -0.01, v, rho));
      assert_ok(VecLog(u));
      assert_ok(EnergyGetValue(energy, u, &value[side]));
    }
    assert_ok(VecCopy(rho, u));
    assert_ok(VecLog(u));
    assert_ok(EnergyGetFirstVariation(energy, u, f));
    assert_ok(VecPointwiseMult(f, f, v));
    assert_ok(GridIntegrate(grid, f, &slope));
    assert_within((value[1] - value[0]) / 0.02 / slope - 1, 1e-11);
    for (Vec *w[] = {&rho, &v, &f, &u, NULL}, **p = w; *p; p++) assert_ok(VecDestroy(*p));
    assert_ok(EnergyDestroy(&energy));
    assert_ok(GridDestroy(&grid));
  }
}

/* The potential of a uniform ball (interval, disc) of radius R and mass 1: at its centre, and outside as if all mass were there. */
static PetscReal Ball(const PetscReal x[3], PetscReal t, const void *radius)
{
  const PetscReal R = *(const PetscReal *)radius;

  (void)t;
  return x[0] * x[0] + x[1] * x[1] + x[2] * x[2] < R * R ? 1 : 1e-300;
}

static PetscReal CentreError(PetscInt dim, PetscInt n, const char kernel[], PetscReal b, PetscReal exact)
{
  const PetscInt  sizes[3] = {n, n, n};
  const PetscReal R        = 0.6;
  Grid            grid     = FlowGrid(PETSC_COMM_WORLD, dim, sizes, -1, 1, GRID_NOFLUX);
  EnergyTerm      term;
  Energy          energy = InteractionEnergy(grid, &term);
  Vec             u      = FlowField(grid, Ball, 0, &R), f;
  PetscReal       mass, value;
  PetscInt        centre[3], start[3], width[3];

  assert_ok(GridIntegrate(grid, u, &mass));
  assert_ok(VecScale(u, 1 / mass));
  assert_ok(VecLog(u));
  assert_ok(VecDuplicate(u, &f));
  assert_ok(EnergyInteractionSetKernel(term, kernel));
  if (!strcmp(kernel, "power")) assert_ok(EnergyInteractionSetExponents(term, 2, b));
  assert_ok(EnergySetUp(energy));
  assert_ok(EnergyGetFirstVariation(energy, u, f));
  assert_ok(GridGetCorners(grid, start, width));
  value = -PETSC_MAX_REAL;
  {
    const PetscScalar *v;
    PetscBool          mine = PETSC_TRUE;

    for (PetscInt a = 0; a < 3; a++) {
      centre[a] = a < dim ? n / 2 : 0;
      if (centre[a] < start[a] || centre[a] >= start[a] + width[a]) mine = PETSC_FALSE;
    }
    assert_ok(VecGetArrayRead(f, &v));
    if (mine) value = v[centre[0] - start[0] + width[0] * (centre[1] - start[1] + width[1] * (centre[2] - start[2]))];
    assert_ok(VecRestoreArrayRead(f, &v));
  }
  (void)MPI_Allreduce(MPI_IN_PLACE, &value, 1, MPIU_REAL, MPI_MAX, PETSC_COMM_WORLD);
  assert_ok(VecDestroy(&u));
  assert_ok(VecDestroy(&f));
  assert_ok(EnergyDestroy(&energy));
  assert_ok(GridDestroy(&grid));
  return value - exact;
}

static void singular_kernels_are_averaged_over_the_cell(void **state)
{
  const PetscReal R = 0.6, log_mean[4] = {0, log(R) - 1, log(R) - 0.5, log(R) - 1.0 / 3};

  (void)state;
  /* int r^2/2 - r^b/b over the ball: the mean of r^b is d R^b/(d + b) */
  assert_within(CentreError(1, 501, "log", 0, log_mean[1]), 4e-3);
  assert_within(CentreError(2, 101, "log", 0, log_mean[2]), 2e-3);
  assert_within(CentreError(3, 41, "log", 0, log_mean[3]), 5e-3);
  assert_within(CentreError(2, 101, "newtonian", 0, log_mean[2] / (2 * PETSC_PI)), 2e-3);
  assert_within(CentreError(3, 41, "newtonian", 0, -1.5 / R / (4 * PETSC_PI)), 2e-3);
  assert_within(CentreError(1, 501, "newtonian", 0, R / 4), 1e-3);
  for (PetscInt dim = 1; dim <= 3; dim++) {
    const PetscReal d = (PetscReal)dim, b = 0.5 - d, exact = d / (d + 2) * R * R / 2 - d / 0.5 * pow(R, b) / b;
    const PetscInt  n[4] = {0, 1001, 201, 61};

    assert_within(CentreError(dim, n[dim], "power", b, exact) / exact, 8e-3);
  }
}

static void impossible_interactions_are_refused(void **state)
{
  const Case *c = &Cases[0];
  EnergyTerm  term;
  Grid        grid   = CaseGrid(c);
  Energy      energy = InteractionEnergy(grid, &term);

  (void)state;
  assert_refused(EnergySetUp(energy), "-energy_interaction is missing");
  assert_refused(EnergyInteractionSetKernel(term, "quartic"), "-energy_interaction_kernel: 'quartic' is not known; use quadratic, power,");
  assert_refused(EnergyInteractionSetTreatment(term, "semi"), "use implicit or explicit");
  assert_refused(EnergyInteractionSetExponents(term, 1, 2), "1,2 given; the first, of the attraction, is larger");
  assert_refused(EnergyInteractionSetLength(term, 0), "-energy_interaction_length: 0 given; it is positive");
  assert_ok(EnergyInteractionSetExpression(term, "-log(r)"));
  assert_refused(EnergySetUp(energy), "W is not finite at a displacement of length 0");
  assert_ok(EnergyInteractionSetExpression(term, "x+"));
  assert_refused(EnergySetUp(energy), "-energy_interaction: ");
  assert_ok(EnergyInteractionSetKernel(term, "power"));
  assert_ok(EnergyInteractionSetExponents(term, 2, -1));
  assert_refused(EnergySetUp(energy), "in 1-D both are above -1");
  assert_ok(EnergyInteractionSetExponents(term, 2, -0.5));
  assert_ok(EnergySetUp(energy));
  assert_ok(EnergyDestroy(&energy));
  assert_ok(GridDestroy(&grid));
}

JKO_TESTS(JKO_TEST(convolution_equals_the_sum_over_pairs), JKO_TEST(an_odd_part_is_refused), JKO_TEST(quadratic_kernels_need_moments_only),
          JKO_TEST(variation_is_the_derivative_of_the_value), JKO_TEST(singular_kernels_are_averaged_over_the_cell),
          JKO_TEST(impossible_interactions_are_refused))
