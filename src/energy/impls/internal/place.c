/* U'(rho; x, y, z): in every cell the interpolant of table.c, of which only the intervals that the density visits are made, from U' at the
   nodes around. They depend on nothing else, so that the two a cell keeps, of an even and an odd number, only save time.

     U(rho) = int_0^rho U'(s) ds  by the double exponential rule (Takahasi, Mori, Publ. RIMS 9, 1974),  s = rho/(1 + e^(-pi sinh y)),

   which takes a logarithm or a power above -PLACE_SINGULAR at 0 as it comes. At set-up U' is looked at in every cell at each factor e of
   rho, in some of them between all nodes. */
#include <math.h>
#include "place.h"

#define PLACE_MOST     1e140 /* more counts as infinite */
#define PLACE_ROUND    1e-10 /* relative: less is no decrease */
#define PLACE_SINGULAR 0.9
#define PLACE_REACHED  30 /* u that no density exceeds */
#define PLACE_SMALL    20 /* U' has to be finite from rho = e^-this */
#define PLACE_LOOKED   4  /* cells of the grid that are looked at closely */
#define PLACE_STEP     0.125
#define PLACE_POINTS   68 /* from y = -5.2 to 3.2 */

/* An interval, by the number of its first node; -1: none. */
typedef struct {
  PetscInt  node;
  TableHalf half[2];
} PlacePiece;

struct _n_Place {
  FieldFunction function;
  Grid          grid;
  PetscInt      n, width[3];
  PetscReal    *x[3];    /* centres along each axis */
  PetscInt (*range)[2];  /* of each cell: first and last node at which U' is finite */
  PlacePiece (*kept)[2]; /* of each cell */
  PetscBool bounded;     /* somewhere */
  PetscReal off;
  PetscReal shrink[PLACE_POINTS], weight[PLACE_POINTS]; /* log(s/rho) and the weight of each point */
};

/* Why a cell has no energy. */
typedef enum { PLACE_FINE, PLACE_INFINITE, PLACE_FALLS, PLACE_POLE } PlaceReason;
typedef struct {
  PlaceReason reason;
  PetscReal   u[2], value[2]; /* between which U' falls; value[0] the power of PLACE_POLE */
} PlaceFault;

PetscReal PlaceExact(Place p, PetscInt cell, PetscReal u)
{
  const PetscInt *w    = p->width;
  const PetscReal x[3] = {p->x[0][cell % w[0]], p->x[1][cell / w[0] % w[1]], p->x[2][cell / (w[0] * w[1])]};
  const PetscReal rho  = PetscExpReal(u);

  return FieldFunctionValue(p->function, x, rho);
}

static void PlaceMake(Place p, PetscInt cell, PetscInt node, PlacePiece *piece)
{
  const PetscInt first = PetscMax(node - 3, p->range[cell][0]), last = PetscMin(node + 3, p->range[cell][1]);
  PetscReal      value[TABLE_WINDOW];

  for (PetscInt j = first; j <= last; j++) value[j - first] = PlaceExact(p, cell, TableNode((PetscReal)j));
  TableInterval(last - first + 1, value, node - first, piece->half);
  piece->node = node;
}

const TableHalf *PlaceFind(Place p, PetscInt cell, PetscReal u, PetscReal *s)
{
  const PetscReal at =
      PetscClipInterval((u + TABLE_SPAN) * TABLE_INTERVALS, (PetscReal)p->range[cell][0], (PetscReal)p->range[cell][1] - 1);
  const PetscInt node  = at == at ? (PetscInt)at : p->range[cell][0];
  PlacePiece    *piece = &p->kept[cell][node & 1];
  PetscInt       second;

  if (piece->node != node) PlaceMake(p, cell, node, piece);
  *s     = u - TableNode((PetscReal)node);
  second = *s >= TABLE_HALF;
  *s -= second ? TABLE_HALF : 0;
  return &piece->half[second];
}

