/* Divergences of Gaussians from Gaussians agree with closed forms and with a quadrature in long double; their first variation is the
   derivative of the value, their prox solves the equation of that variation, and cells without target or mass get what the definition
   says. */
#include "../support/flow.h"
#include "terms.h"

#define CELLS 97

static const char *const Types[] = {
    "kl", "reverse_kl", "chi2", "hellinger", "jensen_shannon", "power -energy_divergence_alpha 1.5", "power -energy_divergence_alpha -0.7"};
#define TYPES 7

/* N(0.3, 0.7) from N(0, 1), on a line where cell sums are exact to round-off. */
static const PetscReal Mean = 0.3, Variance = 0.7;

static PetscReal Normal(const PetscReal x[3], PetscReal t, const void *context)
{
  (void)t, (void)context;
  return -PetscSqr(x[0] - Mean) / (2 * Variance) - PetscLogReal(2 * PETSC_PI * Variance) / 2;
}

static Energy Divergence(Grid grid, const char type[], const char more[])
{
  char   options[1024];
  Energy energy;

  assert_ok(PetscSNPrintf(options, sizeof options, "-energy_terms divergence -energy_divergence_type %s %s", type, more));
  energy = FlowEnergyOf(grid, options);
  assert_ok(EnergySetUp(energy));
  return energy;
}

/* int p^a q^(1-a) of the two. */
static PetscReal Overlap(PetscReal a)
{
  const PetscReal precision = a / Variance + 1 - a, mean = a * Mean / Variance / precision;

  return PetscPowReal(Variance, -a / 2) / PetscSqrtReal(precision) *
         PetscExpReal(-(a * Mean * Mean / Variance - precision * mean * mean) / 2);
}

/* f of the type, in long double. */
static long double F(int type, long double t)
{
  const long double a = type == 5 ? 1.5L : -0.7L;

  switch (type) {
  case 0:
    return t > 0 ? t * logl(t) - t + 1 : 1;
  case 1:
    return t - 1 - logl(t);
  case 2:
    return (t - 1) * (t - 1);
  case 3:
    return (sqrtl(t) - 1) * (sqrtl(t) - 1);
  case 4:
    return (t * logl(2 * t / (1 + t)) + logl(2 / (1 + t))) / 2;
  default:
    return (powl(t, a) - a * t + a - 1) / (a * (a - 1));
  }
}

static void gaussians_agree_with_closed_forms(void **state)
{
  const PetscReal forms[TYPES] = {(Variance + Mean * Mean - 1 - PetscLogReal(Variance)) / 2,
                                  ((1 + Mean * Mean) / Variance - 1 + PetscLogReal(Variance)) / 2,
                                  Overlap(2) - 1,
                                  2 - 2 * Overlap(0.5),
                                  -1,
                                  (Overlap(1.5) - 1) / 0.75,
                                  (Overlap(-0.7) - 1) / (0.7 * 1.7)};
  const PetscInt  n            = 600;
  Grid            grid         = FlowGrid(PETSC_COMM_WORLD, 1, &n, -9, 9, GRID_NOFLUX);
  Vec             u            = FlowField(grid, Normal, 0, NULL);

  (void)state;
  for (int k = 0; k < TYPES; k++) {
    Energy      energy = Divergence(grid, Types[k], "-energy_divergence_target exp(-x^2/2) -energy_divergence_coefficient 2");
    PetscReal   value;
    long double sum = 0;

    for (int i = 0; i < n; i++) {
      const long double x = -9 + 0.03L * (i + 0.5L), pi = expl(-x * x / 2) / sqrtl(2 * acosl(-1));
      const long double t = expl(x * x / 2 - (x - Mean) * (x - Mean) / (2 * Variance)) / sqrtl(Variance);

      sum += 0.03L * pi * F(k, t);
    }
    assert_ok(EnergyGetValue(energy, u, &value));
    assert_within(value / 2 - (PetscReal)sum, 1e-12);
    if (forms[k] >= 0) assert_within(value / 2 - forms[k], 1e-12);
    assert_ok(EnergyDestroy(&energy));
  }
  assert_ok(VecDestroy(&u));
  assert_ok(GridDestroy(&grid));
}

/* Every cell of u moves by -h and by h: the difference of the values over that of rho is the mean of the first variation over the change.
 */
