/* The result is the same to the last bit on any number of ranks, and by the fast way and the exact way. */
#include <math.h>
#include <string.h>
#include "../support/harness.h"
#include "../support/reference.h"

static uint64_t Mix(uint64_t x)
{
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ULL;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebULL;
  return x ^ (x >> 31);
}

/* Sum over this rank's cells of a hash of place and bits. */
static uint64_t Digest(Grid grid, Vec v)
{
  PetscInt           n[3], start[3], width[3], at = 0;
  const PetscScalar *x;
  uint64_t           sum = 0;

  GridGetSizes(grid, n);
  GridGetCorners(grid, start, width);
  VecGetArrayRead(v, &x);
  for (PetscInt k = start[2]; k < start[2] + width[2]; k++)
    for (PetscInt j = start[1]; j < start[1] + width[1]; j++)
      for (PetscInt i = start[0]; i < start[0] + width[0]; i++) {
        uint64_t bits;

        memcpy(&bits, &x[at++], sizeof bits);
        sum += Mix(Mix(bits) + (uint64_t)(i + n[0] * (j + n[1] * k)));
      }
  VecRestoreArrayRead(v, &x);
  return sum;
}

static PetscReal Smooth(PetscInt i, PetscInt j, PetscInt k, const PetscInt n[3])
{
  return 9 * sin(0.1 * (double)i + 0.3 * (double)(j * k) / (double)n[2]) + HarnessRandom(7, (uint64_t)(i + n[0] * (j + n[1] * k)));
}
static PetscReal Steep(PetscInt i, PetscInt j, PetscInt k, const PetscInt n[3])
{
  return 8 * fabs((double)i - 0.43 * (double)n[0]) + 7 * fabs((double)j - 0.37 * (double)n[1]) - 6 * (double)k;
}
static PetscReal Island(PetscInt i, PetscInt j, PetscInt k, const PetscInt n[3])
{
  return PetscSqr((double)i - 0.4 * (double)n[0]) + PetscSqr((double)j - 0.3 * (double)n[1]) + (double)(k * k) < 200
             ? -0.3 * (double)(i + j)
             : -INFINITY;
}
static PetscReal Noise(PetscInt i, PetscInt j, PetscInt k, const PetscInt n[3])
{
  return 1e4 * HarnessRandom(1, (uint64_t)(i + n[0] * (j + n[1] * k)));
}
static PetscReal Cliff(PetscInt i, PetscInt j, PetscInt k, const PetscInt n[3])
{
  return Smooth(i, j, k, n) + (i > 3 * n[0] / 4 ? 40.0 * (double)((i * 17) % 101) : 0);
}

/* One application on all ranks or on this one alone; the digest is that of the whole result either way. */
static uint64_t Whole(MPI_Comm comm, const PetscInt n[], GridBoundary boundary, PetscReal sigma, PetscBool logarithm, ReferenceField field)
{
  Grid     grid;
  Kernel   kernel;
  Vec      in, out;
  uint64_t sum;

  assert_ok(ReferenceProblem(comm, 3, n, boundary, sigma, &grid, &kernel));
  assert_ok(GridCreateVector(grid, &in));
  assert_ok(GridCreateVector(grid, &out));
  assert_ok(ReferenceFill(grid, field, in));
  if (logarithm)
    assert_ok(KernelApplyLog(kernel, in, NULL, out));
  else
    assert_ok(KernelApply(kernel, in, out));
  sum = Digest(grid, out);
  (void)MPI_Allreduce(MPI_IN_PLACE, &sum, 1, MPI_UINT64_T, MPI_SUM, comm);
  assert_ok(VecDestroy(&in));
  assert_ok(VecDestroy(&out));
  assert_ok(KernelDestroy(&kernel));
  assert_ok(GridDestroy(&grid));
  return sum;
}

