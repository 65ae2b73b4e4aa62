/* The same flow on all ranks and on one: every rank runs a serial copy and compares its own cells. */
#include "../support/flow.h"
#include <math.h>

static PetscReal Blobs(const PetscReal x[3], PetscReal t, const void *unused)
{
  (void)t, (void)unused;
  return exp(-40 * (PetscSqr(x[0] - 0.3) + PetscSqr(x[1] - 0.6) + PetscSqr(x[2]))) +
         (x[0] > 0.6 && x[0] < 0.8 && x[1] < 0.5 && x[1] > 0.1 ? 0.7 : 0);
}

static PetscReal Wells(const PetscReal x[3], PetscReal t, const void *unused)
{
  (void)t, (void)unused;
  return 4 * PetscSqr(PetscSqr(2 * x[0] - 1) - 0.3) + PetscSqr(x[1] - 0.5) + x[2];
}

/* What is compared: a time scheme, with or without adaptive steps, and what accelerates its solves. */
typedef struct {
  JKOType      scheme;
  const char  *adapt;
  SinkhornType accelerator;
} Method;

static JKO Flow(MPI_Comm comm, PetscInt dim, const PetscInt n[], GridBoundary boundary, Method method)
{
  Grid       grid   = FlowGrid(comm, dim, n, 0, 1, boundary);
  Energy     energy = FlowEnergy(grid, ENERGYENTROPY, strcmp(method.scheme, JKOREVERSIBLE) ? ENERGYPOWER : NULL, NULL);
  EnergyTerm term;
  Vec        v = FlowField(grid, Wells, 0, NULL);
  JKO        jko;
  Sinkhorn   sinkhorn;

  assert_ok(EnergyAddTerm(energy, ENERGYPOTENTIAL, "potential", &term));
  assert_ok(EnergyPotentialSetField(term, v));
  assert_ok(VecDestroy(&v));
  jko = FlowCreate(grid, energy, Blobs, 0, NULL);
  assert_ok(JKOSetType(jko, method.scheme));
  assert_ok(JKOSetAdapt(jko, method.adapt));
  assert_ok(JKOGetSinkhorn(jko, &sinkhorn));
  assert_ok(SinkhornSetType(sinkhorn, method.accelerator));
  FlowRun(jko, 2e-3, 3);
  return jko;
}

/* Largest difference of the densities over the cells of this rank, relative to the largest density. */
static PetscReal Difference(JKO all, JKO alone)
{
  Grid               grid, serial;
  PetscInt           start[3], width[3], n[3];
  Vec                a, b;
  const PetscScalar *x, *y;
  PetscReal          worst = 0, top;

  JKOGetGrid(all, &grid);
  JKOGetGrid(alone, &serial);
  GridGetCorners(grid, start, width);
  GridGetSizes(grid, n);
  GridCreateVector(grid, &a);
  GridCreateVector(serial, &b);
  JKOGetDensity(all, a);
  JKOGetDensity(alone, b);
  VecMax(b, NULL, &top);
  VecGetArrayRead(a, &x);
  VecGetArrayRead(b, &y);
  for (PetscInt k = 0; k < width[2]; k++)
    for (PetscInt j = 0; j < width[1]; j++)
      for (PetscInt i = 0; i < width[0]; i++) {
        const PetscReal d = fabs(x[i + width[0] * (j + width[1] * k)] - y[start[0] + i + n[0] * (start[1] + j + n[1] * (start[2] + k))]);

        worst = d <= worst ? worst : d;
      }
  VecRestoreArrayRead(b, &y);
  VecRestoreArrayRead(a, &x);
  VecDestroy(&b);
  VecDestroy(&a);
  return worst / top;
}

static void Compare(PetscInt dim, const PetscInt n[], GridBoundary boundary, Method method, PetscReal bound)
{
  JKO all = Flow(PETSC_COMM_WORLD, dim, n, boundary, method), alone = Flow(PETSC_COMM_SELF, dim, n, boundary, method);

  assert_within(Difference(all, alone), bound);
  assert_ok(JKODestroy(&all));
  assert_ok(JKODestroy(&alone));
}

static void CompareGrids(Method method, PetscReal bound)
{
  const PetscInt one[1] = {150}, halved[1] = {352}, two[2] = {70, 61}, three[3] = {21, 24, 18};

  Compare(1, one, GRID_NOFLUX, method, bound);
  Compare(1, halved, GRID_NOFLUX, method, bound); /* with coarser grids */
  Compare(1, one, GRID_PERIODIC, method, bound);
  Compare(2, two, GRID_NOFLUX, method, bound);
  Compare(3, three, GRID_NOFLUX, method, bound);
}

static void the_density_does_not_depend_on_the_ranks(void **state)
{
  (void)state;
  CompareGrids((Method){JKOEULER, "none", SINKHORNANDERSON}, 1e-12);
}

/* The dot products of its linear solver are rounded rank by rank. */
static void nor_does_that_of_the_elliptic_accelerator(void **state)
{
  (void)state;
  CompareGrids((Method){JKOEULER, "none", SINKHORNELLIPTIC}, 1e-11);
}

static void nor_does_that_of_extrapolated_steps(void **state)
{
  (void)state;
  CompareGrids((Method){JKOEXTRAPOLATED, "none", SINKHORNANDERSON}, 1e-12);
}

static void nor_does_that_of_adaptive_steps(void **state)
{
  (void)state;
  CompareGrids((Method){JKOEXTRAPOLATED, "basic", SINKHORNANDERSON}, 1e-12);
}

static void nor_does_that_of_reversible_steps(void **state)
{
  (void)state;
  CompareGrids((Method){JKOREVERSIBLE, "none", SINKHORNANDERSON}, 1e-12);
}

JKO_TESTS(JKO_TEST(the_density_does_not_depend_on_the_ranks), JKO_TEST(nor_does_that_of_the_elliptic_accelerator),
          JKO_TEST(nor_does_that_of_extrapolated_steps), JKO_TEST(nor_does_that_of_adaptive_steps),
          JKO_TEST(nor_does_that_of_reversible_steps))
