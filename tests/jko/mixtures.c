/* Mixtures: like species evolve as one, cross-diffusion is that of finite volumes with the order of the scheme, species without a coupling
   are on their own, and ranks make no difference. */
#include <math.h>
#include "../support/species.h"

static void Shares(const PetscReal x[3], PetscReal t, PetscReal rho[])
{
  const PetscReal s = exp(-30 * PetscSqr(x[0] - 0.4));

  (void)t;
  rho[0] = 0.7 * s;
  rho[1] = 0.2 * s;
  rho[2] = 0.1 * s;
}

static PetscReal Whole(const PetscReal x[3], PetscReal t, const void *unused)
{
  (void)t, (void)unused;
  return exp(-30 * PetscSqr(x[0] - 0.4));
}

/* Shares of one density feel the same forces and stay shares of it. */
static void a_mixture_of_likes_is_one_density(void **state)
{
  const PetscInt n     = 100;
  const char    *sum[] = {"-energy_terms power,potential -energy_power_exponent 3 -energy_potential 2*x^2",
                          "-energy_terms entropy,interaction -energy_entropy_coefficient 0.1 -energy_interaction r^2",
                          "-energy_terms congestion,potential -energy_congestion_max 1.2 -energy_potential 2*x^2"};

  (void)state;
  PetscCallVoid(PetscOptionsSetValue(NULL, "-sinkhorn_tol", "1e-10"));
  for (int i = 0; i < 3; i++) {
    Grid            grid = FlowGrid(PETSC_COMM_WORLD, 1, &n, 0, 1, GRID_NOFLUX);
    JKO             jko  = SpeciesStart(grid, SpeciesEnergy(grid, 3, sum[i]), Shares), one;
    Vec             rho, whole, part;
    PetscReal       mass, share;
    PetscInt        step;
    Grid            g;
    Energy          energy;
    const PetscReal shares[] = {0.7, 0.2, 0.1};

    grid = FlowGrid(PETSC_COMM_WORLD, 1, &n, 0, 1, GRID_NOFLUX);
    assert_ok(JKOGetGrid(jko, &g));
    whole = FlowField(g, Whole, 0, NULL);
    assert_ok(GridIntegrate(g, whole, &mass));
    assert_ok(JKOCreate(PETSC_COMM_WORLD, &one));
    assert_ok(JKOSetGrid(one, grid));
    energy = FlowEnergyOf(grid, sum[i]);
    assert_ok(JKOSetEnergy(one, energy));
    assert_ok(JKOSetFromOptions(one));
    assert_ok(JKOSetDensity(one, whole));
    assert_ok(JKOSetEpsilon(jko, 2e-3));
    assert_ok(JKOSetEpsilon(one, 2e-3));
    FlowRun(jko, 2e-3, 4);
    FlowRun(one, 2e-3, 4);
    assert_ok(JKOGetStepNumber(one, &step));
    assert_ok(JKOGetLogDensity(jko, &rho));
    assert_ok(VecDuplicate(rho, &rho));
    assert_ok(JKOGetDensity(jko, rho));
    assert_ok(JKOGetDensity(one, whole));
    for (PetscInt k = 0; k < 3; k++) {
      assert_ok(GridGetPart(g, rho, k, PETSC_TRUE, &part));
      assert_ok(VecAXPY(part, -shares[k], whole));
      assert_ok(VecNorm(part, NORM_1, &share));
      assert_ok(GridRestorePart(g, rho, PETSC_TRUE, &part));
      assert_within(share / (PetscReal)n, 1e-8 * mass);
    }
    assert_ok(VecDestroy(&rho));
    assert_ok(VecDestroy(&whole));
    assert_ok(EnergyDestroy(&energy));
    assert_ok(GridDestroy(&grid));
    assert_ok(JKODestroy(&one));
    assert_ok(JKODestroy(&jko));
  }
  PetscCallVoid(PetscOptionsClearValue(NULL, "-sinkhorn_tol"));
}

/* Two species that diffuse by themselves and by the entropy or the square of their sum, each in its own potential. */
#define CROSS_CELLS 100
#define CROSS_TIME  0.05
static const PetscReal CrossD[2] = {0.05, 0.1};

