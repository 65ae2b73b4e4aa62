/* Internal energies of the user's own: against the terms they repeat, against closed forms, through their prox, with kinks and poles, and
   what cannot be one. */
#include "../support/flow.h"
#include "terms.h"

#define CELLS 97

static Energy Energies(Grid grid, const char options[])
{
  Energy energy = FlowEnergyOf(grid, options);

  assert_ok(EnergySetUp(energy));
  return energy;
}

/* Value, variation, diffusivity and prox of both, relative to their size. */
static void CheckSame(Grid grid, Vec u, const char a[], const char b[], PetscReal constant, PetscReal tol)
{
  Energy    energy[2] = {Energies(grid, a), Energies(grid, b)};
  Vec       f[2], root[2];
  PetscReal value[2], diffusivity[2], mass, size;

  for (int k = 0; k < 2; k++) {
    assert_ok(VecDuplicate(u, &f[k]));
    assert_ok(VecDuplicate(u, &root[k]));
    assert_ok(EnergyGetValue(energy[k], u, &value[k]));
    assert_ok(EnergyGetDiffusivity(energy[k], u, &diffusivity[k]));
    assert_ok(EnergyGetFirstVariation(energy[k], u, f[k]));
  }
  assert_ok(VecCopy(u, root[0]));
  assert_ok(VecExp(root[0]));
  assert_ok(GridIntegrate(grid, root[0], &mass));
  assert_ok(VecNorm(f[1], NORM_INFINITY, &size));
  assert_within((value[0] - value[1] - constant * mass) / PetscAbsReal(value[1]), tol);
  assert_within(diffusivity[0] / diffusivity[1] - 1, tol);
  assert_ok(VecShift(f[0], -constant));
  assert_within(HarnessDifference(f[0], f[1]) / size, tol);
  assert_ok(VecShift(f[0], constant));
  for (PetscReal lambda = 1e-4; lambda < 1e4; lambda *= 1e3) {
    for (int k = 0; k < 2; k++) {
      assert_ok(VecCopy(f[1], f[k])); /* some lp */
      assert_ok(VecScale(f[k], 10 / size));
      if (!k) assert_ok(VecShift(f[0], lambda * constant));
      assert_ok(VecSet(root[k], k ? 0 : 100));
      assert_ok(EnergyProx(energy[k], 0.5, lambda, f[k], root[k], NULL));
      assert_ok(EnergyGetFirstVariation(energy[1], u, f[1]));
    }
    assert_within(HarnessDifference(root[0], root[1]), 20 * tol);
  }
  for (int k = 0; k < 2; k++) {
    assert_ok(VecDestroy(&f[k]));
    assert_ok(VecDestroy(&root[k]));
    assert_ok(EnergyDestroy(&energy[k]));
  }
}

static void repeats_entropy_and_powers(void **state)
{
  Grid grid = PlaceGrid(PETSC_COMM_WORLD, CELLS);
  Vec  u    = PlaceVector(grid, 1, 0, 3);

  (void)state;
  CheckSame(grid, u, "-energy_terms internal -energy_internal 2*rho", "-energy_terms power", 0, 1e-8);
  CheckSame(grid, u, "-energy_terms internal -energy_internal 0-2*rho^(-0.5) -energy_internal_coefficient 0.5",
            "-energy_terms power -energy_power_exponent 0.5", 0, 1e-8);
  CheckSame(grid, u, "-energy_terms internal -energy_internal log(rho)", "-energy_terms entropy", -1, 1e-8);
  CheckSame(grid, u, "-energy_terms internal -energy_internal log(rho)+1+1.5*rho^2 -energy_internal_coefficient 1+x",
            "-energy_terms entropy,power -energy_entropy_coefficient 1+x -energy_power_coefficient 1+x -energy_power_exponent 3", 0, 1e-7);
  CheckSame(grid, u, "-energy_terms internal -energy_internal (1+x^2)*(log(rho)+1)",
            "-energy_terms entropy -energy_entropy_coefficient 1+x^2", 0, 1e-8);
  CheckSame(grid, u, "-energy_terms a:internal,b:internal -energy_a (1+x*y)*(log(rho)+1) -energy_b 2*(2-r)*rho",
            "-energy_terms entropy,power -energy_entropy_coefficient 1+x*y -energy_power_coefficient 2-r", 0, 1e-8);
  assert_ok(VecDestroy(&u));
  assert_ok(GridDestroy(&grid));
}

/* U of one cell at a time against its closed form, relative to rho U'. */
static void CheckValue(const char options[], PetscReal (*U)(PetscReal), PetscReal lower, PetscReal upper, PetscReal tol)
{
  const PetscInt n      = 64;
  Grid           grid   = FlowGrid(PETSC_COMM_WORLD, 1, &n, 0, 1, GRID_NOFLUX);
  Energy         energy = Energies(grid, options);
  Vec            u, f;
  PetscReal      value, slope;

  assert_ok(GridCreateVector(grid, &u));
  assert_ok(VecDuplicate(u, &f));
  for (PetscReal x = lower; x <= upper; x += 0.0917) {
    assert_ok(VecSet(u, x));
    assert_ok(EnergyGetValue(energy, u, &value));
    assert_ok(EnergyGetFirstVariation(energy, u, f));
    assert_ok(VecMax(f, NULL, &slope));
    assert_within((value - U(PetscExpReal(x))) / (PetscExpReal(x) * (1 + PetscAbsReal(slope))), tol);
  }
  assert_ok(VecDestroy(&u));
  assert_ok(VecDestroy(&f));
  assert_ok(EnergyDestroy(&energy));
  assert_ok(GridDestroy(&grid));
}

