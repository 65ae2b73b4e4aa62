/* Flows with the random-walk kernel: those of the Gaussian where there are no walls; the way round them where there are. */
#include <math.h>
#include <jko/transport.h>
#include "../support/flow.h"

/* L1 error of the porous medium equation from t = 1e-3 to 5e-3, with a kernel `cells` wide. */
static PetscReal BarenblattError(KernelType type, PetscInt dim, PetscInt n, PetscInt steps, PetscReal cells)
{
  const FlowBarenblatt b        = {dim, 2, {0.5, 0.5, 0.5}};
  const PetscInt       sizes[3] = {n, n, n};
  Grid                 grid     = FlowGrid(PETSC_COMM_WORLD, dim, sizes, 0, 1, GRID_NOFLUX);
  JKO                  jko      = FlowCreate(grid, FlowPorousMedium(grid, 2), FlowBarenblattValue, 1e-3, &b);
  Kernel               kernel;
  PetscReal            error;

  assert_ok(JKOGetKernel(jko, &kernel));
  assert_ok(KernelSetType(kernel, type));
  assert_ok(JKOSetEpsilon(jko, 2 * PetscSqr(cells / (PetscReal)n)));
  FlowRun(jko, 4e-3 / (PetscReal)steps, steps);
  error = FlowError(jko, FlowBarenblattValue, 5e-3, &b);
  assert_ok(JKODestroy(&jko));
  return error;
}

static void without_walls_it_is_the_flow_of_the_gaussian(void **state)
{
  const struct {
    PetscInt  dim, n, steps;
    PetscReal cells, within; /* relative */
  } runs[] = {{1, 200, 20, 2, 2e-3}, {1, 200, 40, 2, 2e-3}, {1, 200, 40, 1.63299316, 2e-2}, {2, 64, 10, 2, 2e-3}};

  (void)state;
  for (size_t i = 0; i < sizeof runs / sizeof *runs; i++) {
    const PetscReal gaussian = BarenblattError(KERNELGAUSSIAN, runs[i].dim, runs[i].n, runs[i].steps, runs[i].cells);
    const PetscReal heat     = BarenblattError(KERNELHEAT, runs[i].dim, runs[i].n, runs[i].steps, runs[i].cells);

    print_message("# %g %g\n", gaussian, heat);
    assert_within(heat / gaussian - 1, runs[i].within);
  }
}

/* Two rooms beside each other on [0, 2] x [0, 1], with a wall of one cell between them that ends at y = 0.7. */
static PetscReal Barrier(const PetscReal x[3], PetscReal t, const void *cells)
{
  const PetscReal h = 1 / *(const PetscReal *)cells;

  (void)t;
  return fabs(x[0] - 1 - h / 2) < h / 2 && x[1] < 0.7 ? 1 : -1;
}

static Grid Rooms(MPI_Comm comm, PetscInt n)
{
  const PetscInt  sizes[2] = {2 * n, n};
  const PetscReal lower[2] = {0, 0}, upper[2] = {2, 1}, cells = (PetscReal)n;
  Grid            grid;

  assert_ok(GridCreate(comm, &grid));
  assert_ok(GridSetSizes(grid, 2, sizes));
  assert_ok(GridSetBox(grid, lower, upper));
  assert_ok(GridSetUp(grid));
  FlowWalls(grid, Barrier, &cells);
  return grid;
}

static PetscReal Blob(const PetscReal x[3], PetscReal t, const void *centre)
{
  const PetscReal *c = (const PetscReal *)centre;

  (void)t;
  return exp(-(PetscSqr(x[0] - c[0]) + PetscSqr(x[1] - c[1])) / (2 * PetscSqr(0.02)));
}

