/* Crowds of several species that want past each other separate exactly as they must; each mass and the bound of the sum hold to round-off
   at every step, also behind walls. What there is for one density only is refused. */
#include <math.h>
#include "../support/species.h"

/* Two crowds of speeds -1 and 1 that fill the box together, 2 each of kappa = 4: with s = kappa everywhere it is rho_a that tells all,

     d/dt rho_a = d/dx(2 rho_a (kappa - rho_a)/kappa),

   and from the walls the pure phases grow at speed 1 (shocks of this conservation law) until they meet at t = 1/2. */
static void Counterflow(const PetscReal x[3], PetscReal t, PetscReal rho[])
{
  const PetscReal pure = PetscMin(t, 0.5);

  rho[0] = x[0] < pure ? 4 : x[0] > 1 - pure ? 0 : 2;
  rho[1] = 4 - rho[0];
}

static const char Opposite[] = "-energy_terms congestion -energy_congestion_max 4 -a_energy_terms potential -a_energy_potential x "
                               "-b_energy_terms potential -b_energy_potential 0-x";

static PetscReal CounterflowError(PetscInt n, PetscReal t, PetscInt steps)
{
  Grid           grid = FlowGrid(PETSC_COMM_WORLD, 1, &n, 0, 1, GRID_NOFLUX);
  JKO            jko  = SpeciesStart(grid, SpeciesEnergy(grid, 2, Opposite), Counterflow);
  SpeciesWatched w    = {.species = 2, .kappa = "4"};
  PetscReal      error;

  SpeciesRun(jko, t / (PetscReal)steps, steps, &w);
  error = SpeciesDistance(jko, Counterflow, t);
  assert_ok(JKODestroy(&jko));
  return error;
}

static void a_counterflow_is_that_of_its_conservation_law(void **state)
{
  const PetscReal coarse = CounterflowError(50, 0.3, 15), fine = CounterflowError(100, 0.3, 30);

  (void)state;
  assert_within(coarse, 2.6e-2);
  assert_within(fine, coarse / 1.8);
}

static void a_full_box_separates_into_halves(void **state)
{
  (void)state;
  assert_within(CounterflowError(60, 0.8, 20), 1e-3);
}

/* Overlapping blobs of masses 1 and 0.6 in the middle; in the end plateaus of 4 at the walls, as wide as 1/4 and 0.6/4. */
static void Blobs(const PetscReal x[3], PetscReal t, PetscReal rho[])
{
  const PetscReal inside = x[0] > 0.25 && x[0] < 0.75 ? 1 : 0;

  rho[0] = t > 0 ? (x[0] < 0.25 ? 4 : 0) : 2 * inside;
  rho[1] = t > 0 ? (x[0] > 0.85 ? 4 : 0) : 1.2 * inside;
}

/* Cubes as cells, 1 long. */
static Grid SlabGrid(PetscInt dim, const PetscInt n[])
{
  const PetscReal lower[3] = {0, 0, 0}, upper[3] = {1, (PetscReal)n[1] / (PetscReal)n[0], (PetscReal)n[2] / (PetscReal)n[0]};
  Grid            grid;

  assert_ok(GridCreate(PETSC_COMM_WORLD, &grid));
  assert_ok(GridSetSizes(grid, dim, n));
  assert_ok(GridSetBox(grid, lower, upper));
  assert_ok(GridSetUp(grid));
  return grid;
}

static void plateaus_are_as_wide_as_their_mass(void **state)
{
  const struct {
    PetscInt    dim, n[3];
    PetscReal   dt, most;
    const char *type;
  } c[] = {{1, {80, 1, 1}, 0.05, 5e-3, JKOEULER},
           {1, {40, 1, 1}, 0.1, 7e-3, JKOEXTRAPOLATED},
           {2, {20, 6, 1}, 0.1, 7e-3, JKOEULER},
           {3, {20, 4, 3}, 0.1, 7e-3, JKOEULER}};

  (void)state;
  for (int i = 0; i < 4; i++) {
    Grid           grid = SlabGrid(c[i].dim, c[i].n);
    JKO            jko  = SpeciesStart(grid, SpeciesEnergy(grid, 2, Opposite), Blobs);
    SpeciesWatched w    = {.species = 2, .kappa = "4"};

    assert_ok(JKOSetType(jko, c[i].type));
    SpeciesRun(jko, c[i].dt, (PetscInt)(1.6 / c[i].dt), &w);
    assert_within(SpeciesDistance(jko, Blobs, 1), c[i].most);
    assert_ok(JKODestroy(&jko));
  }
}

