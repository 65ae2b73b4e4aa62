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
  assert_within(error, told + 1e-4); /* of what the box cuts off */
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

/* Sums of up to three bumps: share, centre, width of each; a width below 0 is half of a block's, 0 a cell. */
typedef struct {
  PetscInt  bumps;
  PetscReal bump[3][3];
} Bumps;

static PetscReal BumpsValue(const PetscReal x[3], PetscReal h, const void *bumps)
{
  const Bumps *b   = bumps;
  PetscReal    sum = 0;

  for (PetscInt i = 0; i < b->bumps; i++) {
    const PetscReal *bump = b->bump[i], u = x[0] - bump[1], width = bump[2] == 0 ? h / 2 : -bump[2];

    sum += bump[0] * (bump[2] > 0 ? PetscExpReal(-u * u / (2 * bump[2] * bump[2])) / (bump[2] * 2.5066282746310002)
                                  : (PetscReal)(u >= -width && u < width) / (2 * width));
  }
  return sum;
}

/* W2^2 = int |F^-1 - G^-1|^2 of masses in n places h apart: in each round the lesser rest of two places goes from one to the other. */
static PetscReal QuantileSquare(PetscInt n, const Bumps *from, const Bumps *to)
{
  const PetscReal h      = 1 / (PetscReal)n;
  PetscReal       sum[2] = {0, 0}, rest[2] = {0, 0}, square = 0;
  PetscInt        i = -1, j = -1;

  for (PetscInt k = 0; k < n; k++) {
    const PetscReal x[3] = {((PetscReal)k + 0.5) * h, 0, 0};

    sum[0] += BumpsValue(x, h, from);
    sum[1] += BumpsValue(x, h, to);
  }
  for (;;) {
    while (rest[0] <= 0 && ++i < n) rest[0] = BumpsValue((PetscReal[3]){((PetscReal)i + 0.5) * h, 0, 0}, h, from) / sum[0];
    while (rest[1] <= 0 && ++j < n) rest[1] = BumpsValue((PetscReal[3]){((PetscReal)j + 0.5) * h, 0, 0}, h, to) / sum[1];
    if (i >= n || j >= n) return square;
    const PetscReal moved = PetscMin(rest[0], rest[1]);

    square += moved * PetscSqr((PetscReal)(i - j) * h);
    rest[0] -= moved;
    rest[1] -= moved;
  }
}

static void the_told_error_covers_the_true_one(void **state)
{
  static const Bumps pair[][2] = {
      {{2, {{0.7, 0.25, 0.04}, {0.3, 0.75, 0.04}}}, {2, {{0.3, 0.25, 0.04}, {0.7, 0.75, 0.04}}}},
      {{2, {{0.55, 0.3, 0.03}, {0.45, 0.7, 0.05}}}, {2, {{0.45, 0.3, 0.03}, {0.55, 0.7, 0.05}}}},
      {{2, {{0.9, 0.2, 0.03}, {0.1, 0.8, 0.03}}}, {2, {{0.8, 0.2, 0.03}, {0.2, 0.8, 0.03}}}},
      {{3, {{0.4, 0.2, 0.03}, {0.3, 0.5, 0.05}, {0.3, 0.8, 0.04}}}, {3, {{0.3, 0.2, 0.03}, {0.2, 0.5, 0.05}, {0.5, 0.8, 0.04}}}},
      {{2, {{0.5, 0.3, -0.08}, {0.5, 0.7, -0.06}}}, {2, {{0.6, 0.3, -0.08}, {0.4, 0.7, -0.06}}}},
      {{1, {{1, 0.2, -0.1}}}, {1, {{1, 0.8, -0.05}}}},
      {{1, {{1, 0.2037, 0}}}, {2, {{0.6, 0.7612, 0}, {0.4, 0.8037, 0}}}},
      {{1, {{1, 0.3037, 0}}}, {1, {{1, 0.6, 0.05}}}},
      {{1, {{1, 0.3, 0.05}}}, {1, {{1, 0.6, 0.08}}}},
      {{1, {{1, 0.4, 0.05}}}, {1, {{1, 0.42, 0.05}}}},
  };
  const PetscInt  n[2]   = {100, 160};
  const PetscReal tol[2] = {1e-2, 1e-3};

  (void)state;
  for (int g = 0; g < 2; g++) {
    Grid            grid  = FlowGrid(PETSC_COMM_WORLD, 1, &n[g], 0, 1, GRID_NOFLUX);
    const PetscReal h     = 1 / (PetscReal)n[g];
    const PetscReal cells = h * h / 4; /* a point in a cell or its mass spread over it */

    for (size_t p = 0; p < sizeof pair / sizeof *pair; p++) {
      const PetscReal exact = QuantileSquare(n[g], &pair[p][0], &pair[p][1]);
      Vec             from = FlowField(grid, BumpsValue, h, &pair[p][0]), to = FlowField(grid, BumpsValue, h, &pair[p][1]);
      Transport       t;
      PetscReal       w2, told, mass;

      for (Vec *v[] = {&from, &to, NULL}, **q = v; *q; q++) {
        assert_ok(GridIntegrate(grid, **q, &mass));
        assert_ok(VecScale(**q, 1 / mass));
        assert_ok(VecLog(**q));
      }
      assert_ok(TransportCreate(PETSC_COMM_WORLD, &t));
      assert_ok(TransportSetGrid(t, grid));
      assert_ok(TransportSetTolerance(t, tol[g]));
      assert_ok(TransportSetTarget(t, to));
      assert_ok(TransportGetDistance(t, from, &w2, &told));
      if (PetscAbsReal(w2 * w2 - exact) > (2 * w2 + told) * told + cells)
        fail_msg("pair %d on %d cells: W2 %g, told to %g, is %g", (int)p, (int)n[g], (double)w2, (double)told,
                 (double)PetscSqrtReal(exact));
      assert_within(told, 0.1 * w2);
      assert_ok(TransportDestroy(&t));
      assert_ok(VecDestroy(&from));
      assert_ok(VecDestroy(&to));
    }
    assert_ok(GridDestroy(&grid));
  }
}

JKO_TESTS(JKO_TEST(the_told_error_covers_the_true_one), JKO_TEST(disjoint_intervals_have_the_distance_of_their_quantiles),
          JKO_TEST(on_a_torus_the_shorter_way_counts), JKO_TEST(gaussians_are_as_far_apart_as_the_closed_form_says),
          JKO_TEST(in_three_dimensions_gaussians_are_so_too))
