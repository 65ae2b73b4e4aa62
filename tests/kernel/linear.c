/* K is linear, symmetric and positive, keeps constants and mass, and agrees with its logarithmic form. */
#include <math.h>
#include "../support/harness.h"
#include "../support/reference.h"

typedef struct {
  Grid   grid;
  Kernel kernel;
  Vec    f, g, kf, kg, work;
} Problem;

static PetscReal RandomF(PetscInt i, PetscInt j, PetscInt k, const PetscInt n[3])
{
  return HarnessRandom(3, (uint64_t)(i + n[0] * (j + n[1] * k)));
}
static PetscReal RandomG(PetscInt i, PetscInt j, PetscInt k, const PetscInt n[3])
{
  return HarnessRandom(4, (uint64_t)(i + n[0] * (j + n[1] * k)));
}

/* Runs a claim on every dimension and boundary. */
static void OnEveryGrid(void (*claim)(Problem *))
{
  const PetscInt n[3] = {75, 33, 14};

  for (PetscInt dim = 1; dim <= 3; dim++)
    for (PetscInt type = 0; type < 2; type++) {
      Problem p;

      assert_ok(ReferenceProblem(PETSC_COMM_WORLD, dim, n, (GridBoundary)type, 2.3, &p.grid, &p.kernel));
      Vec *const all[] = {&p.f, &p.g, &p.kf, &p.kg, &p.work};

      for (int v = 0; v < 5; v++) assert_ok(GridCreateVector(p.grid, all[v]));
      assert_ok(ReferenceFill(p.grid, RandomF, p.f));
      assert_ok(ReferenceFill(p.grid, RandomG, p.g));
      assert_ok(KernelApply(p.kernel, p.f, p.kf));
      assert_ok(KernelApply(p.kernel, p.g, p.kg));
      claim(&p);
      for (int v = 0; v < 5; v++) assert_ok(VecDestroy(all[v]));
      assert_ok(KernelDestroy(&p.kernel));
      assert_ok(GridDestroy(&p.grid));
    }
}

static void ClaimLinear(Problem *p)
{
  Vec sum;

  assert_ok(VecDuplicate(p->f, &sum));
  assert_ok(VecWAXPY(p->work, -3, p->f, p->g));
  assert_ok(KernelApply(p->kernel, p->work, sum));
  assert_ok(VecAXPY(p->kg, -3, p->kf));
  assert_within(HarnessDifference(sum, p->kg), 1e-14);
  assert_ok(VecDestroy(&sum));
}

static void ClaimSymmetric(Problem *p)
{
  PetscScalar a, b;

  assert_ok(VecDot(p->kf, p->g, &a));
  assert_ok(VecDot(p->f, p->kg, &b));
  assert_within(a - b, 1e-12);
}

static void ClaimConservative(Problem *p)
{
  PetscScalar a, b;

  assert_ok(VecSum(p->f, &a));
  assert_ok(VecSum(p->kf, &b));
  assert_within(a - b, 1e-11);
  assert_ok(VecSet(p->f, 4));
  assert_ok(KernelApply(p->kernel, p->f, p->kf));
  assert_within(HarnessDifference(p->f, p->kf), 1e-14);
}

static void ClaimPositive(Problem *p)
{
  PetscReal least;

  assert_ok(VecAbs(p->f));
  assert_ok(VecShift(p->f, -0.999)); /* one cell in a thousand */
  assert_ok(VecPointwiseMax(p->work, p->f, p->f));
  assert_ok(VecSet(p->g, 0));
  assert_ok(VecPointwiseMax(p->f, p->f, p->g));
  assert_ok(KernelApply(p->kernel, p->f, p->kf));
  assert_ok(VecMin(p->kf, NULL, &least));
  assert_all(least >= 0);
}

static void ClaimLogarithm(Problem *p)
{
  assert_ok(VecCopy(p->f, p->work));
  assert_ok(VecExp(p->work));
  assert_ok(KernelApply(p->kernel, p->work, p->kg));
  assert_ok(VecLog(p->kg));
  assert_ok(KernelApplyLog(p->kernel, p->f, NULL, p->kf));
  assert_within(HarnessDifference(p->kf, p->kg), 1e-14);
}