/* The logarithm of a blob of mass 1, 0 below 1e-12. */
static Vec LogBlob(Grid grid, const PetscReal centre[2])
{
  Vec          v = FlowField(grid, Blob, 0, centre);
  PetscScalar *x;
  PetscReal    mass;
  PetscInt     n;

  assert_ok(GridFillWalls(grid, v, 0));
  assert_ok(GridIntegrate(grid, v, &mass));
  assert_ok(VecScale(v, 1 / mass));
  VecGetLocalSize(v, &n);
  VecGetArray(v, &x);
  for (PetscInt i = 0; i < n; i++) x[i] = x[i] > 1e-12 ? log(x[i]) : -INFINITY;
  VecRestoreArray(v, &x);
  return v;
}

/* eps int potential rho */
static PetscReal Pairing(Grid grid, PetscReal epsilon, Vec log_rho, Vec potential)
{
  Vec                product;
  const PetscScalar *l, *p;
  PetscScalar       *x;
  PetscReal          integral;
  PetscInt           n;

  VecDuplicate(log_rho, &product);
  VecGetLocalSize(log_rho, &n);
  VecGetArrayRead(log_rho, &l);
  VecGetArrayRead(potential, &p);
  VecGetArray(product, &x);
  for (PetscInt i = 0; i < n; i++) x[i] = l[i] > -INFINITY ? exp(l[i]) * p[i] : 0;
  VecRestoreArray(product, &x);
  VecRestoreArrayRead(potential, &p);
  VecRestoreArrayRead(log_rho, &l);
  assert_ok(GridIntegrate(grid, product, &integral));
  assert_ok(VecDestroy(&product));
  return epsilon * integral;
}

/* The entropic transport cost of a to b by Sinkhorn's iteration; for a = b by its symmetric form. */
static PetscReal Cost(Kernel kernel, Vec a, Vec b)
{
  Grid      grid;
  Vec       alpha, beta;
  PetscReal epsilon, cost;

  KernelGetGrid(kernel, &grid);
  KernelGetEpsilon(kernel, &epsilon);
  VecDuplicate(a, &alpha);
  VecDuplicate(a, &beta);
  VecSet(beta, 0);
  for (int it = 0; it < 12; it++) {
    assert_ok(KernelApplyLog(kernel, beta, a, alpha));
    if (a == b)
      VecAXPBY(beta, 0.5, 0.5, alpha);
    else
      assert_ok(KernelApplyLog(kernel, alpha, b, beta));
  }
  cost = Pairing(grid, epsilon, a, a == b ? beta : alpha) + Pairing(grid, epsilon, b, beta);
  VecDestroy(&alpha);
  VecDestroy(&beta);
  return cost;
}

/* The Sinkhorn divergence of two blobs on both sides of the wall. */
static PetscReal Divergence(Grid grid, PetscReal epsilon, const PetscReal from[2], const PetscReal to[2])
{
  Vec       a = LogBlob(grid, from), b = LogBlob(grid, to);
  Kernel    kernel;
  PetscReal divergence;

  assert_ok(KernelCreate(PetscObjectComm((PetscObject)grid), &kernel));
  assert_ok(KernelSetGrid(kernel, grid));
  assert_ok(KernelSetEpsilon(kernel, epsilon));
  divergence = Cost(kernel, a, b) - (Cost(kernel, a, a) + Cost(kernel, b, b)) / 2;
  assert_ok(KernelDestroy(&kernel));
  assert_ok(VecDestroy(&a));
  assert_ok(VecDestroy(&b));
  return divergence;
}

/* Behind the end of a wall the heat kernel is e^(-L^2/eps) sqrt(eps) times a constant (diffraction; Keller, J. Opt. Soc. Am. 52, 1962),
   so that  -eps log K = L^2 + eps (c - log(eps)/2) + ...:  two eps give L^2. L is measured round the last open cell of the lattice. */
