/* A monotone interpolant whose derivative is continuous, positive and log-linear on each half of the intervals between nodes,

     df(u) = d e^(k (u - u0)),   f(u) = f0 + d (e^(k (u - u0)) - 1)/k,

   so that |d2f| <= rate df with rate = max |k|. The derivative at nodes is that of the exponential through the values around; that in the
   middle is chosen so that f meets the next value: a logarithm or a power of e^u is met everywhere to round-off. Where slopes jump or
   vanish, as at a kink, derivatives are raised until they change by no more than a factor e^(TABLE_STEEPEST u). Beyond the nodes the last
   slopes go on. */
#include <math.h>
#include <jko/private/energyimpl.h>
#include "table.h"

#define TABLE_STEEPEST 2000.0
#define TABLE_LEAST    1e-290 /* of a derivative */
#define TABLE_KINK     5.0    /* half the logarithm of the ratio of two increments that no curve has */

PetscReal TableNode(PetscReal j)
{
  return j / TABLE_INTERVALS - TABLE_SPAN;
}

/* (e^(k s) - 1)/k */
static PetscReal Growth(PetscReal k, PetscReal s)
{
  const PetscReal x = PetscMin(k * s, ENERGY_MAX_EXPONENT);

  return PetscAbsReal(x) < 1e-8 ? s * (1 + x / 2) : expm1(x) / k;
}

/* The mean of e^(log-linear) between a and b. */
static PetscReal LogMean(PetscReal a, PetscReal b)
{
  const PetscReal x = PetscLogReal(b / a);

  return PetscAbsReal(x) < 1e-5 ? a * (1 + x / 2 + x * x / 6) : (b - a) / x;
}

/* The middle derivative between a and b with the two log-means adding up to `sum`, as near as the steepness allows. */
static PetscReal TableMiddle(PetscReal a, PetscReal b, PetscReal sum)
{
  const PetscReal factor = PetscExpReal(TABLE_STEEPEST * TABLE_HALF);
  PetscReal       low = PetscLogReal(PetscMax(PetscMax(a, b) / factor, TABLE_LEAST)), high = PetscLogReal(PetscMin(a, b) * factor);

  for (int it = 0; it < 60; it++) {
    const PetscReal middle = (low + high) / 2, m = PetscExpReal(middle);

    if (LogMean(a, m) + LogMean(m, b) < sum)
      low = middle;
    else
      high = middle;
  }
  return PetscExpReal((low + high) / 2);
}

/* The derivative at a node, per interval, from the increments left and right of it: that of the exponential that has both. */
static PetscReal TableDerivative(PetscReal left, PetscReal right)
{
  const PetscReal mean = PetscSqrtReal(left) * PetscSqrtReal(right), x = PetscLogReal(right / left) / 2;

  if (!(PetscAbsReal(x) < TABLE_KINK)) return (left + right) / 2;
  return PetscAbsReal(x) < 1e-4 ? mean * (1 - x * x / 6) : mean * x / PetscSinhReal(x);
}

/* The derivative at node j of n values, TABLE_LEAST at least. */
static PetscReal TableDifference(PetscInt n, const PetscReal v[], PetscInt j)
{
  const PetscInt  inner = PetscClipInterval(j, 1, n - 2);
  const PetscReal left = PetscMax(v[inner] - v[inner - 1], 0), right = PetscMax(v[inner + 1] - v[inner], 0);
  PetscReal       d = TableDerivative(left, right);

  if (j != inner && left > 0 && right > 0) d *= PetscClipInterval(j ? right / left : left / right, 1e-3, 1e3); /* goes on like that */
  return PetscMax(d * TABLE_INTERVALS, TABLE_LEAST);
}

/* Raises derivatives next to much larger ones. */
static void TableRaise(PetscInt n, PetscReal d[])
{
  const PetscReal least = PetscExpReal(-2 * TABLE_STEEPEST * TABLE_HALF);

  for (PetscInt j = 1; j < n; j++) d[j] = PetscMax(d[j], least * d[j - 1]);
  for (PetscInt j = n - 2; j >= 0; j--) d[j] = PetscMax(d[j], least * d[j + 1]);
}

/* One half from a value and a derivative to another derivative; returns the value there. */
static PetscReal TableHalf(Table *t, PetscInt i, PetscReal f, PetscReal d, PetscReal next)
{
  t->f[i] = f;
  t->d[i] = d;
  t->k[i] = PetscLogReal(next / d) / TABLE_HALF;
  t->rate = PetscMax(t->rate, PetscAbsReal(t->k[i]));
  return f + d * Growth(t->k[i], TABLE_HALF);
}

PetscErrorCode TableCreate(PetscInt first, PetscInt last, const PetscReal values[], Table *t)
{
  const PetscInt n = last - first + 1;
  PetscReal     *d, f = values[first];

  PetscFunctionBegin;
  t->halves = 2 * (n - 1);
  t->lower  = TableNode((PetscReal)first);
  t->upper  = TableNode((PetscReal)last);
  t->rate   = 0;
  PetscCall(PetscMalloc1(n, &d));
  PetscCall(PetscMalloc4(t->halves, &t->f, t->halves, &t->d, t->halves, &t->k, t->halves, &t->g));
  for (PetscInt j = 0; j < n; j++) d[j] = TableDifference(n, values + first, j);
  TableRaise(n, d);
  for (PetscInt j = 0; j < n - 1; j++) {
    const PetscReal middle = TableMiddle(d[j], d[j + 1], (values[first + j + 1] - f) / TABLE_HALF);

    f = TableHalf(t, 2 * j, f, d[j], middle);
    f = TableHalf(t, 2 * j + 1, f, middle, d[j + 1]);
  }
  PetscCall(PetscFree(d));
  t->rate = PetscMax(t->rate, 1e-3); /* of a constant bend, as of a logarithm */
  t->g[0] = t->d[0] * PetscExpReal(t->lower) / (1 + t->k[0]);
  for (PetscInt i = 1; i < t->halves; i++)
    t->g[i] = t->g[i - 1] + t->d[i - 1] * PetscExpReal(t->lower + TABLE_HALF * (PetscReal)(i - 1)) * Growth(1 + t->k[i - 1], TABLE_HALF);
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode TableDestroy(Table *t)
{
  PetscFunctionBegin;
  PetscCall(PetscFree4(t->f, t->d, t->k, t->g));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The half that counts at u, and how far u is from its start. */
static PetscInt TableFind(const Table *t, PetscReal u, PetscReal *s)
{
  const PetscReal place = PetscClipInterval((u - t->lower) / TABLE_HALF, 0, (PetscReal)(t->halves - 1));
  const PetscInt  i     = place == place ? (PetscInt)place : 0;

  *s = u - t->lower - TABLE_HALF * (PetscReal)i;
  return i;
}

void TableValue(const Table *t, PetscReal u, PetscReal *f, PetscReal *df, PetscReal *d2f)
{
  PetscReal      s;
  const PetscInt i = TableFind(t, u, &s);

  *f   = t->f[i] + t->d[i] * Growth(t->k[i], s);
  *df  = t->d[i] * PetscExpReal(PetscMin(t->k[i] * s, ENERGY_MAX_EXPONENT));
  *d2f = t->k[i] * *df;
}

PetscReal TableIntegral(const Table *t, PetscReal u)
{
  PetscReal      s;
  const PetscInt i = TableFind(t, u, &s);

  return t->g[i] + t->d[i] * PetscExpReal(t->lower + TABLE_HALF * (PetscReal)i) * Growth(1 + t->k[i], s);
}
