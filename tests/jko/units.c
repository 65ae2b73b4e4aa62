/* The unit of length decides nothing: a flow in a box of 1e7 or of 1e-7 is that of the box of 1, scaled. So axes that are not there have no
   cells, and there is no length that is not the problem's own. */
#include "../support/flow.h"
#include <math.h>
#include <jko/transport.h>

static const PetscReal Boxes[] = {1e7, 1e-7};

static PetscReal Bump(const PetscReal x[3], PetscReal t, const void *box)
{
  const PetscReal length = *(const PetscReal *)box;

  (void)t;
  return exp(-10 * pow(x[0] / length - 0.4, 2) - (x[1] != 0 ? 10 * pow(x[1] / length - 0.4, 2) : 0));
}

static PetscReal Other(const PetscReal x[3], PetscReal t, const void *box)
{
  const PetscReal length = *(const PetscReal *)box;

  (void)t;
  return exp(-10 * pow(x[0] / length - 0.6, 2));
}

/* What is compared, over its unit. */
typedef struct {
  PetscReal step, mean, square, target;
} Measures;

/* The first two moments along x, over the mass. */
static void Moments(Grid grid, JKO jko, PetscReal length, Measures *m)
{
  Vec                rho;
  PetscInt           start[3], width[3], n;
  PetscReal          part[3] = {0}, sum[3];
  const PetscScalar *a;

  GridCreateVector(grid, &rho);
  assert_ok(JKOGetDensity(jko, rho));
  GridGetCorners(grid, start, width);
  VecGetLocalSize(rho, &n);
  VecGetArrayRead(rho, &a);
  for (PetscInt i = 0; i < n; i++) {
    PetscReal x;

    GridGetCentre(grid, 0, start[0] + i % width[0], &x);
    for (int k = 0; k < 3; k++) part[k] += a[i] * pow(x / length, k);
  }
  VecRestoreArrayRead(rho, &a);
  VecDestroy(&rho);
  (void)MPI_Allreduce(part, sum, 3, MPIU_REAL, MPI_SUM, PETSC_COMM_WORLD);
  m->mean   = sum[1] / sum[0];
  m->square = sum[2] / sum[0];
}

static PetscReal Distance(Grid grid, JKO jko, const char kernel[], PetscReal length)
{
  Transport transport;
  PetscReal w2, error;
  Vec       target = FlowField(grid, Other, 0, &length), log_rho;

  assert_ok(VecLog(target));
  assert_ok(TransportCreate(PETSC_COMM_WORLD, &transport));
  assert_ok(TransportSetGrid(transport, grid));
  assert_ok(TransportSetKernelType(transport, kernel));
  assert_ok(TransportSetTarget(transport, target));
  assert_ok(JKOGetLogDensity(jko, &log_rho));
  assert_ok(TransportGetDistance(transport, log_rho, &w2, &error));
  assert_ok(TransportDestroy(&transport));
  assert_ok(VecDestroy(&target));
  return w2 / length;
}

/* A flow whose options are given its units: length^2, length, length^2. */
typedef struct {
  PetscInt    dim;
  const char *kernel, *scheme, *format;
  PetscBool   walls;
} Flow;

static PetscReal Wall(const PetscReal x[3], PetscReal t, const void *box)
{
  (void)t;
  return x[0] / *(const PetscReal *)box - 0.85;
}

/* Three steps in a box of this length. */
static Measures Evolve(PetscReal length, const Flow *flow)
{
  const PetscInt     n[2] = {40, 16};
  const double       l    = (double)length;
  char               options[512];
  const JKOStepInfo *info;
  Measures           m;
  Kernel             kernel;
  Grid               grid = FlowGrid(PETSC_COMM_WORLD, flow->dim, n, 0, length, GRID_NOFLUX);
  Vec                rho;
  JKO                jko;

  if (flow->walls) FlowWalls(grid, Wall, &length);
  snprintf(options, sizeof options, flow->format, l * l, l, l * l);
  rho = FlowField(grid, Bump, 0, &length);
  if (flow->walls) assert_ok(GridFillWalls(grid, rho, 0));
  assert_ok(VecScale(rho, 1 / PetscPowRealInt(length, flow->dim)));
  jko = FlowStart(grid, FlowEnergyOf(grid, options), rho);
  assert_ok(JKOGetKernel(jko, &kernel));
  assert_ok(KernelSetType(kernel, flow->kernel));
  assert_ok(JKOSetType(jko, flow->scheme));
  FlowRun(jko, 0.01, 3);
  assert_ok(JKOGetStepInfo(jko, &info));
  Moments(grid, jko, length, &m);
  m.step   = info->w2 / length;
  m.target = flow->dim == 1 && !flow->walls ? Distance(grid, jko, flow->kernel, length) : 0;
  assert_ok(JKODestroy(&jko));
  return m;
}

static void Compare(Flow flow)
{
  const Measures one = Evolve(1, &flow);

  for (size_t i = 0; i < sizeof Boxes / sizeof *Boxes; i++) {
    const Measures other = Evolve(Boxes[i], &flow);

    assert_within((other.mean - one.mean) / one.mean, 1e-6);
    assert_within((other.square - one.square) / one.square, 1e-6);
    assert_within((other.step - one.step) / one.step, 1e-4);
    assert_within(other.target - one.target, 1e-4 * one.target);
  }
}

#define DIFFUSION "-energy_entropy_coefficient %.17g "

static void the_unit_of_length_decides_nothing_with_either_kernel(void **state)
{
  const char *const format = "-energy_terms entropy " DIFFUSION;

  (void)state;
  for (PetscInt dim = 1; dim <= 2; dim++) {
    Compare((Flow){dim, KERNELGAUSSIAN, JKOEULER, format, PETSC_FALSE});
    Compare((Flow){dim, KERNELHEAT, JKOEULER, format, PETSC_FALSE});
  }
}

static void nor_among_walls(void **state)
{
  (void)state;
  for (PetscInt dim = 1; dim <= 2; dim++) Compare((Flow){dim, KERNELHEAT, JKOEULER, "-energy_terms entropy " DIFFUSION, PETSC_TRUE});
}

static void nor_with_a_potential_or_an_interaction(void **state)
{
  const char *const quadratic = "-energy_terms entropy,interaction " DIFFUSION "-energy_interaction_kernel quadratic";

  (void)state;
  Compare((Flow){1, KERNELGAUSSIAN, JKOEULER, "-energy_terms entropy,potential " DIFFUSION "-energy_potential (x/%.17g-0.7)^2*%.17g",
                 PETSC_FALSE});
  Compare((Flow){1, KERNELHEAT, JKOEULER, quadratic, PETSC_FALSE});
  Compare((Flow){2, KERNELGAUSSIAN, JKOEULER, quadratic, PETSC_FALSE});
  Compare((Flow){1, KERNELGAUSSIAN, JKOEXTRAPOLATED,
                 "-energy_terms entropy,interaction " DIFFUSION "-energy_interaction 0-exp(0-(x/%.17g)^2)*%.17g", PETSC_FALSE});
}

JKO_TESTS(JKO_TEST(the_unit_of_length_decides_nothing_with_either_kernel), JKO_TEST(nor_among_walls),
          JKO_TEST(nor_with_a_potential_or_an_interaction))