/* Crowds on both sides of a wall with a door that want to change sides. */
static PetscReal Wall(const PetscReal x[3], PetscReal t, const void *unused)
{
  (void)t, (void)unused;
  return PetscAbsReal(x[0] - 0.5) < 0.04 && PetscAbsReal(x[1] - 0.5) > 0.2 ? 1 : -1;
}

static void Sides(const PetscReal x[3], PetscReal t, PetscReal rho[])
{
  (void)t;
  rho[0] = x[0] > 0.6 && x[0] < 0.9 ? 1.5 : 0;
  rho[1] = x[0] > 0.1 && x[0] < 0.4 ? 1.5 : 0;
}

static void crowds_pass_each_other_through_a_door(void **state)
{
  const PetscInt n[2] = {32, 24};
  Grid           grid = FlowGrid(PETSC_COMM_WORLD, 2, n, 0, 1, GRID_NOFLUX);
  JKO            jko;
  SpeciesWatched w = {.species = 2, .kappa = "2"};
  PetscReal      lost;
  Vec            rho, part;

  (void)state;
  FlowWalls(grid, Wall, NULL);
  jko = SpeciesStart(
      grid,
      SpeciesEnergy(grid, 2,
                    "-energy_terms congestion -energy_congestion_max 2 -a_energy_terms potential,entropy "
                    "-a_energy_potential x -a_energy_entropy_coefficient 0.02 -b_energy_terms potential -b_energy_potential 0-x"),
      Sides);
  SpeciesRun(jko, 0.05, 12, &w);
  assert_ok(JKOGetLogDensity(jko, &rho));
  assert_ok(VecDuplicate(rho, &rho));
  assert_ok(JKOGetDensity(jko, rho));
  assert_ok(JKOGetGrid(jko, &grid));
  for (PetscInt k = 0; k < 2; k++) {
    assert_ok(GridGetPart(grid, rho, k, PETSC_FALSE, &part));
    assert_ok(GridIntegrateWalls(grid, part, &lost));
    assert_ok(GridRestorePart(grid, rho, PETSC_FALSE, &part));
    assert_all(lost == 0);
  }
  assert_ok(VecDestroy(&rho));
  assert_ok(JKODestroy(&jko));
}

/* The most evaluations of a step. */
static PetscInt CounterflowEvaluations(PetscInt n, PetscInt steps)
{
  Grid               grid = FlowGrid(PETSC_COMM_WORLD, 1, &n, 0, 1, GRID_NOFLUX);
  JKO                jko  = SpeciesStart(grid, SpeciesEnergy(grid, 2, Opposite), Counterflow);
  const JKOStepInfo *info;
  PetscInt           most = 0;

  assert_ok(JKOGetStepInfo(jko, &info));
  for (PetscInt k = 1; k <= steps; k++) {
    FlowRun(jko, 0.3 / (PetscReal)steps, k);
    most = PetscMax(most, info->iterations);
  }
  assert_ok(JKODestroy(&jko));
  return most;
}

/* The sum has no freedom anywhere: it is the elliptic problem of all species that finds the pressure. */
static void a_full_corridor_takes_fifteen_evaluations_at_most(void **state)
{
  (void)state;
  assert_within((PetscReal)CounterflowEvaluations(100, 30), 15);
  assert_within((PetscReal)CounterflowEvaluations(400, 120), 15);
}