PetscReal PlaceBound(Place p, PetscInt cell)
{
  const PetscReal u = TableNode((PetscReal)p->range[cell][1]);

  return p->range[cell][1] < TABLE_NODES - 1 && u < PLACE_REACHED ? u : (PetscReal)INFINITY;
}

PetscReal PlaceIntegral(Place p, PetscInt cell, PetscReal u)
{
  const PetscReal most = TableNode((PetscReal)p->range[cell][1]);
  PetscReal       sum  = 0;

  for (PetscInt i = 0; i < PLACE_POINTS; i++) {
    const PetscReal value = PlaceExact(p, cell, PetscMin(u + p->shrink[i], most));

    if (PetscAbsReal(value) < PLACE_MOST) sum += p->weight[i] * value; /* else rho underflows */
  }
  return PetscExpReal(u) * sum;
}

PetscReal PlaceBelow(Place p, PetscInt cell, PetscReal a, PetscReal b, PetscReal c)
{
  PetscInt low = p->range[cell][0], high = p->range[cell][1];

  while (high - low > 1) {
    const PetscInt  middle = (low + high) / 2;
    const PetscReal u      = TableNode((PetscReal)middle);

    if (b + a * u + c * PlaceExact(p, cell, u) > 0)
      high = middle;
    else
      low = middle;
  }
  return TableNode((PetscReal)low);
}

PetscReal PlaceOff(Place p)
{
  return p->off;
}

PetscBool PlaceIsBounded(Place p)
{
  return p->bounded;
}

static PetscBool PlaceIsFinite(Place p, PetscInt cell, PetscInt node, PetscReal *value)
{
  *value = PlaceExact(p, cell, TableNode((PetscReal)node));
  return (PetscBool)(PetscAbsReal(*value) < PLACE_MOST);
}

/* The last node at which U' is finite: it is at `last`, and not at the next of the coarse ones. */
static PetscInt PlaceLast(Place p, PetscInt cell, PetscInt last)
{
  PetscReal value;

  for (PetscInt step = TABLE_INTERVALS / 2; step; step /= 2)
    if (PlaceIsFinite(p, cell, last + step, &value)) last += step;
  return last;
}

static PetscBool PlaceFalls(PetscReal before, PetscReal after)
{
  return (PetscBool)(after < before - PLACE_ROUND * PetscAbsReal(before));
}

/* The power of rho by which three values a factor e apart change. */
static PetscReal PlacePower(const PetscReal v[3])
{
  return v[1] - v[0] > PLACE_ROUND * PetscAbsReal(v[1]) ? PetscLogReal((v[2] - v[1]) / (v[1] - v[0])) : 0;
}

/* The range of a cell, and what is wrong there, as far as values a factor e apart tell. */
static PlaceFault PlaceLook(Place p, PetscInt cell)
{
  const PetscInt step  = TABLE_INTERVALS;
  PetscInt       first = 0, last;
  PetscReal      v[2 * TABLE_SPAN + 1], *value = v;

  while (first < TABLE_NODES && !PlaceIsFinite(p, cell, first, value)) first += step;
  if (first > (TABLE_SPAN - PLACE_SMALL) * step) return (PlaceFault){.reason = PLACE_INFINITE};
  for (last = first; last + step < TABLE_NODES && PlaceIsFinite(p, cell, last + step, value + 1); last += step, value++)
    if (PlaceFalls(value[0], value[1]))
      return (PlaceFault){PLACE_FALLS, {TableNode((PetscReal)last), TableNode((PetscReal)(last + step))}, {value[0], value[1]}};
  if (last - first < 2 * step) return (PlaceFault){.reason = PLACE_INFINITE};
  p->range[cell][0] = first;
  p->range[cell][1] = last + step < TABLE_NODES ? PlaceLast(p, cell, last) : last;
  if (PlaceBound(p, cell) < PETSC_MAX_REAL) p->bounded = PETSC_TRUE;
  if (!(PlacePower(v) > -PLACE_SINGULAR)) return (PlaceFault){.reason = PLACE_POLE, .value = {PlacePower(v)}};
  return (PlaceFault){.reason = PLACE_FINE};
}