static void Cross(const PetscReal x[3], PetscReal t, PetscReal rho[])
{
  (void)t;
  rho[0] = 1 + 0.8 * cos(2 * PETSC_PI * x[0]);
  rho[1] = 1 + 0.8 * cos(PETSC_PI * x[0]);
}

/* By explicit finite volumes of second order in space, the steps of the order of h^2 in time: what is left of the error is that of h^2. */
static void CrossReference(PetscBool entropy, PetscReal rho[2][CROSS_CELLS])
{
  const PetscReal h     = 1. / CROSS_CELLS;
  const PetscInt  steps = (PetscInt)PetscCeilReal(CROSS_TIME * 12 / (h * h));

  for (PetscInt i = 0; i < CROSS_CELLS; i++) {
    const PetscReal x[3] = {((PetscReal)i + 0.5) * h};
    PetscReal       at[2];

    Cross(x, 0, at);
    for (int k = 0; k < 2; k++) rho[k][i] = at[k];
  }
  for (PetscInt step = 0; step < steps; step++)
    for (int k = 0; k < 2; k++) {
      static PetscReal f[2][CROSS_CELLS];
      PetscReal        in = 0;

      for (PetscInt i = 0; i < CROSS_CELLS && k == 0; i++)
        for (int j = 0; j < 2; j++) {
          const PetscReal s = rho[0][i] + rho[1][i], x = ((PetscReal)i + 0.5) * h;

          f[j][i] = CrossD[j] * log(rho[j][i]) + (entropy ? 0.5 * log(s) : s) + (j ? -0.3 : 0.3) * cos(PETSC_PI * x);
        }
      for (PetscInt i = 0; i < CROSS_CELLS; i++) {
        const PetscReal flux = i + 1 < CROSS_CELLS ? -(rho[k][i] + rho[k][i + 1]) / 2 * (f[k][i + 1] - f[k][i]) / h : 0;

        rho[k][i] -= CROSS_TIME / (PetscReal)steps / h * (flux - in);
        in = flux;
      }
    }
}

static PetscReal CrossError(PetscBool entropy, JKOType type, PetscInt steps, PetscReal rho[2][CROSS_CELLS])
{
  const PetscInt n    = CROSS_CELLS;
  Grid           grid = FlowGrid(PETSC_COMM_WORLD, 1, &n, 0, 1, GRID_NOFLUX);
  char           options[512];
  JKO            jko;
  Vec            all, part;
  PetscReal      sum = 0, total;
  SpeciesWatched w   = {.species = 2};

  assert_ok(
      PetscSNPrintf(options, sizeof options,
                    "-energy_terms %s -a_energy_terms entropy,potential -a_energy_entropy_coefficient %g -a_energy_potential "
                    "0.3*cos(pi*x) -b_energy_terms entropy,potential -b_energy_entropy_coefficient %g -b_energy_potential 0-0.3*cos(pi*x)",
                    entropy ? "entropy -energy_entropy_coefficient 0.5" : "power -energy_power_coefficient 0.5", CrossD[0], CrossD[1]));
  jko = SpeciesStart(grid, SpeciesEnergy(grid, 2, options), Cross);
  assert_ok(JKOSetType(jko, type));
  SpeciesRun(jko, CROSS_TIME / (PetscReal)steps, steps, &w);
  assert_all(w.rise <= 0);
  assert_ok(JKOGetGrid(jko, &grid));
  assert_ok(JKOGetLogDensity(jko, &all));
  for (PetscInt k = 0; k < 2; k++) {
    const PetscScalar *u;
    PetscInt           first, last;

    assert_ok(GridGetPart(grid, all, k, PETSC_FALSE, &part));
    assert_ok(VecGetOwnershipRange(part, &first, &last));
    assert_ok(VecGetArrayRead(part, &u));
    for (PetscInt i = first; i < last; i++) sum += PetscAbsReal(exp(u[i - first]) - rho[k][i]) / CROSS_CELLS;
    assert_ok(VecRestoreArrayRead(part, &u));
    assert_ok(GridRestorePart(grid, all, PETSC_FALSE, &part));
  }
  (void)MPI_Allreduce(&sum, &total, 1, MPIU_REAL, MPI_SUM, PETSC_COMM_WORLD);
  assert_ok(JKODestroy(&jko));
  return total;
}