static void the_variation_is_the_derivative_of_the_value(void **state)
{
  const PetscReal h    = 1e-4;
  Grid            grid = PlaceGrid(PETSC_COMM_WORLD, CELLS);
  Vec             u = PlaceVector(grid, 1, 0, 2), way = PlaceVector(grid, 2, 0, h), f, rho;
  PetscReal       up, down, volume;
  PetscScalar     change;

  (void)state;
  assert_ok(GridGetCellVolume(grid, &volume));
  assert_ok(VecDuplicate(u, &f));
  assert_ok(VecDuplicate(u, &rho));
  for (int k = 0; k < TYPES; k++) {
    Energy energy = Divergence(grid, Types[k], "-energy_divergence_target 1.2+sin(9*x) -energy_divergence_coefficient 1+y");

    assert_ok(EnergyGetFirstVariation(energy, u, f));
    assert_ok(VecCopy(u, rho));
    assert_ok(VecExp(rho));
    assert_ok(VecPointwiseMult(rho, rho, way));
    assert_ok(VecDot(rho, f, &change));
    assert_ok(VecAXPY(u, 1, way));
    assert_ok(EnergyGetValue(energy, u, &up));
    assert_ok(VecAXPY(u, -2, way));
    assert_ok(EnergyGetValue(energy, u, &down));
    assert_ok(VecAXPY(u, 1, way));
    assert_within((up - down) / (2 * change * volume) - 1, 1e-6);
    assert_ok(EnergyDestroy(&energy));
  }
  assert_ok(VecDestroy(&rho));
  assert_ok(VecDestroy(&f));
  assert_ok(VecDestroy(&way));
  assert_ok(VecDestroy(&u));
  assert_ok(GridDestroy(&grid));
}

/* Largest residual over the largest part, and error of du against a difference of roots. */
static void CheckProx(Energy energy, PetscReal theta, PetscReal lambda, Vec lp, PetscReal guess)
{
  Vec       u, du, f, up;
  PetscReal size, residual;

  assert_ok(VecDuplicate(lp, &u));
  assert_ok(VecDuplicate(lp, &du));
  assert_ok(VecDuplicate(lp, &f));
  assert_ok(VecDuplicate(lp, &up));
  assert_ok(VecSet(u, guess));
  assert_ok(EnergyProx(energy, theta, lambda, lp, u, du));
  assert_ok(EnergyGetFirstVariation(energy, u, f));
  assert_ok(VecNorm(f, NORM_INFINITY, &size));
  assert_ok(VecAXPBYPCZ(f, theta, -1, lambda, u, lp));
  assert_ok(VecNorm(f, NORM_INFINITY, &residual));
  assert_within(residual / PetscMax(700, lambda * PetscMax(size, 20)), 1e-12); /* |log pi| <= 20, of which u has the round-off */
  assert_ok(VecShift(lp, 1e-5));
  assert_ok(VecCopy(u, up));
  assert_ok(EnergyProx(energy, theta, lambda, lp, up, NULL));
  assert_ok(VecShift(lp, -1e-5));
  assert_ok(VecAXPBY(up, -1e5, 1e5, u));
  assert_ok(VecAXPY(up, -1, du));
  assert_ok(VecNorm(up, NORM_INFINITY, &residual));
  assert_within(residual * theta, 1e-4);
  assert_ok(VecDestroy(&up));
  assert_ok(VecDestroy(&f));
  assert_ok(VecDestroy(&du));
  assert_ok(VecDestroy(&u));
}

static void the_prox_solves_its_equation(void **state)
{
  const char *const more[] = {"", "-energy_terms entropy,power,divergence -energy_power_exponent 1.5",
                              "-energy_terms divergence,power,b:divergence -energy_b_type jensen_shannon -energy_b_target 1+x"};
  Grid              grid   = PlaceGrid(PETSC_COMM_WORLD, CELLS);
  Vec               lp     = PlaceVector(grid, 7, 0, 300);

  (void)state;
  for (int k = 0; k < TYPES; k++)
    for (int m = 0; m < 3; m++) {
      char   options[512];
      Energy energy;

      assert_ok(PetscSNPrintf(options, sizeof options, "%s -energy_divergence_target exp(20*sin(9*x))", more[m]));
      energy = Divergence(grid, Types[k], options);
      for (PetscReal lambda = 1e-6; lambda < 1e7; lambda *= 1e3) {
        CheckProx(energy, 0.5, lambda, lp, 0);
        CheckProx(energy, 1, lambda, lp, -600);
      }
      assert_ok(EnergyDestroy(&energy));
    }
  assert_ok(VecDestroy(&lp));
  assert_ok(GridDestroy(&grid));
}