/* The same from node to node in a cell that has a range, and what the interpolant is off by in the middle of intervals. */
static PlaceFault PlaceLookClosely(Place p, PetscInt cell, PetscReal value[TABLE_NODES])
{
  const PetscInt first = p->range[cell][0], last = p->range[cell][1], reach = TABLE_INTERVALS / 2;

  for (PetscInt j = first; j <= last; j++) value[j] = PlaceExact(p, cell, TableNode((PetscReal)j));
  for (PetscInt j = first; j < last; j++)
    if (PlaceFalls(value[j], value[j + 1]))
      return (PlaceFault){PLACE_FALLS, {TableNode((PetscReal)j), TableNode((PetscReal)(j + 1))}, {value[j], value[j + 1]}};
  for (PetscInt j = first + reach; j < TableLastMet(last) - reach; j++) {
    const PetscReal exact = PlaceExact(p, cell, TableNode((PetscReal)j + 0.5)), change = value[j + reach] - value[j - reach];
    TableHalf       half[2];

    TableInterval(TABLE_WINDOW, value + j - 3, 3, half);
    p->off = PetscMax(p->off, PetscAbsReal(half[1].f - exact) / (change + PLACE_ROUND * (PetscAbsReal(exact) + 1)));
  }
  return (PlaceFault){.reason = PLACE_FINE};
}

/* The number in the whole grid of a cell of this rank. */
static PetscErrorCode PlaceNumber(Place p, PetscInt cell, PetscInt *number)
{
  const PetscInt *w = p->width;
  PetscInt        size[3], start[3];

  PetscFunctionBegin;
  PetscCall(GridGetSizes(p->grid, size));
  PetscCall(GridGetCorners(p->grid, start, NULL));
  *number = start[0] + cell % w[0] + size[0] * (start[1] + cell / w[0] % w[1] + size[1] * (start[2] + cell / (w[0] * w[1])));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* Says on all ranks alike what is wrong in the first cell of the grid where something is. */
static PetscErrorCode PlaceRefuse(Place p, const char option[], const char expression[], PetscInt number, const PlaceFault *fault)
{
  const MPI_Comm comm    = PetscObjectComm((PetscObject)p->grid);
  PetscReal      told[5] = {0};
  PetscInt       first, dim, size[3];
  char           place[128] = "";

  PetscFunctionBegin;
  PetscCallMPI(MPI_Allreduce(&number, &first, 1, MPIU_INT, MPI_MIN, comm));
  if (first == PETSC_MAX_INT) PetscFunctionReturn(PETSC_SUCCESS);
  if (number == first) {
    const PetscReal mine[5] = {(PetscReal)fault->reason, PetscExpReal(fault->u[0]), PetscExpReal(fault->u[1]), fault->value[0],
                               fault->value[1]};

    PetscCall(PetscArraycpy(told, mine, 5));
  }
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, told, 5, MPIU_REAL, MPIU_SUM, comm));
  PetscCall(GridGetDimension(p->grid, &dim));
  PetscCall(GridGetSizes(p->grid, size));
  for (PetscInt a = 0; a < dim; first /= size[a++]) {
    const size_t used = strlen(place);
    PetscReal    x;

    PetscCall(GridGetCentre(p->grid, a, first % size[a], &x));
    PetscCall(PetscSNPrintf(place + used, sizeof place - used, "%s%c = %g", a ? ", " : "", "xyz"[a], (double)x));
  }
  PetscCheck(told[0] != PLACE_INFINITE, comm, JKO_ERR_INPUT,
             "%s: at %s '%s' is not finite for small densities; it must be for all from 0 up to some bound", option, place, expression);
  PetscCheck(told[0] != PLACE_FALLS, comm, JKO_ERR_INPUT,
             "%s: at %s '%s' falls from %g at rho = %g to %g at rho = %g; it is U'(rho), which must not decrease", option, place,
             expression, (double)told[3], (double)told[1], (double)told[4], (double)told[2]);
  SETERRQ(comm, JKO_ERR_INPUT, "%s: at %s '%s' falls like rho^%.3g as rho tends to 0, where U(0) is infinite or, below -%g, not found",
          option, place, expression, (double)told[3], PLACE_SINGULAR);
}

