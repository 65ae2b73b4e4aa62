/* Interpolation along one axis: for each cell of the grid on this rank the cells of a file that it is made of, with weights.

   Means: the share of each cell of the file that lies in the cell of the grid, times their width ratio, so that the sum over all cells
   keeps the mass. Faces are told apart in units of the file's cells, where they are whole numbers: shares add up to 1 to the last bit.
   Values: linear between the centres of two cells, beyond the last centre the line goes on to the face, or stays for what must keep its
   bounds. */
#include <float.h>
#include <math.h>
#include "weights.h"

#define TOLERANCE 1e-3 /* of a cell */
#define SNAP      1e-9 /* of a cell */

/* The faces of n cells that go up, as the file has them, or else about their centres, the outermost as far out as those next to them;
   equal cells have equal faces, and those that end where the box does end there. */
static void MakeFaces(const FieldDimension *dim, double lower, double upper, FieldFaces *f)
{
  const double *c = dim->centre, *face = dim->face;
  const hsize_t n = dim->n;
  const double  h = face ? (face[n] - face[0]) / (double)n : (c[n - 1] - c[0]) / (double)(n - 1), slack = TOLERANCE * h + dim->precision;
  double        first = c[0] - 0.5 * h, last = c[n - 1] + 0.5 * h;
  PetscBool     equal = PETSC_TRUE;

  for (hsize_t i = 0; i < n; i++) equal = (PetscBool)(equal && fabs((face ? face[i] - face[0] : c[i] - c[0]) - (double)i * h) <= slack);
  if (!equal) first = c[0] - 0.5 * (c[1] - c[0]), last = c[n - 1] + 0.5 * (c[n - 1] - c[n - 2]);
  if (face) first = face[0], last = face[n];
  if (fabs(first - lower) <= slack) first = lower;
  if (fabs(last - upper) <= slack) last = upper;
  for (hsize_t i = 1; i < n; i++)
    f->at[i] = equal ? first + (last - first) * (double)i / (double)n : face ? face[i] : 0.5 * (c[i - 1] + c[i]);
  f->at[0]  = first;
  f->at[n]  = last;
  f->slack  = slack;
  f->centre = equal ? NULL : c;
}

/* FieldFacesMake - where the cells of a dimension lie that goes up, or does not say: then they fill the box. To be freed by the caller:
   f->at. Not collective, as are all below. */