/* The densities after two steps, by an accelerator; *iterations those of the second. */
static Vec Accelerated(const char type[], const char options[], PetscInt *iterations)
{
  const PetscInt     n[2] = {32, 24};
  Grid               grid = FlowGrid(PETSC_COMM_WORLD, 2, n, 0, 1, GRID_NOFLUX);
  JKO                jko  = SpeciesStart(grid, SpeciesEnergy(grid, 2, options), Sides);
  const JKOStepInfo *info;
  Sinkhorn           sinkhorn;
  Vec                state, rho;

  assert_ok(JKOGetSinkhorn(jko, &sinkhorn));
  assert_ok(SinkhornSetTolerance(sinkhorn, 1e-9));
  assert_ok(SinkhornSetType(sinkhorn, type));
  FlowRun(jko, 0.02, 2);
  assert_ok(JKOGetStepInfo(jko, &info));
  *iterations = info->iterations;
  assert_ok(JKOGetLogDensity(jko, &state));
  assert_ok(VecDuplicate(state, &rho));
  assert_ok(JKOGetDensity(jko, rho));
  assert_ok(JKODestroy(&jko));
  return rho;
}

/* With a bound of the sum, with diffusion of the sum, and with diffusion of each on top. */
static void either_accelerator_finds_the_same(void **state)
{
  const char *const energies[] = {
      "-energy_terms congestion -energy_congestion_max 2 -a_energy_terms potential -a_energy_potential x -b_energy_terms potential "
      "-b_energy_potential 0-x-y/2",
      "-energy_terms power -energy_power_coefficient 0.5 -a_energy_terms potential -a_energy_potential x -b_energy_terms potential "
      "-b_energy_potential 0-x",
      "-energy_terms power -energy_power_coefficient 0.5 -a_energy_terms entropy,potential -a_energy_entropy_coefficient 0.3 "
      "-a_energy_potential x -b_energy_terms power -b_energy_power_exponent 3",
  };

  (void)state;
  for (int i = 0; i < 3; i++) {
    PetscInt  slow, quick;
    PetscReal away, size;
    Vec       a = Accelerated(SINKHORNANDERSON, energies[i], &slow), b = Accelerated(SINKHORNELLIPTIC, energies[i], &quick);

    assert_ok(VecAXPY(b, -1, a));
    assert_ok(VecNorm(a, NORM_1, &size));
    assert_ok(VecNorm(b, NORM_1, &away));
    assert_within(away / size, 1e-7);
    assert_all(quick <= 12 && quick < slow);
    assert_ok(VecDestroy(&a));
    assert_ok(VecDestroy(&b));
  }
}

static void what_is_for_one_density_is_refused(void **state)
{
  const PetscInt n    = 50;
  const char    *says = "-jko_type: reversible is for one density";
  JKO            jko;

  (void)state;
  for (int i = 0; i < 2; i++) {
    Grid grid = FlowGrid(PETSC_COMM_WORLD, 1, &n, 0, 1, GRID_NOFLUX);

    jko = SpeciesStart(grid, SpeciesEnergy(grid, 2, Opposite), Blobs);
    assert_ok(JKOSetTimeStep(jko, 0.1));
    assert_ok(JKOSetMaxSteps(jko, 1));
    if (i == 0) assert_ok(JKOSetType(jko, JKOREVERSIBLE));
    if (i == 1) assert_ok(JKOSetMetric(jko, "wfr"));
    if (i == 1) says = "-jko_metric: several species are transported only";
    assert_refused(JKOSetUp(jko), says);
    assert_ok(JKODestroy(&jko));
  }
}

JKO_TESTS(JKO_TEST(a_counterflow_is_that_of_its_conservation_law), JKO_TEST(a_full_box_separates_into_halves),
          JKO_TEST(plateaus_are_as_wide_as_their_mass), JKO_TEST(crowds_pass_each_other_through_a_door),
          JKO_TEST(a_full_corridor_takes_fifteen_evaluations_at_most), JKO_TEST(either_accelerator_finds_the_same),
          JKO_TEST(what_is_for_one_density_is_refused))