static void cross_diffusion_is_that_of_finite_volumes(void **state)
{
  static PetscReal rho[2][CROSS_CELLS];

  (void)state;
  for (int entropy = 0; entropy < 2; entropy++) {
    PetscReal error[2][2];

    CrossReference((PetscBool)entropy, rho);
    for (int type = 0; type < 2; type++)
      for (int i = 0; i < 2; i++) error[type][i] = CrossError((PetscBool)entropy, type ? JKOEXTRAPOLATED : JKOEULER, i ? 16 : 4, rho);
    assert_within(error[0][1], error[0][0] / 2.9);
    assert_within(error[1][1], error[1][0] / 6);
    assert_within(error[1][1], entropy ? 2.5e-4 : 1.5e-3);
  }
}

/* Everything at once: what each has of its own, what couples the sum, an interaction between the two. */
static const char Everything[] =
    "-energy_terms power,congestion -energy_power_coefficient 0.1 -energy_congestion_max 3 -a_energy_terms potential,entropy "
    "-a_energy_potential x-0.3*r^2 -a_energy_entropy_coefficient 0.05 -b_energy_terms power,potential,w:interaction "
    "-b_energy_power_exponent "
    "3 "
    "-b_energy_potential 0-x -b_energy_w exp(-4*r^2) -b_energy_w_coefficient -0.3 -b_energy_w_with a";

static void Clouds(const PetscReal x[3], PetscReal t, PetscReal rho[])
{
  (void)t;
  rho[0] = 1.5 * exp(-20 * (PetscSqr(x[0] - 0.4) + PetscSqr(x[1] - 0.5) + PetscSqr(x[2])));
  rho[1] = x[0] > 0.3 && x[0] < 0.8 && x[1] < 0.6 ? 1.2 : 0;
}

/* Largest difference of the densities over the cells of this rank. */
static PetscReal Difference(JKO all, JKO alone)
{
  Grid      grid, serial;
  PetscInt  start[3], width[3], n[3];
  Vec       a, b;
  PetscReal worst = 0;

  JKOGetGrid(all, &grid);
  JKOGetGrid(alone, &serial);
  GridGetCorners(grid, start, width);
  GridGetSizes(grid, n);
  JKOGetLogDensity(all, &a);
  JKOGetLogDensity(alone, &b);
  for (PetscInt s = 0; s < 2; s++) {
    const PetscScalar *x, *y;
    Vec                mine, other;

    GridGetPart(grid, a, s, PETSC_FALSE, &mine);
    GridGetPart(serial, b, s, PETSC_FALSE, &other);
    VecGetArrayRead(mine, &x);
    VecGetArrayRead(other, &y);
    for (PetscInt k = 0; k < width[2]; k++)
      for (PetscInt j = 0; j < width[1]; j++)
        for (PetscInt i = 0; i < width[0]; i++) {
          const PetscReal d =
              fabs(exp(x[i + width[0] * (j + width[1] * k)]) - exp(y[start[0] + i + n[0] * (start[1] + j + n[1] * (start[2] + k))]));

          worst = d <= worst ? worst : d;
        }
    VecRestoreArrayRead(other, &y);
    VecRestoreArrayRead(mine, &x);
    GridRestorePart(serial, b, PETSC_FALSE, &other);
    GridRestorePart(grid, a, PETSC_FALSE, &mine);
  }
  return worst;
}

static void ranks_make_no_difference(void **state)
{
  const struct {
    PetscInt     dim, n[3];
    GridBoundary boundary;
    const char  *type, *adapt;
  } c[] = {{1, {97, 1, 1}, GRID_NOFLUX, JKOEULER, "none"},
           {2, {32, 24, 1}, GRID_NOFLUX, JKOEXTRAPOLATED, "none"},
           {2, {32, 32, 1}, GRID_PERIODIC, JKOEXTRAPOLATED, "basic"},
           {3, {12, 10, 8}, GRID_NOFLUX, JKOEULER, "none"}};

  (void)state;
  for (int i = 0; i < 4; i++) {
    JKO jko[2];

    for (int alone = 0; alone < 2; alone++) {
      Grid grid = FlowGrid(alone ? PETSC_COMM_SELF : PETSC_COMM_WORLD, c[i].dim, c[i].n, 0, 1, c[i].boundary);

      jko[alone] = SpeciesStart(grid, SpeciesEnergy(grid, 2, Everything), Clouds);
      assert_ok(JKOSetType(jko[alone], c[i].type));
      assert_ok(JKOSetAdapt(jko[alone], c[i].adapt));
      FlowRun(jko[alone], 0.01, 2);
    }
    assert_within(Difference(jko[0], jko[1]), 1e-11);
    for (int alone = 0; alone < 2; alone++) assert_ok(JKODestroy(&jko[alone]));
  }
}

