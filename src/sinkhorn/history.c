/* The history of Anderson acceleration (Anderson, J. ACM 12, 1965; Walker and Ni, SIAM J. Numer. Anal. 49, 2011):

     gamma = argmin | f - sum_j gamma_j df_j |,   x <- G - sum_j gamma_j dG_j + (1 - mixing) (f - sum_j gamma_j df_j),   f = x - G(x)

   over the last few differences df_j, dG_j. They are kept in single precision, which costs no iterations and halves the traffic;
   the products of its entries are then exact in double precision and their sums do not depend on the number of ranks (Sum), so
   neither does the path of a solver. */
#include <jko/private/andersonimpl.h>
#include <jko/private/sumimpl.h>

#define ANDERSON_CHUNK 64
#define ANDERSON_RIDGE 1e-11 /* relative, on the diagonal of the normal equations */

/* The sums of one sweep: the newest difference df against every one kept, f against every one kept, f against itself. */
typedef struct {
  Sum       row[ANDERSON_MAX_DEPTH], rhs[ANDERSON_MAX_DEPTH], ff;
  double    f[ANDERSON_CHUNK], df[ANDERSON_CHUNK]; /* of a chunk, as floats, whose products are exact in double */
  PetscBool store;
} AndersonSweep;

static inline void AndersonDot(Sum *sum, const double a[], const double b[])
{
  double product[ANDERSON_CHUNK];

  for (int i = 0; i < ANDERSON_CHUNK; i++) product[i] = a[i] * b[i];
  SumAdd(sum, ANDERSON_CHUNK, product);
}

/* Differences of n cells from `first` to the last iterate go into the history, the iterate takes its place. */
static inline void AndersonKeep(AndersonHistory *a, AndersonSweep *s, PetscInt first, PetscInt n, const PetscScalar x[],
                                const PetscScalar f[], PetscScalar f_old[], PetscScalar g_old[])
{
  float *df = a->df[a->newest] + first, *dg = a->dg[a->newest] + first;

  if (s->store)
    for (PetscInt i = 0; i < n; i++) {
      df[i]    = (float)(f[i] - f_old[i]);
      dg[i]    = (float)(x[i] - f[i] - g_old[i]);
      s->df[i] = df[i];
    }
  for (PetscInt i = 0; i < n; i++) {
    f_old[i] = f[i];
    g_old[i] = x[i] - f[i];
    s->f[i]  = (float)f[i];
  }
}

/* Products of n cells from `first`, filled up with zeros. */
static inline void AndersonProducts(const AndersonHistory *a, AndersonSweep *s, PetscInt first, PetscInt n)
{
  double kept[ANDERSON_CHUNK];

  for (PetscInt i = n; i < ANDERSON_CHUNK; i++) s->f[i] = s->df[i] = kept[i] = 0;
  AndersonDot(&s->ff, s->f, s->f);
  for (PetscInt j = 0; j < a->count; j++) {
    for (PetscInt i = 0; i < n; i++) kept[i] = a->df[j][first + i];
    AndersonDot(&s->row[j], kept, s->df);
    AndersonDot(&s->rhs[j], kept, s->f);
  }
}

/* One sweep over the cells of this rank, chunk by chunk. */
static PetscErrorCode AndersonSweepCells(AndersonHistory *a, Vec iterate, Vec residual, AndersonSweep *s)
{
  const PetscScalar *x, *f;
  PetscScalar       *f_old, *g_old;

  PetscFunctionBegin;
  PetscCall(VecGetArrayRead(iterate, &x));
  PetscCall(VecGetArrayRead(residual, &f));
  PetscCall(VecGetArray(a->f_old, &f_old));
  PetscCall(VecGetArray(a->g_old, &g_old));
  for (PetscInt i = 0; i < a->n; i += ANDERSON_CHUNK) {
    const PetscInt n = PetscMin(ANDERSON_CHUNK, a->n - i);

    AndersonKeep(a, s, i, n, x + i, f + i, f_old + i, g_old + i);
    AndersonProducts(a, s, i, n);
  }
  PetscCall(VecRestoreArray(a->g_old, &g_old));
  PetscCall(VecRestoreArray(a->f_old, &f_old));
  PetscCall(VecRestoreArrayRead(residual, &f));
  PetscCall(VecRestoreArrayRead(iterate, &x));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Takes an iterate and its residual in, and returns the norm of the residual. Collective. */
PetscErrorCode AndersonHistoryAdd(AndersonHistory *a, Vec x, Vec f, PetscReal *norm)
{
  AndersonSweep s = {.store = a->started};
  Sum           sums[2 * ANDERSON_MAX_DEPTH + 1];
  PetscReal     totals[2 * ANDERSON_MAX_DEPTH + 1];

  PetscFunctionBegin;
  if (s.store) {
    a->newest = a->next;
    a->next   = (a->next + 1) % a->depth;
    a->count  = PetscMin(a->count + 1, a->depth);
  }
  PetscCall(AndersonSweepCells(a, x, f, &s));
  a->started = PETSC_TRUE;
  sums[0]    = s.ff;
  for (PetscInt j = 0; j < a->count; j++) {
    sums[2 * j + 1] = s.row[j];
    sums[2 * j + 2] = s.rhs[j];
  }
  PetscCall(SumAllreduce(PetscObjectComm((PetscObject)f), 2 * a->count + 1, sums, totals));
  *norm = PetscSqrtReal(totals[0]);
  for (PetscInt j = 0; j < a->count; j++) {
    a->gram[a->newest][j] = a->gram[j][a->newest] = totals[2 * j + 1];
    a->rhs[j]                                     = totals[2 * j + 2];
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The coefficients gamma[0..count) by Cholesky; false when the normal equations are singular to working precision. */
PetscBool AndersonHistorySolve(const AndersonHistory *a, PetscReal gamma[])
{
  PetscReal l[ANDERSON_MAX_DEPTH][ANDERSON_MAX_DEPTH] = {{0}};

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

/* y -= c x of n cells. */
static inline void AndersonTake(PetscInt n, PetscReal c, const float x[], double y[])
{
  for (PetscInt i = 0; i < n; i++) y[i] -= c * x[i];
}

/* The next x with count differences; the plain step with none. */
PetscErrorCode AndersonHistoryNext(const AndersonHistory *a, PetscInt count, const PetscReal gamma[], PetscReal mixing, Vec x)
{
  const PetscScalar *g, *f;
  PetscScalar       *y;
  const PetscReal    held = 1 - mixing;

  PetscFunctionBegin;
  PetscCall(VecGetArrayRead(a->g_old, &g));
  PetscCall(VecGetArrayRead(a->f_old, &f));
  PetscCall(VecGetArrayWrite(x, &y));
  for (PetscInt i = 0; i < a->n; i += ANDERSON_CHUNK) {
    const PetscInt n = PetscMin(ANDERSON_CHUNK, a->n - i);
    double         sum[ANDERSON_CHUNK];

    for (PetscInt l = 0; l < n; l++) sum[l] = g[i + l];
    for (PetscInt j = 0; j < count; j++) AndersonTake(n, gamma[j], a->dg[j] + i, sum);
    for (PetscInt l = 0; held > 0 && l < n; l++) sum[l] += held * f[i + l];
    for (PetscInt j = 0; held > 0 && j < count; j++) AndersonTake(n, held * gamma[j], a->df[j] + i, sum);
    for (PetscInt l = 0; l < n; l++) y[i + l] = sum[l];
  }
  PetscCall(VecRestoreArrayWrite(x, &y));
  PetscCall(VecRestoreArrayRead(a->f_old, &f));
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
