/* Anderson acceleration of the fixed point x <- G(x) = x - f(x) (Anderson, J. ACM 12, 1965; Walker and Ni, SIAM J. Numer. Anal. 49, 2011):

     gamma = argmin | f - sum_j gamma_j df_j |,   x <- G - sum_j gamma_j dG_j

   over the last few differences df_j, dG_j. In the variables of Sinkhorn, x = sqrt(q) beta, the norm weighs cells by their mass.

   What differs from SNESANDERSON: the history is in single precision, which costs no iterations and halves the traffic; the
   products of its entries are then exact in double precision and their sums do not depend on the number of ranks (Sum), so
   neither does the path of the solver; and an iterate whose residual has grown is left by a plain step with a new history. */
#include <petsc/private/snesimpl.h>
#include <jko/private/sinkhornimpl.h>
#include <jko/private/sumimpl.h>

#define ANDERSON_MAX_DEPTH 20
#define ANDERSON_CHUNK     64
#define ANDERSON_GROWTH    2.5   /* over the best residual, that ends a history */
#define ANDERSON_RIDGE     1e-11 /* relative, on the diagonal of the normal equations */

typedef struct {
  PetscInt  depth;               /* differences kept at most */
  PetscInt  n;                   /* local cells */
  PetscInt  count, next, newest; /* differences kept, place of the next one, place of the newest */
  float    *df[ANDERSON_MAX_DEPTH], *dg[ANDERSON_MAX_DEPTH];
  PetscReal gram[ANDERSON_MAX_DEPTH][ANDERSON_MAX_DEPTH]; /* <df_i, df_j> */
  Vec       f_old, g_old;                                 /* f and G of the last iterate */
} Anderson;

/* The sums of one sweep: the new difference df against every one kept, f against every one kept, f against itself. */
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
static inline void AndersonKeep(Anderson *a, AndersonSweep *s, PetscInt first, PetscInt n, const PetscScalar x[], const PetscScalar f[],
                                PetscScalar f_old[], PetscScalar g_old[])
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
static inline void AndersonProducts(const Anderson *a, AndersonSweep *s, PetscInt first, PetscInt n)
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
static PetscErrorCode AndersonSweepCells(SNES snes, AndersonSweep *s)
{
  Anderson          *a = (Anderson *)snes->data;
  const PetscScalar *x, *f;
  PetscScalar       *f_old, *g_old;

  PetscFunctionBegin;
  PetscCall(VecGetArrayRead(snes->vec_sol, &x));
  PetscCall(VecGetArrayRead(snes->vec_func, &f));
  PetscCall(VecGetArray(a->f_old, &f_old));
  PetscCall(VecGetArray(a->g_old, &g_old));
  for (PetscInt i = 0; i < a->n; i += ANDERSON_CHUNK) {
    const PetscInt n = PetscMin(ANDERSON_CHUNK, a->n - i);

    AndersonKeep(a, s, i, n, x + i, f + i, f_old + i, g_old + i);
    AndersonProducts(a, s, i, n);
  }
  PetscCall(VecRestoreArray(a->g_old, &g_old));
  PetscCall(VecRestoreArray(a->f_old, &f_old));
  PetscCall(VecRestoreArrayRead(snes->vec_func, &f));
  PetscCall(VecRestoreArrayRead(snes->vec_sol, &x));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Takes x and f into the history: the norm of f, the new row of the normal equations, and their right-hand side. Collective. */
static PetscErrorCode AndersonMeasure(SNES snes, PetscReal rhs[])
{
  Anderson     *a = (Anderson *)snes->data;
  AndersonSweep s = {.store = (PetscBool)(snes->iter > 0)};
  Sum           sums[2 * ANDERSON_MAX_DEPTH + 1];
  PetscReal     totals[2 * ANDERSON_MAX_DEPTH + 1];

  PetscFunctionBegin;
  PetscCall(PetscLogEventBegin(Sinkhorn_Accelerate, snes, 0, 0, 0));
  if (s.store) {
    a->newest = a->next;
    a->next   = (a->next + 1) % a->depth;
    a->count  = PetscMin(a->count + 1, a->depth);
  }
  PetscCall(AndersonSweepCells(snes, &s));
  sums[0] = s.ff;
  for (PetscInt j = 0; j < a->count; j++) {
    sums[2 * j + 1] = s.row[j];
    sums[2 * j + 2] = s.rhs[j];
  }
  PetscCall(SumAllreduce(PetscObjectComm((PetscObject)snes), 2 * a->count + 1, sums, totals));
  snes->norm = PetscSqrtReal(totals[0]);
  for (PetscInt j = 0; j < a->count; j++) {
    a->gram[a->newest][j] = a->gram[j][a->newest] = totals[2 * j + 1];
    rhs[j]                                        = totals[2 * j + 2];
  }
  PetscCall(PetscLogEventEnd(Sinkhorn_Accelerate, snes, 0, 0, 0));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Solves the normal equations by Cholesky; false when they are singular to working precision. */
static PetscBool AndersonCoefficients(const Anderson *a, const PetscReal rhs[], PetscReal gamma[])
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
    gamma[i] = rhs[i];
    for (PetscInt k = 0; k < i; k++) gamma[i] -= l[i][k] * gamma[k];
    gamma[i] /= l[i][i];
  }
  for (PetscInt i = a->count - 1; i >= 0; i--) {
    for (PetscInt k = i + 1; k < a->count; k++) gamma[i] -= l[k][i] * gamma[k];
    gamma[i] /= l[i][i];
  }
  return PETSC_TRUE;
}