/* Without a coupling each goes its own way: what one of them does is what it does alone, with the same eps. */
static void species_without_a_coupling_are_on_their_own(void **state)
{
  const PetscInt n[2]      = {32, 24};
  const char    *options[] = {"-energy_terms potential,entropy -energy_potential x -energy_entropy_coefficient 0.1",
                              "-energy_terms power,potential -energy_potential 0-x"};
  Grid           grid      = FlowGrid(PETSC_COMM_WORLD, 2, n, 0, 1, GRID_NOFLUX), own;
  JKO            both      = SpeciesStart(grid,
                                          SpeciesEnergy(grid, 2,
                                                        "-a_energy_terms potential,entropy -a_energy_potential x -a_energy_entropy_coefficient 0.1 "
                                                                        "-b_energy_terms power,potential -b_energy_potential 0-x"),
                                          Clouds);
  Vec            rho;

  (void)state;
  assert_ok(JKOSetEpsilon(both, 5e-3));
  FlowRun(both, 0.01, 3);
  assert_ok(JKOGetLogDensity(both, &rho));
  assert_ok(VecDuplicate(rho, &rho));
  assert_ok(JKOGetDensity(both, rho));
  assert_ok(JKOGetGrid(both, &own));
  for (PetscInt k = 0; k < 2; k++) {
    JKO       one;
    Vec       start, part;
    Energy    energy;
    PetscReal error;

    grid   = FlowGrid(PETSC_COMM_WORLD, 2, n, 0, 1, GRID_NOFLUX);
    energy = SpeciesEnergy(grid, 2, "");
    start  = SpeciesFill(energy, grid, Clouds, 0);
    assert_ok(EnergyDestroy(&energy));
    energy = FlowEnergyOf(grid, options[k]);
    assert_ok(JKOCreate(PETSC_COMM_WORLD, &one));
    assert_ok(JKOSetGrid(one, grid));
    assert_ok(JKOSetEnergy(one, energy));
    assert_ok(JKOSetFromOptions(one));
    assert_ok(JKOSetEpsilon(one, 5e-3));
    assert_ok(GridGetPart(grid, start, k, PETSC_FALSE, &part));
    assert_ok(JKOSetDensity(one, part));
    FlowRun(one, 0.01, 3);
    assert_ok(GridRestorePart(grid, start, PETSC_FALSE, &part));
    assert_ok(VecDestroy(&start));
    assert_ok(GridGetPart(own, rho, k, PETSC_TRUE, &part));
    assert_ok(JKOGetLogDensity(one, &start));
    assert_ok(VecDuplicate(start, &start));
    assert_ok(JKOGetDensity(one, start));
    assert_ok(VecAXPY(part, -1, start));
    assert_ok(VecNorm(part, NORM_1, &error));
    assert_within(error / (n[0] * n[1]), 2e-6);
    assert_ok(GridRestorePart(own, rho, PETSC_TRUE, &part));
    assert_ok(VecDestroy(&start));
    assert_ok(EnergyDestroy(&energy));
    assert_ok(GridDestroy(&grid));
    assert_ok(JKODestroy(&one));
  }
  assert_ok(VecDestroy(&rho));
  assert_ok(JKODestroy(&both));
}

JKO_TESTS(JKO_TEST(a_mixture_of_likes_is_one_density), JKO_TEST(cross_diffusion_is_that_of_finite_volumes),
          JKO_TEST(ranks_make_no_difference), JKO_TEST(species_without_a_coupling_are_on_their_own))
