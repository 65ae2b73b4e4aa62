/* W2 to a target against closed forms, with an error that is honest. */
#include "../support/flow.h"
#include <math.h>

/* Gaussians of any centre and covariance (a, b; b, c): the squared distance is |m - m'|^2 + tr(A + B - 2 (A^(1/2) B A^(1/2))^(1/2)). */
typedef struct {
  PetscInt  dim;
  PetscReal centre[2], cov[3];
} Gauss;

static PetscReal GaussValue(const PetscReal x[3], PetscReal t, const void *gauss)
{
  const Gauss    *g = gauss;
  const PetscReal u = x[0] - g->centre[0], v = g->dim > 1 ? x[1] - g->centre[1] : 0;
  const PetscReal det = g->cov[0] * g->cov[2] - g->cov[1] * g->cov[1];

  (void)t;
  return exp(-(g->cov[2] * u * u - 2 * g->cov[1] * u * v + g->cov[0] * v * v) / (2 * det));
}

/* For 2 x 2 matrices tr (A^(1/2) B A^(1/2))^(1/2) = sqrt(tr(A B) + 2 sqrt(det A det B)). */
static PetscReal GaussDistance(const Gauss *g, const Gauss *o)
{
  const PetscReal *a = g->cov, *b = o->cov;
  const PetscReal  product = a[0] * b[0] + 2 * a[1] * b[1] + a[2] * b[2];
  const PetscReal  dets    = (a[0] * a[2] - a[1] * a[1]) * (b[0] * b[2] - b[1] * b[1]);
  const PetscReal  move    = PetscSqr(g->centre[0] - o->centre[0]) + (g->dim > 1 ? PetscSqr(g->centre[1] - o->centre[1]) : 0);

  return PetscSqrtReal(move + a[0] + b[0] +
                       (g->dim > 1 ? a[2] + b[2] - 2 * PetscSqrtReal(product + 2 * PetscSqrtReal(dets)) : -2 * PetscSqrtReal(a[0] * b[0])));
}

/* The logarithm of a density, of mass 1. */
static Vec LogOf(Grid grid, FlowFunction f, const void *parameters)
{
  Vec       v = FlowField(grid, f, 0, parameters);
  PetscReal mass;

  assert_ok(GridIntegrate(grid, v, &mass));
  assert_ok(VecScale(v, 1 / mass));
  assert_ok(VecLog(v));
  return v;
}

static Transport Solver(Grid grid, FlowFunction f, const void *target)
{
  Transport t;
  Vec       v = LogOf(grid, f, target);

  assert_ok(TransportCreate(PetscObjectComm((PetscObject)grid), &t));
  assert_ok(TransportSetGrid(t, grid));
  assert_ok(TransportSetFromOptions(t));
  assert_ok(TransportSetTarget(t, v));
  assert_ok(VecDestroy(&v));
  return t;
}

/* From one density to the other: the relative error of W2 and, through the pointer, the error that comes with it, relative too. */
static PetscReal DistanceError(Grid grid, FlowFunction f, const void *from, const void *to, PetscReal exact, PetscReal *told)
{
  Transport t = Solver(grid, f, to);
  Vec       v = LogOf(grid, f, from);
  PetscReal w2;

  assert_ok(TransportGetDistance(t, v, &w2, told));
  *told /= exact;
  assert_ok(VecDestroy(&v));
  assert_ok(TransportDestroy(&t));
  return w2 / exact - 1;
}

static void gaussians_are_as_far_apart_as_the_closed_form_says(void **state)
{
  PetscMPIInt     ranks;
  const PetscReal distance[3] = {0.02, 0.1, 0.6};
  Grid            grid;

  (void)state;
  assert_ok(MPI_Comm_size(PETSC_COMM_WORLD, &ranks));
  grid = FlowGrid(PETSC_COMM_WORLD, 2, (const PetscInt[2]){ranks > 1 ? 80 : 256, ranks > 1 ? 80 : 256}, 0, 1, GRID_NOFLUX);
  for (int i = 0; i < 3; i++) {
    const PetscReal dx = 0.4 * distance[i], dy = 0.3 * distance[i];
    const Gauss     from = {2, {0.5 - dx, 0.5 - dy}, {0.0025, 0.0005, 0.002}}, to = {2, {0.5 + dx, 0.5 + dy}, {0.0016, -0.0003, 0.003}};
    PetscReal       told, error = DistanceError(grid, GaussValue, &from, &to, GaussDistance(&from, &to), &told);

    assert_within(error, 1e-3);
    assert_within(error, told);
    assert_within(told, 2e-3);
  }
  assert_ok(GridDestroy(&grid));
}

/* A Gaussian along the axes: centre, standard deviations. Squared distances are sums over the axes. */
static PetscReal AxesValue(const PetscReal x[3], PetscReal t, const void *axes)
{
  const PetscReal(*a)[3] = axes;
  PetscReal s            = 0;

  (void)t;
  for (int i = 0; i < 3; i++) s += PetscSqr((x[i] - a[0][i]) / a[1][i]);
  return exp(-s / 2);
}