static void AssertSame(PetscBool logarithm, ReferenceField field)
{
  const PetscInt  shapes[][3] = {{613, 1, 1}, {131, 67, 1}, {1, 90, 1}, {45, 23, 38}, {9, 70, 13}};
  const PetscReal sigmas[]    = {0.8, 2.1, 7.0};

  for (size_t s = 0; s < sizeof shapes / sizeof *shapes; s++)
    for (PetscInt type = 0; type < 2; type++)
      for (size_t q = 0; q < 3; q++)
        assert_all(Whole(PETSC_COMM_WORLD, shapes[s], (GridBoundary)type, sigmas[q], logarithm, field) ==
                   Whole(PETSC_COMM_SELF, shapes[s], (GridBoundary)type, sigmas[q], logarithm, field));
}

static void linear_results_do_not_depend_on_ranks(void **state)
{
  (void)state;
  AssertSame(PETSC_FALSE, Smooth);
}
static void logarithms_of_ordinary_fields_do_not_depend_on_ranks(void **state)
{
  (void)state;
  AssertSame(PETSC_TRUE, Smooth);
  AssertSame(PETSC_TRUE, Steep);
  AssertSame(PETSC_TRUE, Island);
}
static void logarithms_of_hard_fields_do_not_depend_on_ranks(void **state)
{
  (void)state;
  AssertSame(PETSC_TRUE, Noise);
  AssertSame(PETSC_TRUE, Cliff);
}

/* A cliff at one end makes the whole application go the exact way; cells beyond its reach must not notice. */
static void fast_and_exact_way_give_the_same_bits(void **state)
{
  const PetscInt     n[3]     = {200, 40, 1};
  ReferenceField     field[2] = {Smooth, Noise};
  Grid               grid;
  Kernel             kernel;
  Vec                in, out[2];
  PetscInt           start[3], width[3], radius[3], same = 1;
  const PetscScalar *x, *y;

  (void)state;
  assert_ok(ReferenceProblem(PETSC_COMM_WORLD, 2, n, GRID_NOFLUX, 1.5, &grid, &kernel));
  assert_ok(GridGetCorners(grid, start, width));
  assert_ok(KernelGetRadius(kernel, radius));
  assert_ok(GridCreateVector(grid, &in));
  for (int f = 0; f < 2; f++) {
    PetscScalar *a;
    Vec          other;

    assert_ok(GridCreateVector(grid, &out[f]));
    assert_ok(GridCreateVector(grid, &other));
    assert_ok(ReferenceFill(grid, Smooth, in));
    assert_ok(ReferenceFill(grid, field[f], other));
    assert_ok(VecGetArrayRead(other, &x));
    assert_ok(VecGetArray(in, &a));
    for (PetscInt c = 0; c < width[0] * width[1]; c++)
      if (start[0] + c % width[0] >= 150) a[c] = x[c];
    assert_ok(VecRestoreArray(in, &a));
    assert_ok(VecRestoreArrayRead(other, &x));
    assert_ok(KernelApplyLog(kernel, in, NULL, out[f]));
    assert_ok(VecDestroy(&other));
  }
  assert_ok(VecGetArrayRead(out[0], &x));
  assert_ok(VecGetArrayRead(out[1], &y));
  for (PetscInt c = 0; c < width[0] * width[1]; c++)
    if (start[0] + c % width[0] < 150 - radius[0]) same = same && x[c] == y[c];
  assert_all(same);
  assert_ok(VecRestoreArrayRead(out[0], &x));
  assert_ok(VecRestoreArrayRead(out[1], &y));
  assert_ok(VecDestroy(&out[0]));
  assert_ok(VecDestroy(&out[1]));
  assert_ok(VecDestroy(&in));
  assert_ok(KernelDestroy(&kernel));
  assert_ok(GridDestroy(&grid));
}

JKO_TESTS(JKO_TEST(linear_results_do_not_depend_on_ranks), JKO_TEST(logarithms_of_ordinary_fields_do_not_depend_on_ranks),
          JKO_TEST(logarithms_of_hard_fields_do_not_depend_on_ranks), JKO_TEST(fast_and_exact_way_give_the_same_bits))