static void w2_is_the_length_of_the_way_round(void **state)
{
  const PetscReal from[2] = {0.6, 0.35}, to[2] = {1.4, 0.35};
  PetscReal       ratio[2];

  (void)state;
  for (int i = 0; i < 2; i++) {
    const PetscInt  n = 48 << i;
    const PetscReal h = 1 / (PetscReal)n, x = 1 + h / 2, y = (PetscCeilReal(0.7 * (PetscReal)n - 0.5) + 0.5) * h;
    const PetscReal way = hypot(x - from[0], y - from[1]) + hypot(to[0] - x, y - to[1]), e = way * h * 4 / 3;
    Grid            grid = Rooms(PETSC_COMM_WORLD, n);
    const PetscReal one = Divergence(grid, e, from, to), two = Divergence(grid, 2 * e, from, to);

    ratio[i] = one / (way * way);
    print_message("# n %d: %.4f of the squared way at eps = %.4g, %.4f at twice that, %.4f extrapolated\n", (int)n, ratio[i], e,
                  two / (way * way), (2 * (one + e * log(e) / 2) - (two + e * log(2 * e))) / (way * way));
    assert_within((2 * (one + e * log(e) / 2) - (two + e * log(2 * e))) / (way * way) - 1, 0.02);
    assert_ok(GridDestroy(&grid));
  }
  assert_all(ratio[1] < ratio[0] && ratio[1] < 1.06);
}

/* W2 of the monitors, from one blob to another. */
static void Distance(Grid grid, const PetscReal from[2], const PetscReal to[2], PetscReal *w2, PetscReal *told)
{
  Vec       a = LogBlob(grid, from), b = LogBlob(grid, to);
  Transport transport;

  assert_ok(TransportCreate(PetscObjectComm((PetscObject)grid), &transport));
  assert_ok(TransportSetGrid(transport, grid));
  assert_ok(TransportSetKernelType(transport, KERNELHEAT));
  assert_ok(TransportSetTarget(transport, b));
  assert_ok(TransportGetDistance(transport, a, w2, told));
  assert_ok(TransportDestroy(&transport));
  assert_ok(VecDestroy(&a));
  assert_ok(VecDestroy(&b));
}

static void so_is_that_of_the_monitors_and_straight_where_nothing_is_in_the_way(void **state)
{
  const PetscReal left[2] = {0.6, 0.35}, right[2] = {1.4, 0.35}, near[2] = {0.3, 0.35}, h = 1. / 48;
  const PetscReal x = 1 + h / 2, y = (PetscCeilReal(0.7 * 48 - 0.5) + 0.5) * h;
  const PetscReal way  = hypot(x - left[0], y - left[1]) + hypot(right[0] - x, y - right[1]);
  Grid            grid = Rooms(PETSC_COMM_WORLD, 48);
  PetscReal       w2, told;

  (void)state;
  Distance(grid, left, right, &w2, &told);
  print_message("# round the wall %.4f of the squared way, told to %.4f\n", PetscSqr(w2 / way), 2 * told / w2);
  assert_within(PetscSqr(w2 / way) - 1, 0.02);
  Distance(grid, left, near, &w2, &told);
  print_message("# straight %.4f, told to %.4f\n", PetscSqr(w2 / 0.3), 2 * told / w2);
  assert_within(w2 - 0.3, told + 1e-3 * 0.3);
  assert_all(told < 0.02 * 0.3);
  assert_ok(GridDestroy(&grid));
}

/* Left of the barrier; beyond a closed door at x > 1.5 nobody. */
static PetscReal Closed(const PetscReal x[3], PetscReal t, const void *unused)
{
  (void)t, (void)unused;
  return (fabs(x[0] - 0.5) < 0.012 && (x[1] < 0.3 || x[1] > 0.5)) || fabs(x[0] - 0.8) < 0.012 ? 1 : -1;
}
static PetscReal Crowd(const PetscReal x[3], PetscReal t, const void *unused)
{
  (void)t, (void)unused;
  return exp(-20 * (PetscSqr(x[0] - 0.2) + PetscSqr(x[1] - 0.6))) * (x[0] < 0.8);
}
static PetscReal Downhill(const PetscReal x[3], PetscReal t, const void *unused)
{
  (void)t, (void)unused;
  return -2 * x[0];
}