/* Half the box without target: densities there and nowhere else. */
static void cells_without_target_follow_the_definition(void **state)
{
  const PetscReal price[TYPES] = {-1, 1, -1, 1, 0.34657359027997264, -1, 1 / 1.7}; /* f'(inf), or infinite */
  const PetscInt  n            = 60;
  Grid            grid         = FlowGrid(PETSC_COMM_WORLD, 1, &n, 0, 1, GRID_NOFLUX);
  Vec             u, f;
  PetscReal       value, least;

  (void)state;
  assert_ok(GridCreateVector(grid, &u));
  assert_ok(VecDuplicate(u, &f));
  for (int k = 0; k < TYPES; k++) {
    Energy energy = Divergence(grid, Types[k], "-energy_divergence_target x<0.5");

    assert_ok(VecSet(u, 0));
    if (price[k] < 0)
      assert_refused(EnergyAdmit(energy, u), "is infinite, as the initial density has mass in 30 cells without target");
    else {
      assert_ok(EnergyAdmit(energy, u));
      assert_ok(EnergyGetValue(energy, u, &value)); /* rho = 1 against 2: f(1/2) + f'(inf)/2 */
      assert_within(value - (PetscReal)F(k, 0.5L) - price[k] / 2, 1e-13);
      assert_ok(EnergyGetFirstVariation(energy, u, f));
      assert_ok(VecMax(f, NULL, &value));
      assert_within(value - price[k], 1e-13);
    }
    assert_ok(EnergyProx(energy, 0.5, 1, f, u, NULL));
    assert_ok(VecMin(u, NULL, &least));
    assert_all(price[k] < 0 ? least <= -690 : least > -10);
    assert_ok(EnergyDestroy(&energy));
  }
  assert_ok(VecDestroy(&f));
  assert_ok(VecDestroy(&u));
  assert_ok(GridDestroy(&grid));
}

static PetscReal Right(const PetscReal x[3], PetscReal t, const void *context)
{
  (void)t, (void)context;
  return x[0] - 0.7;
}

static PetscReal LogTarget(const PetscReal x[3], PetscReal t, const void *context)
{
  (void)t, (void)context;
  return PetscLogReal(1 + x[0]);
}

/* A target may be given in walls: it counts for nothing there, so that the divergence is 0 at the target outside of them. */
static void walls_have_no_target(void **state)
{
  const PetscInt n = 60;

  (void)state;
  for (int k = 0; k < TYPES; k++) {
    Grid      grid = FlowGrid(PETSC_COMM_WORLD, 1, &n, 0, 1, GRID_NOFLUX);
    Vec       u;
    Energy    energy;
    PetscReal value;

    FlowWalls(grid, Right, NULL);
    u      = FlowField(grid, LogTarget, 0, NULL);
    energy = Divergence(grid, Types[k], "-energy_divergence_target 1+x -energy_divergence_target_mass 0");
    assert_ok(GridFillWalls(grid, u, -(PetscReal)INFINITY));
    assert_ok(EnergyAdmit(energy, u));
    assert_ok(EnergyGetValue(energy, u, &value));
    assert_within(value, 1e-14);
    assert_ok(EnergyDestroy(&energy));
    assert_ok(VecDestroy(&u));
    assert_ok(GridDestroy(&grid));
  }
}

static void impossible_divergences_are_refused(void **state)
{
  const PetscInt n    = 60;
  Grid           grid = FlowGrid(PETSC_COMM_WORLD, 1, &n, 0, 1, GRID_NOFLUX);
  Energy         energy;
  Vec            u;

  (void)state;
  assert_ok(GridCreateVector(grid, &u));
  assert_ok(VecSet(u, -INFINITY));
  energy = Divergence(grid, "reverse_kl", "-energy_divergence_target 1");
  assert_refused(EnergyAdmit(energy, u), "reverse_kl is infinite, as the initial density is 0 in 60 cells with target");
  assert_ok(EnergyDestroy(&energy));
  energy = FlowEnergyOf(grid, "-energy_terms divergence");
  assert_refused(EnergySetUp(energy), "-energy_divergence_target is missing");
  assert_ok(EnergyDestroy(&energy));
  energy = FlowEnergyOf(grid, "-energy_terms divergence -energy_divergence_target x-0.5");
  assert_refused(EnergySetUp(energy), "-energy_divergence_target: the value at x=0.00833333 is -0.491667");
  assert_ok(EnergyDestroy(&energy));
  energy = FlowEnergyOf(grid, "-energy_terms divergence -energy_divergence_target 0*x");
  assert_refused(EnergySetUp(energy), "-energy_divergence_target: the mass is 0");
  assert_ok(EnergyDestroy(&energy));
  assert_ok(VecDestroy(&u));
  assert_ok(GridDestroy(&grid));
}

JKO_TESTS(JKO_TEST(gaussians_agree_with_closed_forms), JKO_TEST(the_variation_is_the_derivative_of_the_value),
          JKO_TEST(the_prox_solves_its_equation), JKO_TEST(cells_without_target_follow_the_definition), JKO_TEST(walls_have_no_target),
          JKO_TEST(impossible_divergences_are_refused))
