/* A monotone interpolant whose derivative is continuous, positive and log-linear on each half of the intervals between nodes,

     df(u) = d e^(k (u - u0)),   f(u) = f0 + d (e^(k (u - u0)) - 1)/k,

   so that |d2f| <= rate df with rate = max |k|. The derivative at nodes is that of the exponential through the values around; that in the
   middle is chosen so that f meets the next value: a logarithm or a power of e^u is met everywhere to round-off. Where slopes jump or
   vanish, as at a kink, derivatives are raised until they change by no more than a factor e^(TABLE_STEEPEST u). Beyond the nodes the last
   slopes go on. */
#include <math.h>
#include <jko/private/energyimpl.h>
#include "table.h"

#define TABLE_LEAST 1e-290 /* of a derivative */
#define TABLE_KINK  5.0    /* half the logarithm of the ratio of two increments that no curve has */

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

/* The derivative of the mean between a and m in log m. */
static PetscReal LogMeanSlope(PetscReal mean, PetscReal a, PetscReal m)
{
  const PetscReal x = PetscLogReal(m / a);

  return PetscAbsReal(x) < 1e-5 ? a * (0.5 + x / 3) : (m - mean) / x;
}

/* The middle derivative between a and b with the two log-means adding up to `sum`, as near as the steepness allows: Newton's iteration in
   its logarithm, in a bracket. */
static PetscReal TableMiddle(PetscReal a, PetscReal b, PetscReal sum)
{
  const PetscReal factor = PetscExpReal(TABLE_STEEPEST * TABLE_HALF);
  PetscReal       low = PetscLogReal(PetscMax(PetscMax(a, b) / factor, TABLE_LEAST)), high = PetscLogReal(PetscMin(a, b) * factor);
  PetscReal       middle = (PetscLogReal(a) + PetscLogReal(b)) / 2, m = PetscExpReal(middle);

  for (int it = 0; it < 60; it++) {
    const PetscReal left = LogMean(a, m), right = LogMean(m, b), value = left + right - sum;
    const PetscReal step = value / (LogMeanSlope(left, a, m) + LogMeanSlope(right, b, m));

    if (value < 0)
      low = middle;
    else
      high = middle;
    if (PetscAbsReal(step) <= 4 * PETSC_MACHINE_EPSILON * (1 + PetscAbsReal(middle))) break;
    middle = middle - step > low && middle - step < high ? middle - step : (low + high) / 2;
    m      = PetscExpReal(middle);
  }
  return m;
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

/* The halves between two nodes from the value at the first, the increment and both derivatives; returns the value at the second. */
static PetscReal TableHalves(PetscReal f, PetscReal increment, PetscReal d, PetscReal next, TableHalf half[2])
{
  const PetscReal middle = TableMiddle(d, next, increment / TABLE_HALF);

  half[0] = (TableHalf){f, d, PetscLogReal(middle / d) / TABLE_HALF};
  half[1] = (TableHalf){f + d * Growth(half[0].k, TABLE_HALF), middle, PetscLogReal(next / middle) / TABLE_HALF};
  return half[1].f + middle * Growth(half[1].k, TABLE_HALF);
}

void TableInterval(PetscInt n, const PetscReal values[], PetscInt j, TableHalf half[2])
{
  PetscReal d[TABLE_WINDOW], f = values[j];

  for (PetscInt i = 0; i < n; i++) d[i] = TableDifference(n, values, i);
  TableRaise(n, d);
  if (j) f = TableHalves(values[j - 1], values[j] - values[j - 1], d[j - 1], d[j], half); /* not the value where d was raised */
  (void)TableHalves(f, values[j + 1] - f, d[j], d[j + 1], half);
}

PetscErrorCode TableCreate(PetscInt first, PetscInt last, const PetscReal values[], Table *t)
{
  const PetscInt n = last - first + 1;
  PetscReal     *d, f = values[first];

  PetscFunctionBegin;
  t->halves = 2 * (n - 1);
  t->lower  = TableNode((PetscReal)first);
  t->upper  = TableNode((PetscReal)last);
  t->rate   = 1e-3; /* of a constant bend, as of a logarithm */
  PetscCall(PetscMalloc1(n, &d));
  PetscCall(PetscMalloc2(t->halves, &t->half, t->halves, &t->g));
  for (PetscInt j = 0; j < n; j++) d[j] = TableDifference(n, values + first, j);
  TableRaise(n, d);
  for (PetscInt j = 0; j < n - 1; j++) f = TableHalves(f, values[first + j + 1] - f, d[j], d[j + 1], t->half + 2 * j);
  PetscCall(PetscFree(d));
  for (PetscInt i = 0; i < t->halves; i++) t->rate = PetscMax(t->rate, PetscAbsReal(t->half[i].k));
  t->g[0] = t->half[0].d * PetscExpReal(t->lower) / (1 + t->half[0].k);
  for (PetscInt i = 1; i < t->halves; i++) {
    const PetscReal start = t->lower + TABLE_HALF * (PetscReal)(i - 1);

    t->g[i] = t->g[i - 1] + t->half[i - 1].d * PetscExpReal(start) * Growth(1 + t->half[i - 1].k, TABLE_HALF);
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode TableDestroy(Table *t)
{
  PetscFunctionBegin;
  PetscCall(PetscFree2(t->half, t->g));
  PetscFunctionReturn(PETSC_SUCCESS);
}

const TableHalf *TableFind(const Table *t, PetscReal u, PetscReal *s)
{
  const PetscReal place = PetscClipInterval((u - t->lower) / TABLE_HALF, 0, (PetscReal)(t->halves - 1));
  const PetscInt  i     = place == place ? (PetscInt)place : 0;

  *s = u - t->lower - TABLE_HALF * (PetscReal)i;
  return t->half + i;
}

void TableValue(const TableHalf *half, PetscReal s, PetscReal *f, PetscReal *df, PetscReal *d2f)
{
  *f   = half->f + half->d * Growth(half->k, s);
  *df  = half->d * PetscExpReal(PetscMin(half->k * s, ENERGY_MAX_EXPONENT));
  *d2f = half->k * *df;
}

PetscReal TableIntegral(const Table *t, PetscReal u)
{
  PetscReal        s;
  const TableHalf *half = TableFind(t, u, &s);

  return t->g[half - t->half] + half->d * PetscExpReal(u - s) * Growth(1 + half->k, s);
}
