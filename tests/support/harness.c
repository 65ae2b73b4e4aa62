#include "harness.h"
#include <stdio.h>
#include <math.h>

static char HarnessText[1024];

void HarnessAssert(int ok, const char *what, const char *file, int line)
{
  int all = ok;

  (void)MPI_Allreduce(&ok, &all, 1, MPI_INT, MPI_LAND, PETSC_COMM_WORLD);
  if (!all && !ok) fprintf(stderr, "%s:%d: does not hold: %s\n", file, line, what);
  _assert_true((uintmax_t)all, what, file, line);
}

void HarnessBound(PetscReal value, PetscReal bound, const char *what, const char *file, int line)
{
  const int ok = isfinite(value) && fabs(value) <= bound;

  if (!ok) fprintf(stderr, "%s:%d: %s = %.6e, bound %.3e\n", file, line, what, value, bound);
  HarnessAssert(ok, what, file, line);
}

static PetscErrorCode HarnessKeepMessage(MPI_Comm comm, int line, const char *function, const char *file, PetscErrorCode code,
                                         PetscErrorType type, const char *message, void *context)
{
  (void)comm, (void)line, (void)function, (void)file, (void)context;
  if (type == PETSC_ERROR_INITIAL) snprintf(HarnessText, sizeof HarnessText, "%s", message ? message : "");
  return code;
}

void HarnessExpectErrors(PetscBool expect)
{
  HarnessText[0] = 0;
  if (expect)
    (void)PetscPushErrorHandler(HarnessKeepMessage, NULL);
  else
    (void)PetscPopErrorHandler();
}

const char *HarnessMessage(PetscErrorCode code)
{
  static char kept[1024];

  snprintf(kept, sizeof kept, "%s", code ? (*HarnessText ? HarnessText : "error without a message") : "");
  return kept;
}

PetscReal HarnessRandom(uint64_t seed, uint64_t place)
{
  uint64_t x = (seed + 1) * 0x9e3779b97f4a7c15ULL + place * 0xbf58476d1ce4e5b9ULL; /* splitmix64 */

  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ULL;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebULL;
  x ^= x >> 31;
  return (PetscReal)(x >> 11) * 0x1p-52 - 1;
}

PetscReal HarnessDifference(Vec a, Vec b)
{
  const PetscScalar *x, *y;
  PetscInt           n;
  double             worst = 0, all = 0;

  VecGetLocalSize(a, &n);
  VecGetArrayRead(a, &x);
  VecGetArrayRead(b, &y);
  for (PetscInt i = 0; i < n; i++) {
    const double d = x[i] == y[i] ? 0 : fabs(x[i] - y[i]);

    worst = d <= worst ? worst : d; /* a NaN replaces worst */
  }
  VecRestoreArrayRead(a, &x);
  VecRestoreArrayRead(b, &y);
  if (isnan(worst)) worst = INFINITY;
  (void)MPI_Allreduce(&worst, &all, 1, MPI_DOUBLE, MPI_MAX, PETSC_COMM_WORLD);
  return all;
}

int HarnessMain(int argc, char *argv[], const struct CMUnitTest tests[], size_t count)
{
  PetscMPIInt rank;
  int         failed, worst;

  if (PetscInitialize(&argc, &argv, NULL, NULL)) return 99;
  MPI_Comm_rank(PETSC_COMM_WORLD, &rank);
  cmocka_set_message_output(CM_OUTPUT_TAP);
  if (rank && !freopen("/dev/null", "w", stdout)) return 98;
  failed = _cmocka_run_group_tests("", tests, count, NULL, NULL);
  (void)MPI_Allreduce(&failed, &worst, 1, MPI_INT, MPI_MAX, PETSC_COMM_WORLD);
  PetscFinalize();
  return worst ? 1 : 0;
}