static void linear_on_signed_values(void **state)
{
  (void)state;
  OnEveryGrid(ClaimLinear);
}
static void symmetric(void **state)
{
  (void)state;
  OnEveryGrid(ClaimSymmetric);
}
static void keeps_mass_and_constants(void **state)
{
  (void)state;
  OnEveryGrid(ClaimConservative);
}
static void positive(void **state)
{
  (void)state;
  OnEveryGrid(ClaimPositive);
}
static void agrees_with_its_logarithmic_form(void **state)
{
  (void)state;
  OnEveryGrid(ClaimLogarithm);
}

/* e^(-|x-c|^2/(2 s^2)) becomes (s/S)^dim e^(-|x-c|^2/(2 S^2)), S^2 = s^2 + sigma^2. */
static void a_gaussian_stays_one_of_added_variance(void **state)
{
  const PetscInt  n[3]     = {96, 64, 80};
  const PetscReal lower[3] = {-1, -1, -1}, upper[3] = {1, 1, 1}, centre[3] = {0.1, -0.05, 0.02}, s = 0.08, sigma = 0.06;
  const PetscReal wide = PetscSqrtReal(s * s + sigma * sigma);

  (void)state;
  for (PetscInt dim = 1; dim <= 3; dim++) {
    Grid         grid;
    Kernel       kernel;
    Vec          in, out, expected;
    PetscInt     start[3], width[3];
    PetscScalar *x, *y;

    assert_ok(GridCreate(PETSC_COMM_WORLD, &grid));
    assert_ok(GridSetSizes(grid, dim, n));
    assert_ok(GridSetBox(grid, lower, upper));
    assert_ok(GridSetUp(grid));
    assert_ok(KernelCreate(PETSC_COMM_WORLD, &kernel));
    assert_ok(KernelSetGrid(kernel, grid));
    assert_ok(KernelSetEpsilon(kernel, 2 * sigma * sigma));
    assert_ok(KernelSetTruncation(kernel, 8));
    assert_ok(GridCreateVector(grid, &in));
    assert_ok(GridCreateVector(grid, &out));
    assert_ok(GridCreateVector(grid, &expected));
    assert_ok(GridGetCorners(grid, start, width));
    assert_ok(VecGetArray(in, &x));
    assert_ok(VecGetArray(expected, &y));
    for (PetscInt c = 0; c < width[0] * width[1] * width[2]; c++) {
      const PetscInt place[3] = {start[0] + c % width[0], start[1] + c / width[0] % width[1], start[2] + c / (width[0] * width[1])};
      PetscReal      r2       = 0;

      for (PetscInt a = 0; a < dim; a++) {
        PetscReal where;

        GridGetCentre(grid, a, place[a], &where);
        r2 += PetscSqr(where - centre[a]);
      }
      x[c] = PetscExpReal(-r2 / (2 * s * s));
      y[c] = PetscPowReal(s / wide, dim) * PetscExpReal(-r2 / (2 * wide * wide));
    }
    assert_ok(VecRestoreArray(in, &x));
    assert_ok(VecRestoreArray(expected, &y));
    assert_ok(KernelApply(kernel, in, out));
    assert_within(HarnessDifference(out, expected), 1e-13);
    assert_ok(VecDestroy(&in));
    assert_ok(VecDestroy(&out));
    assert_ok(VecDestroy(&expected));
    assert_ok(KernelDestroy(&kernel));
    assert_ok(GridDestroy(&grid));
  }
}

JKO_TESTS(JKO_TEST(linear_on_signed_values), JKO_TEST(symmetric), JKO_TEST(keeps_mass_and_constants), JKO_TEST(positive),
          JKO_TEST(agrees_with_its_logarithmic_form), JKO_TEST(a_gaussian_stays_one_of_added_variance))