/* x <- G - sum_j gamma_j dG_j with count terms; the plain step with none. */
static PetscErrorCode AndersonUpdate(const Anderson *a, PetscInt count, const PetscReal gamma[], Vec x)
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

/* The next x. A residual that has grown beyond the best, or a history without information, starts a new one by a plain step. */
static PetscErrorCode AndersonAdvance(SNES snes, const PetscReal rhs[], PetscReal *best)
{
  Anderson *a                         = (Anderson *)snes->data;
  PetscReal gamma[ANDERSON_MAX_DEPTH] = {0};
  PetscBool accelerate                = (PetscBool)(snes->norm <= ANDERSON_GROWTH * *best && AndersonCoefficients(a, rhs, gamma));

  PetscFunctionBegin;
  PetscCall(PetscLogEventBegin(Sinkhorn_Accelerate, snes, 0, 0, 0));
  if (!accelerate) a->count = a->next = 0;
  *best = accelerate ? PetscMin(*best, snes->norm) : snes->norm;
  PetscCall(AndersonUpdate(a, a->count, gamma, snes->vec_sol));
  PetscCall(PetscLogEventEnd(Sinkhorn_Accelerate, snes, 0, 0, 0));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode SNESSolve_WeightedAnderson(SNES snes)
{
  Anderson *a    = (Anderson *)snes->data;
  PetscReal best = PETSC_MAX_REAL, rhs[ANDERSON_MAX_DEPTH] = {0};

  PetscFunctionBegin;
  a->count = a->next = 0;
  snes->reason       = SNES_CONVERGED_ITERATING;
  snes->norm         = 0;
  if (!snes->vec_func_init_set) PetscCall(SNESComputeFunction(snes, snes->vec_sol, snes->vec_func));
  snes->vec_func_init_set = PETSC_FALSE;
  for (snes->iter = 0;; snes->iter++) {
    PetscUseTypeMethod(snes, converged, snes->iter, 0, 0, snes->norm, &snes->reason, snes->cnvP);
    if (!snes->reason || snes->numbermonitors) PetscCall(AndersonMeasure(snes, rhs));
    PetscCall(SNESLogConvergenceHistory(snes, snes->norm, 0));
    PetscCall(SNESMonitor(snes, snes->iter, snes->norm));
    if (snes->reason) break;
    PetscCall(AndersonAdvance(snes, rhs, &best));
    PetscCall(SNESComputeFunction(snes, snes->vec_sol, snes->vec_func));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode SNESSetUp_WeightedAnderson(SNES snes)
{
  Anderson *a = (Anderson *)snes->data;

  PetscFunctionBegin;
  PetscCall(VecGetLocalSize(snes->vec_sol, &a->n));
  PetscCall(VecDuplicate(snes->vec_sol, &a->f_old));
  PetscCall(VecDuplicate(snes->vec_sol, &a->g_old));
  for (PetscInt j = 0; j < a->depth; j++) PetscCall(PetscMalloc2(a->n, &a->df[j], a->n, &a->dg[j]));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode SNESReset_WeightedAnderson(SNES snes)
{
  Anderson *a = (Anderson *)snes->data;

  PetscFunctionBegin;
  PetscCall(VecDestroy(&a->f_old));
  PetscCall(VecDestroy(&a->g_old));
  for (PetscInt j = 0; j < ANDERSON_MAX_DEPTH; j++) PetscCall(PetscFree2(a->df[j], a->dg[j]));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode SNESDestroy_WeightedAnderson(SNES snes)
{
  PetscFunctionBegin;
  PetscCall(SNESReset_WeightedAnderson(snes));
  PetscCall(PetscFree(snes->data));
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode SNESSetFromOptions_WeightedAnderson(SNES snes, JKOOptionItems PetscOptionsObject)
{
  Anderson *a = (Anderson *)snes->data;

  PetscFunctionBegin;
  PetscOptionsHeadBegin(PetscOptionsObject, "Weighted Anderson acceleration");
  PetscCall(PetscOptionsInt("-snes_anderson_depth", "Differences kept, 1 to 20", "SNESWEIGHTEDANDERSON", a->depth, &a->depth, NULL));
  PetscCheck(a->depth >= 1 && a->depth <= ANDERSON_MAX_DEPTH, PetscObjectComm((PetscObject)snes), JKO_ERR_INPUT,
             "-sinkhorn_snes_anderson_depth: %" PetscInt_FMT " is not between 1 and %d", a->depth, ANDERSON_MAX_DEPTH);
  PetscOptionsHeadEnd();
  PetscFunctionReturn(PETSC_SUCCESS);
}

static PetscErrorCode SNESView_WeightedAnderson(SNES snes, PetscViewer viewer)
{
  PetscFunctionBegin;
  PetscCall(PetscViewerASCIIPrintf(viewer, "  depth %" PetscInt_FMT "\n", ((Anderson *)snes->data)->depth));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode SNESCreate_WeightedAnderson(SNES snes)
{
  Anderson *a;

  PetscFunctionBegin;
  PetscCall(PetscNew(&a));
  a->depth                  = 10;
  snes->data                = a;
  snes->usesksp             = PETSC_FALSE;
  snes->usesnpc             = PETSC_FALSE;
  snes->ops->setup          = SNESSetUp_WeightedAnderson;
  snes->ops->solve          = SNESSolve_WeightedAnderson;
  snes->ops->reset          = SNESReset_WeightedAnderson;
  snes->ops->destroy        = SNESDestroy_WeightedAnderson;
  snes->ops->setfromoptions = SNESSetFromOptions_WeightedAnderson;
  snes->ops->view           = SNESView_WeightedAnderson;
  PetscFunctionReturn(PETSC_SUCCESS);
}