static JKO Escape(MPI_Comm comm, JKOType scheme, SinkhornType accelerator, const char *diffusion)
{
  const PetscInt n[2] = {48, 40};
  Grid           grid = FlowGrid(comm, 2, n, 0, 1, GRID_NOFLUX);
  Energy         energy;
  EnergyTerm     term;
  Vec            v;
  Sinkhorn       sinkhorn;
  JKO            jko;

  FlowWalls(grid, Closed, NULL);
  energy = FlowEnergy(grid, diffusion, NULL);
  v      = FlowField(grid, Downhill, 0, NULL);
  assert_ok(EnergyAddTerm(energy, ENERGYPOTENTIAL, "potential", &term));
  assert_ok(EnergyPotentialSetField(term, v));
  assert_ok(VecDestroy(&v));
  jko = FlowCreate(grid, energy, Crowd, 0, NULL);
  assert_ok(JKOSetType(jko, scheme));
  assert_ok(JKOGetSinkhorn(jko, &sinkhorn));
  assert_ok(SinkhornSetTolerance(sinkhorn, 1e-8));
  assert_ok(SinkhornSetType(sinkhorn, accelerator));
  FlowRun(jko, 0.01, 12);
  return jko;
}

/* The mass in walls and beyond the closed one. */
static PetscReal Leaked(JKO jko)
{
  Grid         grid;
  Vec          rho;
  PetscScalar *r;
  PetscInt     start[3], width[3];
  PetscReal    h[3], leaked, walls;

  JKOGetGrid(jko, &grid);
  GridGetCorners(grid, start, width);
  GridGetSpacing(grid, h);
  GridCreateVector(grid, &rho);
  JKOGetDensity(jko, rho);
  assert_ok(GridIntegrateWalls(grid, rho, &walls));
  VecGetArray(rho, &r);
  for (PetscInt i = 0; i < width[0] * width[1]; i++)
    if (((PetscReal)(start[0] + i % width[0]) + 0.5) * h[0] < 0.8) r[i] = 0;
  VecRestoreArray(rho, &r);
  assert_ok(GridIntegrate(grid, rho, &leaked));
  VecDestroy(&rho);
  return leaked + walls;
}

/* Largest difference of this rank's cells from those of a flow on this rank alone. */
static PetscReal Difference(JKO all, JKO alone)
{
  Grid               grid;
  Vec                a, b;
  PetscInt           n[3], start[3], width[3];
  const PetscScalar *x, *y;
  PetscReal          worst = 0;

  JKOGetGrid(all, &grid);
  GridGetSizes(grid, n);
  GridGetCorners(grid, start, width);
  GridCreateVector(grid, &a);
  JKOGetDensity(all, a);
  JKOGetGrid(alone, &grid);
  GridCreateVector(grid, &b);
  JKOGetDensity(alone, b);
  VecGetArrayRead(a, &x);
  VecGetArrayRead(b, &y);
  for (PetscInt i = 0; i < width[0] * width[1]; i++)
    worst = PetscMax(worst, fabs(x[i] - y[start[0] + i % width[0] + n[0] * (start[1] + i / width[0])]));
  VecRestoreArrayRead(a, &x);
  VecRestoreArrayRead(b, &y);
  VecDestroy(&a);
  VecDestroy(&b);
  return worst;
}