/* Looks at all cells, at some closely. */
static PetscErrorCode PlaceCheck(Place p, const char option[], const char expression[])
{
  const MPI_Comm comm = PetscObjectComm((PetscObject)p->grid);
  PetscInt       size[3], number = 0, stride, bad = PETSC_MAX_INT;
  PetscReal     *value;
  PlaceFault     fault = {.reason = PLACE_FINE}, found;

  PetscFunctionBegin;
  PetscCall(GridGetSizes(p->grid, size));
  PetscCall(PetscMalloc1(TABLE_NODES, &value));
  stride = PetscMax(1, size[0] * size[1] * size[2] / PLACE_LOOKED);
  for (PetscInt cell = 0; cell < p->n; cell++) {
    PetscCall(PlaceNumber(p, cell, &number));
    found = PlaceLook(p, cell);
    if (!found.reason && number % stride == stride / 2) found = PlaceLookClosely(p, cell, value);
    if (found.reason && number < bad) fault = found, bad = number;
  }
  PetscCall(PetscFree(value));
  PetscCall(PlaceRefuse(p, option, expression, bad, &fault));
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, &p->off, 1, MPIU_REAL, MPIU_MAX, comm));
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, &p->bounded, 1, JKO_MPI_BOOL, MPI_LOR, comm));
  PetscFunctionReturn(PETSC_SUCCESS);
}

/* With s/rho = 1/(1 + e^-2v), 2v = pi sinh y:  d(s/rho)/dy = (s/rho) (1 - s/rho) pi cosh y. */
static void PlaceRule(Place p)
{
  for (PetscInt i = 0; i < PLACE_POINTS; i++) {
    const PetscReal y = PLACE_STEP * (PetscReal)i - 5.2, v = PETSC_PI * PetscSinhReal(y);
    const PetscReal t = 1 / (1 + PetscExpReal(-v));

    p->shrink[i] = -log1p(PetscExpReal(-v));
    p->weight[i] = PLACE_STEP * t / (1 + PetscExpReal(v)) * PETSC_PI * PetscCoshReal(y);
  }
}

PetscErrorCode PlaceCreate(Grid grid, const char option[], const char expression[], FieldFunction function, Place *place)
{
  Place    p;
  PetscInt start[3];

  PetscFunctionBegin;
  PetscCall(PetscNew(place));
  p           = *place;
  p->function = function;
  p->grid     = grid;
  PetscCall(GridGetCorners(grid, start, p->width));
  p->n = p->width[0] * p->width[1] * p->width[2];
  for (PetscInt a = 0; a < 3; a++) {
    PetscCall(PetscMalloc1(p->width[a], &p->x[a]));
    for (PetscInt i = 0; i < p->width[a]; i++) PetscCall(GridGetCentre(grid, a, start[a] + i, &p->x[a][i]));
  }
  PetscCall(PetscMalloc2(p->n, &p->range, p->n, &p->kept));
  for (PetscInt cell = 0; cell < p->n; cell++) p->kept[cell][0].node = p->kept[cell][1].node = -1;
  PlaceRule(p);
  PetscCall(PlaceCheck(p, option, expression));
  PetscFunctionReturn(PETSC_SUCCESS);
}

PetscErrorCode PlaceDestroy(Place *place)
{
  PetscFunctionBegin;
  if (!*place) PetscFunctionReturn(PETSC_SUCCESS);
  PetscCall(FieldFunctionDestroy(&(*place)->function));
  for (PetscInt a = 0; a < 3; a++) PetscCall(PetscFree((*place)->x[a]));
  PetscCall(PetscFree2((*place)->range, (*place)->kept));
  PetscCall(PetscFree(*place));
  PetscFunctionReturn(PETSC_SUCCESS);
}