PetscErrorCode FieldFacesMake(const FieldDimension *dim, double lower, double upper, FieldFaces *f)
{
  PetscFunctionBegin;
  f->n      = dim->n;
  f->centre = NULL;
  PetscCall(PetscMalloc1(dim->n + 1, &f->at));
  if (dim->centre && (dim->n > 1 || dim->face)) {
    MakeFaces(dim, lower, upper, f);
    PetscFunctionReturn(PETSC_SUCCESS);
  }
  for (hsize_t i = 0; i <= dim->n; i++) f->at[i] = lower + (upper - lower) * (double)i / (double)dim->n;
  f->slack = TOLERANCE * (upper - lower) / (double)dim->n;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* A place in units of cells: 2.5 is the centre of cell 2; faces are whole. Between 0 and n. */
static double CellsTo(const FieldFaces *f, double x)
{
  hsize_t below = 0, above = f->n;
  double  t;

  if (x <= f->at[0]) return 0;
  if (x >= f->at[f->n]) return (double)f->n;
  while (above - below > 1) {
    const hsize_t middle = below + (above - below) / 2;

    if (x < f->at[middle])
      above = middle;
    else
      below = middle;
  }
  t = (x - f->at[below]) / (f->at[above] - f->at[below]);
  if (t < SNAP) t = 0;
  if (t > 1 - SNAP) t = 1;
  return (double)below + t;
}

static PetscErrorCode Add(FieldWeights *w, hsize_t from, double weight)
{
  PetscFunctionBegin;
  if (w->count == w->space) {
    w->space = 2 * w->space + 16;
    PetscCall(PetscRealloc((size_t)w->space * sizeof *w->entry, &w->entry));
  }
  w->entry[w->count++] = (FieldWeight){.from = from, .weight = weight};
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* The shares of a cell from a to b, both in units of cells. */
static PetscErrorCode AddShares(const FieldFaces *f, double a, double b, double width, FieldWeights *w)
{
  PetscFunctionBegin;
  for (hsize_t i = (hsize_t)a; i < f->n && (double)i < b; i++) {
    const double share = fmin(b, (double)(i + 1)) - fmax(a, (double)i);

    if (share > 0) PetscCall(Add(w, i, share * (f->at[i + 1] - f->at[i]) / width));
  }
  PetscFunctionReturn(PETSC_SUCCESS);
}

static double CentreOf(const FieldFaces *f, hsize_t i)
{
  return f->centre ? f->centre[i] : 0.5 * (f->at[i] + f->at[i + 1]);
}

/* The two centres about x; after a period, unless that is 0, the first follows the last. */
static PetscErrorCode AddLine(const FieldFaces *f, double x, double period, PetscBool bounded, FieldWeights *w)
{
  const hsize_t n = f->n;
  hsize_t       i = (hsize_t)CellsTo(f, x), j;
  double        centre, next, t;

  PetscFunctionBegin;
  if (n == 1) {
    PetscCall(Add(w, 0, 1));
    PetscFunctionReturn(PETSC_SUCCESS);
  }
  i = PetscMin(i, n - 1);
  if (x < CentreOf(f, i)) i = i ? i - 1 : period > 0 ? n - 1 : 0;
  if (i == n - 1 && !(period > 0)) i = n - 2;
  j      = (i + 1) % n;
  centre = CentreOf(f, i);
  next   = CentreOf(f, j) + (j < i ? period : 0);
  if (j < i && x < centre) x += period;
  t = (x - centre) / (next - centre);
  if (fabs(t) < SNAP) t = 0;
  if (fabs(t - 1) < SNAP) t = 1;
  if (bounded) t = fmin(fmax(t, 0), 1);
  if (t != 1) PetscCall(Add(w, i, 1 - t));
  if (t != 0) PetscCall(Add(w, j, t));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* FieldWeightsMake - of the cells first .. first + count - 1 of an axis of the grid, from its faces. `period` is 0 where the axis is not
   periodic or the file holds more than a period. To be freed by FieldWeightsFree(). */
PetscErrorCode FieldWeightsMake(const FieldFaces *f, FieldInterpolation how, const FieldAxis *axis, double period, FieldWeights *w)
{
  const double start = f->at[0], end = f->at[f->n];

  PetscFunctionBegin;
  memset(w, 0, sizeof *w);
  PetscCall(PetscMalloc1(axis->count + 1, &w->first));
  for (PetscInt c = 0; c < axis->count; c++) {
    const double lower = axis->lower + (double)(axis->first + c) * axis->h, upper = axis->lower + (double)(axis->first + c + 1) * axis->h;
    const double centre = axis->lower + ((double)(axis->first + c) + 0.5) * axis->h;

    w->first[c] = w->count;
    if (how == FIELD_VALUES || how == FIELD_BOUNDED)
      PetscCall(AddLine(f, period > 0 ? centre - period * floor((centre - start) / period) : centre, period,
                        (PetscBool)(how == FIELD_BOUNDED), w));
    else {
      const int most = period > 0 ? (int)ceil((upper - start) / period) : 0, least = period > 0 ? (int)floor((lower - end) / period) : 0;

      for (int k = least; k <= most; k++)
        PetscCall(AddShares(f, CellsTo(f, lower - k * period), CellsTo(f, upper - k * period), axis->h, w));
    }
  }
  w->first[axis->count] = w->count;
  w->least              = f->n;
  for (PetscInt e = 0; e < w->count; e++) {
    w->least = PetscMin(w->least, w->entry[e].from);
    w->end   = PetscMax(w->end, w->entry[e].from + 1);
  }
  if (w->least > w->end) w->least = w->end;
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* FieldShareInside - the part of a cell of the file that lies in the box. */
double FieldShareInside(const FieldFaces *f, hsize_t i, double lower, double upper)
{
  const double a = fmax(CellsTo(f, lower), (double)i), b = fmin(CellsTo(f, upper), (double)(i + 1));

  return fmax(b - a, 0);
}

PetscErrorCode FieldWeightsFree(FieldWeights *w)
{
  PetscFunctionBegin;
  PetscCall(PetscFree(w->first));
  PetscCall(PetscFree(w->entry));
  PetscFunctionReturn(PETSC_SUCCESS);
}
