/* The history of Anderson acceleration (Anderson, J. ACM 12, 1965; Walker and Ni, SIAM J. Numer. Anal. 49, 2011):

     gamma = argmin | f - sum_j gamma_j df_j |,   x <- G - sum_j gamma_j dG_j,   f = x - G(x)

   over the last few differences df_j, dG_j. They are kept in single precision, which costs no iterations and halves the traffic;
   the products of its entries are then exact in double precision and their sums do not depend on the number of ranks (Sum), so
   neither does the path of a solver. */
#include <jko/private/sumimpl.h>
#include "history.h"

#define ANDERSON_CHUNK 64
#define ANDERSON_RIDGE 1e-11 /* relative, on the diagonal of the normal equations */

/* One chunk of x[0..n) as floats that are exact in double, padded with zeros. */
static inline void AndersonLoad(const float *x, PetscInt n, double out[])
{
  if (n == ANDERSON_CHUNK) {
    for (int i = 0; i < ANDERSON_CHUNK; i++) out[i] = x[i];
    return;
  }
  for (PetscInt i = 0; i < n; i++) out[i] = x[i];
  for (PetscInt i = n; i < ANDERSON_CHUNK; i++) out[i] = 0;
}

static inline void AndersonDot(Sum *sum, const double a[], const double b[])
{
  double product[ANDERSON_CHUNK];

  for (int i = 0; i < ANDERSON_CHUNK; i++) product[i] = a[i] * b[i];
  SumAdd(sum, ANDERSON_CHUNK, product);
}