static PetscReal Mixed(PetscReal r)
{
  return r * r / 2 + r * r * r / 6 + 0.3 * ((1 + r) * log1p(r) - r);
}

static PetscReal Kink(PetscReal r)
{
  return r > 1 ? PetscSqr(r - 1) / 2 : 0;
}

static PetscReal Pole(PetscReal r)
{
  return r + (1 - r) * log1p(-r);
}

/* By the table and, when they seem to depend on place, cell by cell. */
static void values_are_quadratures(void **state)
{
  (void)state;
  CheckValue("-energy_terms internal -energy_internal rho+rho^2/2+0.3*log(1+rho)", Mixed, -8, 8, 1e-8);
  CheckValue("-energy_terms internal -energy_internal max(rho-1,0)", Kink, -8, 8, 1e-3);
  CheckValue("-energy_terms internal -energy_internal 0-log(1-rho)", Pole, -8, -0.05, 1e-6);
  CheckValue("-energy_terms internal -energy_internal rho+rho^2/2+0.3*log(1+rho)+0*x", Mixed, -8, 8, 1e-8);
  CheckValue("-energy_terms internal -energy_internal max(rho-1,0)+0*x", Kink, -8, 8, 1e-3);
  CheckValue("-energy_terms internal -energy_internal 0-log(1-rho)+0*x", Pole, -8, -0.05, 1e-6);
}

/* The porous medium equation with U' = 2 rho, and crowds that a pole of U' keeps below a density of 3.3 or 3.3 + x. */
static PetscReal Block(const PetscReal x[3], PetscReal t, const void *context)
{
  (void)t, (void)context;
  return PetscExpReal(-20 * PetscSqr(x[0] - 0.5));
}

static void flows_follow_it(void **state)
{
  const char *const energy[] = {"-energy_terms internal -energy_internal 2*rho",
                                "-energy_terms power",
                                "-energy_terms internal,potential -energy_internal 0-log(1-rho/3.3) -energy_internal_coefficient 0.1 "
                                "-energy_potential 2*x",
                                "-energy_terms internal,potential -energy_internal rho<3.3+x?rho/(3.3+x-rho):1/0 "
                                "-energy_internal_coefficient 0.1 -energy_potential 2*x",
                                "-energy_terms internal,potential -energy_internal max(rho-2,0) -energy_potential 2*x",
                                "-energy_terms internal,potential -energy_internal max(rho-2,0)+0*x -energy_potential 2*x"};
  const PetscInt    n        = 200;
  Vec               rho[6];

  (void)state;
  for (int k = 0; k < 6; k++) {
    Grid               grid = FlowGrid(PETSC_COMM_WORLD, 1, &n, 0, 1, GRID_NOFLUX);
    JKO                jko  = FlowCreate(grid, FlowEnergyOf(grid, energy[k]), Block, 0, NULL);
    const JKOStepInfo *info;

    FlowRun(jko, k < 2 ? 1e-3 : 0.02, 10);
    assert_ok(JKOGetStepInfo(jko, &info));
    assert_within(info->mass - 1, 1e-13);
    assert_all(k != 2 || info->max < 3.3);
    assert_all(k != 3 || info->max < 4.3);
    assert_ok(JKOGetGrid(jko, &grid));
    assert_ok(GridCreateVector(grid, &rho[k]));
    assert_ok(JKOGetDensity(jko, rho[k]));
    assert_ok(JKODestroy(&jko));
  }
  assert_within(HarnessDifference(rho[0], rho[1]), 1e-5);
  assert_within(HarnessDifference(rho[4], rho[5]), 1e-5);
  for (int k = 0; k < 6; k++) assert_ok(VecDestroy(&rho[k]));
}

static void what_is_no_energy_is_refused(void **state)
{
  const struct {
    const char *options, *says;
  } c[]               = {{"", "-energy_internal is missing: give U'(rho)"},
                         {"-energy_internal sin(rho)", "-energy_internal: 'sin(rho)' falls from"},
                         {"-energy_internal t*rho",
                          "-energy_internal: 't' in 't*rho' means nothing: this does not depend on time; known names are rho, x, r and pi"},
                         {"-energy_internal (0.5-x)*rho", "-energy_internal: at x = 0.5625 '(0.5-x)*rho' falls from"},
                         {"-energy_internal (x<0.3)*sqrt(rho-1)", "at x = 0.0625 '(x<0.3)*sqrt(rho-1)' is not finite for small densities"},
                         {"-energy_internal 0-x/rho", "-energy_internal: at x = 0.0625 '0-x/rho' falls like rho^-1"},
                         {"-energy_internal -1/rho", "where U(0) is infinite"},
                         {"-energy_internal sqrt(rho-1)", "is not finite for small densities"}};
  const PetscInt n    = 8;
  Grid           grid = FlowGrid(PETSC_COMM_WORLD, 1, &n, 0, 1, GRID_NOFLUX);

  (void)state;
  for (size_t k = 0; k < sizeof c / sizeof *c; k++) {
    char   options[256];
    Energy energy;

    assert_ok(PetscSNPrintf(options, sizeof options, "-energy_terms internal %s", c[k].options));
    energy = FlowEnergyOf(grid, options);
    assert_refused(EnergySetUp(energy), c[k].says);
    assert_ok(EnergyDestroy(&energy));
  }
  assert_ok(GridDestroy(&grid));
}

JKO_TESTS(JKO_TEST(repeats_entropy_and_powers), JKO_TEST(values_are_quadratures), JKO_TEST(flows_follow_it),
          JKO_TEST(what_is_no_energy_is_refused))
