/* log(K e^f) equals a log-sum-exp in long double, on smooth fields and on fields no double can hold the exponential of. */
#include <math.h>
#include "../support/harness.h"
#include "../support/reference.h"

static PetscReal Smooth(PetscInt i, PetscInt j, PetscInt k, const PetscInt n[3])
{
  (void)n;
  return 3 * sin(0.1 * (double)i) + 2 * cos(0.07 * (double)j) + 0.01 * (double)k;
}
static PetscReal Wave(PetscInt i, PetscInt j, PetscInt k, const PetscInt n[3])
{
  return 1e4 * sin(2 * PETSC_PI * (double)i / (double)n[0]) * cos(2 * PETSC_PI * (double)(j + 2 * k) / (double)n[1]);
}
static PetscReal Slopes(PetscInt i, PetscInt j, PetscInt k, const PetscInt n[3])
{
  return 300 * fabs((double)i - 0.43 * (double)n[0]) + 170 * fabs((double)j - 0.37 * (double)n[1]) - 90 * (double)k;
}
static PetscReal Jumps(PetscInt i, PetscInt j, PetscInt k, const PetscInt n[3])
{
  (void)n;
  return 2000.0 * (double)((i / 13 + j / 7 + k / 5) & 1) + sin(0.3 * (double)i);
}
static PetscReal Compact(PetscInt i, PetscInt j, PetscInt k, const PetscInt n[3])
{
  const double r2 =
      PetscSqr((double)i - 0.4 * (double)n[0]) + PetscSqr((double)j - 0.4 * (double)n[1]) + PetscSqr((double)k - 0.5 * (double)n[2]);

  return r2 < 60 ? -0.05 * r2 : -INFINITY;
}
static PetscReal Noise(PetscInt i, PetscInt j, PetscInt k, const PetscInt n[3])
{
  return 1e4 * HarnessRandom(1, (uint64_t)(i + n[0] * (j + n[1] * k)));
}
static PetscReal Sparse(PetscInt i, PetscInt j, PetscInt k, const PetscInt n[3])
{
  return HarnessRandom(2, (uint64_t)(i + n[0] * (j + n[1] * k))) < -0.9 ? Noise(i, j, k, n) : -INFINITY;
}
static PetscReal Parabola(PetscInt i, PetscInt j, PetscInt k, const PetscInt n[3])
{
  return -0.8 * (PetscSqr((double)i - 0.5 * (double)n[0]) + PetscSqr((double)j - 0.3 * (double)n[1]) + PetscSqr((double)k));
}
static PetscReal Empty(PetscInt i, PetscInt j, PetscInt k, const PetscInt n[3])
{
  (void)i, (void)j, (void)k, (void)n;
  return -INFINITY;
}

typedef struct {
  PetscInt dim, n[3];
} Shape;

static const Shape     Shapes[] = {{1, {37, 1, 1}},  {1, {300, 1, 1}}, {2, {150, 23, 1}}, {2, {19, 53, 1}}, {2, {1, 40, 1}},
                                   {3, {70, 7, 13}}, {3, {13, 1, 18}}, {2, {7, 10, 1}},   {2, {15, 18, 1}}};
static const PetscReal Sigmas[] = {0.81, 1.9, 6.3}; /* radius 6, 14, 45 along the widest cells: the last beyond the small axes */

/* Largest error over shapes, boundaries and radii. */
static PetscReal WorstError(ReferenceField field)
{
  PetscReal worst = 0;

  for (size_t s = 0; s < sizeof Shapes / sizeof *Shapes; s++)
    for (PetscInt type = 0; type < 2; type++)
      for (size_t q = 0; q < 3; q++) {
        Grid   grid;
        Kernel kernel;
        Vec    in, out, expected;

        assert_ok(ReferenceProblem(PETSC_COMM_WORLD, Shapes[s].dim, Shapes[s].n, (GridBoundary)type, Sigmas[q], &grid, &kernel));
        assert_ok(GridCreateVector(grid, &in));
        assert_ok(GridCreateVector(grid, &out));
        assert_ok(GridCreateVector(grid, &expected));
        assert_ok(ReferenceFill(grid, field, in));
        assert_ok(KernelApplyLog(kernel, in, NULL, out));
        assert_ok(ReferenceApplyLog(kernel, field, expected));
        worst = PetscMax(worst, HarnessDifference(out, expected));
        assert_ok(VecDestroy(&in));
        assert_ok(VecDestroy(&out));
        assert_ok(VecDestroy(&expected));
        assert_ok(KernelDestroy(&kernel));
        assert_ok(GridDestroy(&grid));
      }
  return worst;
}

static void smooth_fields_to_1e14(void **state)
{
  (void)state;
  assert_within(WorstError(Smooth), 1e-14);
}
static void compact_support_to_1e13_and_empty_where_due(void **state)
{
  (void)state;
  assert_within(WorstError(Compact), 1e-13);
}
static void empty_fields_stay_empty(void **state)
{
  (void)state;
  assert_within(WorstError(Empty), 0);
}
static void hard_fields_to_1e11(void **state)
{
  (void)state;
  assert_within(WorstError(Wave), 1e-11);
  assert_within(WorstError(Slopes), 1e-11);
  assert_within(WorstError(Jumps), 1e-11);
  assert_within(WorstError(Noise), 1e-11);
  assert_within(WorstError(Sparse), 1e-11);
  assert_within(WorstError(Parabola), 1e-11);
}

JKO_TESTS(JKO_TEST(smooth_fields_to_1e14), JKO_TEST(compact_support_to_1e13_and_empty_where_due), JKO_TEST(empty_fields_stay_empty),
          JKO_TEST(hard_fields_to_1e11))