/* The newest difference against every one kept, f against every one kept, and f against itself. Collective. */
static PetscErrorCode AndersonProducts(AndersonHistory *a, Vec residual, PetscReal *norm)
{
  const PetscScalar *f;
  Sum                sums[2 * ANDERSON_MAX_DEPTH + 1] = {0};
  PetscReal          totals[2 * ANDERSON_MAX_DEPTH + 1];
  double             now[ANDERSON_CHUNK] = {0}, fresh[ANDERSON_CHUNK], kept[ANDERSON_CHUNK];

  PetscFunctionBegin;
  PetscCall(VecGetArrayRead(residual, &f));
  for (PetscInt i = 0; i < a->n; i += ANDERSON_CHUNK) {
    const PetscInt n = PetscMin(ANDERSON_CHUNK, a->n - i);

    for (PetscInt l = 0; l < ANDERSON_CHUNK; l++) now[l] = l < n ? (float)f[i + l] : 0;
    AndersonDot(&sums[2 * a->count], now, now);
    if (a->count) AndersonLoad(a->df[a->newest] + i, n, fresh);
    for (PetscInt j = 0; j < a->count; j++) {
      AndersonLoad(a->df[j] + i, n, kept);
      AndersonDot(&sums[2 * j], kept, fresh);
      AndersonDot(&sums[2 * j + 1], kept, now);
    }
  }
  PetscCall(VecRestoreArrayRead(residual, &f));
  PetscCall(SumAllreduce(PetscObjectComm((PetscObject)residual), 2 * a->count + 1, sums, totals));
  for (PetscInt j = 0; j < a->count; j++) {
    a->gram[a->newest][j] = a->gram[j][a->newest] = totals[2 * j];
    a->rhs[j]                                     = totals[2 * j + 1];
  }
  *norm = PetscSqrtReal(totals[2 * a->count]);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Differences to the last iterate go into the history, the iterate takes its place. */
static PetscErrorCode AndersonKeep(AndersonHistory *a, Vec iterate, Vec residual)
{
  const PetscScalar *x, *f;
  PetscScalar       *f_old, *g_old;

  PetscFunctionBegin;
  PetscCall(VecGetArrayRead(iterate, &x));
  PetscCall(VecGetArrayRead(residual, &f));
  PetscCall(VecGetArray(a->f_old, &f_old));
  PetscCall(VecGetArray(a->g_old, &g_old));
  if (a->started) {
    float *df = a->df[a->next], *dg = a->dg[a->next];

    for (PetscInt i = 0; i < a->n; i++) {
      df[i] = (float)(f[i] - f_old[i]);
      dg[i] = (float)(x[i] - f[i] - g_old[i]);
    }
    a->newest = a->next;
    a->next   = (a->next + 1) % a->depth;
    a->count  = PetscMin(a->count + 1, a->depth);
  }
  for (PetscInt i = 0; i < a->n; i++) {
    f_old[i] = f[i];
    g_old[i] = x[i] - f[i];
  }
  a->started = PETSC_TRUE;
  PetscCall(VecRestoreArray(a->g_old, &g_old));
  PetscCall(VecRestoreArray(a->f_old, &f_old));
  PetscCall(VecRestoreArrayRead(residual, &f));
  PetscCall(VecRestoreArrayRead(iterate, &x));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Takes an iterate and its residual in, and returns the norm of the residual. Collective. */
PetscErrorCode AndersonHistoryAdd(AndersonHistory *a, Vec x, Vec f, PetscReal *norm)
{
  PetscFunctionBegin;
  PetscCall(AndersonKeep(a, x, f));
  PetscCall(AndersonProducts(a, f, norm));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The coefficients gamma[0..count) by Cholesky; false when the normal equations are singular to working precision. */
PetscBool AndersonHistorySolve(const AndersonHistory *a, PetscReal gamma[])
{
  PetscReal l[ANDERSON_MAX_DEPTH][ANDERSON_MAX_DEPTH];

  for (PetscInt i = 0; i < a->count; i++)
    for (PetscInt j = 0; j <= i; j++) {
      PetscReal s = a->gram[i][j] * (i == j ? 1 + ANDERSON_RIDGE : 1);

      for (PetscInt k = 0; k < j; k++) s -= l[i][k] * l[j][k];
      if (i == j && !(s > 1e-15 * a->gram[i][i])) return PETSC_FALSE;
      l[i][j] = i == j ? PetscSqrtReal(s) : s / l[j][j];
    }
  for (PetscInt i = 0; i < a->count; i++) {
    gamma[i] = a->rhs[i];
    for (PetscInt k = 0; k < i; k++) gamma[i] -= l[i][k] * gamma[k];
    gamma[i] /= l[i][i];
  }
  for (PetscInt i = a->count; i-- > 0;) {
    for (PetscInt k = i + 1; k < a->count; k++) gamma[i] -= l[k][i] * gamma[k];
    gamma[i] /= l[i][i];
  }
  return PETSC_TRUE;
}

/* x <- G - sum_j gamma_j dG_j with count terms; the plain step with none. */
PetscErrorCode AndersonHistoryNext(const AndersonHistory *a, PetscInt count, const PetscReal gamma[], Vec x)
{
  const PetscScalar *g;
  PetscScalar       *y;

  PetscFunctionBegin;
  PetscCall(VecGetArrayRead(a->g_old, &g));
  PetscCall(VecGetArrayWrite(x, &y));
  for (PetscInt i = 0; i < a->n; i += ANDERSON_CHUNK) {
    const PetscInt n = PetscMin(ANDERSON_CHUNK, a->n - i);
    double         sum[ANDERSON_CHUNK];

    for (PetscInt l = 0; l < n; l++) sum[l] = g[i + l];
    for (PetscInt j = 0; j < count; j++)
      for (PetscInt l = 0; l < n; l++) sum[l] -= gamma[j] * a->dg[j][i + l];
    for (PetscInt l = 0; l < n; l++) y[i + l] = sum[l];
  }
  PetscCall(VecRestoreArrayWrite(x, &y));
  PetscCall(VecRestoreArrayRead(a->g_old, &g));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Forgets all iterates. */
void AndersonHistoryRestart(AndersonHistory *a)
{
  a->count = a->next = 0;
  a->started         = PETSC_FALSE;
}

/* Room for a->depth differences of vectors like the one given. Collective. */
PetscErrorCode AndersonHistorySetUp(AndersonHistory *a, Vec like)
{
  PetscFunctionBegin;
  PetscCall(VecGetLocalSize(like, &a->n));
  PetscCall(VecDuplicate(like, &a->f_old));
  PetscCall(VecDuplicate(like, &a->g_old));
  for (PetscInt j = 0; j < a->depth; j++) PetscCall(PetscMalloc2(a->n, &a->df[j], a->n, &a->dg[j]));
  AndersonHistoryRestart(a);
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Frees what AndersonHistorySetUp() made; the depth stays. Collective. */
PetscErrorCode AndersonHistoryReset(AndersonHistory *a)
{
  PetscFunctionBegin;
  PetscCall(VecDestroy(&a->f_old));
  PetscCall(VecDestroy(&a->g_old));
  for (PetscInt j = 0; j < ANDERSON_MAX_DEPTH; j++) PetscCall(PetscFree2(a->df[j], a->dg[j]));
  PetscFunctionReturn(PETSC_SUCCESS);
}
