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

static Vec LogGauss(Grid grid, const void *gauss)
{
  Vec       v = FlowField(grid, GaussValue, 0, gauss);
  PetscReal mass;

  assert_ok(GridIntegrate(grid, v, &mass));
  assert_ok(VecScale(v, 1 / mass));
  assert_ok(VecLog(v));
  return v;
}

static Transport Solver(Grid grid, const void *target)
{
  Transport t;
  Vec       v = LogGauss(grid, target);

  assert_ok(TransportCreate(PetscObjectComm((PetscObject)grid), &t));
  assert_ok(TransportSetGrid(t, grid));
  assert_ok(TransportSetFromOptions(t));
  assert_ok(TransportSetTarget(t, v));
  assert_ok(VecDestroy(&v));
  return t;
}

/* From one Gaussian to the other: the relative error of W2 and, through the pointer, the error that comes with it, relative too. */
static PetscReal GaussError(Grid grid, const Gauss *from, const Gauss *to, PetscReal *told)
{
  const PetscReal exact = GaussDistance(from, to);
  Transport       t     = Solver(grid, to);
  Vec             v     = LogGauss(grid, from);
  PetscReal       w2;

  assert_ok(TransportGetDistance(t, v, &w2, told));
  *told /= exact;
  assert_ok(VecDestroy(&v));
  assert_ok(TransportDestroy(&t));
  return w2 / exact - 1;
}

static void gaussians_are_as_far_apart_as_the_closed_form_says(void **state)
{
  const PetscInt  n[2]        = {256, 256};
  const PetscReal distance[3] = {0.02, 0.1, 0.6};
  Grid            grid        = FlowGrid(PETSC_COMM_WORLD, 2, n, 0, 1, GRID_NOFLUX);

  (void)state;
  for (int i = 0; i < 3; i++) {
    const PetscReal dx = 0.4 * distance[i], dy = 0.3 * distance[i];
    const Gauss     from = {2, {0.5 - dx, 0.5 - dy}, {0.0025, 0.0005, 0.002}}, to = {2, {0.5 + dx, 0.5 + dy}, {0.0016, -0.0003, 0.003}};
    PetscReal       told, error                                                   = GaussError(grid, &from, &to, &told);

    assert_within(error, 1e-3);
    assert_within(error, told);
    assert_within(told, 2e-3);
  }
  assert_ok(GridDestroy(&grid));
}

JKO_TESTS(JKO_TEST(gaussians_are_as_far_apart_as_the_closed_form_says))