static void in_three_dimensions_gaussians_are_so_too(void **state)
{
  const PetscReal from[2][3] = {{0.35, 0.4, 0.6}, {0.08, 0.1, 0.09}}, to[2][3] = {{0.6, 0.55, 0.4}, {0.1, 0.08, 0.1}};
  Grid            grid   = FlowGrid(PETSC_COMM_WORLD, 3, (const PetscInt[3]){32, 28, 24}, 0, 1, GRID_NOFLUX);
  PetscReal       square = 0, told, error;

  (void)state;
  for (int k = 0; k < 2; k++)
    for (int i = 0; i < 3; i++) square += PetscSqr(from[k][i] - to[k][i]);
  error = DistanceError(grid, AxesValue, from, to, PetscSqrtReal(square), &told);
  assert_within(error, 1e-3);
  assert_within(error, told);
  assert_within(told, 2e-3);
  assert_ok(GridDestroy(&grid));
}

/* 1 on [lower, upper), else nothing. */
static PetscReal Interval(const PetscReal x[3], PetscReal t, const void *bounds)
{
  const PetscReal *b = bounds;

  (void)t;
  return x[0] >= b[0] && x[0] < b[1] ? 1 : 0;
}

static Vec LogInterval(Grid grid, PetscReal lower, PetscReal upper)
{
  const PetscReal bounds[2] = {lower, upper};
  Vec             v         = FlowField(grid, Interval, 0, bounds);

  assert_ok(VecScale(v, 1 / (upper - lower)));
  assert_ok(VecLog(v));
  return v;
}

/* In one dimension W2^2 = int |F^-1 - G^-1|^2: of uniform densities of widths w and v whose middles are d apart d^2 + (w - v)^2/12. Between
   them there is nothing. */
static void disjoint_intervals_have_the_distance_of_their_quantiles(void **state)
{
  const PetscInt  n[1]      = {200};
  const PetscReal end[3][2] = {{0.5, 0.6}, {0.2, 0.4}, {0.1, 0.2}};
  const PetscReal from[2]   = {0.1, 0.2};
  Grid            grid      = FlowGrid(PETSC_COMM_WORLD, 1, n, 0, 1, GRID_NOFLUX);
  Vec             start     = LogInterval(grid, from[0], from[1]);

  (void)state;
  for (int i = 0; i < 3; i++) {
    const PetscReal d = (end[i][0] + end[i][1] - from[0] - from[1]) / 2, w = end[i][1] - end[i][0] - from[1] + from[0];
    const PetscReal exact  = PetscSqrtReal(d * d + w * w / 12);
    Vec             target = LogInterval(grid, end[i][0], end[i][1]);
    Transport       t;
    PetscReal       w2, told, again;

    assert_ok(TransportCreate(PETSC_COMM_WORLD, &t));
    assert_ok(TransportSetGrid(t, grid));
    assert_ok(TransportSetTarget(t, target));
    assert_ok(TransportGetDistance(t, start, &w2, &told));
    assert_within(w2 - exact, PetscMax(told, 1e-3 * exact));
    assert_within(told, 5e-3 * exact + 1e-4);
    assert_ok(TransportGetDistance(t, start, &again, &told)); /* from the potentials that are there */
    assert_within(again - w2, 1e-5 + 0.1 * told);
    assert_ok(TransportDestroy(&t));
    assert_ok(VecDestroy(&target));
  }
  assert_ok(VecDestroy(&start));
  assert_ok(GridDestroy(&grid));
}

/* On a torus the way is the shorter one, and a shift moves all mass by it. */
static void on_a_torus_the_shorter_way_counts(void **state)
{
  const PetscInt n[2]  = {64, 48};
  Grid           grid  = FlowGrid(PETSC_COMM_WORLD, 2, n, 0, 1, GRID_PERIODIC);
  Vec            start = LogInterval(grid, 0.125, 0.25), target = LogInterval(grid, 0.875, 1);
  Transport      t;
  PetscReal      w2, told;

  (void)state;
  assert_ok(TransportCreate(PETSC_COMM_WORLD, &t));
  assert_ok(TransportSetGrid(t, grid));
  assert_ok(TransportSetTarget(t, target));
  assert_ok(TransportGetDistance(t, start, &w2, &told));
  assert_within(w2 / 0.25 - 1, 2e-3);
  assert_within(w2 - 0.25, PetscMax(told, 1e-6));
  assert_ok(TransportDestroy(&t));
  assert_ok(VecDestroy(&start));
  assert_ok(VecDestroy(&target));
  assert_ok(GridDestroy(&grid));
}

JKO_TESTS(JKO_TEST(disjoint_intervals_have_the_distance_of_their_quantiles), JKO_TEST(on_a_torus_the_shorter_way_counts),
          JKO_TEST(gaussians_are_as_far_apart_as_the_closed_form_says), JKO_TEST(in_three_dimensions_gaussians_are_so_too))