static void nothing_leaks_and_ranks_agree_whatever_the_scheme(void **state)
{
  const struct {
    JKOType      scheme;
    SinkhornType accelerator;
    const char  *diffusion;
  } methods[] = {{JKOEULER, SINKHORNANDERSON, ENERGYENTROPY},
                 {JKOEULER, SINKHORNELLIPTIC, ENERGYENTROPY},
                 {JKOEXTRAPOLATED, SINKHORNANDERSON, ENERGYPOWER},
                 {JKOREVERSIBLE, SINKHORNANDERSON, ENERGYENTROPY}};
  JKO first   = NULL;

  (void)state;
  for (size_t m = 0; m < sizeof methods / sizeof *methods; m++) {
    JKO                all   = Escape(PETSC_COMM_WORLD, methods[m].scheme, methods[m].accelerator, methods[m].diffusion);
    JKO                alone = Escape(PETSC_COMM_SELF, methods[m].scheme, methods[m].accelerator, methods[m].diffusion);
    const JKOStepInfo *info;

    assert_ok(JKOGetStepInfo(all, &info));
    assert_within(info->mass - 1, 1e-12);
    assert_all(info->min >= 0);
    assert_within(Leaked(all), 0);
    assert_within(Difference(all, alone), 1e-11 * info->max);
    if (m == 1) assert_within(Difference(all, first), 1e-5 * info->max);
    if (m == 0)
      first = alone;
    else
      assert_ok(JKODestroy(&alone));
    assert_ok(JKODestroy(&all));
  }
  assert_ok(JKODestroy(&first));
}

/* A diagonal row of cells from corner to corner of a square; everybody starts below it and is driven through it. */
#define DIAGONAL 16
static PetscReal Diagonal(const PetscReal x[3], PetscReal t, const void *unused)
{
  (void)t, (void)unused;
  return 0.1 / DIAGONAL - fabs(x[0] - x[1]);
}
static PetscReal Below(const PetscReal x[3], PetscReal t, const void *unused)
{
  (void)t, (void)unused;
  return x[1] < x[0] - 0.1 / DIAGONAL;
}
static PetscReal Uphill(const PetscReal x[3], PetscReal t, const void *unused)
{
  (void)t, (void)unused;
  return x[0] - x[1];
}

static PetscReal Above(const PetscReal x[3], PetscReal t, const void *unused)
{
  return 1 - Below(x, t, unused);
}

static void nobody_gets_through_a_wall_of_one_cell_in_ten_thousand_steps(void **state)
{
  const PetscInt     n[2] = {DIAGONAL, DIAGONAL};
  Grid               grid = FlowGrid(PETSC_COMM_WORLD, 2, n, 0, 1, GRID_NOFLUX);
  Energy             energy;
  EnergyTerm         term;
  PetscMPIInt        ranks;
  const JKOStepInfo *info;
  PetscReal          beyond;
  Vec                v, rho;
  JKO                jko;

  (void)state;
  assert_ok(MPI_Comm_size(PETSC_COMM_WORLD, &ranks));
  FlowWalls(grid, Diagonal, NULL);
  v      = FlowField(grid, Uphill, 0, NULL);
  energy = FlowEnergy(grid, ENERGYENTROPY, NULL);
  assert_ok(EnergyAddTerm(energy, ENERGYPOTENTIAL, "potential", &term));
  assert_ok(EnergyPotentialSetField(term, v));
  assert_ok(VecDestroy(&v));
  jko = FlowCreate(grid, energy, Below, 0, NULL);
  FlowRun(jko, 0.01, ranks > 1 ? 100 : 10000);
  assert_ok(JKOGetStepInfo(jko, &info));
  assert_within(info->mass - 1, 1e-12);
  v = FlowField(grid, Above, 0, NULL);
  VecDuplicate(v, &rho);
  JKOGetDensity(jko, rho);
  VecPointwiseMult(rho, rho, v);
  VecNorm(rho, NORM_INFINITY, &beyond);
  assert_within(beyond, 0);
  VecDestroy(&rho);
  VecDestroy(&v);
  assert_ok(JKODestroy(&jko));
}

JKO_TESTS(JKO_TEST(without_walls_it_is_the_flow_of_the_gaussian), JKO_TEST(w2_is_the_length_of_the_way_round),
          JKO_TEST(so_is_that_of_the_monitors_and_straight_where_nothing_is_in_the_way),
          JKO_TEST(nothing_leaks_and_ranks_agree_whatever_the_scheme),
          JKO_TEST(nobody_gets_through_a_wall_of_one_cell_in_ten_thousand_steps))
